"""Lookups: ask a platform what it has, after an unclear answer or at the time of what it was handed."""

from datetime import datetime, timedelta

from app import audit, sql
from app.atomic import atomic, ring
from app.flow import calls, changed_there, nudges, parcels, steps
from app.flow.calls import Open
from app.flow.closing import close_up
from app.flow.outcomes import apply
from app.flow.settled import confirm, keep_for_later, lose, refuse, retry
from app.leases import LEASE
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import lock_of
from app.platforms.contract import Absent, HandedOff, Published, Removed, Sighting, Unknown
from app.settings import settings
from app.tables import Delivery

GRACE = timedelta(minutes=30)  # after its time, before what was handed over counts as not published
CHECKS = (timedelta(seconds=15), timedelta(seconds=60), timedelta(minutes=5))
SLACK = timedelta(minutes=1)  # platforms round


async def look(delivery: int) -> None:
    """The worker's job: claim the look, ask, settle what was seen."""
    row = await _claim(delivery)
    if row is None:
        return
    nudge = await heard(delivery, await calls.look(row), by=WORKER, claimed=row)
    if nudge is not None:
        await nudges.make(nudge)


async def heard(delivery: int, sighting: Sighting, *, by: By, claimed: Delivery | None = None) -> Open | None:
    """Settle what a platform was seen to have; what has changed since it was `claimed` wins. Open: a nudge to make."""
    nudge: Open | None = None
    async with atomic():
        await lock_of(delivery)
        row = await calls.load(delivery)
        if claimed and (row.version, row.remote_at) != (claimed.version, claimed.remote_at):
            return None
        if row.status == DeliveryStatus.HANDED_OFF:
            nudge = await _at_its_time(row, sighting, by)
        elif row.status == DeliveryStatus.RETRYING:
            await _after_silence(row, sighting, by)
        await close_up(row.post)
        await _ring_again(delivery)
    return nudge


async def _claim(delivery: int) -> Delivery | None:
    async with atomic():
        await lock_of(delivery)
        row, scene = await calls.scene(delivery)
        if not isinstance(steps.decide(scene), steps.Look):
            return None
        await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", row.id, LEASE)
    return row


async def _at_its_time(row: Delivery, sighting: Sighting, by: By) -> Open | None:
    """What the platform holds for us: live, still waiting, moved there, or gone. Open: a nudge to make."""
    await nudges.close_orphan(row)
    now: datetime = await sql.value("SELECT now()")
    due = await _due(row, now)
    if await recalled(row.post) and not isinstance(sighting, Published):
        # While we ask for it ourselves, our call tells; once that has ended, a look does.
        await _check_at(row, min(_next_check(now, due), now + CHECKS[1]), keep=True)
        return None
    return await _compared(row, sighting, now, due, by)


async def _compared(row: Delivery, sighting: Sighting, now: datetime, due: datetime, by: By) -> Open | None:
    """What stands there, beside what was agreed."""
    match sighting:
        case Published():
            await confirm(row, sighting, by=by, note=changed_there.live_with(row))
        case HandedOff(due_at=there) if there > due + SLACK or now < there < due - SLACK:
            await _changed(row, changed_there.moved(there), now, min(there, due), by)
            await changed_there.agreed(row.id, sighting.written_at)
        case HandedOff(written_at=written) if now < due and changed_there.edited(row, written):
            await _changed(row, changed_there.EDITED, now, due, by)
        case Absent() | Removed():
            await _changed(row, changed_there.CANCELED, now, due, by)
        case Unknown() if now > due + GRACE:
            await lose(row, f"Nobody could say whether it is live: {sighting.note}", by=by)
        case HandedOff(due_at=there) if now < max(there, due):
            await _check_at(row, _next_check(now, min(there, due)))
        case HandedOff():
            return await _overdue(row, now, due, by)
        case Unknown():
            await _check_at(row, _next_check(now, due), keep=True)
    return None


async def recalled(post: int) -> bool:
    return await sql.value("SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL", post) is not None


