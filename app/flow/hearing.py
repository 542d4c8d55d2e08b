"""Hearing: a platform calls us by itself. What it says settles a delivery as an answer to our own call would.

What it said before gives way to what it says now: whoever calls here says things in the order in which they were said
(app/flow/callbacks.py does, however they arrived). What we know from our own calls, and what people decided, stands.
"""

from dataclasses import replace
from datetime import datetime

from app import audit, seals, sql
from app.atomic import atomic
from app.flow import calls, changed_there, corrections, lookups, parcels, resurfaced
from app.flow.closing import close_up
from app.flow.settled import confirm, refuse
from app.lifecycles.facts import STANDING
from app.lifecycles.machine import PLATFORM, WORKER
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import lock, move
from app.platforms.contract import HandedOff, Published, Refused, Removed
from app.tables import Delivery

Told = Published | HandedOff | Removed | Refused
TAKEN_BACK = (DeliveryStatus.CANCELED, DeliveryStatus.WITHDRAWN)
WAITING_THERE = (DeliveryStatus.HANDED_OFF, DeliveryStatus.RETRYING)
GAVE_WAY = "It is live there already, from before."
AGAIN = "It is live there again."
TRIED = (DeliveryStatus.SENDING, DeliveryStatus.HANDED_OFF, DeliveryStatus.RETRYING)


async def hear(channel: int, key: str, told: Told, *, at: datetime) -> bool:
    """Settle what the platform says of the delivery with our `key`; False when this channel has no such key.

    `at` is when the platform said it. Repeated, late and early callbacks are declared cases, not errors:
    what is live stays live, and what people took back later than `at` is not brought back by an old message.
    """
    found = await sql.row("SELECT id, post FROM delivery WHERE channel = $1 AND key = $2", channel, key)
    if found is None:
        return False
    async with atomic():
        await lock(found["post"])
        row = await calls.load(found["id"])
        match told:
            case Published():
                await _live(row, told, at)
            case HandedOff():
                await _held(row, told)
            case Removed():
                await _gone(row, told, at)
            case Refused():
                await _refused(row, told)
        await close_up(found["post"])
    return True


async def _live(row: Delivery, told: Published, at: datetime) -> None:
    told = replace(told, at=await _past(told.at or at))
    await corrections.live(row, told)
    if row.status == DeliveryStatus.PUBLISHED:
        return
    back = row.status in TAKEN_BACK
    if back and await _taken_back_since(row, at):
        return
    if not await _was_sent(row) or not await _makes_room(row):
        await _note(row, "report_live", told.url)
        return
    by_people = back and await corrections.taken_back_by_people(row)
    await _end_attempt(row, told)
    # Who names no number of its own for it is asked under ours later, as after an answer without one.
    named = told if told.remote_id or row.remote_id else replace(told, remote_id=row.key)
    await confirm(row, named, by=PLATFORM, note=_how(back=back, by_people=by_people))
    if by_people:
        await resurfaced.raised(row)


def _how(*, back: bool, by_people: bool) -> str:
    if by_people:
        return resurfaced.NOTE
    return AGAIN if back else "The platform called back."


async def _held(row: Delivery, told: HandedOff) -> None:
    """An open call still brings its own answer; only what waits there or is being looked up is settled here."""
    if not (await seals.traits_of(row.channel)).schedules:
        return
    if row.status == DeliveryStatus.RETRYING or (row.status == DeliveryStatus.HANDED_OFF and await _due(row)):
        await lookups.heard(row.id, told, by=PLATFORM)
    elif row.status == DeliveryStatus.HANDED_OFF and not _as_agreed(row, told):
        if not await lookups.recalled(row.post):
            await _notice(row, changed_there.moved(told.due_at))
    else:
        await changed_there.forget(row)


def _as_agreed(row: Delivery, told: HandedOff) -> bool:
    return row.remote_at is not None and abs(told.due_at - row.remote_at) <= lookups.SLACK


async def _gone(row: Delivery, told: Removed, at: datetime) -> None:
    """Removed there by others: shown, and never posted again. While we ask for it ourselves, our call tells."""
    if row.status in WAITING_THERE:
        if await _due(row):
            await lookups.heard(row.id, told, by=PLATFORM)
        elif not await lookups.recalled(row.post):
            await _notice(row, changed_there.CANCELED)
        return
    live = await calls.load(row.updates) if row.updates else row
    since = await _past(at)
    asking = await lookups.recalled(live.post)
    if await corrections.gone(live, since) or live.status != DeliveryStatus.PUBLISHED or asking:
        return
    gone = {Delivery.removed_at: since, Delivery.resurfaced_at: None}
    await move(live, "withdraw", by=PLATFORM, values=gone, note="It was removed there.")


