"""One call to a platform: written down, made, written down again. Shared by publishing and recalls."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app import channels, platforms, seals, sql, stored
from app.flow import renewals, turns, uploads
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
SELECT now() AS now, d.status, d.next_at, d.kind, u.due_at, u.created_at AS asked_at, p.status AS post_status,
  u.held_for IS NOT NULL AS held, t.frozen_at IS NOT NULL AS frozen,
  EXISTS (SELECT 1 FROM recall WHERE post = p.id AND ended_at IS NULL) AS recall,
  (SELECT lease_until FROM attempt WHERE delivery = d.id AND ended_at IS NULL) AS lease_until,
  (SELECT intent FROM attempt WHERE delivery = d.id ORDER BY number DESC LIMIT 1) AS intent,
  d.progress ? 'queued' AS queued, d.progress ? 'look' AS looking, d.progress ? 'hand_off_refused' AS refused_hand_off,
  c.disconnected_at IS NULL AS connected, c.paused_at IS NOT NULL AS paused, c.broken_kind,
  NOT EXISTS (SELECT 1 FROM delivery o JOIN channel k ON k.id = o.channel WHERE o.publication = u.id
    AND o.status = $2 AND k.broken_kind IS NULL AND k.disconnected_at IS NULL) AS hopeless
FROM delivery d JOIN publication u ON u.id = d.publication JOIN post p ON p.id = d.post
JOIN channel c ON c.id = d.channel CROSS JOIN team t WHERE d.id = $1
"""
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


async def scene(delivery: Delivery) -> Scene:
    """Everything that decides the delivery's next step, read under the post's lock."""
    found = await sql.row(SCENE, delivery.id, DeliveryStatus.PENDING)
    assert found is not None
    known = dict(found)
    started = known.pop("post_status") != PostStatus.SCHEDULED
    window = timedelta(minutes=settings().late_window)
    return Scene(**known, started=started, traits=await seals.traits_of(delivery.channel), late_window=window)


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
        platform, parcel = await _packed(await load(call.delivery))
        digest = platform.digest(parcel, call.intent)
        await sql.run("UPDATE attempt SET request_sha256 = $2 WHERE fence = $1", call.fence, digest)
    except (SealedElsewhere, SealBroken) as locked:
        return Refused("expired_token", str(locked))
    except Exception as error:
        log.exception("Delivery %s could not be packed", call.delivery)
        return NotSent(f"It could not be packed for sending ({type(error).__name__}).", "unexpected")
    try:
        outcome = await _verb(platform, call.intent)(parcel)
    except Exception as error:
        log.exception("Delivery %s: the platform's code failed", call.delivery)
        return Unknown(f"Sending it broke off ({type(error).__name__}).")
    return safe(await renewals.after(call.delivery, platform, parcel, outcome), parcel.account)


async def look(delivery: Delivery) -> Sighting:
    """What the platform has of this delivery; changes nothing there."""
    try:
        platform, parcel = await _packed(delivery)
        return await renewals.looked(platform, parcel, await platform.look(parcel))
    except (SealedElsewhere, SealBroken) as locked:
        return Unknown(str(locked))
    except Exception as error:
        log.exception("Delivery %s could not be looked up", delivery.id)
        return Unknown(f"Looking it up broke off ({type(error).__name__}).")


async def _packed(delivery: Delivery) -> tuple[Platform, Parcel]:
    return platforms.platform(await channels.platform_of(delivery.channel)), await parcel_of(delivery)


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


async def parcel_of(delivery: Delivery) -> Parcel:
    """What the seal holds for this delivery's channel, with the account to send it as."""
    known = await sql.row(
        "SELECT u.seal, u.due_at, r.facts->>'at' AS new_time FROM publication u"
        " LEFT JOIN recall r ON r.post = u.post AND r.ended_at IS NULL WHERE u.id = $1",
        delivery.publication,
    )
    assert known is not None
    new_time = known["new_time"]
    content = await seals.unsealed(delivery.live_seal or known["seal"], delivery.channel)
    return Parcel(
        key=delivery.key,
        account=await channels.account(delivery.channel),
        content=content,
        due_at=datetime.fromisoformat(new_time) if new_time else known["due_at"],
        remote_id=delivery.remote_id or "",
        remote_url=delivery.remote_url or "",
        progress=progress_of(delivery),
        uploads=await uploads.there(delivery.channel, content.pictures),
    )


def progress_of(delivery: Delivery) -> dict[str, Any]:
    raw = delivery.progress
    decoded: dict[str, Any] = msgspec.json.decode(raw) if isinstance(raw, str) else dict(raw or {})
    return decoded


async def load(delivery: int) -> Delivery:
    row = await stored.one(Delivery, "id = $1", delivery)
    if row is None:
        raise LookupError(delivery)
    return row


def _step(delivery: Delivery) -> str:
    return str(progress_of(delivery).get("step", "call"))


def dumped(progress: dict[str, Any]) -> str:
    return json.dumps(progress, default=str)
