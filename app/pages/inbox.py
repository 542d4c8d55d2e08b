"""The inbox: what waits for this person, in the order it should be done, each with the one button that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from asyncpg import Record
from litestar import Request, get

from app.access import allows
from app.lifecycles.phrases import bounded
from app.lifecycles.statuses import PostStatus
from app.pages import first_steps, inbox_query
from app.pages.first_steps import Checklist
from app.pages.inbox_causes import Cause, causes, together
from app.pages.inbox_query import Text
from app.pages.inbox_rows import ChannelRow, Known, MentionRow, PostRow, channel_row, known, mention_row, post_rows
from app.pages.inbox_sections import (
    CHANGES,
    COUNTED,
    FIX,
    MISSED,
    READING,
    REJECTED,
    UNDATED,
    Waiting,
    decides,
    sections,
)
from app.pages.render import Page, page, team_of
from app.sessions import Who
from app.times import local, moment

MENTIONS = "mentions"
TITLES = {
    FIX: "Fix first", CHANGES: "Changes asked for", READING: "Review", REJECTED: "Rejected", MISSED: "Missed",
    UNDATED: "Needs a date", MENTIONS: "Mentions",
}  # fmt: skip
PACE = 200  # words a minute


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its rows; `rest` leads to all of them when there are more than fit."""

    key: str
    title: str
    count: int
    channels: tuple[ChannelRow, ...]
    causes: tuple[Cause, ...]
    rows: tuple[PostRow, ...]
    mentions: tuple[MentionRow, ...]
    rest: str

    @property
    def said(self) -> str:
        return bounded(self.count, COUNTED)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`picks`: rows have tick boxes, for those who may do anything with several at once; `decides`: approve, too."""

    sections: tuple[Section, ...]
    count: int
    said: str
    effort: str
    next: str
    picks: bool
    decides: bool
    queue: bool
    first: Checklist | None


@get("/inbox")
async def inbox_page(request: Request[Who, Any, Any]) -> Page:
    who = request.user
    waiting = await sections(who)
    shown = [post for section in waiting.values() for post in section.posts]
    answers = [post for section in waiting.values() for post in section.raised]
    drawn = await known(shown, answers, who, team_of(request))
    same = await causes([*waiting[FIX].posts] if FIX in waiting else [], who)
    channels = tuple(channel_row(record, who) for record in await inbox_query.broken_channels(who))
    named = await inbox_query.mentions(who)
    filled = _sections(waiting, drawn, channels, same, named, who)
    count = sum(section.count for section in filled)
    coming = "" if filled else _coming(await inbox_query.next_publish(), who.zone)
    picks = allows(who, "POST /posts/bulk") and any(section.rows for section in filled)
    effort = _effort(drawn.texts, count, waiting)
    first = await first_steps.checklist(request)
    more = any(section.count >= COUNTED for section in filled)
    said = f"{count - 1}+" if more else str(count)
    context = InboxPage(filled, count, said, effort, coming, picks, decides(who), READING in waiting, first)
    return await page("inbox/page.html", context, request=request, title="Inbox", nav="inbox")


def _sections(
    waiting: Mapping[str, Waiting], drawn: Known, channels: tuple[ChannelRow, ...], same: tuple[Cause, ...],
    named: Sequence[Record], who: Who,
) -> tuple[Section, ...]:  # fmt: skip
    found = []
    for key, title in TITLES.items():
        posts, broken = waiting.get(key), channels if key == FIX else ()
        rows = post_rows(posts, drawn, who) if posts else ()
        mentions = tuple(mention_row(record) for record in named) if key == MENTIONS else ()
        count = len(broken) + (posts.in_all if posts else 0) + (named[0]["in_all"] if mentions else 0)
        rest = _link(key, who) if posts and posts.in_all > len(rows) else ""
        shared = same if key == FIX else ()
        found.append(Section(key, title, count, broken, shared, together(rows, shared), mentions, rest))
    return tuple(section for section in found if section.count)


def _link(key: str, who: Who) -> str:
    """All of a section, where more wait than fit."""
    links = {
        FIX: "/posts?group=problem",
        READING: "/posts?group=review&sort=publishes",
        CHANGES: f"/posts?group=review&owner={who.id}",
        REJECTED: f"/posts?status={PostStatus.REJECTED}&owner={who.id}",
        MISSED: f"/posts?status={PostStatus.MISSED}",
        UNDATED: f"/posts?status={PostStatus.AWAITING_DATE}",
    }
    return links[key]


def _effort(texts: Mapping[int, Text], count: int, waiting: Mapping[str, Waiting]) -> str:
    """About how long it all takes: a review is read at 200 words a minute, anything else is one minute's fix.

    Reviews behind the section's link count as the average of those shown.
    """
    reviews = waiting[READING].in_all if READING in waiting else 0
    words = sum(text.words for text in texts.values()) / max(len(texts), 1) * reviews
    minutes = ceil(words / PACE + count - reviews)
    if minutes >= 90:
        return f"about {round(minutes / 60)} hours"
    return f"about {max(minutes, 1)} minute{'s' if minutes > 1 else ''}"


def _coming(at: datetime | None, zone: str) -> str:
    if at is None:
        return "Nothing is scheduled."
    return f"Next publish: {moment(at, zone, local(datetime.now(UTC), zone).date())}."
