"""Plan: new posts, their day and time, their brief and channels; archiving and duplicating."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app import content, moves, seals, sql, stored
from app.atomic import atomic
from app.content import Text
from app.facts import of as facts_of
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.machine import CLOCK, By
from app.lifecycles.post import PLANS, POST, REVIEW, WORKING
from app.lifecycles.statuses import PostStatus
from app.moves import Refused, lock, move, touch
from app.tables import Post
from app.times import Planned

TITLED = (*PLANS, PostStatus.REJECTED)
REWRITTEN = (*PLANS, *REVIEW, PostStatus.UNPUBLISHED, PostStatus.REJECTED)
BUSY = (*WORKING, PostStatus.SCHEDULED, PostStatus.PUBLISHED)
UNTIMED = (PostStatus.MISSED, PostStatus.PUBLISHING)
TIMED = tuple(s for s in (*PLANS, *WORKING, *REVIEW, PostStatus.UNPUBLISHED, PostStatus.REJECTED) if s not in UNTIMED)
PASSED = "That day has passed. Pick today or a later one."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person types to plan a post. `text` is there when they wrote it by hand."""

    title: str
    when: Planned
    keyword: str = ""
    angle: str = ""
    brief: str = ""
    campaign: int | None = None
    channels: tuple[int, ...] = ()
    text: Text | None = None
    form_token: UUID | None = None


async def create(plan: Plan, *, by: By) -> Post:
    """A new post: an idea without a date, a planned one, or a written one on its way to review.

    The same form sent twice makes one post.
    """
    async with atomic():
        if earlier := await _made_before(plan.form_token):
            return earlier
        text = _typed(plan.text)
        asked = Asked(on=plan.when.on, body=bool(text and text.body.strip()))
        _refuse_unless(asked.body or not await _over(plan.when.on), PASSED)
        revision = await content.reserve() if text else None
        post = await moves.begin(Post, by=by, asked=asked, values=_columns(plan, by, revision))
        await _aim(post.id, plan.channels)
        if text:
            await content.add(post.id, text, origin="written", by=by, revision=revision)
    return post


async def set_date(post: Post, when: Planned, *, by: By) -> Post:
    return await move(post, "set_date", by=by, asked=Asked(on=when.on), values=columns_of(when))


async def set_time(post: Post, when: Planned, *, by: By) -> Post:
    """The planned day and time, edited freely before approval and on an approved post."""
    async with atomic():
        await lock(post.id)
        fresh = await load(post.id)
        _refuse_unless(fresh.status in timed(by), "Its time is changed by rescheduling it, or not at all.")
        _refuse_unless(when.on or fresh.status != PostStatus.PLANNED, "A planned post needs a day.")
        _refuse_unless(when.on == fresh.planned_on or not await _over(when.on), PASSED)
        if when.on and fresh.status == PostStatus.AWAITING_DATE:
            return await set_date(post, when, by=by)
        return await touch(post, "plan", by=by, values=columns_of(when), told=_from_to(fresh, when))


async def rewrite(post: Post, plan: Plan, *, by: By) -> Post:
    """Title, keyword, angle, brief, campaign and channels of a post that is not written or is in review.

    A draft has its title from its text, so only a plan's changes here; other channels make a draft another one.
    """
    async with atomic():
        await lock(post.id)
        status = (await load(post.id)).status
        _refuse_unless(status in REWRITTEN, "Its plan is settled now.")
        columns = {
            Post.keyword: plan.keyword, Post.angle: plan.angle, Post.brief: plan.brief, Post.campaign: plan.campaign,
        } | ({Post.title: plan.title} if status in TITLED else {})  # fmt: skip
        elsewhere = set(await targets(post.id)) != set(plan.channels)
        if elsewhere:
            await aim(post.id, plan.channels)
            await seals.void(post.id)
        if elsewhere and status in REVIEW:
            return await move(post, "edit", by=by, asked=Asked(changed=True), values=columns)
        return await touch(post, "plan", by=by, values=columns)


async def archive(post: Post, *, by: By) -> Post:
    """Hide a post nobody is working on and nothing of which is live or waiting to go."""
    async with atomic():
        await lock(post.id)
        facts = await facts_of(post.id)
        _refuse_unless(archivable(facts), "It is live or on its way. Take it down first.")
        return await touch(post, "archive", by=by, values={Post.archived_at: facts.now})


def archivable(facts: PostFacts) -> bool:
    """Nobody is working on it, and nothing of it is live or waiting to go."""
    busy = facts.status in BUSY or facts.run or facts.recall
    return not (facts.archived or busy or facts.live or facts.unconfirmed)


