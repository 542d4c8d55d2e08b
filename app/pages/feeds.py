"""The storefront for feed readers: RSS and JSON Feed, page by page. Public; nothing here depends on who asks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from markupsafe import Markup

from app import sql
from app.pages.crawlers import w3c
from app.pages.render import draw
from app.public import OPEN_TO_ALL, demand_front, fresh
from app.settings import settings
from app.storefront import Entry, Front, entries

ITEMS = 30
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML
OWN_MEDIA = re.compile('((?:src|href)=")/media/')
COVERS = """
SELECT m.asset_id::text AS asset, b.size, b.mime FROM media m JOIN blob b ON b.sha256 = m.blob
WHERE m.asset_id = ANY($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture as an enclosure: whole address, bytes, type."""

    url: str
    size: int
    mime: str


@dataclass(frozen=True, slots=True)
class Item:
    """One post in a feed: plain texts, RFC 822 date, HTML ready to stand inside CDATA."""

    id: str
    title: str
    url: str
    excerpt: str
    published: str
    html: Markup
    cover: Cover | None


@dataclass(frozen=True, slots=True)
class Rss:
    """`next` leads to the posts before these, or is empty."""

    title: str
    link: str
    own: str
    next: str
    description: str
    built: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of live posts; `own` and `next` are addresses, `next` empty on the last one."""

    front: Front
    entries: Sequence[Entry]
    own: str
    next: str

    @property
    def headers(self) -> dict[str, str]:
        return {**OPEN_TO_ALL, "Link": f'<{self.next}>; rel="next"'} if self.next else OPEN_TO_ALL


@get("/blog/feed.xml")
async def rss(request: Request[Any, Any, Any]) -> Response[Any]:
    sheet = await _sheet(request, "/blog/feed.xml")
    body = draw(request, "blog/feed.xml", {"feed": _rss(sheet, await _covers(sheet.entries))})
    return fresh(request, body, "application/rss+xml; charset=utf-8", headers=sheet.headers)


@get("/blog/feed.json")
async def json_feed(request: Request[Any, Any, Any]) -> Response[Any]:
    sheet = await _sheet(request, "/blog/feed.json")
    body = json.dumps(_feed(sheet), ensure_ascii=False)
    return fresh(request, body, "application/feed+json; charset=utf-8", headers=sheet.headers)


async def _sheet(request: Request[Any, Any, Any], path: str) -> Sheet:
    front, number = await demand_front(), _page(request)
    found = await entries(front, ITEMS + 1, offset=(number - 1) * ITEMS, whole=True)
    if number > 1 and not found:
        raise NotFoundException("There are no posts on this page.")
    following = _address(path, number + 1) if len(found) > ITEMS else ""
    return Sheet(front, found[:ITEMS], _address(path, number), following)


def _page(request: Request[Any, Any, Any]) -> int:
    wanted = request.query_params.get("page", "1")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 5 and int(wanted)):
        raise NotFoundException("There are no posts on this page.")
    return int(wanted)


def _address(path: str, number: int) -> str:
    return f"{settings().origin}{path}" + (f"?page={number}" if number > 1 else "")


async def _covers(found: Sequence[Entry]) -> Mapping[str, Cover]:
    """The first picture of each post that has one, by its path; one query however many."""
    assets = [entry.cover.removeprefix("/media/") for entry in found if entry.cover]
    known = await sql.rows(COVERS, assets) if assets else []
    origin = settings().origin
    return {f"/media/{r['asset']}": Cover(f"{origin}/media/{r['asset']}", r["size"], r["mime"]) for r in known}


def _rss(sheet: Sheet, covers: Mapping[str, Cover]) -> Rss:
    newest = max((entry.updated_at for entry in sheet.entries), default=None)
    return Rss(
        title=speakable(sheet.front.title),
        link=f"{settings().origin}/blog",
        own=sheet.own,
        next=sheet.next,
        description=speakable(sheet.front.description or sheet.front.title),
        built=_rfc822(newest) if newest else "",
        items=tuple(_item(entry, covers.get(entry.cover)) for entry in sheet.entries),
    )


def _item(entry: Entry, cover: Cover | None) -> Item:
    html = speakable(_absolute(entry)).replace("]]>", "]]]]><![CDATA[>")
    return Item(
        id=_id(entry),
        title=speakable(entry.title),
        url=entry.url,
        excerpt=speakable(entry.excerpt),
        published=_rfc822(entry.published_at),
        html=Markup(html),  # noqa: S704  (sanitised by the storefront)
        cover=cover,
    )


def _feed(sheet: Sheet) -> dict[str, Any]:
    front, home = sheet.front, f"{settings().origin}/blog"
    following = {"next_url": sheet.next} if sheet.next else {}
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": front.title,
        "description": front.description or front.title,
        "home_page_url": home,
        "feed_url": sheet.own,
        **following,
        "authors": [{"name": front.title, "url": home}],
        "items": [_json_item(entry) for entry in sheet.entries],
    }


def _json_item(entry: Entry) -> dict[str, Any]:
    image = {"image": settings().origin + entry.cover} if entry.cover else {}
    return {
        "id": _id(entry),
        "url": entry.url,
        "title": entry.title,
        "summary": entry.excerpt,
        "content_html": _absolute(entry),
        "date_published": w3c(entry.published_at),
        "date_modified": w3c(entry.updated_at),
        **image,
        # The format wants an object: only what is live on this site is here at all.
        "_status": {"name": "published"},
    }


def speakable(text: str) -> str:
    """`text` without the characters that no XML document may hold."""
    return UNSPEAKABLE.sub("", text)


def _absolute(entry: Entry) -> str:
    """The body with our own pictures at whole addresses: feeds are read elsewhere."""
    origin = settings().origin
    return OWN_MEDIA.sub(lambda found: f"{found[1]}{origin}/media/", str(entry.body))


def _id(entry: Entry) -> str:
    """The same for ever, whatever the slug becomes."""
    return f"{settings().origin}/posts/{entry.post}"


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