async def _overdue(row: Delivery, now: datetime, due: datetime, by: By) -> Open | None:
    """Its time has passed and it waits all the same: nudged where that can be done, failed after the grace.

    Half an hour is the end of patience, not its beginning: a site that has lost its own event never comes round,
    and one call to an item that is live by then changes nothing. So the second look nudges, seconds after its time.
    """
    too_late = now > due + GRACE
    if by == WORKER and not (too_late and await nudges.tried(row, due)) and await nudges.may(row):
        return await nudges.write_down(row) if await nudges.found_before(row, due) else None
    if too_late:
        await refuse(row, "platform_unavailable", "It was not live 30 minutes after its time.", by=by)
    else:
        await _check_at(row, _next_check(now, due))
    return None


async def _due(row: Delivery, now: datetime) -> datetime:
    """The time we agreed on with the platform; the publication's own when it named none."""
    due: datetime | None = row.remote_at or await sql.value(
        "SELECT due_at FROM publication WHERE id = $1", row.publication
    )
    return due or now


async def _changed(row: Delivery, note: str, now: datetime, due: datetime, by: By) -> None:
    """Changed there: shown until its time, and failed when nobody has answered by then. We do not fight it."""
    if now >= due:
        await refuse(row, "changed_there", note, by=by)
        return
    await sql.run(
        "UPDATE delivery SET error_kind = 'changed_there', error_note = $2, next_at = $3 WHERE id = $1",
        row.id, note, steps.next_watch(now, due),
    )  # fmt: skip
    if row.error_note != note:
        await audit.record("delivery", row.id, "changed_there", by=by, post=row.post, note=note)


def _next_check(now: datetime, due: datetime) -> datetime:
    if now < due:
        return steps.next_watch(now, due)
    return now + next((wait for wait in CHECKS if now - due < wait * 4), CHECKS[-1])


async def _check_at(row: Delivery, at: datetime, *, keep: bool = False) -> None:
    """`keep`: nothing was seen, so what was said of it before still stands."""
    await sql.run(
        "UPDATE delivery SET next_at = $2, error_kind = CASE WHEN $3 THEN error_kind END,"
        " error_note = CASE WHEN $3 THEN error_note END WHERE id = $1",
        row.id, at, keep,
    )  # fmt: skip


async def _after_silence(row: Delivery, sighting: Sighting, by: By) -> None:
    """Found: adopted. Surely absent: sent again. No answer: asked again, then a person decides."""
    now = await sql.value("SELECT now()")
    match sighting:
        case Published() | HandedOff():
            await apply(row, sighting, by=by)
        case Absent():
            await _not_there(row, now, by)
        case Removed():
            await refuse(row, "changed_there", "It was removed there.", by=by)
        case Unknown():
            await _ask_again(row, sighting, by)


async def _not_there(row: Delivery, now: datetime, by: By) -> None:
    """Sent again until every try is used up. Nothing fails, or leaves, before its time: a hand-off that never arrived
    waits like any other that was not taken."""
    spent = row.tries >= settings().attempts_limit
    note = "It is not there, and every try is used up." if spent else "It is not there; it is sent again."
    if await sql.value("SELECT 1 FROM post WHERE id = $1 AND status = $2", row.post, PostStatus.SCHEDULED):
        await keep_for_later(row, "platform_unavailable", note, again_at=None if spent else now)
    elif spent:
        await refuse(row, "platform_unavailable", note, by=by)
    else:
        await retry(row, now, "platform_unavailable", note, by=by)


async def _ask_again(row: Delivery, sighting: Unknown, by: By) -> None:
    looks = int(parcels.progress_of(row.progress).get("look", 1))
    if looks >= len(steps.LOOKS):
        await lose(row, sighting.note, by=by)
        return
    now = await sql.value("SELECT now()")
    await retry(row, now + steps.LOOKS[looks], "platform_unavailable", sighting.note, by=by, look=True)


async def _ring_again(delivery: int) -> None:
    row = await calls.load(delivery)
    if row.next_at is not None and row.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING):
        ring("send", row.id, row.version)