async def unarchive(post: Post, *, by: By) -> Post:
    return await touch(post, "unarchive", by=by, values={Post.archived_at: None})


async def duplicate(post: Post, *, by: By, when: Planned, form_token: UUID | None = None) -> Post:
    """A new post with this one's content and no history; its pictures are the same files."""
    revision = await content.load(post.revision) if post.revision else None
    text = replace(_text(revision), slug="") if revision else None
    channels = await targets(post.id)
    plan = Plan(post.title, when, post.keyword, post.angle, post.brief, post.campaign, channels, text, form_token)
    return await create(plan, by=by)


async def daily() -> int:
    """Mark as missed what was planned for a day that is over; how many were."""
    passed = await sql.rows(
        "SELECT p.id FROM post p CROSS JOIN team t WHERE p.status = $1 AND p.archived_at IS NULL"
        " AND p.planned_on < (now() AT TIME ZONE t.zone)::date ORDER BY p.planned_on LIMIT 500",
        PostStatus.PLANNED,
    )
    missed = 0
    for found in passed:
        missed += await _miss(found["id"])
    return missed


async def load(post: int) -> Post:
    """The post's row; LookupError when there is none."""
    row = await stored.one(Post, "id = $1", post)
    if row is None:
        raise LookupError(post)
    return row


async def targets(post: int) -> tuple[int, ...]:
    found = await sql.rows("SELECT channel FROM post_channel WHERE post = $1 ORDER BY channel", post)
    return tuple(record["channel"] for record in found)


async def aim(post: int, channels: Sequence[int]) -> None:
    """Replace the post's target channels; call it under the post's lock."""
    await sql.run("DELETE FROM post_channel WHERE post = $1", post)
    await _aim(post, channels)


async def _aim(post: int, channels: Sequence[int]) -> None:
    await sql.run(
        "INSERT INTO post_channel (post, channel)"
        " SELECT $1, id FROM channel WHERE id = ANY($2::bigint[]) AND disconnected_at IS NULL",
        post, list(channels),
    )  # fmt: skip


async def _made_before(token: UUID | None) -> Post | None:
    """The post this form made already; of two that come at once the second waits for the first."""
    if token is None:
        return None
    await sql.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(token))
    return await Post.objects().where(Post.form_token == token).first()


def _typed(text: Text | None) -> Text | None:
    return text if text and (text.body.strip() or text.excerpt.strip()) else None


async def _over(on: date | None) -> bool:
    """Whether that day is over where the team works."""
    return on is not None and bool(await sql.value("SELECT $1 < (now() AT TIME ZONE zone)::date FROM team", on))


async def _miss(post: int) -> int:
    """One post; another worker or a person may have been faster."""
    try:
        await move(await load(post), "miss", by=CLOCK, note=_why_missed(await facts_of(post)))
    except Refused:
        return 0
    return 1


def _why_missed(facts: PostFacts) -> str:
    """What would have kept the clock from writing it on its day; nothing would: nobody was there to."""
    that_day = replace(facts, today=facts.planned_on or facts.today)
    line = POST.find("generate", PostStatus.PLANNED, CLOCK)
    reason = line.refusal(that_day, CLOCK, own=False) if line else None
    return reason or "The day passed before the worker came to it."


def _columns(plan: Plan, by: By, revision: int | None) -> dict[Any, Any]:
    columns: dict[Any, Any] = {
        "title": plan.title, "keyword": plan.keyword, "angle": plan.angle, "brief": plan.brief,
        "campaign": plan.campaign, "author": by.person, "created_by_key": by.key, "revision": revision,
        "form_token": plan.form_token,
    }  # fmt: skip
    return columns | {column._meta.name: value for column, value in columns_of(plan.when).items()}


def _from_to(before: Post, when: Planned) -> dict[str, Any]:
    """What the event says of a new plan, and of the one it had: an undo needs it."""
    return {"on": when.on, "at": when.at, "was_on": before.planned_on, "was_wall": before.planned_time}


def columns_of(when: Planned) -> dict[Any, Any]:
    """A plan's four columns: day, wall time, its zone, the instant they mean."""
    return {
        Post.planned_on: when.on, Post.planned_time: when.time, Post.zone: when.zone, Post.publish_at: when.at,
    }  # fmt: skip


def timed(by: By) -> tuple[str, ...]:
    """The statuses in which this person may change the planned time without rescheduling."""
    return (*TIMED, PostStatus.APPROVED) if by.reaches("editor") else TIMED


def _text(revision: Text) -> Text:
    return Text(revision.title, revision.body, revision.excerpt, revision.slug, revision.renditions, revision.pictures)


def _refuse_unless(condition: object, reason: str) -> None:
    if not condition:
        raise Refused(reason)
