"""What answers to strangers have in common: kept a minute, and asked again by their ETag. For blog and feeds."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException

from app.storefront import Front, front

A_MINUTE = {"Cache-Control": "public, max-age=60"}
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


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


def matches(header: str, tag: str) -> bool:
    """Whether If-None-Match names `tag`, compared weakly as RFC 9110 asks."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in named or tag.removeprefix("W/") in named
