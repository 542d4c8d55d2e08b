"""The public blog: the list and one post, exactly while their delivery on the site channel is live."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from app import storefront
from app.pages.render import draw
from app.pages.shell import Storefront
from app.public import A_MINUTE, demand_front, fresh
from app.settings import settings
from app.storefront import Entry, Front, Gone, Moved
from app.times import local

A_PAGE = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the list."""

    title: str
    href: str
    excerpt: str
    cover: str
    alt: str
    iso: str
    day: str


@dataclass(frozen=True, slots=True)
class ListPage:
    lines: tuple[Line, ...]
    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class PostPage:
    """`body` is sanitised HTML; `updated` is empty unless the post changed after its first day."""

    line: Line
    body: Markup
    updated: str = ""
    updated_iso: str = ""


@get("/blog")
async def blog(request: Request[Any, Any, Any]) -> Response[Any]:
    front, number = await demand_front(), _page(request)
    found = await storefront.entries(front, A_PAGE + 1, offset=(number - 1) * A_PAGE)
    if number > 1 and not found:
        raise NotFoundException("There are no posts on this page.")
    context = ListPage(
        lines=tuple(_line(entry, front) for entry in found[:A_PAGE]),
        newer=_address(number - 1) if number > 1 else "",
        older=_address(number + 1) if len(found) > A_PAGE else "",
    )
    frame = _frame(front, front.title, front.description or front.title, _address(number))
    return fresh(request, _draw(request, "blog/list.html", context, frame), MediaType.HTML)


@get("/blog/{slug:str}")
async def blog_post(slug: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
    front = await demand_front()
    try:
        found = await storefront.entry(front, slug)
    except Gone:
        return _gone(request, front)
    match found:
        case Entry():
            return _shown(request, front, found)
        case Moved():
            headers = {**A_MINUTE, "Location": f"/blog/{quote(found.slug, safe='')}"}
            return Response(None, status_code=301, headers=headers)
    raise NotFoundException("There is no post at this address.")


def _shown(request: Request[Any, Any, Any], front: Front, entry: Entry) -> Response[Any]:
    line = _line(entry, front)
    changed = local(entry.updated_at, front.zone)
    day = f"{changed.day} {changed:%B %Y}"
    context = PostPage(line, entry.body, day if day != line.day else "", changed.date().isoformat())
    image = settings().origin + entry.cover if entry.cover else ""
    frame = _frame(front, entry.title, entry.excerpt or front.description, f"/blog/{entry.slug}", image)
    return fresh(request, _draw(request, "blog/post.html", context, frame), MediaType.HTML)


def _gone(request: Request[Any, Any, Any], front: Front) -> Response[Any]:
    frame = _frame(front, "Taken down", front.description, "/blog")
    return fresh(request, _draw(request, "blog/gone.html", ListPage(()), frame), MediaType.HTML, status=410)


def _line(entry: Entry, front: Front) -> Line:
    here = local(entry.published_at, front.zone)
    return Line(
        title=entry.title, href=f"/blog/{entry.slug}", excerpt=entry.excerpt, cover=entry.cover, alt=entry.alt,
        iso=here.date().isoformat(), day=f"{here.day} {here:%B %Y}",
    )  # fmt: skip


def _frame(front: Front, title: str, description: str, path: str, image: str = "") -> Storefront:
    return Storefront(
        title=title, site=front.title, description=description, canonical=settings().origin + path,
        tagline=front.description, image=image, rss="/blog/feed.xml", json_feed="/blog/feed.json",
    )  # fmt: skip


def _draw(request: Request[Any, Any, Any], template: str, context: ListPage | PostPage, frame: Storefront) -> str:
    return draw(request, template, {"page": context, "blog": frame})


def _address(number: int) -> str:
    return "/blog" if number == 1 else f"/blog?page={number}"


def _page(request: Request[Any, Any, Any]) -> int:
    """The page asked for; what is no page number is no page."""
    wanted = request.query_params.get("page", "1")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 6 and int(wanted)):
        raise NotFoundException("There are no posts on this page.")
    return int(wanted)
