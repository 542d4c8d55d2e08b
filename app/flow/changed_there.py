"""Changed there: a platform moved, edited or canceled what it holds for us. Seen by lookups, heard by hearing,
answered by people."""

from dataclasses import replace
from datetime import UTC, datetime

from app import audit, sql
from app import facts as fact_sheet
from app.atomic import ring
from app.flow import asking, parcels, plan, runs, schedule, steps
from app.flow.recall_answers import DONE
from app.lifecycles import offers
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import By, Grant
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import Refused
from app.tables import Delivery

KIND = "changed_there"
CANCELED = "It was canceled there."
EDITED = "It was edited there."
# The sentence is the only record of their time: hearing and lookups both leave it, in this form.
MOVED = "It was moved there to %Y-%m-%d %H:%M UTC."
ANSWERED = "Nobody waits for an answer to this any more."
NOT_MOVED = "It was not moved there, so there is no time to use."
OVER = "Its time has come: what becomes of it shows in a moment."
AGAIN = "It was moved there once more a moment ago. Look at the new time first."
EDITOR = Grant(person="editor")


def moved(to: datetime) -> str:
    return to.astimezone(UTC).strftime(MOVED)


def their_time(note: str | None) -> datetime | None:
    """When the platform wants to publish it; None when it was canceled there."""
    try:
        return datetime.strptime(note or "", MOVED).replace(tzinfo=UTC)
    except ValueError:
        return None


def waits(status: str, kind: str | None) -> bool:
    """Whether a delivery in this state waits for a person's answer."""
    return status == DeliveryStatus.HANDED_OFF and kind == KIND


def refusal(name: str, note: str | None, facts: PostFacts, by: By) -> str | None:
    """Why `by` may not give this answer now, or None."""
    if why := EDITOR.refusal(by, own=False):
        return why
    if facts.recall:
        return RECALLED
    if name == "use_their_time":
        at = their_time(note)
        return offers.refusal("reschedule", replace(facts, asked=Asked(at=at)), by) if at else NOT_MOVED
    ahead = facts.run is not None and facts.run.due_at is not None and facts.run.due_at > facts.now
    return None if ahead and facts.status == PostStatus.SCHEDULED else OVER


def edited(row: Delivery, written_at: datetime | None) -> bool:
    """Whether somebody wrote the item there after our own last word on it."""
    ours = parcels.progress_of(row.progress).get(parcels.WRITTEN)
    return bool(ours and written_at and written_at.isoformat() != ours)


def live_with(row: Delivery) -> str:
    """What the timeline says of going live: with their text, where nobody decided otherwise before its time."""
    return EDITED if row.error_note == EDITED else ""


async def agreed(delivery: int, written_at: datetime | None) -> None:
    """What stands there now is what we know of: our own call wrote it, or people were told."""
    known = parcels.dumped(parcels.written(written_at))
    await sql.run("UPDATE delivery SET progress = progress || $2::jsonb WHERE id = $1", delivery, known)


async def notice(row: Delivery, note: str, *, by: By) -> None:
    """Shown at once and not fought; unanswered, a look decides at its time."""
    if row.status == DeliveryStatus.HANDED_OFF:
        await sql.run("UPDATE delivery SET error_kind = $2, error_note = $3 WHERE id = $1", row.id, KIND, note)
    await audit.record("delivery", row.id, "report_change", by=by, post=row.post, note=note)


async def forget(row: Delivery) -> None:
    """It is there as we agreed again."""
    if waits(row.status, row.error_kind):
        await sql.run("UPDATE delivery SET error_kind = NULL, error_note = NULL WHERE id = $1", row.id)


async def use_their_time(row: Delivery, seen: datetime | None, *, by: By) -> None:
    """The post moves to the time the platform has, seen by the person; other platforms are asked to follow first."""
    await _demand("use_their_time", row, by)
    at, post = their_time(row.error_note), await plan.load(row.post)
    if at is None or seen != at:
        raise Refused(AGAIN)
    await audit.record("delivery", row.id, "use_their_time", by=by, post=row.post, told={"at": at})
    held = [one for one in await _held(row) if not (one.error_kind == KIND and their_time(one.error_note) == at)]
    if held:
        there = {str(one.id): DONE for one in await _held(row) if one not in held}
        told = {"at": at.isoformat(), "answers": there}
        await asking.ask(post, "reschedule", by=by, asked=Asked(at=at), told=told)
    else:
        await schedule.moved_to(post, at, by=by)
        await settle_on(post.id, at)


async def hand_over_again(row: Delivery, *, by: By) -> None:
    """What was canceled or edited there goes there once more, under a new key; what was moved is asked back to our
    time."""
    facts = await _demand("hand_over_again", row, by)
    await audit.record("delivery", row.id, "hand_over_again", by=by, post=row.post)
    if their_time(row.error_note) is None:
        await runs.release(row, by=by)
        ring("send", row.id, row.version + 1)
    elif facts.run and facts.run.due_at:
        await asking.about(row, "reschedule", by=by, told={"at": facts.run.due_at.isoformat()})


async def settle_on(post: int, at: datetime | None) -> None:
    """What a platform had moved to the time that is ours too by now is agreed on again."""
    if at is None:
        return
    await sql.run(
        "UPDATE delivery SET remote_at = $2, next_at = least($2, now() + $6::interval), error_kind = NULL,"
        " error_note = NULL WHERE post = $1 AND status = $3 AND error_kind = $4 AND error_note = $5",
        post, at, DeliveryStatus.HANDED_OFF, KIND, moved(at), steps.WATCH,
    )  # fmt: skip


async def _demand(name: str, row: Delivery, by: By) -> PostFacts:
    facts = await fact_sheet.of(row.post)
    forbidden = EDITOR.refusal(by, own=False)
    why = forbidden or (refusal(name, row.error_note, facts, by) if waits(row.status, row.error_kind) else ANSWERED)
    if why:
        raise Refused(why, forbidden=forbidden is not None)
    return facts


async def _held(row: Delivery) -> list[Delivery]:
    """Everything of this publication that a platform holds."""
    return [one for one in await runs.deliveries(row.publication) if one.status == DeliveryStatus.HANDED_OFF]
