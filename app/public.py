"""What answers to strangers have in common: kept a minute, asked again by their ETag. Blog, feeds, public API."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException

from app import sql
from app.storefront import Front, front

A_MINUTE = {"Cache-Control": "public, max-age=60"}
OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
}  # fmt: skip


MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and the snapshot of the database it was made from."""

    snapshot: str
    body: bytes
    media_type: str
    headers: dict[str, str]


_KEPT: dict[str, Kept] = {}


async def demand_front() -> Front:
    """The blog; 404 while no site channel is connected."""
    found = await front()
    if found is None:
        raise NotFoundException("There is no blog here.")
    return found


def fresh(
    request: Request[Any, Any, Any], body: str, media_type: str, *, headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    """`body`, or 304 for whoever has exactly this already."""
    data = body.encode()
    tag = f'W/"{sha256(data).hexdigest()[:20]}"'
    known = {**A_MINUTE, "ETag": tag, **(headers or {})}
    if status == 200 and matches(request.headers.get("if-none-match", ""), tag):
        return Response(b"", status_code=304, headers=known)
    return Response(data, status_code=status, media_type=media_type, headers=known)


async def unchanged(request: Request[Any, Any, Any], make: Callable[[], Awaitable[Response[Any]]]) -> Response[Any]:
    """The answer of `make`, kept by this process for as long as no transaction at all has changed anything.

    Two equal snapshots see the same rows, so what is kept is never older than a new answer would be.
    """
    address, now = str(request.url), await sql.value("SELECT pg_current_snapshot()::text")
    kept = _KEPT.get(address)
    if kept is None or kept.snapshot != now:
        made = await make()
        if made.status_code != 200:
            return made
        kept = Kept(now, made.content, made.media_type or "", dict(made.headers))
        if len(_KEPT) >= MOST:
            _KEPT.clear()
        _KEPT[address] = kept
    if matches(request.headers.get("if-none-match", ""), kept.headers["ETag"]):
        return Response(b"", status_code=304, headers=kept.headers)
    return Response(kept.body, media_type=kept.media_type, headers=kept.headers)


def matches(header: str, tag: str) -> bool:
    """Whether If-None-Match names `tag`, compared weakly as RFC 9110 asks."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in named or tag.removeprefix("W/") in named
