"""Bulk: what one button does, done to many posts, each in a transaction of its own; a refusal stops no other."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from app.flow import clicks, plan
from app.flow.assign import assign
from app.flow.clicks import Click
from app.flow.review import SealChanged
from app.lifecycles.machine import By
from app.lifecycles.statuses import PostStatus
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Post
from app.times import BEYOND, instant

MOST = 500  # posts of one go: each takes a transaction, and somebody waits for the answer
AGAIN = {PostStatus.PUBLISH_FAILED: "publish_now", PostStatus.GENERATION_FAILED: "retry_and_generate"}
NOT_FAILED = "Only what failed can be tried again."


@dataclass(frozen=True, slots=True)
class Row:
    """A post as the person saw it; `on` and `wall` are where an undo puts it back, `owner` whom it gives it back to."""

    post: int
    version: int
    digest: bytes = b""
    on: date | None = None
    wall: time | None = None
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to every row. `on` or `days`: where to it moves; `owner`: whose it becomes."""

    do: str
    on: date | None = None
    days: int | None = None
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row: `fresh` when it was done, else `why` not. `before` is the post as it was."""

    post: int
    fresh: Post | None = None
    why: str = ""
    meanwhile: bool = False  # somebody else changed it first
    before: Post | None = None


Verb = Callable[[Post, Row, Act, By], Awaitable[Post]]


async def perform(rows: Sequence[Row], act: Act, *, by: By) -> list[Done]:
    """Each row through the verb of its single button, in the order given."""
    return [await _one(row, act, by) for row in rows]


async def _one(row: Row, act: Act, by: By) -> Done:
    try:
        before = await plan.load(row.post)
        fresh = await _seen(before, row, act, by)
    except LookupError:
        return Done(row.post, why="This post is gone.")
    except Refused as refused:
        lost = isinstance(refused, MovedMeanwhile | SealChanged)
        return Done(row.post, why=refused.reason, meanwhile=lost)
    except ValueError as wrong:
        return Done(row.post, why=str(wrong))
    return Done(row.post, fresh, before=before)


async def _seen(post: Post, row: Row, act: Act, by: By) -> Post:
    if post.version != row.version:
        raise MovedMeanwhile
    return await VERBS[act.do](post, row, act, by)


async def _approve(post: Post, row: Row, act: Act, by: By) -> Post:
    return await clicks.perform(post, Click("approve", digest=row.digest), by=by)


async def _move(post: Post, row: Row, act: Act, by: By) -> Post:
    return await _place(post, _day(post, act), post.planned_time, by)


async def _move_back(post: Post, row: Row, act: Act, by: By) -> Post:
    return await _place(post, row.on, row.wall, by)


async def _assign(post: Post, row: Row, act: Act, by: By) -> Post:
    return await assign(post, act.owner, by=by)


async def _assign_back(post: Post, row: Row, act: Act, by: By) -> Post:
    return await assign(post, row.owner, by=by)


async def _retry(post: Post, row: Row, act: Act, by: By) -> Post:
    name = AGAIN.get(PostStatus(post.status))
    if name is None:
        raise IllegalMove(NOT_FAILED)
    return await clicks.perform(post, Click(name), by=by)


async def _archive(post: Post, row: Row, act: Act, by: By) -> Post:
    return await clicks.perform(post, Click("archive"), by=by)


async def _place(post: Post, on: date | None, wall: time | None, by: By) -> Post:
    """To that day at that time: a post that is lined up is rescheduled, any other only planned anew."""
    if post.status != PostStatus.SCHEDULED:
        return await clicks.perform(post, Click("set_time", on=on, wall=wall), by=by)
    if on is None or wall is None:
        raise Refused("It goes out as soon as a worker is free; there is no time to move.")
    return await clicks.perform(post, Click("reschedule", at=instant(on, wall, post.zone)), by=by)


def _day(post: Post, act: Act) -> date | None:
    """The day it moves to; each post keeps its own time of day."""
    if act.days is None:
        return act.on
    if post.planned_on is None:
        raise Refused("It has no day to move from. Move it to a day instead.")
    try:
        day: date = post.planned_on + timedelta(days=act.days)
    except OverflowError:
        raise ValueError(BEYOND) from None
    return day


VERBS: dict[str, Verb] = {
    "approve": _approve, "move": _move, "move_back": _move_back, "assign": _assign,
    "assign_back": _assign_back, "retry": _retry, "archive": _archive,
}  # fmt: skip
