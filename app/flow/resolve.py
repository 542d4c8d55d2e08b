"""Resolve: what only a person can say of a delivery, one verb for every button that it has."""

from datetime import datetime

from app import audit
from app import facts as fact_sheet
from app.atomic import atomic
from app.flow import calls, changed_there, closing, plan, resurfaced, schedule, settled
from app.lifecycles import offers
from app.lifecycles.machine import WORKER, By
from app.moves import IllegalMove, MovedMeanwhile, lock, move
from app.platforms.contract import Published
from app.tables import Delivery

NOT_THERE = "A person looked: it is not there."
STOPPED = "Stopped by hand."


async def resolve(delivery: Delivery, name: str, *, by: By, url: str = "", seen: datetime | None = None) -> None:
    """Settle one delivery in a person's name; the post follows its newest deliveries.

    `url`: where it is live; `seen`: their time, as the person was shown it.
    """
    async with atomic():
        await lock(delivery.post)
        row = await calls.load(delivery.id)
        if row.version != delivery.version:
            raise MovedMeanwhile
        await _answer(row, name, by, url, seen)
        await closing.close_up(row.post, by=by)
        if name == "deny":
            await _send_again(row.post, by)


async def _answer(row: Delivery, name: str, by: By, url: str, seen: datetime | None) -> None:
    match name:
        case "confirm":
            await settled.confirm(row, Published(row.remote_id or "", url), by=by, note="Confirmed by hand.")
        case "deny":
            await _settle_failed(row, "deny", "unexpected", NOT_THERE, by)
        case "refuse":
            await _stop(row, by)
        case "use_their_time":
            await changed_there.use_their_time(row, seen, by=by)
        case "hand_over_again":
            await changed_there.hand_over_again(row, by=by)
        case "take_down":
            await resurfaced.take_down(row, by=by)
        case "keep":
            await resurfaced.keep(row, by=by)
        case _:
            raise IllegalMove(f"There is no move called “{name}”.")


async def _stop(row: Delivery, by: By) -> None:
    """Stopping proves nothing of a call that had no clear answer: then a person says later whether it is live."""
    if settled.in_doubt(row) or settled.looked_for(row):
        await audit.record("delivery", row.id, "stop_trying", by=by, post=row.post, note=STOPPED)
        await settled.lose(row, f"{STOPPED} {settled.PERHAPS}", by=WORKER)
    else:
        await _settle_failed(row, "refuse", row.error_kind or "unexpected", STOPPED, by)


async def _settle_failed(row: Delivery, name: str, kind: str, note: str, by: By) -> None:
    values = {Delivery.next_at: None, Delivery.error_kind: kind, Delivery.error_note: note}
    await move(row, name, by=by, values=values, note=note)


async def _send_again(post: int, by: By) -> None:
    """Said to be absent, it is lined up at once where the table lets this person; else it stays failed.

    While its run waits for its time, or for other channels, a retry is for later: a post has one open run.
    """
    facts = await fact_sheet.of(post)
    if facts.run is None and offers.refusal("publish_now", facts, by) is None:
        await schedule.line_up(await plan.load(post), None, by=by, note="Sent again by hand.")
