"""Every button by its name: one click in, one verb called. HTML and JSON doors share it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from app.atomic import atomic, whole
from app.flow import generate, plan, recall, review, schedule
from app.lifecycles.facts import Asked
from app.lifecycles.machine import By
from app.lifecycles.statuses import PostStatus
from app.moves import IllegalMove, Refused, move
from app.tables import Post
from app.times import Planned, planned


@dataclass(frozen=True, slots=True)
class Click:
    """What comes with a button. `at` is an instant; `wall` a time of day beside `on` (set_time)."""

    name: str
    on: date | None = None
    wall: time | None = None
    at: datetime | None = None
    digest: bytes = b""
    reason: str = ""
    title: str = ""
    keyword: str = ""
    angle: str = ""
    again: frozenset[int] = frozenset()  # channels where a live post is sent a second time
    form_token: UUID | None = None  # makes a repeated click the same click (duplicate)


Verb = Callable[[Post, Click, By], Awaitable[Post]]


@whole
async def perform(post: Post, click: Click, *, by: By) -> Post:
    """Do what the button says, or raise Refused. A new post for `duplicate`, else the same one, fresh."""
    verb = VERBS.get(click.name)
    if verb is None:
        raise IllegalMove(f"There is no move called “{click.name}”.")
    return await verb(post, click, by)


def _asked(click: Click) -> Asked:
    return Asked(on=click.on, at=click.at, note=click.reason)


def _day(post: Post, on: date | None) -> Planned:
    """A new day keeps the time of day."""
    return planned(on, post.planned_time if on else None, post.zone)


async def _set_date(post: Post, click: Click, by: By) -> Post:
    when = planned(click.on, click.wall, post.zone) if click.wall else _day(post, click.on)
    return await plan.set_date(post, when, by=by)


async def _set_time(post: Post, click: Click, by: By) -> Post:
    return await plan.set_time(post, planned(click.on, click.wall, post.zone), by=by)


async def _generate(post: Post, click: Click, by: By) -> Post:
    return await generate.start(post, by=by)


async def _stop(post: Post, click: Click, by: By) -> Post:
    return await generate.stop(post, by=by)


async def _finish(post: Post, click: Click, by: By) -> Post:
    return await review.go_without_pictures(post, by=by)


async def _submit(post: Post, click: Click, by: By) -> Post:
    return await review.submit(post, None, by=by)


async def _retry(post: Post, click: Click, by: By) -> Post:
    return await move(post, "retry_generation", by=by, asked=_asked(click), values=_new_day(post, click))


async def _retry_and_generate(post: Post, click: Click, by: By) -> Post:
    return await generate.again(post, by=by, asked=_asked(click), values=_new_day(post, click))


async def _replan(post: Post, click: Click, by: By) -> Post:
    return await review.replan(post, _rewritten(post, click), _asked(click), by=by)


async def _replan_and_generate(post: Post, click: Click, by: By) -> Post:
    async with atomic():
        asked = Asked(on=click.on, note=click.reason, chained=True)
        fresh = await review.replan(post, _rewritten(post, click), asked, by=by)
        if fresh.status != PostStatus.PLANNED:
            raise Refused("It has no date. Pick one first; then it can be written again.")
        return await generate.start(fresh, by=by)


async def _approve(post: Post, click: Click, by: By) -> Post:
    return (await review.approve(post, click.digest, by=by)).post


async def _approve_and_publish(post: Post, click: Click, by: By) -> Post:
    return await review.approve_and_send(post, click.digest, None, by=by)


async def _approve_and_schedule(post: Post, click: Click, by: By) -> Post:
    return await review.approve_and_send(post, click.digest, _time(click), by=by)


async def _reject(post: Post, click: Click, by: By) -> Post:
    return await review.reject(post, click.reason, by=by)


async def _restore(post: Post, click: Click, by: By) -> Post:
    return await review.restore(post, by=by)


async def _reopen(post: Post, click: Click, by: By) -> Post:
    return await review.reopen(post, by=by)


async def _schedule(post: Post, click: Click, by: By) -> Post:
    return await schedule.line_up(post, _time(click), by=by, again=click.again)


async def _publish_now(post: Post, click: Click, by: By) -> Post:
    if post.status == PostStatus.SCHEDULED:
        return await schedule.send_now(post, by=by)
    return await schedule.line_up(post, None, by=by, again=click.again)


async def _reschedule(post: Post, click: Click, by: By) -> Post:
    return await schedule.reschedule(post, _time(click), by=by)


async def _unschedule(post: Post, click: Click, by: By) -> Post:
    return await schedule.unschedule(post, by=by)


async def _confirm_live(post: Post, click: Click, by: By) -> Post:
    return await move(post, "confirm_live", by=by)


async def _accept(post: Post, click: Click, by: By) -> Post:
    return await review.accept(post, click.reason, by=by)


async def _publish_changes(post: Post, click: Click, by: By) -> Post:
    return await schedule.publish_changes(post, by=by)


async def _unpublish(post: Post, click: Click, by: By) -> Post:
    return await recall.unpublish(post, by=by)


async def _set_back(post: Post, click: Click, by: By) -> Post:
    return await recall.set_back(post, by=by)


async def _archive(post: Post, click: Click, by: By) -> Post:
    return await plan.archive(post, by=by)


async def _unarchive(post: Post, click: Click, by: By) -> Post:
    return await plan.unarchive(post, by=by)


async def _duplicate(post: Post, click: Click, by: By) -> Post:
    when = planned(click.on, click.wall, post.zone)
    return await plan.duplicate(post, by=by, when=when, form_token=click.form_token)


def _time(click: Click) -> datetime:
    if click.at is None:
        raise Refused("Pick a time.")
    return click.at


def _new_day(post: Post, click: Click) -> dict[Any, Any]:
    return plan.columns_of(_day(post, click.on)) if click.on else {}


def _rewritten(post: Post, click: Click) -> dict[Any, Any]:
    words = {Post.title: click.title, Post.keyword: click.keyword, Post.angle: click.angle}
    return {column: text for column, text in words.items() if text} | _new_day(post, click)


VERBS: dict[str, Verb] = {
    "set_date": _set_date, "generate": _generate, "fail_generation": _stop, "finish": _finish, "submit": _submit,
    "retry_generation": _retry, "retry_and_generate": _retry_and_generate, "replan": _replan,
    "replan_and_generate": _replan_and_generate, "approve": _approve, "approve_and_publish": _approve_and_publish,
    "approve_and_schedule": _approve_and_schedule, "reject": _reject, "restore": _restore, "reopen": _reopen,
    "schedule": _schedule, "publish_now": _publish_now, "reschedule": _reschedule, "unschedule": _unschedule,
    "confirm_live": _confirm_live, "accept": _accept, "publish_changes": _publish_changes,
    "unpublish": _unpublish, "set_back": _set_back,
    # Beside the table: plain verbs that change no status.
    "set_time": _set_time, "archive": _archive, "unarchive": _unarchive, "duplicate": _duplicate,
}  # fmt: skip
