"""Lookups: ask a platform what it has, after an unclear answer or at the time of what it was handed."""

from datetime import timedelta

from app import sql
from app.atomic import atomic, ring
from app.flow import calls, steps
from app.flow.outcomes import LOOKS, apply, confirm, lose, refuse, retry
from app.flow.publish import close_up
from app.leases import LEASE
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus
from app.moves import lock
from app.platforms.contract import Absent, HandedOff, Published, Removed, Sighting, Unknown
from app.settings import settings
from app.tables import Delivery

GRACE = timedelta(minutes=30)  # after its time, before what was handed over counts as not published
CHECKS = (timedelta(seconds=15), timedelta(seconds=60), timedelta(minutes=5))


async def look(delivery: int) -> None:
    """The worker's job: claim the look, ask, settle what was seen."""
    row = await _claim(delivery)
    if row is not None:
        await heard(delivery, await calls.look(row), by=WORKER, version=row.version)


async def heard(delivery: int, sighting: Sighting, *, by: By, version: int | None = None) -> None:
    """Settle what a platform was seen to have; what has changed meanwhile wins."""
    async with atomic():
        await lock(await sql.value("SELECT post FROM delivery WHERE id = $1", delivery))
        row = await calls.load(delivery)
        if version is not None and row.version != version:
            return
        if row.status == DeliveryStatus.HANDED_OFF:
            await _at_its_time(row, sighting, by)
        elif row.status == DeliveryStatus.RETRYING:
            await _after_silence(row, sighting, by)
        await close_up(row.post)
        await _ring_again(delivery)


async def _claim(delivery: int) -> Delivery | None:
    async with atomic():
        await lock(await sql.value("SELECT post FROM delivery WHERE id = $1", delivery))
        row = await calls.load(delivery)
        if not isinstance(steps.decide(await calls.scene(row)), steps.Look):
            return None
        await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", row.id, LEASE)
    return row


async def _at_its_time(row: Delivery, sighting: Sighting, by: By) -> None:
    """What the platform holds for us: live, still waiting, moved there, or gone."""
    scene = await calls.scene(row)
    overdue = scene.due_at is not None and scene.now > scene.due_at + GRACE
    match sighting:
        case Published():
            await confirm(row, sighting, by=by)
        case HandedOff(due_at=there) if scene.due_at and there > scene.due_at + timedelta(minutes=1):
            await refuse(row, "changed_there", f"It was moved there to {there:%Y-%m-%d %H:%M} UTC.", by=by)
        case Absent() | Removed():
            await refuse(row, "changed_there", "It was canceled there.", by=by)
        case _ if overdue:
            await refuse(row, "platform_unavailable", "It was not live 30 minutes after its time.", by=by)
        case _:
            await _check_later(row, scene)


async def _check_later(row: Delivery, scene: steps.Scene) -> None:
    since = scene.now - (scene.due_at or scene.now)
    wait = next((wait for wait in CHECKS if since < wait * 4), CHECKS[-1])
    await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", row.id, wait)


async def _after_silence(row: Delivery, sighting: Sighting, by: By) -> None:
    """Found: adopted. Surely absent: sent again. No answer: asked again, then a person decides."""
    now = await sql.value("SELECT now()")
    match sighting:
        case Published() | HandedOff():
            await apply(row, sighting, by=by)
        case Absent() if row.tries >= settings().attempts_limit:
            await refuse(row, "platform_unavailable", "It is not there, and every try is used up.", by=by)
        case Absent():
            await retry(row, now, "platform_unavailable", "It is not there; it is sent again.", by=by)
        case Removed():
            await refuse(row, "changed_there", "It was removed there.", by=by)
        case Unknown():
            await _ask_again(row, sighting, by)


async def _ask_again(row: Delivery, sighting: Unknown, by: By) -> None:
    looks = int(calls.progress_of(row).get("look", 1))
    if looks >= len(LOOKS):
        await lose(row, sighting.note, by=by)
        return
    now = await sql.value("SELECT now()")
    await retry(row, now + LOOKS[looks], "platform_unavailable", sighting.note, by=by, look=True)


async def _ring_again(delivery: int) -> None:
    row = await calls.load(delivery)
    if row.next_at is not None and row.status == DeliveryStatus.RETRYING:
        ring("send", row.id, row.version)
