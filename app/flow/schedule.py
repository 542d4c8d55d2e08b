"""Schedule: line a post up for its channels, move its time, take it back before anything was sent."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from app import facts as fact_sheet
from app import moves, seals, sql
from app.atomic import atomic
from app.flow import asking, runs, slots, votes
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.machine import CLOCK, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import MovedMeanwhile, lock, move
from app.tables import Post
from app.times import local


async def line_up(
    post: Post, at: datetime | None, *, by: By, note: str = "", again: frozenset[int] = frozenset()
) -> Post:
    """One publication with a pending delivery per channel; `at` None: as soon as a worker is free.

    `again`: the channels where it stayed live and that shall get a second copy.

    A person's click on unsealed content is their vote for it. The last vote needed seals it and lines it up;
    while votes are missing, the vote is all that happens.
    """
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        at = None if by.kind == "key" and at and at <= facts.now else at  # 002: a past time means now
        name = _name(at, facts, by)
        if name == "publish_now" and facts.status == PostStatus.SCHEDULED:
            return await send_now(post, by=by)  # its run is open already
        asked = Asked(at=at, note=note, again=again)
        _refuse_unless_may(post, name, asked, facts, by)
        seal = await _sealed(post.id, facts, by)
        if seal is None:
            return post
        fresh = await move(post, name, by=by, asked=asked, note=note, values=_time(post, at))
        publication = await runs.begin(fresh, seal, at, "create", by=by)
        for target in facts.sendable:
            await runs.add(publication, target.channel)
        for target in replace(facts, asked=asked).sent_again:
            await runs.add_second(publication, target, by=by)
    return fresh


async def publish_changes(post: Post, *, by: By) -> Post:
    """Send what the post says now to every live channel that can update; the live copies stay live meanwhile."""
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        _refuse_unless_may(post, "publish_changes", Asked(), facts, by)
        seal = await _sealed(post.id, facts, by)
        if seal is None:
            return post
        fresh = await move(post, "publish_changes", by=by)
        publication = await runs.begin(fresh, seal, None, "update", by=by)
        for target in facts.stale:
            if target.updates and target.connected:
                await runs.add(publication, target.channel, updates=target.delivery_id)
    return fresh


async def reschedule(post: Post, at: datetime, *, by: By) -> Post:
    """The new time, approval kept; what a platform holds already gets it there first."""
    async with atomic():
        await lock(post.id)
        if _handed_off(await fact_sheet.of(post.id)):
            return await asking.ask(post, "reschedule", by=by, asked=Asked(at=at), told={"at": at.isoformat()})
        return await moved_to(post, at, by=by)


async def moved_to(post: Post, at: datetime, *, by: By) -> Post:
    """The move itself, once no platform has to be asked any more."""
    async with atomic():
        told = {"was": post.publish_at}
        fresh = await move(post, "reschedule", by=by, asked=Asked(at=at), values=_time(post, at), told=told)
        await runs.set_due(post.id, at)
    return fresh


async def rescheduled(post: Post, at: datetime | None, *, by: By) -> Post:
    """What a recall leads to: the new time, or (without one) out as soon as a worker is free."""
    return await (moved_to(post, at, by=by) if at else sent_now(post, by=by))


async def send_now(post: Post, *, by: By) -> Post:
    """A scheduled post goes out as soon as a worker is free; a held one is released."""
    async with atomic():
        await lock(post.id)
        if _handed_off(await fact_sheet.of(post.id)):
            return await asking.ask(
                post, "reschedule", by=by, asked=Asked(at=None), told={"at": None}, check="publish_now"
            )
        return await sent_now(post, by=by)


async def sent_now(post: Post, *, by: By) -> Post:
    """The move itself, once no platform has to be asked any more."""
    async with atomic():
        fresh = await move(post, "publish_now", by=by)
        await runs.set_due(post.id, await sql.value("SELECT now()"))
    return fresh


async def unschedule(post: Post, *, by: By) -> Post:
    """Back to approved, or to the failure a retry was taken back from; nothing goes out."""
    async with atomic():
        await lock(post.id)
        if _handed_off(await fact_sheet.of(post.id)):
            return await asking.ask(post, "unschedule", by=by)
        return await unscheduled(post, by=by)


async def unscheduled(post: Post, *, by: By) -> Post:
    """The move itself, once no platform has to be asked any more."""
    async with atomic():
        fresh = await move(post, "unschedule", by=by)
        await runs.cancel(post.id, by=by)
    return fresh


async def reopen(post: Post, *, by: By, note: str = "") -> Post:
    """Back to editing; what a platform holds for us is taken back there first."""
    async with atomic():
        await lock(post.id)
        if _handed_off(await fact_sheet.of(post.id)):
            return await asking.ask(post, "reopen", by=by)
        return await reopened(post, by=by, note=note)


async def reopened(post: Post, *, by: By, note: str = "") -> Post:
    """The move itself: the publication is canceled, the content kept, the approval void."""
    async with atomic():
        fresh = await move(post, "reopen", by=by, note=note)
        await runs.cancel(post.id, by=by)
        await seals.void(post.id)
    return fresh


async def follow_draft(post: Post) -> Post:
    """Autopilot: a finished draft is sealed in its name and scheduled, in the transaction that finished it."""
    facts = await fact_sheet.of(post.id)
    if facts.mode != "autopilot" or not facts.writer_invents or not facts.sendable:
        return post
    if facts.gaps or facts.pictures_pending or facts.pictures_failed:
        return post
    at = facts.publish_at or await slots.next_free(max(facts.now, _morning(post) or facts.now))
    return await line_up(post, at, by=CLOCK, note="Autopilot scheduled it without a review.")


async def follow_approval(post: Post, *, by: By) -> Post:
    """Mode approval (and autopilot): approving a post with a future planned time schedules it."""
    facts = await fact_sheet.of(post.id)
    ahead = facts.publish_at is not None and facts.publish_at > facts.now
    if facts.mode == "manual" or not ahead or not facts.sendable:
        return post
    return await line_up(post, facts.publish_at, by=by)


def _name(at: datetime | None, facts: PostFacts, by: By) -> str:
    """A person who names a past time is refused; autopilot's late draft goes out now, or is held when too late."""
    return "schedule" if at and (at > facts.now or by.kind == "person") else "publish_now"


