"""What an answer means for a delivery: the retry policy of product.md §2.4, applied under the post's lock."""

from datetime import datetime, timedelta
from typing import Any

from app import channels, seals, sql
from app.flow import steps, turns, uploads
from app.flow.calls import load, next_action
from app.flow.parcels import dumped, progress_of, written
from app.flow.settled import UNSURE, confirm, keep_for_later, lose, refuse, retry, without_look
from app.lifecycles.facts import STANDING
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.lifecycles.statuses import DeliveryStatus
from app.moves import move
from app.platforms.contract import (
    DEAD_CHANNEL,
    HandedOff,
    NotSent,
    Outcome,
    Published,
    Refused,
    Removed,
    TryLater,
    Unknown,
    WentOn,
)
from app.settings import settings
from app.tables import Delivery

LONGEST_WAIT = timedelta(hours=24)
WAITING = (DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.RETRYING, DeliveryStatus.HANDED_OFF)
GONE_THERE = "It was removed there."
NEXT = "next step"  # how an action begins that its worker takes at once


async def apply(
    delivery: Delivery, outcome: Outcome, *, by: By = WORKER, fence: Any = None, intent: str = "create",
    recovered: bool = False,
) -> str:  # fmt: skip
    """Move the delivery by what the platform answered; returns what happens next, in a few words."""
    action = await _apply(delivery, outcome, by, intent, recovered=recovered)
    if fence is not None:
        await next_action(fence, action)
    return action


async def _apply(delivery: Delivery, outcome: Outcome, by: By, intent: str, *, recovered: bool) -> str:
    if delivery.status == DeliveryStatus.PUBLISHED:
        return "already live"  # a callback was faster than our own answer
    if delivery.status not in WAITING and not (isinstance(outcome, Published) and await _has_room(delivery)):
        return "settled already"
    match outcome:
        case Published():
            return await confirm(delivery, outcome, by=by)
        case HandedOff():
            return await _handed_off(delivery, outcome, by)
        case WentOn():
            return await _went_on(delivery, outcome)
        case Refused():
            return await _refused(delivery, outcome, by, intent)
        case TryLater():
            return await _try_later(delivery, outcome, by, intent)
        case NotSent(kind="expired_token"):
            return await _with_new_token(delivery, outcome, by, intent)
        case NotSent():
            return await _again(delivery, outcome.kind, outcome.note, by, intent)
        case Unknown():
            return await _unknown(delivery, outcome, by, intent, recovered=recovered)
        case Removed():
            return await refuse(delivery, "changed_there", GONE_THERE, by=by, intent=intent)


async def _has_room(delivery: Delivery) -> bool:
    """Whether nothing newer stands on its channel: what settled otherwise meanwhile may have been sent anew."""
    newer = (
        "SELECT 1 FROM delivery WHERE post = $1 AND channel = $2 AND id > $3 AND kind = 'create' AND status = ANY($4)"
    )
    return await sql.value(newer, delivery.post, delivery.channel, delivery.id, [*STANDING]) is None


async def _handed_off(delivery: Delivery, outcome: HandedOff, by: By) -> str:
    progress = without_look(progress_of(delivery.progress)) | written(outcome.written_at)
    progress.pop(UNSURE, None)
    values = {
        Delivery.remote_id: outcome.remote_id, Delivery.remote_url: outcome.url, Delivery.remote_at: outcome.due_at,
        Delivery.next_at: steps.next_watch(await _now(), outcome.due_at),
        Delivery.error_kind: None, Delivery.error_note: None, Delivery.progress: dumped(progress),
    }  # fmt: skip
    await move(delivery, "hand_off", by=by, values=values, told={"at": outcome.due_at})
    if by.kind == "worker":
        await channels.mark_well(delivery.channel, sent=True)
    return "the platform publishes it at its time"


async def _went_on(delivery: Delivery, outcome: WentOn) -> str:
    """One step of several: what it learned is kept before the next one is written down."""
    progress = {**progress_of(delivery.progress), **outcome.known, "step": outcome.step}
    await uploads.keep(delivery.channel, outcome.uploads)
    await sql.run("UPDATE delivery SET progress = $2, next_at = now() WHERE id = $1", delivery.id, dumped(progress))
    return f"{NEXT}: {outcome.step}"


async def _refused(delivery: Delivery, outcome: Refused, by: By, intent: str) -> str:
    """A dead account fails the one that found out; the others of its channel wait for its repair, or until too late.
    An update that finds its copy gone tells us that it was removed there.
    """
    if delivery.updates and outcome.kind == "changed_there":
        await _gone_there(delivery.updates)
    if outcome.kind in DEAD_CHANNEL and by.kind == "worker":
        found_out = await channels.mark_broken(delivery.channel, outcome.kind)
        if not found_out and intent != "hand_off":
            return await _pause(delivery, outcome, by)
    return await refuse(delivery, outcome.kind, outcome.note, by=by, intent=intent)


