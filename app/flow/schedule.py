"""Schedule: line a post up for its channels, move its time, take it back before anything was sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app import facts as fact_sheet
from app import keys, moves, seals, sql
from app.atomic import atomic
from app.flow import asking, slots
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.machine import CLOCK, By
from app.lifecycles.statuses import DeliveryStatus, PublicationStatus
from app.moves import MovedMeanwhile, lock, move
from app.tables import Delivery, Post, Publication
from app.times import local


async def line_up(post: Post, at: datetime | None, *, by: By, note: str = "") -> Post:
    """One publication with a pending delivery per channel; `at` None: as soon as a worker is free.

    A person's click on unsealed content casts their vote and seals it, when that is the last vote needed.
    """
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        name = "schedule" if at and at > facts.now else "publish_now"
        await _refuse_unless_may(post, name, at, facts, by)
        seal = await _sealed(post.id, facts, by)
        fresh = await move(post, name, by=by, asked=Asked(at=at, note=note), note=note, values=_time(post, at, facts))
        publication = await _publication(fresh, seal, at, "create", by)
        await _deliveries(publication, facts)
    return fresh


async def publish_changes(post: Post, *, by: By) -> Post:
    """Send what the post says now to every live channel that can update; the live copies stay live meanwhile."""
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        await _refuse_unless_may(post, "publish_changes", None, facts, by)
        seal = await _sealed(post.id, facts, by)
        fresh = await move(post, "publish_changes", by=by)
        publication = await _publication(fresh, seal, None, "update", by)
        for target in facts.stale:
            if target.updates and target.connected:
                await _delivery(publication, target.channel, updates=target.delivery_id)
    return fresh


async def reschedule(post: Post, at: datetime, *, by: By) -> Post:
    """The new time, approval kept; what a platform holds already gets it there first."""
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        if _handed_off(facts):
            return await asking.ask(post, "reschedule", by=by, asked=Asked(at=at), told={"at": at.isoformat()})
        fresh = await move(post, "reschedule", by=by, asked=Asked(at=at), values=_time(post, at, facts))
        await set_due(post.id, at)
    return fresh


async def send_now(post: Post, *, by: By) -> Post:
    """A scheduled post goes out as soon as a worker is free; a held one is released."""
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        if _handed_off(facts):
            return await asking.ask(
                post, "reschedule", by=by, asked=Asked(at=None), told={"at": None}, check="publish_now"
            )
        fresh = await move(post, "publish_now", by=by)
        await set_due(post.id, facts.now)
    return fresh


async def unschedule(post: Post, *, by: By) -> Post:
    """Back to approved, or to the failure a retry was taken back from; nothing goes out."""
    async with atomic():
        await lock(post.id)
        if _handed_off(await fact_sheet.of(post.id)):
            return await asking.ask(post, "unschedule", by=by)
        fresh = await move(post, "unschedule", by=by)
        await cancel(post.id, by=by)
    return fresh


async def follow_draft(post: Post) -> Post:
    """Autopilot: a finished draft is sealed in its name and scheduled, in the transaction that finished it."""
    facts = await fact_sheet.of(post.id)
    if facts.mode != "autopilot" or not facts.writer_invents or not facts.sendable:
        return post
    if facts.gaps or facts.pictures_pending or facts.pictures_failed:
        return post
    at = facts.publish_at or await slots.next_free(facts.now)
    return await line_up(post, at, by=CLOCK, note="Autopilot scheduled it without a review.")


async def follow_approval(post: Post, *, by: By) -> Post:
    """Mode approval (and autopilot): approving a post with a future planned time schedules it."""
    facts = await fact_sheet.of(post.id)
    ahead = facts.publish_at is not None and facts.publish_at > facts.now
    if facts.mode == "manual" or not ahead or not facts.sendable:
        return post
    return await line_up(post, facts.publish_at, by=by)


async def cancel(post: int, *, by: By) -> None:
    """End the open publication and everything of it that still waits; call it under the post's lock."""
    publication = await open_publication(post)
    if publication is None:
        return
    if publication.status == PublicationStatus.PENDING:
        publication = await move(publication, "advance", by=by, values={Publication.next_at: None})
    for delivery in await deliveries(publication.id):
        if delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING, DeliveryStatus.HANDED_OFF):
            await move(delivery, "cancel", by=by, values={Delivery.next_at: None})
    now = await sql.value("SELECT now()")
    released = {Publication.canceled_at: now, Publication.held_for: None, Publication.held_at: None}
    await move(publication, "cancel", by=by, values=released)