def _refuse_unless_may(post: Post, name: str, asked: Asked, facts: PostFacts, by: By) -> None:
    """Judge before voting and sealing: the click's own vote must not be what makes it look allowed.

    Votes that are still missing do not refuse a first vote; they only keep it from being more than that.
    """
    if facts.version != post.version:
        raise MovedMeanwhile
    first = by.kind == "person" and by.person not in facts.voters
    needed = min(facts.needed, facts.votes_with(by.person)) if first else facts.needed
    moves.demand(moves.line(post, name, facts.status, by), replace(facts, asked=asked, needed=needed), by)


async def _sealed(post: int, facts: PostFacts, by: By) -> int | None:
    """The seal that speaks for the content; without one the click seals it, or is a vote when more are needed."""
    if (valid := await seals.valid(post)) is not None:
        return valid
    what = await seals.sealable(post)
    if by.kind == "person" and await votes.cast(post, what.digest, facts.needed, by=by):
        return None
    return await seals.seal(post, what, by=by)


def _handed_off(facts: PostFacts) -> bool:
    return facts.run is not None and DeliveryStatus.HANDED_OFF in facts.run.deliveries


def _morning(post: Post) -> datetime | None:
    """When the planned day begins: nothing goes out before it."""
    return slots.exact(post.planned_on, time(0), post.zone) if post.planned_on else None


def _time(post: Post, at: datetime | None) -> dict[Any, Any]:
    """The planned time follows the schedule, in the post's own zone."""
    if at is None:
        return {}
    here = local(at, post.zone)
    wall = here.time().replace(second=0, microsecond=0)
    return {Post.planned_on: here.date(), Post.planned_time: wall, Post.publish_at: at}
