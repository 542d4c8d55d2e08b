"""Failed posts with one cause: the same channel and the same kind of error, and the one fix for all of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asyncpg import Record

from app.access import allows
from app.lifecycles.phrases import counted
from app.pages import inbox_query, troubles
from app.pages.inbox_rows import PostRow, open_link
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class Cause:
    """Posts that failed alike on `channel`. `first`: the one its line stands before."""

    channel: int
    kind: str
    sentence: str
    action: str
    href: str
    posts: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.posts[0]

    @property
    def count(self) -> int:
        return len(self.posts)


async def causes(posts: Sequence[int], who: Who) -> tuple[Cause, ...]:
    """In the order of `posts`; one query however many. A post that stands alone shares its cause with none."""
    grouped: dict[tuple[int, str], list[Record]] = defaultdict(list)
    order = {post: place for place, post in enumerate(posts)}
    for record in sorted(await inbox_query.causes(posts), key=lambda one: order[one["post"]]):
        grouped[record["channel"], record["error_kind"]].append(record)
    found = (_cause(records, who) for records in grouped.values())
    return tuple(cause for cause in found if cause.count > 1)


def together(rows: Sequence[PostRow], same: Sequence[Cause]) -> tuple[PostRow, ...]:
    """The rows with those of one cause beside each other, where the first of them stood."""
    leaders = {post: cause for cause in same for post in cause.posts}
    place = {row.card.id: n for n, row in enumerate(rows)}
    lead = {post: place[leaders[post].first] if post in leaders else place[post] for post in place}
    ranked = sorted(place, key=lambda post: (lead[post], place[post]))
    return tuple(_calm(rows[place[post]]) if post in leaders else rows[place[post]] for post in ranked)


def _calm(row: PostRow) -> PostRow:
    """What they share is said once above them, with the one fix."""
    was = f"It was to go out {row.card.when}." if row.card.when else "It was not sent."
    return replace(row, sentence=was, button=open_link(row.card))


def _cause(records: list[Record], who: Who) -> Cause:
    first, posts = records[0], tuple(record["post"] for record in records)
    name, page = first["name"], f"/channels/{first['channel']}"
    action, href, then = "Open", page, f"{name} works again."
    if first["broken"]:
        action = "Reconnect" if allows(who, "POST /channels/{id:int}/settings") else "Open"
        then = f"One fix for all: reconnect {name}."
    elif allows(who, "POST /channels/{id:int}/requeue"):
        action, href = "Re-queue…", f"{page}/requeue"
        then = f"{name} works again. Re-queue {counted(len(posts), 'waiting post', 'waiting posts')}?"
    headline = troubles.of(first["error_kind"], name, first["channel"], "").headline
    return Cause(first["channel"], first["error_kind"], f"{headline} {then}", action, href, posts)
