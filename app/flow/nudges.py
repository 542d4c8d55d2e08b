"""Nudging: what a platform holds past its time is published by one more call, written down like any other.

A site whose clock only ticks when somebody visits, or that lost the event it had set itself, would wait for ever.
The look that finds it overdue is such a visit; what still waits a moment later is nudged. Called by lookups only.
"""

from datetime import datetime, timedelta

from app import channels, seals, sql
from app.atomic import atomic
from app.flow import calls, parcels, turns
from app.flow.calls import Open
from app.flow.closing import close_up
from app.flow.settled import confirm, refuse
from app.lifecycles.machine import WORKER
from app.lifecycles.statuses import DeliveryStatus
from app.moves import lock_of
from app.platforms.contract import DEAD_CHANNEL, Outcome, Published, Refused, TryLater, Unknown
from app.tables import Delivery

PATIENCE = timedelta(seconds=10)  # between the look that found it overdue and the nudge
ENDED = "The worker stopped before it heard."
NUDGED = "SELECT 1 FROM attempt WHERE delivery = $1 AND intent = 'nudge' AND opened_at >= $2"


async def may(row: Delivery) -> bool:
    """Whether the platform allows it and nobody has stopped us: a nudge is a call like any other."""
    if not (await seals.traits_of(row.channel)).nudges:
        return False
    _, scene = await calls.scene(row.id)
    stopped = scene.recall or scene.frozen or scene.paused or scene.broken_kind or not scene.connected
    return not stopped


async def found_before(row: Delivery, due: datetime) -> bool:
    """Whether an earlier look saw it overdue already; the first one only remembers it."""
    if parcels.progress_of(row.progress).get("overdue") == due.isoformat():
        return True
    await sql.run(
        "UPDATE delivery SET progress = progress || jsonb_build_object('overdue', $2::text),"
        " next_at = now() + $3::interval WHERE id = $1",
        row.id, due.isoformat(), PATIENCE,
    )  # fmt: skip
    return False


async def tried(row: Delivery, due: datetime) -> bool:
    return await sql.value(NUDGED, row.id, due) is not None


async def write_down(row: Delivery) -> Open | None:
    """T1, under the post's lock. None: another call is open to its site, so it waits there to be called."""
    opened = await calls.write_down(row, "nudge")
    if opened is None:
        await turns.wait(row)
    return opened


async def close_orphan(row: Delivery) -> None:
    """A nudge that a dead worker left open: what came of it shows in the look that follows."""
    fence = await sql.value(
        "SELECT fence FROM attempt WHERE delivery = $1 AND ended_at IS NULL AND lease_until <= now()", row.id
    )
    if fence is not None:
        await calls.write_outcome(fence, Unknown(ENDED), why=ENDED)


async def make(call: Open) -> None:
    """The call and its T2; then whoever waits for the site may go on."""
    outcome = await calls.make(call)
    async with atomic():
        await lock_of(call.delivery)
        row = await calls.load(call.delivery)
        if await calls.write_outcome(call.fence, outcome):
            await calls.next_action(call.fence, await _settled(row, outcome))
            await close_up(row.post)
    await turns.call(call.channel)


async def _settled(row: Delivery, outcome: Outcome) -> str:
    if row.status != DeliveryStatus.HANDED_OFF:
        return "settled already"
    match outcome:
        case Published():
            return await confirm(row, outcome, by=WORKER, note="It had missed its time there and was nudged.")
        case Refused(kind=kind) if kind in DEAD_CHANNEL:
            await channels.mark_broken(row.channel, kind)
        case Refused(kind=kind, note=note):
            return await refuse(row, kind, note, by=WORKER)
        case TryLater(at=at) if at is not None:
            await turns.close(row.channel, at)
            await _look_again(row, at)
            return "looked at again when the platform asked for it"
    await _look_again(row)
    return "looked at again"


async def _look_again(row: Delivery, at: datetime | None = None) -> None:
    await sql.run(
        "UPDATE delivery SET next_at = greatest(now() + $2::interval, $3) WHERE id = $1", row.id, PATIENCE, at
    )
