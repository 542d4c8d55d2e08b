"""What the public blog shows: posts whose delivery on the connected site channel is live, as sealed. Read-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from asyncpg import Record
from markupsafe import Markup

from app import sql
from app.lifecycles.statuses import DeliveryStatus
from app.prose.markdown import CLEANER
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Front:
    """The blog as a whole: its channel, its words and the zone its dates are told in."""

    channel: int
    title: str
    description: str
    zone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One live post as its live seal has it. `body` is sanitised HTML, empty where only a list is shown."""

    post: int
    title: str
    slug: str
    excerpt: str
    body: Markup
    cover: str  # address of the first picture, or ""
    alt: str
    published_at: datetime
    updated_at: datetime
    markdown: str = ""  # as it was sealed; only where one post is asked for

    @property
    def url(self) -> str:
        """As machines write it: other scripts than Latin in percent signs."""
        return f"{settings().origin}/blog/{quote(self.slug, safe='')}"


@dataclass(frozen=True, slots=True)
class Moved:
    """An address this post was live under before; `slug` is the present one."""

    slug: str


class Gone(Exception):
    """Was live under this address and was taken down."""


LIVE = """
SELECT d.post, d.published_at, {content} AS content,
  greatest(d.published_at, (SELECT max(published_at) FROM delivery WHERE updates = d.id AND status = $2)) AS updated_at
FROM delivery d JOIN seal s ON s.id = d.live_seal
WHERE d.channel = $1 AND d.kind = 'create' AND d.status = $2
"""
WHOLE = LIVE.format(content="s.content::jsonb - 'body'")
BRIEF = LIVE.format(content="s.content::jsonb - 'body' - 'body_html'")
AT_ADDRESS = LIVE.format(content="s.content") + " AND d.post = (SELECT post FROM address WHERE slug = $3)"  # noqa: S608  (a constant)
NEWEST_FIRST = " ORDER BY d.published_at DESC, d.id DESC LIMIT $3 OFFSET $4"
WAS_SHOWN = """
SELECT d.status FROM address a JOIN delivery d ON d.post = a.post AND d.channel = $1
JOIN publication u ON u.id = d.publication JOIN seal s ON s.id = u.seal
WHERE a.slug = $2 AND d.published_at IS NOT NULL AND s.content::jsonb->>'slug' = $2 LIMIT 1
"""


async def front() -> Front | None:
    """The blog, or None while no site channel is connected."""
    found = await sql.row(
        "SELECT c.id, t.name, t.zone, t.settings FROM channel c JOIN team t ON t.id = 1"
        " WHERE c.platform = 'site' AND c.disconnected_at IS NULL"
    )
    if found is None:
        return None
    own = msgspec.json.decode(found["settings"])
    return Front(found["id"], own.get("blog_title") or found["name"], own.get("blog_description", ""), found["zone"])


async def entries(front: Front, limit: int, *, offset: int = 0, whole: bool = False) -> list[Entry]:
    """Live posts, newest first."""
    statement = (WHOLE if whole else BRIEF) + NEWEST_FIRST
    found = await sql.rows(statement, front.channel, DeliveryStatus.PUBLISHED, limit, offset)
    return [_entry(record) for record in found]


async def count(front: Front) -> int:
    """How many posts are live."""
    number: int = await sql.value(
        "SELECT count(*) FROM delivery WHERE channel = $1 AND kind = 'create' AND status = $2",
        front.channel, DeliveryStatus.PUBLISHED,
    )  # fmt: skip
    return number


async def entry(front: Front, slug: str) -> Entry | Moved | None:
    """What stands under an address: the post, where it moved, or nothing; raises Gone when it was taken down.

    A slug that only a draft has is no address yet: a redirect from it would be remembered and loop later.
    """
    if not slug.isprintable():
        return None  # PostgreSQL cannot even be asked about some of these
    found = await sql.row(AT_ADDRESS, front.channel, DeliveryStatus.PUBLISHED, slug)
    live = _entry(found) if found else None
    if live and live.slug == slug:
        return live
    if await sql.value(WAS_SHOWN, front.channel, slug) is None:
        return None
    if live is None:
        raise Gone
    return Moved(live.slug)


def _entry(found: Record) -> Entry:
    sealed: Mapping[str, Any] = msgspec.json.decode(found["content"])
    cover: Mapping[str, str] = next(iter(sealed["pictures"]), {})
    # Sanitised when written; once more here, so that a hole closed later is closed for old seals too.
    body = Markup(CLEANER.clean(sealed.get("body_html", "")))  # noqa: S704
    return Entry(
        post=found["post"], title=sealed["title"], slug=sealed["slug"], excerpt=sealed["excerpt"], body=body,
        cover=f"/media/{cover['asset']}" if cover else "", alt=cover.get("alt", ""),
        published_at=found["published_at"], updated_at=found["updated_at"], markdown=sealed.get("body", ""),
    )  # fmt: skip
