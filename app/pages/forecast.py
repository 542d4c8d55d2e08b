"""The forecast: every future post by day, whether it will publish, why not, and what helps. A page, and JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get

from app import clocks, forecast, platforms, self_check
from app.forecast import Ahead, Forecast
from app.forecast_reasons import SILENT
from app.pages.forecast_marks import Mark, breach_banner, mark
from app.pages.posts_filters import one_of
from app.pages.render import Page, page, team_of
from app.pages.shell import Banner
from app.self_check import Breach
from app.sessions import Who
from app.times import ago, city, day, local

FILTERS = {"": ("All", ""), "red": ("Will not publish", "problem"), "amber": ("Not sure", "review"),
           "green": ("Will publish", "live")}  # fmt: skip
ID_DIGITS = 18
TOLD = 8  # breaches; the log has all of them


@dataclass(frozen=True, slots=True)
class Chip:
    """A verdict as a filter, and how many posts of this page have it."""

    key: str
    label: str
    group: str
    href: str
    current: bool
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One future post."""

    id: int
    title: str
    time: str
    iso: str
    letters: tuple[tuple[str, str], ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing the self-check found."""

    means: str
    note: str
    since: str
    href: str


@dataclass(frozen=True, slots=True)
class ForecastPage:
    """`beat` says when the publisher was seen, in `beat_group`'s colour; `later` leads to the posts after these."""

    days: tuple[Day, ...]
    chips: tuple[Chip, ...]
    zone: str
    beat: str
    beat_group: str
    later: str
    first: bool
    filtered: bool
    broken: tuple[Broken, ...]
    more: int


@get("/forecast")
async def forecast_page(request: Request[Who, Any, Any]) -> Page:
    zone, sent = team_of(request).zone, request.query_params
    wanted, after = one_of(sent, "verdict", tuple(FILTERS)), sent.get("after", "")
    found = await forecast.ahead(zone, _cursor(after))
    broken = tuple(await self_check.standing())
    context = _context(found, broken, request, wanted, after)
    return await page("forecast/page.html", context, request=request, title="Forecast", nav="forecast",
                      banners=_banners(broken, await clocks.warning()))  # fmt: skip


@get("/forecast.json")
async def forecast_json(request: Request[Who, Any, Any]) -> dict[str, Any]:
    """The same for machines: instants with the offset of the post's own zone, which is named beside them."""
    zone = team_of(request).zone
    found = await forecast.ahead(zone, _cursor(request.query_params.get("after", "")))
    broken = await self_check.standing()
    return {
        "zone": zone,
        "publisher_seen_seconds_ago": found.silence,
        "counts": {colour: _counts(found)[colour] for colour in FILTERS if colour},
        "posts": [_told(one) for one in found.posts],
        "next": f"/forecast.json?{urlencode({'after': _last(found)})}" if found.more else None,
        "breaches": [{"name": b.name, "means": b.means, "about": f"{b.about} {b.about_id}"} for b in broken],
    }


def _banners(broken: tuple[Breach, ...], skewed: str) -> list[Banner]:
    found = [breach_banner(len(broken), broken[0].means)] if broken else []
    return [*found, Banner("problem", "clock", skewed)] if skewed else found


def _context(
    found: Ahead, broken: tuple[Breach, ...], request: Request[Who, Any, Any], wanted: str, after: str
) -> ForecastPage:
    zone, now = team_of(request).zone, datetime.now(UTC)
    shown = [one for one in found.posts if wanted in ("", one.verdict.colour)]
    return ForecastPage(
        days=_days(shown, request.user, zone, local(now, zone).date()),
        chips=_chips(_counts(found), wanted, after),
        zone=city(zone),
        beat=_beat(found.silence),
        beat_group="live" if found.silence is not None and found.silence <= SILENT else "problem",
        later=_address(wanted, _last(found)) if found.more else "",
        first=not after,
        filtered=bool(wanted),
        broken=tuple(_broken(breach, now) for breach in broken[:TOLD]),
        more=max(len(broken) - TOLD, 0),
    )


def _days(shown: list[Forecast], who: Who, zone: str, today: date) -> tuple[Day, ...]:
    by_day: dict[date, list[Row]] = {}
    for one in shown:
        at, planned = one.coming.at, one.coming.facts.planned_on
        on = local(at, zone).date() if at else planned or local(one.sorted_at, zone).date()
        by_day.setdefault(on, []).append(_row(one, who, zone))
    return tuple(Day(_heading(on, today), tuple(by_day[on])) for on in sorted(by_day))


def _heading(on: date, today: date) -> str:
    words = day(on, today)
    return words[:1].upper() + words[1:]


def _row(one: Forecast, who: Who, zone: str) -> Row:
    c = one.coming
    letters = tuple((platforms.letter(t.platform, t.name), t.name) for t in c.going or c.facts.wanted)
    time = f"{local(c.at, zone):%H:%M}" if c.at else "no time"
    return Row(c.post, c.title, time, _iso(c.at, zone) or str(c.facts.planned_on), letters, mark(one.verdict, who))


def _counts(found: Ahead) -> Counter[str]:
    return Counter(one.verdict.colour for one in found.posts)


def _chips(counts: Mapping[str, int], wanted: str, after: str) -> tuple[Chip, ...]:
    return tuple(
        Chip(key, label, group, _address(key, after), key == wanted, counts[key] if key else sum(counts.values()))
        for key, (label, group) in FILTERS.items()
    )


def _address(verdict: str, after: str) -> str:
    query = urlencode({name: value for name, value in (("verdict", verdict), ("after", after)) if value})
    return f"/forecast?{query}" if query else "/forecast"


def _beat(silence: float | None) -> str:
    if silence is None:
        return "No publisher has been seen yet"
    return f"Publisher seen {round(silence)} s ago" if silence <= SILENT else f"Not seen for {round(silence / 60)} min"


def _broken(breach: Breach, now: datetime) -> Broken:
    href = f"/posts/{breach.post}" if breach.post else ""
    return Broken(
        breach.means, f"{breach.about} {breach.about_id}: {breach.note}", ago(breach.first_seen_at, now), href
    )


def _told(one: Forecast) -> dict[str, Any]:
    c, verdict = one.coming, one.verdict
    return {
        "post": c.post,
        "title": c.title,
        "editorial_status": c.facts.status,
        "at": _iso(c.at, c.zone),
        "planned_on": c.facts.planned_on.isoformat() if c.facts.planned_on else None,
        "zone": c.zone,
        "channels": [{"id": t.channel, "name": t.name, "provider": t.platform} for t in c.going],
        "verdict": verdict.colour,
        "label": verdict.label,
        "reasons": [
            {"key": r.key, "text": r.text, "grave": r.grave, "channel": r.channel, "fix": r.fix, "href": r.href}
            for r in verdict.reasons
        ],
    }


def _iso(at: datetime | None, zone: str) -> str | None:
    return local(at, zone).isoformat() if at else None


def _last(found: Ahead) -> str:
    """The last post of a page, as the address of what comes after it."""
    last = found.posts[-1]
    return f"{last.sorted_at.isoformat()}~{last.coming.post}"


def _cursor(text: str) -> tuple[datetime, int] | None:
    """What an address says; one that makes no sense is left out, as a link may be old."""
    at, _, id = text.partition("~")
    try:
        found = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    known = id.isascii() and id.isdigit() and len(id) <= ID_DIGITS
    return (found, int(id)) if known and found.tzinfo and 2000 <= found.year <= 2999 else None
