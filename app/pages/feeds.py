"""The storefront for machines: RSS, JSON Feed and sitemap. Public; nothing here depends on who asks."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response, get
from markupsafe import Markup

from app.pages.render import draw
from app.public import OPEN_TO_ALL, demand_front, fresh
from app.settings import settings
from app.storefront import Entry, Front, entries

ITEMS = 30
MOST_ADDRESSES = 50_000
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML


@dataclass(frozen=True, slots=True)
class Item:
    """One post in a feed: plain texts, RFC 822 date, HTML ready to stand inside CDATA."""

    id: str
    title: str
    url: str
    excerpt: str
    published: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Rss:
    title: str
    link: str
    own: str
    description: str
    built: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """`places`: (address, day of its last change)."""

    places: tuple[tuple[str, str], ...]


@get("/blog/feed.xml")
async def rss(request: Request[Any, Any, Any]) -> Response[Any]:
    front = await demand_front()
    found = await entries(front, ITEMS, whole=True)
    body = draw(request, "blog/feed.xml", {"feed": _rss(front, found)})
    return fresh(request, body, "application/rss+xml; charset=utf-8", headers=OPEN_TO_ALL)


@get("/blog/feed.json")
async def json_feed(request: Request[Any, Any, Any]) -> Response[Any]:
    front = await demand_front()
    found = await entries(front, ITEMS, whole=True)
    body = json.dumps(_feed(front, found), ensure_ascii=False)
    return fresh(request, body, "application/feed+json; charset=utf-8", headers=OPEN_TO_ALL)


@get("/sitemap.xml")
async def sitemap(request: Request[Any, Any, Any]) -> Response[Any]:
    found = await entries(await demand_front(), MOST_ADDRESSES - 1)
    newest = max((_w3c(entry.updated_at) for entry in found), default="")
    places = ((f"{settings().origin}/blog", newest), *((entry.url, _w3c(entry.updated_at)) for entry in found))
    body = draw(request, "blog/sitemap.xml", {"map": Sitemap(places)})
    return fresh(request, body, "application/xml; charset=utf-8")


def _rss(front: Front, found: list[Entry]) -> Rss:
    origin = settings().origin
    newest = max((entry.updated_at for entry in found), default=None)
    return Rss(
        title=speakable(front.title),
        link=f"{origin}/blog",
        own=f"{origin}/blog/feed.xml",
        description=speakable(front.description or front.title),
        built=_rfc822(newest) if newest else "",
        items=tuple(_item(entry) for entry in found),
    )


def _item(entry: Entry) -> Item:
    html = speakable(_absolute(entry)).replace("]]>", "]]]]><![CDATA[>")
    return Item(
        id=_id(entry),
        title=speakable(entry.title),
        url=entry.url,
        excerpt=speakable(entry.excerpt),
        published=_rfc822(entry.published_at),
        html=Markup(html),  # noqa: S704  (sanitised by the storefront)
    )


def _feed(front: Front, found: list[Entry]) -> dict[str, Any]:
    origin = settings().origin
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": front.title,
        "description": front.description or front.title,
        "home_page_url": f"{origin}/blog",
        "feed_url": f"{origin}/blog/feed.json",
        "items": [_json_item(entry) for entry in found],
    }


def _json_item(entry: Entry) -> dict[str, Any]:
    image = {"image": settings().origin + entry.cover} if entry.cover else {}
    return {
        "id": _id(entry),
        "url": entry.url,
        "title": entry.title,
        "summary": entry.excerpt,
        "content_html": _absolute(entry),
        "date_published": _w3c(entry.published_at),
        "date_modified": _w3c(entry.updated_at),
        **image,
    }


def speakable(text: str) -> str:
    """`text` without the characters that no XML document may hold."""
    return UNSPEAKABLE.sub("", text)


def _absolute(entry: Entry) -> str:
    """The body with our own pictures at whole addresses: feeds are read elsewhere."""
    return str(entry.body).replace('src="/media/', f'src="{settings().origin}/media/')


def _id(entry: Entry) -> str:
    """The same for ever, whatever the slug becomes."""
    return f"{settings().origin}/posts/{entry.post}"


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _w3c(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
