"""The past content library: what is live, newest first, where it is, and what it earned once platforms tell numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Record
from litestar import Request, get

from app.access import RANK
from app.pages import library_query
from app.pages.glance import Channel, by_id, zone_name
from app.pages.library_query import PAGE, Wanted, wanted
from app.pages.render import Page, page, team_of
from app.sessions import Who
from app.times import day, local

NO_NUMBERS = "No numbers yet"
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class There:
    """One channel a post is live on, with its address there and what it earned."""

    letter: str
    name: str
    url: str
    earned: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One post of the library."""

    id: int
    title: str
    campaign: int
    campaign_title: str
    when: str
    iso: str
    there: tuple[There, ...]


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """`older` leads to the page behind this one; `wanted` is what the filters say."""

    entries: tuple[Entry, ...]
    wanted: Wanted
    channels: Options
    campaigns: Options
    years: Options
    zone: str
    older: str
    writes: bool


@get("/library")
async def library_page(request: Request[Who, Any, Any]) -> Page:
    want, who, zone = wanted(request.query_params), request.user, team_of(request).zone
    found, choices = await library_query.find(want, zone), await library_query.choices(want.campaign)
    channels = by_id(choice for choice in choices if choice["kind"] == "channel")
    shown = found[:PAGE]
    context = LibraryPage(
        entries=tuple(_entry(record, channels, who.zone) for record in shown),
        wanted=want,
        channels=_options(choices, "channel"),
        campaigns=_options(choices, "campaign"),
        years=_years(await library_query.oldest(), zone),
        zone=zone_name(who.zone),
        older=want.after(shown[-1]) if len(found) > len(shown) else "",
        writes=RANK[who.role] >= RANK["writer"],
    )
    return await page("library/page.html", context, request=request, title="Library", nav="library")


def _entry(record: Record, channels: Mapping[int, Channel], zone: str) -> Entry:
    here = local(record["at"], zone)
    today = local(record["now"], zone).date()
    live: list[dict[str, Any]] = msgspec.json.decode(record["live"] or "[]")
    return Entry(
        record["id"], record["title"], record["campaign"] or 0, record["campaign_title"] or "",
        f"{day(here.date(), today)}, {here:%H:%M}", here.isoformat(),
        tuple(_there(one, channels[one["channel"]]) for one in live),
    )  # fmt: skip


def _there(one: Mapping[str, Any], channel: Channel) -> There:
    return There(channel.letter, channel.name, one["url"], NO_NUMBERS)


def _options(choices: Sequence[Record], kind: str) -> Options:
    named = tuple((str(row["id"]), row["name"]) for row in choices if row["kind"] == kind)
    return (("", "Any"), *named) if named else ()


def _years(oldest: datetime | None, zone: str) -> Options:
    """From this year back to the one the oldest went live in."""
    this = local(datetime.now(UTC), zone).year
    first = local(oldest, zone).year if oldest else this
    return (("", "Any"), *((str(year), str(year)) for year in range(this, first - 1, -1)))
