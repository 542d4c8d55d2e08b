"""The calendar: posts as a month, a week, a list or one day, filters in the address, and what has no date yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from app.pages import calendar_links as links
from app.pages import calendar_query as query
from app.pages import calendar_week as weeks
from app.pages import troubles
from app.pages.calendar_bars import Bar, bars
from app.pages.calendar_days import FULL, MOST, Day, days, marked
from app.pages.calendar_links import Link, Neighbours, Wanted, neighbours, views, wanted
from app.pages.calendar_sight import FULLS, Sight, risks, sight, zone_words
from app.pages.calendar_spans import ONE_DAY, Span, span
from app.pages.calendar_tray import Tray, tray, writes
from app.pages.calendar_week import Column, HalfHour, gutter, open_hours
from app.pages.glance import Channel
from app.pages.posts_filters import one_of
from app.pages.render import Page, by_htmx, page, partial
from app.pages.shell import Banner
from app.sessions import Who

GRIDS = {"month": "calendar/_month.html", "week": "calendar/_week.html"}


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Everything the calendar's partial shows; `grid` is the template of its days."""

    span: Span
    grid: str
    days: tuple[Day, ...]
    columns: tuple[Column, ...]
    hours: tuple[HalfHour, ...]
    all_hours: str
    all_hours_says: str
    folds: bool
    says: bool
    week: tuple[Day, ...]
    zone: str
    links: Neighbours
    views: tuple[Link, ...]
    chips: tuple[Link, ...]
    channels: tuple[Link, ...]
    filtered: str
    narrowed: bool
    campaigns: tuple[Link, ...]
    bars: tuple[Bar, ...]
    tray: Tray
    writes: bool
    folded: int
    unfold: str
    shown: int
    clear: str


@dataclass(frozen=True, slots=True)
class DayPage:
    """One cell of the grid with all of its cards."""

    day: Day
    writes: bool
    says: bool
    folds: bool = True


@get("/calendar")
async def calendar_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request, wanted(request.query_params))


@get("/calendar/day/{on:str}")
async def day_page(request: Request[Who, Any, Any], on: FromPath[str]) -> Page:
    """One day: a page of its own, or for htmx the cell that unfolds in its month or list."""
    if not by_htmx(request):
        return await _page(request, wanted(request.query_params, on))
    few = one_of(request.query_params, "few", ("1",))
    return await _cell(request, wanted(request.query_params), on, few=bool(few))


async def _cell(request: Request[Who, Any, Any], inside: Wanted, on: str, *, few: bool) -> Page:
    """The day's cell as it stands in that view, with all of its cards or with few."""
    seen = await sight(request, replace(inside, view=ONE_DAY, date=on), back=inside.address())
    around = span(inside.view, inside.date, seen.span.today)
    fold = replace(seen.fold, inside=inside.place, full=FULLS.get(inside.view, FULL) if few else MOST)
    cells = days(seen.span, seen.shown, fold)
    shown = replace(cells[0], out=around.out(cells[0].on))
    cells = marked([shown], await risks(shown.events, seen.team.zone))
    return partial(
        "calendar/_cell.html", DayPage(cells[0], writes(request.user), inside.view == "list"), request=request
    )


async def _page(request: Request[Who, Any, Any], asked: Wanted) -> Page:
    seen = await sight(request, asked)
    context = await _context(request.user, seen)
    title = f"{seen.span.title} · Calendar"
    return await page("calendar/page.html", context, request=request, title=title, nav="calendar",
                      banners=_banners(seen.channels))  # fmt: skip


async def shown(request: Request[Who, Any, Any], back: str) -> CalendarPage:
    """What the calendar at that address of ours shows now; for the door that moves its cards."""
    return await _context(request.user, await sight(request, links.known(back)))


async def _context(who: Who, seen: Sight) -> CalendarPage:
    asked, shows, zone = seen.asked, seen.span, seen.team.zone
    here = replace(asked, date=shows.key)
    return CalendarPage(
        span=shows,
        grid=GRIDS.get(asked.view, "calendar/_list.html"),
        all_hours=here.address(hours="" if asked.hours else "all"),
        all_hours_says="Working hours only" if asked.hours else "All 24 hours",
        folds=asked.view != ONE_DAY,
        says=asked.view in ("list", ONE_DAY),
        zone=zone_words(zone, shows),
        links=neighbours(asked, shows),
        views=views(asked, shows),
        tray=await tray(seen),
        writes=writes(who),
        shown=len(seen.shown),
        **_around(seen),
        **await _grid(seen),
        **await _filters(seen),
    )


async def _grid(seen: Sight) -> dict[str, Any]:
    """The days with their cards and, for a week, its columns; marked with what endangers the cards that are seen."""
    zone, walls = seen.team.zone, seen.team.settings.get("slots") or ()
    hours = open_hours(walls, whole=bool(seen.asked.hours))
    cells = days(seen.span, seen.shown, seen.fold)
    columns = weeks.columns(seen.span, seen.shown, seen.fold, hours, zone) if seen.asked.view == "week" else ()
    told = await risks(weeks.cards(columns) or [one for cell in cells for one in cell.events], zone)
    cells = marked(cells, told)
    by_day = {cell.on: cell for cell in cells}
    return {
        "days": cells,
        "columns": weeks.marked(columns, told),
        "hours": gutter(hours) if columns else (),
        "week": tuple(by_day[on] for on in seen.span.week if on in by_day) if len(cells) > 1 else (),
    }


async def _filters(seen: Sight) -> dict[str, Any]:
    asked, shows = seen.asked, seen.span
    titles = {one.campaign: one.campaign_title for one in seen.events if one.campaign}
    if asked.campaign and asked.campaign not in titles:
        titles[asked.campaign] = await query.campaign_title(asked.campaign)
    chosen = seen.channels.get(asked.channel or 0)
    names = [chosen.name if chosen else "", titles[asked.campaign] if asked.campaign else ""]
    return {
        "chips": links.chips(asked, shows, seen.chosen),
        "channels": links.channels(asked, shows, seen.channels.values()),
        "campaigns": links.campaigns(asked, shows, titles),
        "narrowed": any(names),
        "filtered": " · ".join(filter(None, names)) or "All channels",
    }


def _around(seen: Sight) -> dict[str, Any]:
    """The bars, what a phone folds away, and the way out of filters that let nothing through."""
    asked, shows = replace(seen.asked, date=seen.span.key), seen.span
    return {
        "bars": () if asked.view == ONE_DAY else bars(asked, shows, seen.events, seen.team.frozen_at, seen.team.zone),
        "folded": sum(one.on < shows.today for one in seen.shown) if seen.fold.past else 0,
        "unfold": asked.address(earlier="1"),
        "clear": asked.address(group="", channel=None, campaign=None) if asked.filtered else "",
    }


def _banners(channels: Mapping[int, Channel]) -> list[Banner]:
    """One sentence for every connected channel that stopped working."""
    broken = [one for one in channels.values() if one.connected and one.broken]
    return [
        Banner("problem", "unplug", f"{said.headline} Nothing was lost.", f"/channels/{one.id}", said.action or "Open")
        for one in broken
        for said in [troubles.of(one.broken, one.name, one.id, "")]
    ]
