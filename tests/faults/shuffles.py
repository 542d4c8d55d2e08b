"""What platforms said, in its order and in any other: each history on two deliveries, which must end up alike."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from app import sql
from app.flow import callbacks
from app.flow.callbacks import Arrived
from app.platforms.contract import ErrorKind, HandedOff, Published, Refused, Removed
from app.tables import Channel, Delivery
from tests.faults.ground import ground
from tests.faults.tally import Tally
from tests.hooks.calling import make_caller, make_sent
from tests.makers import make_attempt
from tests.rows import now
from tests.servers import Place

DUE = ("sending", "retrying", "handed_off", "unconfirmed")
KINDS: tuple[ErrorKind, ...] = ("content_rejected", "rate_limited", "unexpected")
CROWD = 4  # calls applied at the same time
CLOSED = """
SELECT d.status, d.remote_id, d.remote_url, d.published_at, d.removed_at, d.resurfaced_at, d.error_kind, d.error_note,
  d.next_at IS NULL AS settled, p.status AS post, u.status AS publication
FROM delivery d JOIN post p ON p.id = d.post JOIN publication u ON u.id = d.publication WHERE d.id = $1
"""


@dataclass(frozen=True, slots=True)
class History:
    """What a platform said of one delivery, in order; `first` heard it so, `second` anyhow."""

    start: str
    calls: tuple[Arrived, ...]
    first: Delivery
    second: Delivery


async def run(place: Place, tally: Tally, *, n: int) -> None:
    """`n` calls, shuffled and repeated."""
    async with ground(place):
        await play(tally, n or 10_000)


async def play(tally: Tally, n: int) -> None:
    chance, histories, sent = random.Random(tally.seed), list[History](), list[Arrived]()
    channel, _ = await make_caller("sandbox", schedules=True)
    while len(sent) < n:
        history = await _history(channel, chance)
        histories.append(history)
        others = [_about(call, history.second) for call in history.calls]
        sent += [*others, *chance.choices(others, k=chance.randrange(3))]
    chance.shuffle(sent)
    for history in histories:
        for call in history.calls:
            await _hear(_about(call, history.first))
    await _crowd(sent)
    tally.extra |= {"calls": len(sent), "histories": len(histories)}
    for number, history in enumerate(histories):
        tally.count(f"history {number}", await _wrong(history), trials=len(history.calls))


async def _crowd(sent: Sequence[Arrived]) -> None:
    """Several workers at once, each with every so many-th call."""

    async def work(share: Sequence[Arrived]) -> None:
        for call in share:
            await _hear(call)

    await asyncio.gather(*(work(sent[part::CROWD]) for part in range(CROWD)))
    for found in await sql.rows("SELECT id FROM callback WHERE next_at IS NOT NULL ORDER BY id"):
        await callbacks.apply(found["id"])


async def _hear(call: Arrived) -> None:
    if (await callbacks.keep(call)).new:
        found = await sql.value(
            "SELECT id FROM callback WHERE channel = $1 AND event_id = $2", call.channel, call.event_id
        )
        await callbacks.apply(found)


async def _history(channel: Channel, chance: random.Random) -> History:
    early = chance.random() < 0.3
    start = "handed_off" if early else chance.choice(DUE)
    began = now(hours=-chance.randrange(2, 9))
    calls = tuple(
        _call(channel, number, began + timedelta(seconds=61 * number), chance, early=early)
        for number in range(chance.randrange(2, 8))
    )
    first, second = [await _sent(channel, start, early=early) for _ in range(2)]
    return History(start, calls, first, second)


async def _sent(channel: Channel, status: str, *, early: bool) -> Delivery:
    """On its way, and due already unless it is `early`."""
    post, delivery = await make_sent(channel, status, remote_id=None)
    if status != "sending":
        await make_attempt(delivery, "handed_off" if status == "handed_off" else "unknown")
    if not early:
        await sql.run("UPDATE publication SET due_at = now() - interval '1 minute' WHERE post = $1", post.id)
    return delivery


def _call(channel: Channel, number: int, at: datetime, chance: random.Random, *, early: bool) -> Arrived:
    told: Any = chance.choice(
        [
            Published(chance.choice(["", f"n{number}"]), chance.choice(["", f"https://there.example/{number}"]),
                      chance.choice([None, at - timedelta(seconds=5)])),
            Removed(),
            Refused(chance.choice(KINDS), f"Refused in call {number}."),
            HandedOff(f"n{number}", "", now(days=chance.randrange(2, 9)).replace(microsecond=0)),
        ][: 4 if early else 3]
    )  # fmt: skip
    body = json.dumps({"number": number})
    return Arrived(channel.id, str(number), "standard", "", at, body, sha256(body.encode()).digest(), {}, told)


def _about(call: Arrived, delivery: Delivery) -> Arrived:
    return replace(call, event_id=f"{delivery.id}-{call.event_id}", keys=(delivery.key,))


async def _wrong(history: History) -> list[str]:
    first, second = [await sql.row(CLOSED, one.id) for one in (history.first, history.second)]
    assert first and second
    keys = {history.first.key: "our key", history.second.key: "our key"}
    unlike = {name: (first[name], second[name]) for name in dict(first) if not _alike(first[name], second[name], keys)}
    told = [type(call.told).__name__ for call in history.calls]
    return [f"from {history.start}, {told}: in order and shuffled {unlike}"] if unlike else []


def _alike(one: Any, other: Any, keys: dict[str, str]) -> bool:
    """What a platform gave no number of its own is kept under our key."""
    return bool(keys.get(one, one) == keys.get(other, other))
