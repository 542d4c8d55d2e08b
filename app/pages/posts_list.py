"""The list of posts: filters and order in the address, fifty at a time, sortable by every column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from asyncpg import Record
from litestar import Request, get
from markupsafe import Markup

from app.access import RANK
from app.flow.bulk import MOST
from app.pages import posts_query
from app.pages.forecast_marks import channel_risk
from app.pages.glance import Glance, by_id, glance, when, zone_name
from app.pages.posts_choices import Filters, filters
from app.pages.posts_filters import Cursor, Wanted, wanted
from app.pages.posts_query import Found
from app.pages.render import Page, page, team_of
from app.pages.search import Search, search
from app.pages.views import Link, links
from app.sessions import Who
from app.times import ago, local

HEADS = (
    ("title", "Title"), ("status", "Status"), ("channels", "Channels"), ("publishes", "Publishes"),
    ("owner", "Owner"), ("updated", "Updated"),
)  # fmt: skip
NEWEST_FIRST = ("updated",)


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: the link that sorts by it, and how it is sorted now."""

    label: str
    href: str
    sorted: str
    icon: str


@dataclass(frozen=True, slots=True)
class Row:
    """One post as the list shows it; `said` is where its text has the words searched for.

    Pill and tiles are drawn once per page and not once per row: fifty rows, 150/s.
    """

    id: int
    version: int
    title: str | Markup
    said: Markup
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
class Total:
    """How many posts match on all pages; `more`: at least that many."""

    count: int
    more: bool

    @property
    def said(self) -> str:
        if self.more:
            return f"more than {self.count} posts"
        return f"{self.count} {'post' if self.count == 1 else 'posts'}"


@dataclass(frozen=True, slots=True)
class Hits:
    """What was searched for, and the texts of the posts found."""

    words: Search | None
    texts: Mapping[int, str]

    def said(self, post: int) -> Markup:
        return self.words.excerpt(self.texts.get(post, "")) if self.words else Markup("")


@dataclass(frozen=True, slots=True)
class PostsPage:
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    filters: Filters
    zone: str
    previous: str
    next: str
    writes: bool
    decides: bool
    views: tuple[Link, ...]
    saved: str
    csv: str
    total: Total


@get("/posts")
async def posts_page(request: Request[Who, Any, Any]) -> Page:
    want = wanted(request.query_params)
    who, team = request.user, team_of(request)
    found = await posts_query.find(want, team.zone)
    choices = await posts_query.choices(want.campaign)
    texts = await posts_query.bodies([record["id"] for record in found.records]) if want.q else {}
    context = PostsPage(
        heads=tuple(_head(name, label, want) for name, label in HEADS),
        rows=_rows(found, choices, who.zone, _marks(request), Hits(search(want.q), texts)),
        filters=filters(want, choices),
        zone=zone_name(who.zone),
        previous=want.address(before=_cursor(found.records[0])) if found.earlier and found.records else "",
        next=want.address(after=_cursor(found.records[-1])) if found.later and found.records else "",
        writes=RANK[who.role] >= RANK["writer"],
        decides=RANK[who.role] >= RANK["editor"],
        views=await links(who, want),
        saved=f"/posts/views?{want.query()}",
        csv=f"/posts.csv?{want.query()}",
        total=await _total(found),
    )
    return await page("posts/list.html", context, request=request, title="Posts", nav="posts")


async def _total(found: Found) -> Total:
    """Counted only when there are other pages, and only so far as a bulk act reaches."""
    if not (found.earlier or found.later):
        return Total(len(found.records), False)
    counted = await posts_query.count(found.where, MOST)
    return Total(min(counted, MOST), counted > MOST)


def _marks(request: Request[Who, Any, Any]) -> Any:
    """The macros of parts/marks.html."""
    return request.app.template_engine.get_template("parts/marks.html").module  # type: ignore[union-attr]


def _cursor(record: Record) -> Cursor:
    return Cursor(record["key"], record["id"])


def _rows(found: Found, choices: Sequence[Record], zone: str, marks: Any, hits: Hits) -> tuple[Row, ...]:
    channels = by_id(choice for choice in choices if choice["kind"] == "channel")
    now = found.records[0]["now"] if found.records else datetime.now(UTC)
    today = local(now, zone).date()
    tiles = {channel.id: marks.chan(channel.letter, channel.name) for channel in channels.values()}
    pill = cache(partial(marks.pill, small=True))
    return tuple(
        _row(record, post, tuple(tiles[channel.id] for channel in post.channels), hits,
             pill(post.label, post.group, post.icon, spin=post.spins), when(post.at, post.planned_on, zone, today))
        for record in found.records
        for post in [glance(record, channels)]
    )  # fmt: skip


def _row(record: Record, post: Glance, tiles: tuple[Markup, ...], hits: Hits, pill: Markup, publishes: str) -> Row:
    said = ago(record["updated_at"], record["now"])
    return Row(
        id=post.id,
        version=record["version"],
        title=hits.words.marked(post.title) if hits.words else post.title,
        said=hits.said(post.id),
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
