"""Idempotency-Key: what is asked for again is answered again, not done again. One row in the write's transaction."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

import msgspec
from litestar import Response
from litestar.exceptions import ClientException, HTTPException

from app import idempotency
from app.api.answers import Asked, Shape, answer
from app.atomic import atomic

LONGEST = 255
OTHER_BODY = "This Idempotency-Key was used for another request. Take a new key for a new request."
IN_FLIGHT = "The first request with this Idempotency-Key is still being worked on. Ask again in a moment."


async def once(
    request: Asked, type: type[Shape], make: Callable[[], Awaitable[Shape]], *, status: int, place: str = "",
    said: bytes | None = None,
) -> Response[Shape]:  # fmt: skip
    """The answer of `make`, or the one it gave the first time under the request's key.

    `make` runs inside one transaction and returns a shape of `type`. `place`: where what it made is found, such as
    /api/posts/{0.id}. `said`: what was asked for, where the body is not what two equal requests have in common.
    """
    key = _key(request)
    async with atomic():
        if not key:
            return _answered(request, await make(), status, place)
        digest = await _digest(request, said)
        if (earlier := await _earlier(request, key, digest)) is not None:
            return _answered(request, msgspec.json.decode(earlier[0], type=type), earlier[1], place)
        made = await make()
        answer = msgspec.json.encode(made)
        await idempotency.keep(_owner(request), key, request_sha256=digest, status=status, answer=answer)
    return _answered(request, made, status, place)


async def known(request: Asked) -> bool:
    """Whether the answer is there already: whoever prepares much before the write looks first."""
    key = _key(request)
    return bool(key) and await idempotency.find(_owner(request), key) is not None


def _key(request: Asked) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise ClientException(f"An Idempotency-Key has at most {LONGEST} plain characters.")
    return key


async def _earlier(request: Asked, key: str, digest: bytes) -> tuple[bytes, int] | None:
    """What was answered the first time; 409 while that is still under way, 422 for another request."""
    if not await idempotency.claim(_owner(request), key):
        busy = {"Retry-After": "1"}
        raise HTTPException(status_code=409, detail=IN_FLIGHT, extra={"code": "in_flight"}, headers=busy)
    found = await idempotency.find(_owner(request), key)
    if found is None:
        return None
    if found["request_sha256"] != digest:
        raise HTTPException(status_code=422, detail=OTHER_BODY, extra={"code": "key_used"})
    return found["answer"], found["status"]


def _owner(request: Asked) -> int:
    assert request.user.key is not None
    return request.user.key


async def _digest(request: Asked, said: bytes | None) -> bytes:
    what = await request.body() if said is None else said
    return sha256(f"{request.method} {request.scope['path']}\n".encode() + what).digest()


def _answered(request: Asked, made: Shape, status: int, place: str) -> Response[Shape]:
    return answer(request, made, status=status, version=getattr(made, "version", None), place=place.format(made))
