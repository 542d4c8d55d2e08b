"""The calendar's cards and days: which post stands where, what may be moved, what is at risk. Pure; for its page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from app.lifecycles.machine import By, Grant
from app.lifecycles.post import POST, REVIEW
from app.lifecycles.post_moves import EDITOR, WRITER
from app.lifecycles.statuses import PostStatus
from app.pages.glance import Glance
from app.pages.month import Month
from app.times import folded, local

FULL = 4  # cards of a day before the rest folds into "n more"
BEFORE_APPROVAL = (PostStatus.PLANNED, PostStatus.GENERATION_FAILED, *REVIEW)
TIMED: dict[str, Grant] = {**dict.fromkeys(BEFORE_APPROVAL, WRITER), PostStatus.APPROVED: EDITOR}


@dataclass(frozen=True, slots=True)
class Event:
    """One card. `move` is the page that changes its time; `risk` says what endangers it."""

    post: Glance
    on: date
    time: str
    move: str
    risk: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One cell of the grid, one heading of the agenda. `past` ones fold away on a phone."""

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
    groups: tuple[str, ...]


def event(post: Glance, by: By, zone: str) -> Event | None:
    """The post's card, or None when it has no day."""
    on = local(post.at, zone).date() if post.at else post.planned_on
    return Event(post, on, _time(post, zone), _move(post, by)) if on else None


def days(month: Month, events: Iterable[Event], filters: dict[str, str], *, folds: bool) -> tuple[Day, ...]:
    """Every day of the grid with its cards; `folds`: days before today may fold away."""
    by_day: dict[date, list[Event]] = defaultdict(list)
    for one in sorted(events, key=_order):
        by_day[one.on].append(one)
    return tuple(_day(on, month, by_day[on], filters, folds=folds) for on in month.days)


def marked(days: Iterable[Day], risks: Mapping[int, str]) -> tuple[Day, ...]:
    """The same days, with what the forecast says of their cards; nothing is said once a post is out."""
    return tuple(
        replace(day, events=tuple(replace(one, risk=risks.get(one.post.id, "")) for one in day.events)) for day in days
    )


def _order(one: Event) -> tuple[str, int]:
    """By time; what has none comes last."""
    return one.time or "~", one.post.id


def _day(on: date, month: Month, events: Sequence[Event], filters: dict[str, str], *, folds: bool) -> Day:
    shown = events if len(events) <= FULL else events[: FULL - 1]
    return Day(
        on=on,
        iso=on.isoformat(),
        number=on.day,
        weekday=f"{on:%a}",
        month=f"{on:%b}",
        full=f"{on:%A} {on.day} {on:%B %Y}",
        out=on.month != month.first.month,
        weekend=on.weekday() > 4,
        today=on == month.today,
        past=on < month.today and folds,
        named=on.day == 1,
        events=tuple(shown),
        more=len(events) - len(shown),
        more_href=f"/posts?{urlencode({'date': on.isoformat(), **filters})}",
        groups=tuple(dict.fromkeys(one.post.group for one in events))[:FULL],
    )


def _time(post: Glance, zone: str) -> str:
    if post.at is None:
        return ""
    here = local(post.at, zone)
    return f"{here:%H:%M}" + (f" UTC{here:%z}"[:-2] if folded(post.at, zone) else "")


def _move(post: Glance, by: By) -> str:
    """Where its time is changed, if this person may and the status lets it."""
    own = post.author is not None and post.author == by.person
    line = POST.find("reschedule", post.status)
    if line and line.by.refusal(by, own=own) is None:
        return f"/posts/{post.id}/moves/reschedule"
    grant = TIMED.get(post.status)
    return f"/posts/{post.id}/moves/set_time" if grant and grant.refusal(by, own=own) is None else ""
