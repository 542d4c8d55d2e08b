"""The list of posts: filters and order in the address, fifty at a time, sortable by every column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from asyncpg import Record
from litestar import Request, get
from markupsafe import Markup

from app.access import RANK
from app.lifecycles.post import GROUPS, POST
from app.pages import posts_query
from app.pages.forecast_marks import channel_risk
from app.pages.glance import Glance, by_id, glance, when, zone_name
from app.pages.posts_filters import Cursor, Wanted, wanted
from app.pages.posts_query import Found
from app.pages.render import Page, page, team_of
from app.sessions import Who
from app.times import ago, local

HEADS = (
    ("title", "Title"), ("status", "Status"), ("channels", "Channels"), ("publishes", "Publishes"),
    ("owner", "Owner"), ("updated", "Updated"),
)  # fmt: skip
NEWEST_FIRST = ("updated",)
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: the link that sorts by it, and how it is sorted now."""

    label: str
    href: str
    sorted: str
    icon: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A colour group as a link; `current` when it is the one shown."""

    group: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One post as the list shows it. Pill and tiles are drawn once per page and not once per row: fifty rows, 150/s."""

    id: int
    title: str
    pill: Markup
    tiles: tuple[Markup, ...]
    campaign: str
    owner: str
    publishes: str
    at: str
    risk: str
    updated: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Filters:
    """The form above the list: what may be chosen, and what is."""

    chips: tuple[Chip, ...]
    statuses: Options
    channels: Options
    campaigns: Options
    owners: Options
    wanted: Wanted
    count: int
    clear: str


@dataclass(frozen=True, slots=True)
class PostsPage:
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    filters: Filters
    zone: str
    previous: str
    next: str
    writes: bool


@get("/posts")
async def posts_page(request: Request[Who, Any, Any]) -> Page:
    want = wanted(request.query_params)
    who, team = request.user, team_of(request)
    found = await posts_query.find(want, team.zone)
    choices = await posts_query.choices()
    context = PostsPage(
        heads=tuple(_head(name, label, want) for name, label in HEADS),
        rows=_rows(found, choices, who.zone, _marks(request)),
        filters=_filters(want, choices),
        zone=zone_name(who.zone),
        previous=want.address(before=_cursor(found.records[0])) if found.earlier and found.records else "",
        next=want.address(after=_cursor(found.records[-1])) if found.later and found.records else "",
        writes=RANK[who.role] >= RANK["writer"],
    )
    return await page("posts/list.html", context, request=request, title="Posts", nav="posts")


def _marks(request: Request[Who, Any, Any]) -> Any:
    """The macros of parts/marks.html."""
    return request.app.template_engine.get_template("parts/marks.html").module  # type: ignore[union-attr]


def _cursor(record: Record) -> Cursor:
    return Cursor(record["key"], record["id"])


def _rows(found: Found, choices: Sequence[Record], zone: str, marks: Any) -> tuple[Row, ...]:
    channels = by_id(choice for choice in choices if choice["kind"] == "channel")
    now = found.records[0]["now"] if found.records else datetime.now(UTC)
    today = local(now, zone).date()
    tiles = {channel.id: marks.chan(channel.letter, channel.name) for channel in channels.values()}
    pill = cache(partial(marks.pill, small=True))
    return tuple(
        _row(record, post, tuple(tiles[channel.id] for channel in post.channels),
             pill(post.label, post.group, post.icon, spin=post.spins), when(post.at, post.planned_on, zone, today))
        for record in found.records
        for post in [glance(record, channels, today)]
    )  # fmt: skip


def _row(record: Record, post: Glance, tiles: tuple[Markup, ...], pill: Markup, publishes: str) -> Row:
    said = ago(record["updated_at"], record["now"])
    return Row(
        id=post.id,
        title=post.title,
        pill=pill,
        tiles=tiles,
        campaign=record["campaign"] or "",
        owner=record["owner"] or "",
        publishes=publishes,
        at=_machine(post),
        risk=channel_risk(post),
        updated=said if said == "just now" else f"{said} ago",
        updated_at=record["updated_at"].isoformat(),
    )


def _machine(post: Glance) -> str:
    """The instant or day for machines."""
    exact = post.at or post.planned_on
    return exact.isoformat() if exact else ""


def _head(name: str, label: str, want: Wanted) -> Head:
    """A click sorts by this column; another click turns the order round."""
    if name != want.column:
        return Head(label, want.address(sort=f"-{name}" if name in NEWEST_FIRST else name), "", "")
    turned = name if want.falling else f"-{name}"
    order, icon = ("descending", "arrow-down") if want.falling else ("ascending", "arrow-up")
    return Head(label, want.address(sort=turned), order, icon)


def _filters(want: Wanted, choices: Sequence[Record]) -> Filters:
    chips = tuple(Chip(key, label, want.address(group=key), key == want.group) for key, label in GROUPS.items())
    return Filters(
        chips=(Chip("", "All", want.address(group=""), not want.group), *chips),
        statuses=_options([(state.name, state.label) for state in POST.states], want.status),
        channels=_offered(choices, "channel", want.channel),
        campaigns=_offered(choices, "campaign", want.campaign),
        owners=_offered(choices, "owner", want.owner),
        wanted=want,
        count=want.filtered - bool(want.group) - bool(want.q),
        clear=Wanted(sort=want.sort).address(),
    )


def _offered(choices: Sequence[Record], kind: str, chosen: int | None) -> Options:
    """The rows of one kind as options; what is over and done only while it is chosen."""
    named = [(str(row["id"]), row["name"], row["connected"]) for row in choices if row["kind"] == kind]
    offered = [(key, name) for key, name, current in named if current or key == str(chosen)]
    return _options(offered, str(chosen or "")) if named else ()


def _options(offered: Sequence[tuple[str, str]], chosen: str) -> Options:
    """With `Any` first, and with the chosen one even when nothing has that id any more."""
    lost = [(chosen, "Unknown")] if chosen and chosen not in dict(offered) else []
    return (("", "Any"), *offered, *lost)
