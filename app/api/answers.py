"""How a JSON door answers: the shape as JSON with its ETag, 304 for whoever has it, what is left of the key's rate."""

from hashlib import sha256
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.lifecycles.machine import By
from app.public import matches
from app.settings import settings
from app.throttles import Spent

Shape = TypeVar("Shape")
Asked = Request[By, Any, Any]
UNSEEN = "Say which version you saw: send `version`, or the ETag you were given as If-Match."


def answer(
    request: Asked, shape: Shape, *, status: int = 200, version: int | None = None, place: str = ""
) -> Response[Shape]:
    """`shape` as JSON. `version` becomes part of the ETag, so that If-Match can name it; `place`: where it is read."""
    data = msgspec.json.encode(shape)
    tag = f'"{f"{version}-" if version else ""}{sha256(data).hexdigest()[:20]}"'
    headers = {"ETag": tag, **rate(request), **({"Location": settings().origin + place} if place else {})}
    if status == 200 and request.method == "GET" and matches(request.headers.get("if-none-match", ""), tag):
        return cast("Response[Shape]", Response(b"", status_code=304, headers=headers))
    written = Response(data, status_code=status, media_type="application/json", headers=headers)
    return cast("Response[Shape]", written)


def rate(request: Asked) -> dict[str, str]:
    """How often this key may still ask."""
    return in_headers(request.scope["state"]["spent"])


def in_headers(spent: Spent) -> dict[str, str]:
    """A rate in the words of the RateLimit header fields draft."""
    return {
        "RateLimit-Limit": str(spent.limit), "RateLimit-Remaining": str(spent.left), "RateLimit-Reset": str(spent.reset)
    }  # fmt: skip


def seen(request: Asked, version: int | None) -> int:
    """The version that the asker saw; 428 when they did not say."""
    if version is not None:
        return version
    tag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    number = tag.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise HTTPException(status_code=428, detail=UNSEEN, extra={"code": "version_missing"})
    return int(number)
