"""Two versions of a post side by side in words: what was added and removed between them."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import content, seals, sql
from app.content import Revision
from app.pages import details, previews
from app.pages.moves import load
from app.pages.render import Page, page
from app.sessions import Who
from app.times import moment

ORIGINS = {
    "generated": "generated", "written": "written by hand", "edited": "edited", "imported": "imported",
    "restored": "restored", "late": "arrived late, never used",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Version:
    """One revision in the list."""

    number: int
    origin: str
    by: str
    when: str
    iso: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    post: int
    title: str
    versions: tuple[Version, ...]
    older: int
    newer: int
    preview: dict[str, Any]


@get("/posts/{id:int}/changes")
async def changes_page(
    request: Request[Who, Any, Any], id: FromPath[int], older: FromQuery[int] = 0, newer: FromQuery[int] = 0
) -> Page:
    row = await load(id)
    found = await _versions(id, request.user.zone)
    if not found:
        raise NotFoundException("This post has no text yet.")
    numbers = [version.number for version in found]
    new = newer if newer in numbers else numbers[0]
    old = older if older in numbers else await _usual(id, request.user.id, numbers, new)
    changes = previews.changes(await _revision(id, old), await _revision(id, new), await seals.channels(id))
    preview = {"changes": changes, "since_label": f"version {old}", "counted": previews.counted(changes)}
    context = ChangesPage(id, row.title, found, old, new, preview)
    return await page("posts/changes.html", context, request=request, title="Changes", nav="posts")


async def _usual(post: int, who: int, numbers: list[int], newer: int) -> int:
    """What the reader approved or saw last, else the version before."""
    detail = (await details.of([post], reader=who))[post]
    known = previews.Known(detail.looked, None, shows=True, approved=detail.approved)
    usual = known.usual(newer)
    return usual if usual in numbers else max((n for n in numbers if n < newer), default=newer)


async def _versions(post: int, zone: str) -> tuple[Version, ...]:
    found = await sql.rows(
        "SELECT r.number, r.origin, r.created_at, coalesce(n.name, 'Galley') AS by, now()::date AS today"
        " FROM revision r LEFT JOIN person n ON n.id = r.person WHERE r.post = $1 ORDER BY r.number DESC LIMIT 200",
        post,
    )
    return tuple(
        Version(r["number"], ORIGINS[r["origin"]], r["by"], moment(r["created_at"], zone, r["today"]),
                r["created_at"].isoformat())
        for r in found
    )  # fmt: skip


async def _revision(post: int, number: int) -> Revision:
    return await content.load(await sql.value("SELECT id FROM revision WHERE post = $1 AND number = $2", post, number))