async def _notice(row: Delivery, note: str) -> None:
    """Told once, however often they say it."""
    if not (changed_there.waits(row.status, row.error_kind) and row.error_note == note):
        await changed_there.notice(row, note, by=PLATFORM)


async def _refused(row: Delivery, told: Refused) -> None:
    """Nothing fails before its time: what the platform will not publish after all, we send ourselves then.

    An open attempt stays open: should its own answer say that it is live after all, that still counts.
    """
    if await corrections.cause(row, told):
        return
    due = await _due(row)
    if row.status in TRIED and due:
        await refuse(row, told.kind, told.note, by=PLATFORM)
    elif row.status == DeliveryStatus.HANDED_OFF:
        await _take_over(row, told)
    elif row.status in TRIED:
        await _note(row, "report_failure", told.note)


async def _take_over(row: Delivery, told: Refused) -> None:
    due = await sql.value("SELECT due_at FROM publication WHERE id = $1", row.publication)
    progress = {**parcels.progress_of(row.progress), "hand_off_refused": True}
    values = {
        Delivery.next_at: due, Delivery.remote_id: None, Delivery.remote_url: None, Delivery.remote_at: None,
        Delivery.error_kind: told.kind, Delivery.error_note: told.note, Delivery.tries: 0,
        Delivery.progress: parcels.dumped(progress),
    }  # fmt: skip
    facts = {"kind": told.kind, "said": PLATFORM.kind}
    await move(row, "release", by=WORKER, values=values, note=told.note, told=facts)


async def _due(row: Delivery) -> bool:
    """Whether its time has come, or something of its post is already on the way."""
    return bool(
        await sql.value(
            "SELECT u.due_at IS NULL OR u.due_at <= now() OR p.status <> $2 FROM publication u"
            " JOIN post p ON p.id = u.post WHERE u.id = $1",
            row.publication, PostStatus.SCHEDULED,
        )
    )  # fmt: skip


async def _end_attempt(row: Delivery, told: Published) -> None:
    """The call whose answer this overtook; should the answer still come, it is kept as a late one."""
    if row.status == DeliveryStatus.SENDING:
        fence = await sql.value("SELECT fence FROM attempt WHERE delivery = $1 AND ended_at IS NULL", row.id)
        await calls.write_outcome(fence, told, why="The platform called back first.")


async def _taken_back_since(row: Delivery, at: datetime) -> bool:
    """Whether it was canceled or taken down after that was said."""
    back: datetime | None = await sql.value(
        "SELECT coalesce(d.removed_at, u.canceled_at) FROM delivery d JOIN publication u ON u.id = d.publication"
        " WHERE d.id = $1",
        row.id,
    )
    return back is not None and at <= back


async def _makes_room(row: Delivery) -> bool:
    """Whether only this one stands on its channel, now that a newer one that never left has given way to it."""
    if row.status in STANDING and row.kind == "create":
        return True
    others = await Delivery.objects().where(
        (Delivery.post == row.post) & (Delivery.channel == row.channel) & (Delivery.kind == row.kind)
        & (Delivery.id != row.id) & Delivery.status.is_in([*STANDING]) & Delivery.set_aside_at.is_null()
    )  # fmt: skip
    blocking = [one for one in others if one.kind == "create" or one.id > row.id]
    if any([one.kind != "create" or await _left(one) for one in blocking]):
        return False
    for one in blocking:
        await move(one, "cancel", by=WORKER, values={Delivery.next_at: None}, note=GAVE_WAY)
    return True


async def _left(row: Delivery) -> bool:
    """Whether it may be there, or on its way."""
    tried = "SELECT 1 FROM attempt WHERE delivery = $1 LIMIT 1"
    return row.status != DeliveryStatus.PENDING or bool(await sql.value(tried, row.id))


async def _was_sent(row: Delivery) -> bool:
    """Nothing can be live that never left."""
    tried = "SELECT 1 FROM attempt WHERE delivery = $1 LIMIT 1"
    return row.status in (*TRIED, DeliveryStatus.UNCONFIRMED) or bool(await sql.value(tried, row.id))


async def _past(at: datetime) -> datetime:
    """`at`, or now for a clock that is ahead of ours."""
    past: datetime = await sql.value("SELECT least(now(), $1)", at)
    return past


async def _note(row: Delivery, name: str, note: str) -> None:
    await audit.record("delivery", row.id, name, by=PLATFORM, post=row.post, note=note)
