"""One call to a platform: written down, made, written down again. Shared by publishing and recalls."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from time import monotonic
from typing import Any

import msgspec

from app import seals, sql, stored
from app.blobs import StoreTrouble, TooHeavy
from app.flow import parcels, renewals, turns
from app.flow.redacted import safe
from app.flow.steps import Scene
from app.flow.turns import Turn
from app.leases import LEASE
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.platforms.contract import (
    HandedOff,
    NotSent,
    Outcome,
    Parcel,
    Platform,
    Published,
    Refused,
    Removed,
    Sighting,
    TryLater,
    Unknown,
    WentOn,
)  # fmt: skip
from app.secrets import SealBroken, SealedElsewhere
from app.settings import settings
from app.tables import Delivery

log = logging.getLogger("galley.calls")
SCENE = """
SELECT d.*, now() AS now, u.due_at, u.created_at AS asked_at, p.status <> $3 AS started,
  u.held_for IS NOT NULL AS held, t.frozen_at IS NOT NULL AS frozen,
  EXISTS (SELECT 1 FROM recall WHERE post = p.id AND ended_at IS NULL) AS recall,
  (SELECT lease_until FROM attempt WHERE delivery = d.id AND ended_at IS NULL) AS lease_until,
  (SELECT intent FROM attempt WHERE delivery = d.id ORDER BY number DESC LIMIT 1) AS intent,
  d.progress ? 'queued' AS queued, d.progress ? 'look' AS looking, d.progress ? 'hand_off_refused' AS refused_hand_off,
  c.disconnected_at IS NULL AS connected, c.paused_at IS NOT NULL AS paused, c.broken_kind,
  NOT EXISTS (SELECT 1 FROM delivery o JOIN channel k ON k.id = o.channel WHERE o.publication = u.id
    AND o.status = $2 AND k.broken_kind IS NULL AND k.disconnected_at IS NULL) AS hopeless,
  EXISTS (SELECT 1 FROM seal WHERE id = u.seal AND revision = p.revision AND voided_at IS NULL) AS sealed,
  c.name, c.platform, c.settings
FROM delivery d JOIN publication u ON u.id = d.publication JOIN post p ON p.id = d.post
JOIN channel c ON c.id = d.channel CROSS JOIN team t WHERE d.id = $1
"""
# A worker that stood still has been replaced when its lease ran out: the call must end before that.
SENDS = """
UPDATE attempt SET request_sha256 = $2 WHERE fence = $1 AND ended_at IS NULL AND lease_until > now() + $3::interval
"""
LONGEST, STANDSTILL = timedelta(seconds=20), timedelta(seconds=4)  # of one call; between asking and sending
TOO_SLOW = "Packing it took so long that another worker may have taken over; nothing was sent."
ROW = tuple(column._meta.name for column in Delivery._meta.columns)
JUDGED = tuple(one.name for one in fields(Scene) if one.name not in ("traits", "late_window"))
OUTCOMES: dict[type, str] = {
    Published: "published", HandedOff: "handed_off", WentOn: "went_on", Removed: "removed", Refused: "refused",
    TryLater: "try_later", NotSent: "not_sent", Unknown: "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """An attempt that is written down and may now make its one call."""

    delivery: int
    channel: int
    fence: Any
    intent: str


async def scene(delivery: int) -> tuple[Delivery, Scene]:
    """A delivery and everything that decides its next step, read under the post's lock."""
    found = await sql.row(SCENE, delivery, DeliveryStatus.PENDING, PostStatus.SCHEDULED)
    if found is None:
        raise LookupError(delivery)
    row = stored.made(Delivery, {name: found[name] for name in ROW})
    sent_by = seals.Channel(row.channel, found["name"], found["platform"], msgspec.json.decode(found["settings"]))
    window = timedelta(minutes=settings().late_window)
    return row, Scene(**{name: found[name] for name in JUDGED}, traits=seals.traits(sent_by), late_window=window)


