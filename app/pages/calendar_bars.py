"""The bars above the calendar: how far a campaign reaches over the days in sight, and since when sending is frozen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.pages.calendar_days import Event
from app.pages.calendar_links import Wanted
from app.pages.calendar_spans import Span
from app.times import local, moment

SHOWN = 5  # campaigns; those with the most posts


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, drawn over `days` equal days: it begins after `begins` of them and is `lasts` long."""

    id: str
    label: str
    says: str
    href: str
    tone: str
    begins: int
    lasts: int
    days: int
    current: bool = False


def bars(asked: Wanted, span: Span, events: Iterable[Event], frozen_at: datetime | None, zone: str) -> tuple[Bar, ...]:
    """Where sending is frozen first, then the campaigns by their first day."""
    days: dict[int, list[date]] = defaultdict(list)
    titles = {}
    for one in events:
        if one.campaign:
            days[one.campaign].append(one.on)
            titles[one.campaign] = one.campaign_title
    most = sorted(days, key=lambda id: (-len(days[id]), id))[:SHOWN]
    drawn = [_campaign(id, titles[id], days[id], asked, span) for id in sorted(most, key=lambda id: min(days[id]))]
    return (*_freeze(span, frozen_at, zone), *drawn)


def _campaign(id: int, title: str, days: list[date], asked: Wanted, span: Span) -> Bar:
    first, last = min(days), max(days)
    posts = f"{len(days)} post{'s' if len(days) > 1 else ''}"
    reach = _day(first) if first == last else f"{_day(first)} – {_day(last)}"
    href = asked.address(date=span.key, campaign=None if asked.campaign == id else id)
    drawn = _bar(f"campaign-bar-{id}", title, f"{reach}, {posts}", href, "plan", first, last, span)
    return replace(drawn, current=asked.campaign == id)


def _freeze(span: Span, frozen_at: datetime | None, zone: str) -> list[Bar]:
    if frozen_at is None:
        return []
    since = local(frozen_at, zone).date()
    if since > span.end or span.today < span.start:
        return []
    says = f"since {moment(frozen_at, zone, span.today)}"
    return [_bar("freeze-bar", "Frozen", says, "/settings/freeze", "problem", since, span.today, span)]


def _bar(id: str, label: str, says: str, href: str, tone: str, first: date, last: date, span: Span) -> Bar:
    """Only the part in sight is drawn."""
    begins, ends = max(first, span.start), min(last, span.end)
    whole = (span.end - span.start).days + 1
    return Bar(id, label, says, href, tone, (begins - span.start).days, (ends - begins).days + 1, whole)


def _day(on: date) -> str:
    return f"{on.day} {on:%b}"
