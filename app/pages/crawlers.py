"""The storefront for search engines: the sitemap, in parts once it is long, and the key that IndexNow looks for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.pages.render import draw
from app.public import A_MINUTE, demand_front, fresh
from app.settings import settings
from app.storefront import Front, count, entries

PART = 50_000  # addresses of one file, says the protocol
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """`places`: (address, time of its last change)."""

    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The addresses of sitemaps."""

    parts: tuple[str, ...]


@get("/sitemap.xml")
async def sitemap(request: Request[Any, Any, Any]) -> Response[Any]:
    """All live posts; more than fit into one file are behind an index of parts."""
    front = await demand_front()
    parts = -(-(await count(front) + 1) // PART)
    wanted = _part(request, parts)
    if wanted or parts == 1:
        return fresh(request, await _places(request, front, wanted or 1), XML)
    places = tuple(f"{settings().origin}/sitemap.xml?part={number}" for number in range(1, parts + 1))
    return fresh(request, draw(request, "blog/sitemaps.xml", {"map": Parts(places)}), XML)


@get("/{name:str}", media_type=MediaType.TEXT)
async def indexnow_key(name: FromPath[str]) -> Response[str]:
    """The key, at the address that only who sent it knows. Whatever else has no page of its own is not found here."""
    key = settings().indexnow_key
    if not key or not compare_digest(name.encode(), f"{key}.txt".encode()):
        raise NotFoundException("There is nothing here.")
    return Response(key, media_type=MediaType.TEXT, headers=A_MINUTE)


def w3c(at: datetime) -> str:
    """An instant in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


async def _places(request: Request[Any, Any, Any], front: Front, part: int) -> str:
    """The blog itself stands before the first post."""
    first = part == 1
    found = await entries(front, PART - first, offset=(part - 1) * PART - (not first))
    places = [(entry.url, w3c(entry.updated_at)) for entry in found]
    if first:
        newest = max((day for _, day in places), default="")
        places.insert(0, (f"{settings().origin}/blog", newest))
    return draw(request, "blog/sitemap.xml", {"map": Sitemap(tuple(places))})


def _part(request: Request[Any, Any, Any], parts: int) -> int:
    """Which part is asked for; 0: none in particular."""
    wanted = request.query_params.get("part", "0")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 6 and int(wanted) <= parts):
        raise NotFoundException("There is no such part of the sitemap.")
    return int(wanted)