async def write_down(delivery: Delivery, intent: str, turn: Turn | None = None) -> Open | None:
    """T1: the attempt with its fence and lease, committed before the call is made. None: it is not its turn."""
    turn = turn or await turns.ask(delivery, intent, await seals.traits_of(delivery.channel))
    if turn is None:
        return None
    fence = await sql.value(
        "INSERT INTO attempt (delivery, number, intent, step, fence, lane, lease_until) SELECT $1,"
        " (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE delivery = $1), $2, $3, gen_random_uuid(), c.lane,"
        " now() + $4::interval FROM channel c WHERE c.id = $5 ON CONFLICT DO NOTHING RETURNING fence",
        delivery.id, intent, _step(delivery), LEASE, delivery.channel,
    )  # fmt: skip
    if fence is None:
        return None
    await turns.take(delivery, turn)
    return Open(delivery.id, delivery.channel, fence, intent)


async def make(call: Open) -> Outcome:
    """The one call, with exactly what was sealed. What fails before it certainly sent nothing; in it, who knows."""
    try:
        platform, parcel = await parcels.packed(call.delivery)
        if not await _may_send(call, platform.digest(parcel, call.intent)):
            return NotSent(TOO_SLOW, "unexpected")
    except (SealedElsewhere, SealBroken) as locked:
        return Refused("expired_token", str(locked))
    except (StoreTrouble, TooHeavy) as missing:
        return NotSent(str(missing), "unexpected")
    except Exception as error:
        log.exception("Delivery %s could not be packed", call.delivery)
        return NotSent(f"It could not be packed for sending ({type(error).__name__}).", "unexpected")
    try:
        outcome = await _verb(platform, call.intent)(parcel)
    except Exception as error:
        log.exception("Delivery %s: the platform's code failed", call.delivery)
        return Unknown(f"Sending it broke off ({type(error).__name__}).")
    return safe(await renewals.after(call.delivery, platform, parcel, outcome), parcel.account)


async def _may_send(call: Open, digest: bytes) -> bool:
    """Keep the digest, and whether the lease outlasts the call even so; a process may stand still here as anywhere."""
    began = monotonic()
    kept = await sql.run(SENDS, call.fence, digest, LONGEST + STANDSTILL)
    return bool(kept) and monotonic() - began < STANDSTILL.total_seconds()


async def look(delivery: Delivery) -> Sighting:
    """What the platform has of this delivery; changes nothing there."""
    try:
        platform, parcel = await parcels.packed(delivery.id, files=False)
        return await renewals.looked(platform, parcel, await platform.look(parcel))
    except (SealedElsewhere, SealBroken) as locked:
        return Unknown(str(locked))
    except Exception as error:
        log.exception("Delivery %s could not be looked up", delivery.id)
        return Unknown(f"Looking it up broke off ({type(error).__name__}).")


def _verb(platform: Platform, intent: str) -> Callable[[Parcel], Awaitable[Outcome]]:
    verbs: dict[str, Callable[[Parcel], Awaitable[Outcome]]] = {
        "create": platform.publish, "update": platform.update, "hand_off": platform.hand_off,
        "reschedule": platform.reschedule, "unschedule": platform.unschedule, "remove": platform.remove,
        "nudge": platform.nudge,
    }  # fmt: skip
    return verbs[intent]


async def write_outcome(fence: Any, outcome: Outcome, *, why: str = "") -> str | None:
    """T2's first statement: end the attempt by its fence. Its intent, or None when someone else ended it before."""
    intent: str | None = await sql.value(
        "UPDATE attempt SET ended_at = now(), outcome = $2, http_status = $3, answer = $4, error_kind = $5, why = $6"
        " WHERE fence = $1 AND ended_at IS NULL RETURNING intent",
        fence, OUTCOMES[type(outcome)], outcome.answer.status, outcome.answer.body[:500] or None,
        getattr(outcome, "kind", None), why or getattr(outcome, "note", None),
    )  # fmt: skip
    if intent is None:
        late = f"{OUTCOMES[type(outcome)]} {outcome.answer.status or ''} {outcome.answer.body[:400]}".strip()
        await sql.run("UPDATE attempt SET late_answer = $2 WHERE fence = $1", fence, late)
    return intent


async def next_action(fence: Any, action: str) -> None:
    await sql.run("UPDATE attempt SET next_action = $2 WHERE fence = $1", fence, action)


async def load(delivery: int) -> Delivery:
    row = await stored.one(Delivery, "id = $1", delivery)
    if row is None:
        raise LookupError(delivery)
    return row


def _step(delivery: Delivery) -> str:
    return str(parcels.progress_of(delivery.progress).get("step", "call"))