async def _gone_there(copy: int) -> None:
    live = await load(copy)
    if live.status == DeliveryStatus.PUBLISHED:
        gone: dict[Any, Any] = {Delivery.removed_at: await _now(), Delivery.resurfaced_at: None}
        await move(live, "withdraw", by=PLATFORM, values=gone, note=GONE_THERE)


async def _pause(delivery: Delivery, outcome: Refused, by: By) -> str:
    await _uncount(delivery)
    await retry(delivery, await _now() + steps.REPAIR, outcome.kind, outcome.note, by=by)
    return "waits until the channel is connected again"


async def _with_new_token(delivery: Delivery, outcome: NotSent, by: By, intent: str) -> str:
    """Refused for its token alone, which is renewed by now: the same call again, and no try is counted."""
    await _uncount(delivery)
    await _wait(delivery, await _now(), outcome.kind, outcome.note, by, intent)
    return f"{NEXT}: the same again with its new token"


async def _uncount(delivery: Delivery) -> None:
    await sql.run("UPDATE delivery SET tries = greatest(tries - 1, 0) WHERE id = $1", delivery.id)
    delivery.tries = max(delivery.tries - 1, 0)


async def _try_later(delivery: Delivery, outcome: TryLater, by: By, intent: str) -> str:
    """A wait the platform named is for the whole channel and costs no try; but waiting as such ends after a day."""
    if outcome.at is None:
        return await _again(delivery, outcome.kind, outcome.note, by, intent)
    now = await _now()
    since = await _waits_since(delivery, intent, now)
    if now - since > LONGEST_WAIT:
        return await refuse(delivery, outcome.kind, "It asked us to wait for more than a day.", by=by, intent=intent)
    await _uncount(delivery)
    earliest = now + timedelta(seconds=settings().retry_delay)
    at = min(max(outcome.at, earliest), since + LONGEST_WAIT)
    await turns.close(delivery.channel, at)
    return await _wait(delivery, at, outcome.kind, outcome.note, by, intent)


async def _waits_since(delivery: Delivery, intent: str, now: datetime) -> datetime:
    """When it was first told to wait, of the times since it last heard anything else."""
    began: datetime | None = await sql.value(
        "SELECT min(opened_at) FROM attempt WHERE delivery = $1 AND intent = $2 AND number >"
        " coalesce((SELECT max(number) FROM attempt WHERE delivery = $1 AND outcome <> 'try_later'), 0)",
        delivery.id, intent,
    )  # fmt: skip
    return began or now


async def _again(delivery: Delivery, kind: str, note: str, by: By, intent: str) -> str:
    """Certainly not sent: tried again until the limit."""
    if delivery.tries >= settings().attempts_limit:
        return await refuse(delivery, kind, note, by=by, intent=intent)
    at = await _now() + timedelta(seconds=settings().retry_delay)
    return await _wait(delivery, at, kind, note, by, intent)


async def _wait(delivery: Delivery, at: datetime, kind: str, note: str, by: By, intent: str) -> str:
    if intent == "hand_off":
        return await keep_for_later(delivery, kind, note, again_at=at)
    return await retry(delivery, at, kind, note, by=by)


async def _unknown(delivery: Delivery, outcome: Unknown, by: By, intent: str, *, recovered: bool) -> str:
    """Keyed: the same key again. Lookup: ask (an update is repeated: asking cannot tell). Blind: never by itself."""
    now = await _now()
    takes = (await seals.traits_of(delivery.channel)).delivery
    repeatable = takes == "keyed" or (takes == "lookup" and intent == "update")
    if takes == "keyed" and intent != "update":
        delivery.progress = dumped(progress_of(delivery.progress) | {UNSURE: True})
    if repeatable and delivery.tries < settings().attempts_limit:
        at = now if recovered else now + timedelta(seconds=settings().retry_delay)
        return await retry(delivery, at, "platform_unavailable", outcome.note, by=by)
    if takes == "lookup" and intent != "update":
        at = now if recovered else now + steps.LOOKS[0]
        return await retry(delivery, at, "platform_unavailable", outcome.note, by=by, look=True)
    if takes == "keyed" and intent == "hand_off":  # at its time the same key goes out, and cannot act twice
        return await keep_for_later(delivery, "platform_unavailable", outcome.note)
    return await lose(delivery, outcome.note, by=by)


async def _now() -> datetime:
    now: datetime = await sql.value("SELECT now()")
    return now