async def set_due(post: int, at: datetime) -> None:
    """The open publication's new time, for everything of it that has not left; releases a hold."""
    publication = await open_publication(post)
    if publication is None:
        raise MovedMeanwhile
    await sql.run(
        "UPDATE publication SET due_at = $2, held_for = NULL, held_at = NULL WHERE id = $1", publication.id, at
    )
    await sql.run(
        "UPDATE delivery SET next_at = $2 WHERE publication = $1 AND status = $3",
        publication.id, at, DeliveryStatus.PENDING,
    )  # fmt: skip


async def open_publication(post: int) -> Publication | None:
    open_ones = (PublicationStatus.PENDING, PublicationStatus.SCHEDULED)
    return (
        await Publication.objects()
        .where((Publication.post == post) & Publication.status.is_in(list(open_ones)))
        .first()
    )


async def deliveries(publication: int) -> list[Delivery]:
    return await Delivery.objects().where(Delivery.publication == publication).order_by(Delivery.id)


async def _refuse_unless_may(post: Post, name: str, at: datetime | None, facts: PostFacts, by: By) -> None:
    """Judge before voting and sealing: the click's own vote must not be what makes it look allowed."""
    line = moves.line(post, name, facts.status, by)
    judged = replace(facts, asked=Asked(at=at))
    moves.demand(line, judged, by)


async def _sealed(post: int, facts: PostFacts, by: By) -> int:
    """The seal that speaks for the content; without one the click itself approves and seals it."""
    if (valid := await seals.valid(post)) is not None:
        return valid
    what = await seals.sealable(post)
    if by.person and by.person not in facts.voters:
        await sql.run("INSERT INTO approval (post, digest, person) VALUES ($1, $2, $3)", post, what.digest, by.person)
    return await seals.seal(post, what, by=by)


async def _publication(post: Post, seal: int, at: datetime | None, kind: str, by: By) -> Publication:
    number = await sql.value("SELECT coalesce(max(number), 0) + 1 FROM publication WHERE post = $1", post.id)
    now = await sql.value("SELECT now()")
    values = {"post": post.id, "number": number, "kind": kind, "seal": seal, "due_at": at, "next_at": now}
    return await moves.begin(Publication, by=by, values=values)


async def _deliveries(publication: Publication, facts: PostFacts) -> None:
    for target in facts.sendable:
        await _delivery(publication, target.channel)


async def _delivery(publication: Publication, channel: int, updates: int | None = None) -> Delivery:
    number: int = await sql.value("SELECT nextval(pg_get_serial_sequence('delivery', 'id'))")
    before = await sql.row(
        "SELECT remote_id, remote_url FROM delivery WHERE post = $1 AND channel = $2 AND remote_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        publication.post, channel,
    )  # fmt: skip
    known = {"remote_id": before["remote_id"], "remote_url": before["remote_url"]} if before else {}
    kept = known if updates or await _comes_back(channel) else {}
    values = {
        "id": number, "publication": publication.id, "post": publication.post, "channel": channel,
        "kind": publication.kind, "updates": updates, "key": keys.delivery_key(number, 1), **kept,
    }  # fmt: skip
    return await moves.begin(Delivery, by=CLOCK, values=values)


async def _comes_back(channel: int) -> bool:
    """Whether the platform drafts what it takes down, so that the same item goes live again."""
    return (await seals.traits_of(channel)).removed_comes_back


def _handed_off(facts: PostFacts) -> bool:
    return facts.run is not None and DeliveryStatus.HANDED_OFF in facts.run.deliveries


def _time(post: Post, at: datetime | None, facts: PostFacts) -> dict[Any, Any]:
    """The planned time follows the schedule, in the post's own zone."""
    if at is None:
        return {}
    here = local(at, post.zone)
    return {
        Post.planned_on: here.date(),
        Post.planned_time: here.time().replace(second=0, microsecond=0),
        Post.publish_at: at,
    }
