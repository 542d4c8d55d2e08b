"""Whose turn it is on a channel: calls open at once, time between sends, one writer per site, and who is next.

Called by calls when an attempt is written down, by publish for those who have to wait, and by the worker.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import sql
from app.atomic import atomic, ring
from app.leases import LEASE
from app.lifecycles.statuses import DeliveryStatus
from app.platforms.contract import Traits
from app.tables import Delivery

GATE = 0x6A77  # the class of our advisory locks, one per channel
NET = timedelta(seconds=60)  # who waits for a turn and is never called comes back by itself
SENDS = ("create", "update", "hand_off")  # taking back and nudging are never kept waiting by what is sent
ROOM = """
SELECT c.next_free_at <= clock_timestamp()
  AND NOT EXISTS (SELECT 1 FROM attempt WHERE lane = c.lane AND ended_at IS NULL) AS free,
  (SELECT count(*) FROM delivery WHERE channel = c.id AND status = $2
    AND next_at <= clock_timestamp() + $3::interval) AS busy
FROM channel c WHERE c.id = $1
"""
# Those who wait have "queued" in their progress and a time within NET; the first is who was due first.
CALL = """
UPDATE delivery SET next_at = now() WHERE id = (
  SELECT d.id FROM delivery d JOIN channel c ON c.id = d.channel JOIN publication u ON u.id = d.publication
  WHERE d.next_at > now() AND d.next_at <= now() + $2::interval AND d.progress ? 'queued'
    AND (c.id = $1 OR c.lane = (SELECT lane FROM channel WHERE id = $1)) AND c.next_free_at <= clock_timestamp()
    AND NOT EXISTS (SELECT 1 FROM attempt WHERE lane = c.lane AND ended_at IS NULL)
  ORDER BY coalesce(u.due_at, u.created_at), d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
RETURNING id
"""
WAITING = """
SELECT DISTINCT channel FROM delivery WHERE next_at > now() AND next_at <= now() + $1::interval AND progress ? 'queued'
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to send; `traits` are the channel's."""

    traits: Traits
    begins: bool  # the first call of several, or the only one


async def ask(delivery: Delivery, intent: str, traits: Traits) -> Turn | None:
    """Leave to make one call now, decided under a gate that every worker passes until it commits; None: wait.

    A delivery between two of its steps has its turn already.
    """
    if intent not in SENDS or delivery.status == DeliveryStatus.SENDING:
        return Turn(traits, begins=False)
    await sql.run("SELECT pg_advisory_xact_lock($1::int, $2::int)", GATE, delivery.channel % 2**31)
    room = await sql.row(ROOM, delivery.channel, DeliveryStatus.SENDING, LEASE)
    if room is None or not room["free"] or room["busy"] >= traits.at_once:
        return None
    return Turn(traits, begins=True)


async def take(delivery: Delivery, turn: Turn) -> None:
    """The attempt is written down: the channel's next send keeps its distance from this one."""
    if "queued" in str(delivery.progress):
        await sql.run("UPDATE delivery SET progress = progress - 'queued' WHERE id = $1", delivery.id)
    if turn.begins and turn.traits.spacing:
        await sql.run(
            "UPDATE channel SET next_free_at = clock_timestamp() + $2::interval WHERE id = $1",
            delivery.channel, turn.traits.spacing,
        )  # fmt: skip


async def wait(delivery: Delivery) -> None:
    """In the queue of its channel until it is called."""
    await sql.run(
        "UPDATE delivery SET progress = progress || '{\"queued\": true}', next_at = now() + $2::interval WHERE id = $1",
        delivery.id, NET,
    )  # fmt: skip


async def close(channel: int, until: datetime) -> None:
    """The platform asked for patience: nobody else sends there before either."""
    await sql.run("UPDATE channel SET next_free_at = $2 WHERE id = $1 AND next_free_at < $2", channel, until)


async def first(channel: int) -> int | None:
    """Who waits longest for this channel or its site may try now. Ask after what was in the way has committed."""
    found: int | None = await sql.value(CALL, channel, NET)
    return found


async def call(channel: int) -> None:
    """Ring for who waits longest."""
    found = await first(channel)
    if found is not None:
        async with atomic():
            ring("send", found, -time.time_ns())  # unlike any ring before: its last job may still be ending


async def sweep() -> None:
    """Nobody waits for a turn that is free: whoever should have called may have died."""
    for found in await sql.rows(WAITING, NET):
        await call(found["channel"])
