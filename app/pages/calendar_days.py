"""The calendar's cards and days: which post stands where, what may be moved, what is at risk. Pure; for its page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from asyncpg import Record

from app.lifecycles.machine import By, Grant
from app.lifecycles.post import POST, REVIEW
from app.lifecycles.post_moves import EDITOR, WRITER
from app.lifecycles.statuses import PostStatus
from app.pages.calendar_spans import Span
from app.pages.glance import Channel, Glance, glance
from app.times import local, twice

FULL = 4  # cards of a day before the rest folds into "n more"
LISTED = 5  # the same in the list
MOST = 200  # cards of a day that was unfolded; the rest is in the list of posts
NEVER = datetime.max.replace(tzinfo=UTC)
BEFORE_APPROVAL = (PostStatus.PLANNED, PostStatus.GENERATION_FAILED, *REVIEW)
TIMED: dict[str, Grant] = {
    **dict.fromkeys((PostStatus.AWAITING_DATE, *BEFORE_APPROVAL), WRITER), PostStatus.APPROVED: EDITOR,
}  # fmt: skip


class Event(msgspec.Struct, frozen=True):
    """One card. `move` is the page that changes its time, `drop` where a drag sends it; `risk` what endangers it.

    `zone`: whose clock the card is told by. Its words are made when they are asked for: of the thousands of cards of a
    busy month few are drawn. Equal events give the same card, which templates/calendar/_event.html remembers.
    """

    post: Glance
    on: date
    zone: str
    move: str
    drop: str
    version: int
    campaign: int | None
    campaign_title: str
    owner: str
    risk: str = ""

    @property
    def time(self) -> str:
        """A time that comes twice that day shows which of the two it is."""
        if self.post.at is None:
            return ""
        here = local(self.post.at, self.zone)
        return f"{here:%H:%M}" + (f" UTC{here:%z}"[:-2] if twice(here) else "")


@dataclass(frozen=True, slots=True)
class Fold:
    """How many cards of a day stand open, and what its links keep. `past`: days before today may fold away."""

    full: int = FULL
    past: bool = False
    filters: Mapping[str, Any] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)

    @property
    def unfolded(self) -> bool:
        return self.full == MOST

    def address(self, on: date, **more: str) -> str:
        """The page of that one day; asked for by htmx it is the day's cell in that view."""
        return joined(f"/calendar/day/{on.isoformat()}", {**self.inside, **self.filters, **more})

    def listed(self, on: date) -> str:
        return joined("/posts", {"date": on.isoformat(), **self.filters})


@dataclass(frozen=True, slots=True)
class Day:
    """One cell of the grid, one heading of the agenda. `past` ones fold away on a phone; `fewer` folds it again."""

    on: date
    iso: str
    number: int
    weekday: str
    month: str
    full: str
    out: bool
    weekend: bool
    today: bool
    past: bool
    named: bool
    events: tuple[Event, ...]
    more: int
    more_href: str
    fewer: str
    groups: tuple[str, ...]


def event(record: Record, channels: Mapping[int, Channel], by: By, zone: str, back: str) -> Event | None:
    """The post's card, or None when it has no day. `back`: what leads its Move page back to this calendar."""
    post = glance(record, channels)
    on = local(post.at, zone).date() if post.at else post.planned_on
    if on is None:
        return None
    drop = f"/posts/{post.id}/time" if way(post.status, by, own=_own(post, by)) else ""
    return Event(
        post, on, zone, drop and drop + back, drop, record["version"], record["campaign"],
        record["campaign_title"] or "", record["owner"] or "",
    )  # fmt: skip


def back_to(address: str) -> str:
    """The calendar's own address, as the query of a card's Move page."""
    return f"?{urlencode({'back': address})}"


@lru_cache(1024)
def way(status: str, by: By, *, own: bool) -> str:
    """The verb with which this person may change such a post's time, or "" when the table lets them not."""
    line = POST.find("reschedule", status)
    if line and line.by.refusal(by, own=own) is None:
        return "reschedule"
    grant = TIMED.get(status)
    return "set_time" if grant and grant.refusal(by, own=own) is None else ""


def by_day(events: Iterable[Event]) -> dict[date, list[Event]]:
    """By time; what has none comes last."""
    found: dict[date, list[Event]] = defaultdict(list)
    for one in sorted(events, key=lambda one: (one.post.at is None, one.post.at or NEVER, one.post.id)):
        found[one.on].append(one)
    return found


def days(span: Span, events: Iterable[Event], fold: Fold) -> tuple[Day, ...]:
    """Every day in sight with its cards."""
    found = by_day(events)
    return tuple(day(on, span, found.get(on, []), fold) for on in span.days)


def marked(days: Iterable[Day], risks: Mapping[int, str]) -> tuple[Day, ...]:
    """The same days, with what the forecast says of their cards; nothing is said once a post is out."""
    return tuple(
        replace(day, events=at_risk(day.events, risks)) if any(risks.get(one.post.id) for one in day.events) else day
        for day in days
    )


def at_risk(events: Iterable[Event], risks: Mapping[int, str]) -> tuple[Event, ...]:
    """The same cards; those that are in danger say so."""
    return tuple(msgspec.structs.replace(one, risk=risk) if (risk := risks.get(one.post.id)) else one for one in events)


def day(on: date, span: Span, events: Sequence[Event], fold: Fold) -> Day:
    shown = events if len(events) <= fold.full else events[: fold.full - 1]
    return Day(
        on=on,
        iso=on.isoformat(),
        number=on.day,
        weekday=f"{on:%a}",
        month=f"{on:%b}",
        full=f"{on:%A} {on.day} {on:%B %Y}",
        out=span.out(on),
        weekend=on.weekday() > 4,
        today=on == span.today,
        past=on < span.today and fold.past,
        named=on.day == 1,
        events=tuple(shown),
        more=len(events) - len(shown),
        more_href=fold.listed(on) if fold.unfolded else fold.address(on),
        fewer=fold.address(on, few="1") if fold.unfolded else "",
        groups=tuple(dict.fromkeys(one.post.group for one in events))[:FULL],
    )


def _own(post: Glance, by: By) -> bool:
    return post.author is not None and post.author == by.person


def joined(path: str, parts: Mapping[str, Any]) -> str:
    """The path with the parts that say something."""
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{path}?{query}" if query else path
