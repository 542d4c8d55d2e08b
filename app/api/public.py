"""The public blog API: what is live on the built-in site, for anybody and from any other site. Needs no key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, Router, get, route
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from app import public, storefront
from app.api.numbers import limit_of, number_of
from app.settings import settings
from app.storefront import Entry, Moved

MISSING = "There is no such post here."
DEEPEST = 100_000  # posts from the newest
ANY_SCRIPT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS", "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400", "Allow": "GET, HEAD, OPTIONS",
}  # fmt: skip


class Entries(msgspec.Struct, frozen=True):
    """Live posts, the newest first; `next` is the address of the page after this one."""

    posts: list["Listed"]
    total: int
    next: str | None


class Listed(msgspec.Struct, frozen=True):
    """One live post without its text."""

    slug: str
    status: Annotated[Literal["published"], Meta(description="Only what is live on this site is here.")]
    title: str
    excerpt: str
    url: str
    cover: str | None
    cover_alt: str
    published_at: datetime
    updated_at: datetime


class Whole(Listed, frozen=True):
    """One live post as it was sealed, in Markdown and as sanitised HTML."""

    markdown: str
    html: str


@get("/api/public/posts", summary="Live posts, the newest first")
async def list_entries(
    request: Request[Any, Any, Any], after: FromQuery[str | None] = None, limit: FromQuery[str | None] = None
) -> Response[Entries]:
    """`after` is how many of the newest to leave out."""
    with _for_everybody():
        most, skip = limit_of(limit), number_of(after, "after", least=0) or 0
        return await public.unchanged(request, lambda: _page(request, most, skip))


@get("/api/public/posts/{slug:str}", summary="One live post")
async def one_entry(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Whole]:
    """An address it had before redirects to the present one; what was taken down is 410."""
    with _for_everybody():
        return await public.unchanged(request, lambda: _one(request, slug))


@route(["/api/public/posts", "/api/public/posts/{slug:str}"], http_method=["OPTIONS"], include_in_schema=False)
async def preflight() -> Response[None]:
    """What a browser asks first when a script of another site sends a header of its own, such as If-None-Match."""
    return Response(None, status_code=204, headers={**public.OPEN_TO_ALL, **ANY_SCRIPT})


@contextmanager
def _for_everybody() -> Iterator[None]:
    """A refusal can be read by scripts of other sites as well."""
    try:
        yield
    except HTTPException as refusal:
        refusal.headers = {**public.OPEN_TO_ALL, **(refusal.headers or {})}
        raise


async def _page(request: Request[Any, Any, Any], most: int, skip: int) -> Response[Any]:
    front = await public.demand_front()
    found = await storefront.entries(front, most, offset=min(skip, DEEPEST))
    total = await storefront.count(front)
    more = skip + most < min(total, DEEPEST)
    following = f"{settings().origin}/api/public/posts?after={skip + most}&limit={most}" if more else None
    link = {"Link": f'<{following}>; rel="next"'} if following else {}
    return _answer(request, Entries([Listed(**_told(entry)) for entry in found], total, following), link)


async def _one(request: Request[Any, Any, Any], slug: str) -> Response[Any]:
    front = await public.demand_front()
    try:
        found = await storefront.entry(front, slug)
    except storefront.Gone:
        raise HTTPException(status_code=410, detail="This post was taken down.", extra={"code": "gone"}) from None
    match found:
        case Entry():
            return _answer(request, Whole(**_told(found), markdown=found.markdown, html=str(found.body)))
        case Moved():
            place = f"{settings().origin}/api/public/posts/{quote(found.slug, safe='')}"
            headers = {"Location": place, **public.A_MINUTE, **public.OPEN_TO_ALL}
            return Response(None, status_code=301, headers=headers)
    raise NotFoundException(MISSING)


def _told(entry: Entry) -> dict[str, Any]:
    cover = f"{settings().origin}{entry.cover}" if entry.cover else None
    return {
        "slug": entry.slug, "status": "published", "title": entry.title, "excerpt": entry.excerpt, "url": entry.url,
        "cover": cover, "cover_alt": entry.alt, "published_at": entry.published_at, "updated_at": entry.updated_at,
    }  # fmt: skip


def _answer(request: Request[Any, Any, Any], shape: Any, link: Mapping[str, str] | None = None) -> Response[Any]:
    body = msgspec.json.encode(shape).decode()
    return public.fresh(request, body, "application/json", headers={**public.OPEN_TO_ALL, **(link or {})})


# The preflight first: a route that is made without one answers OPTIONS by itself, and keeps doing so.
ROUTER = Router("/", route_handlers=[preflight, list_entries, one_entry], security=[])
