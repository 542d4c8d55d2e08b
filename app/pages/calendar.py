"""The calendar: a month of posts, filters in the address, and what has no date yet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get

from app import forecast, sql
from app.access import RANK
from app.lifecycles.post import GROUPS
from app.lifecycles.statuses import PostStatus
from app.pages import troubles
from app.pages.calendar_days import Day, Event, days, event, marked
from app.pages.cards import by_person
from app.pages.glance import CHANNELS, COLUMNS, Channel, Glance, by_id, glance, zone_name
from app.pages.month import Month, month
from app.pages.posts_filters import number, one_of
from app.pages.posts_query import Where, on_days
from app.pages.render import Page, page, team_of
from app.pages.shell import Banner
from app.sessions import Who
from app.times import local

TRAY = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks to see."""

    group: str
    channel: int | None
    earlier: bool

    @property
    def parts(self) -> dict[str, str]:
        parts = {"group": self.group, "channel": str(self.channel or "")}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class Link:
    """A filter or a neighbour month as a link. `count` stands behind a colour group's name."""

    key: str
    label: str
    href: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Tray:
    """What has no date: the newest ones, and how many there are in all."""

    posts: tuple[Glance, ...]
    count: int
    writes: bool


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where the keys [ t ] lead, with the filters kept."""

    before: str
    today: str
    after: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    month: Month
    days: tuple[Day, ...]
    week: tuple[Day, ...]
    zone: str
    links: Neighbours
    chips: tuple[Link, ...]
    channels: tuple[Link, ...]
    channel: str
    tray: Tray
    folded: int
    unfold: str
    shown: int
    clear: str


@get("/calendar")
async def calendar_page(request: Request[Who, Any, Any]) -> Page:
    who, zone = request.user, team_of(request).zone
    sent = request.query_params
    shows = month(sent.get("date", ""), local(datetime.now(UTC), zone).date())
    filters = Filters(one_of(sent, "group", tuple(GROUPS)), number(sent, "channel"), "earlier" in sent)
    channels = by_id(await sql.rows(CHANNELS))
    posts = await _posts(shows, zone, channels)
    tray = await _tray(channels, shows, writes=RANK[who.role] >= RANK["writer"])
    context = _context(shows, filters, channels, [event(post, by_person(who), zone) for post in posts], tray, zone)
    context = await _marked(context, zone)
    title = f"{shows.title} · Calendar"
    return await page("calendar/page.html", context, request=request, title=title, nav="calendar",
                      banners=_banners(channels))  # fmt: skip


async def _posts(shows: Month, zone: str, channels: Mapping[int, Channel]) -> list[Glance]:
    where = Where()
    where.add("p.archived_at IS NULL")
    on_days(where, shows.start, shows.end, zone)
    statement = f"SELECT {COLUMNS} FROM post p WHERE {' AND '.join(where.conditions)}"  # noqa: S608
    return [glance(record, channels, shows.today) for record in await sql.rows(statement, *where.values)]


async def _tray(channels: Mapping[int, Channel], shows: Month, *, writes: bool) -> Tray:
    where = Where()
    where.add("p.archived_at IS NULL AND p.status = {}", PostStatus.AWAITING_DATE)
    found = await sql.rows(
        f"SELECT {COLUMNS}, count(*) OVER () AS in_all FROM post p WHERE {where.conditions[0]}"  # noqa: S608
        f" ORDER BY p.id DESC LIMIT {TRAY}",
        *where.values,
    )
    posts = tuple(glance(record, channels, shows.today) for record in found)
    return Tray(posts, found[0]["in_all"] if found else 0, writes)


def _context(
    shows: Month, filters: Filters, channels: Mapping[int, Channel], all_events: Sequence[Event | None], tray: Tray,
    zone: str,
) -> CalendarPage:  # fmt: skip
    on_channel = [one for one in all_events if one and _on(one, filters.channel)]
    events = [one for one in on_channel if filters.group in ("", one.post.group)]
    folds, parts = shows.current and not filters.earlier, filters.parts
    cells = days(shows, events, parts, folds=folds)
    chosen = channels.get(filters.channel or 0)
    return CalendarPage(
        month=shows,
        days=cells,
        week=tuple(cell for cell in cells if cell.on in shows.week),
        zone=_zone(zone, shows),
        links=Neighbours(_href(shows.before, parts), _href("", parts), _href(shows.after, parts)),
        chips=_chips(shows, filters, on_channel),
        channels=_channels(shows, filters, channels.values()),
        channel=chosen.name if chosen else "All channels",
        tray=tray,
        folded=sum(one.on < shows.today for one in events) if folds else 0,
        unfold=_href(shows.key, {**parts, "earlier": "1"}),
        shown=len(events),
        clear=_href(shows.key, {}) if parts else "",
    )


async def _marked(context: CalendarPage, zone: str) -> CalendarPage:
    """With what endangers the cards that are seen; a day's folded ones are told on its own list."""
    posts = [one.post.id for cell in context.days for one in cell.events]
    risks = {post: verdict.risk for post, verdict in (await forecast.of(posts, zone)).items()}
    cells = marked(context.days, risks)
    return replace(context, days=cells, week=tuple(cell for cell in cells if cell.on in context.month.week))


def _on(one: Event, channel: int | None) -> bool:
    return channel is None or any(own.id == channel for own in one.post.channels)


def _zone(zone: str, shows: Month) -> str:
    """Berlin time (UTC+1): the zone days and times are meant in, with the month's offset."""
    noon = local(datetime.combine(shows.today if shows.current else shows.first, time(12), UTC), zone)
    hours = f"{noon:%z}"
    written = f"{hours[0]}{int(hours[1:3])}" + (f":{hours[3:]}" if hours[3:] != "00" else "")
    return zone_name(zone) if zone == "UTC" else f"{zone_name(zone)} (UTC{written})"


def _href(key: str, parts: Mapping[str, str]) -> str:
    query = urlencode({**({"date": key} if key else {}), **parts})
    return f"/calendar?{query}" if query else "/calendar"


def _chips(shows: Month, filters: Filters, events: Sequence[Event]) -> tuple[Link, ...]:
    counts = Counter(one.post.group for one in events)
    rest = {name: value for name, value in filters.parts.items() if name != "group"}
    chips = [
        Link(group, label, _href(shows.key, {**rest, "group": group}), group == filters.group, counts[group])
        for group, label in GROUPS.items()
    ]
    return (Link("", "All", _href(shows.key, rest), not filters.group, len(events)), *chips)


def _channels(shows: Month, filters: Filters, channels: Iterable[Channel]) -> tuple[Link, ...]:
    rest = {name: value for name, value in filters.parts.items() if name != "channel"}
    links = [
        Link(one.letter, one.name, _href(shows.key, {**rest, "channel": str(one.id)}), one.id == filters.channel)
        for one in channels
        if one.connected or one.id == filters.channel
    ]
    return (Link("", "All channels", _href(shows.key, rest), filters.channel is None), *links)


def _banners(channels: Mapping[int, Channel]) -> list[Banner]:
    """One sentence for every connected channel that stopped working."""
    broken = [one for one in channels.values() if one.connected and one.broken]
    return [
        Banner("problem", "unplug", f"{said.headline} Nothing was lost.", f"/channels/{one.id}", said.action or "Open")
        for one in broken
        for said in [troubles.of(one.broken, one.name, one.id, "")]
    ]
