"""The door of the rehearsal channel's far end, and the ways an answer can go wrong on the wire. Machines only."""

import asyncio
import hmac
import json
import logging
from contextvars import ContextVar
from typing import Any

from litestar import Request, Response, get, post, route
from litestar.background_tasks import BackgroundTask
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from app import channels, rehearsals
from app.platforms.answers import stamp
from app.platforms.contract import Account
from app.rehearsals import Asked, Said
from app.secrets import SealBroken, SealedElsewhere

ITEMS = "/sandbox/{channel:int}/items"
BIGGEST = 8 * 2**20  # an article travels twice, as Markdown and as HTML
CUT_SHORT = "ASGI callable returned without completing response."
Answer = Response[Any]
_meant = ContextVar("_meant", default=False)  # this answer is to have no end


@get(ITEMS)
async def sandbox_list(channel: FromPath[int], request: Request[Any, Any, Any]) -> Answer:
    return await _door(channel, request)


@post(ITEMS, request_max_body_size=BIGGEST)
async def sandbox_make(channel: FromPath[int], request: Request[Any, Any, Any]) -> Answer:
    return await _door(channel, request)


@route(
    ITEMS + "/{item:str}", http_method=["GET", "PUT", "PATCH", "DELETE"], request_max_body_size=BIGGEST,
    status_code=200,
)  # fmt: skip
async def sandbox_item(channel: FromPath[int], item: FromPath[str], request: Request[Any, Any, Any]) -> Answer:
    return await _door(channel, request, item)


@post("/sandbox/{channel:int}/token", status_code=200)
async def sandbox_token(channel: FromPath[int], request: Request[Any, Any, Any]) -> Answer:
    """The next token for the present one, also when that has run out."""
    account, token = await _known(channel), _token(request)
    if account is None:
        raise NotFoundException("There is no such channel.")
    if not _holds(account, token):
        return Response({"error": "The token is wrong."}, status_code=401)
    said = await rehearsals.renew(account)
    return Response(said.body, status_code=said.status)


class Held(ASGIResponse):
    """No answer at all: waits until the asker hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


def unmeant(record: logging.LogRecord) -> bool:
    """Whether this line tells of anything but a connection that was told to break."""
    return not (_meant.get() and record.msg == CUT_SHORT)


# Uvicorn hangs up only on an answer that has no end, and takes that for a bug of ours.
logging.getLogger("uvicorn.error").addFilter(unmeant)


class Cut(ASGIResponse):
    """The connection breaks in the middle of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _meant.set(True)
        await self.start_response(send)
        await send({"type": "http.response.body", "body": b'{"id": ', "more_body": True})


class Broken(Response[bytes]):
    """A Litestar answer that leaves as `kind`."""

    def __init__(self, kind: type[ASGIResponse]) -> None:
        super().__init__(b"", status_code=200)
        self.kind = kind

    def to_asgi_response(self, *args: Any, **more: Any) -> ASGIResponse:
        return self.kind(body=b" " * 200, status_code=200)


async def _door(channel: int, request: Request[Any, Any, Any], item: str = "") -> Answer:
    account, token = await _known(channel), _token(request)
    if account is None:
        return _untold(request, token, item)
    if not _holds(account, token):
        return Response({"error": "The token is wrong."}, status_code=401)
    if rehearsals.has_run_out(account):
        return Response({"error": "The token has run out."}, status_code=401)
    body = _object(await request.body())
    if body is None:
        return Response({"error": "This is not a JSON object."}, status_code=400)
    key, stamp = request.headers.get("idempotency-key", ""), request.query_params.get("stamp", "")
    asked = Asked(str(request.method), _clean(item), _clean(stamp), _clean(key), body)
    return await _answer(account, asked, await rehearsals.act(account, asked))


def _holds(account: Account, token: str) -> bool:
    return hmac.compare_digest(token.encode("utf-8", "replace"), account.secrets["token"].encode())


async def _known(channel: int) -> Account | None:
    """A connected rehearsal channel; anything else looks like nothing."""
    try:
        account = await channels.account(channel)
        rehearses = await channels.platform_of(channel) == "sandbox"
    except (LookupError, SealedElsewhere, SealBroken):
        return None
    return account if rehearses and account.secrets.get("token") else None


def _untold(request: Request[Any, Any, Any], token: str, item: str) -> Answer:
    """No such channel; one that is just being connected is tested before it is stored, and has nothing yet."""
    if request.method == "GET" and not item and rehearsals.is_ours(token):
        until = stamp(rehearsals.expires_at(token))
        return Response({"items": [], "token_expires_at": until}, status_code=200)
    raise NotFoundException("There is no such channel.")


def _token(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


async def _answer(account: Account, asked: Asked, said: Said) -> Answer:
    fault = said.fault
    match fault.kind:
        case "hold":
            return Broken(Held)
        case "drop_before" | "drop_after":
            return Broken(Cut)
        case "slow":
            await asyncio.sleep(fault.seconds)
        case "error_after":
            return Response({"error": "played"}, status_code=500)
        case "too_many":
            return Response(said.body, status_code=429, headers={"Retry-After": str(fault.seconds)})
        case "call_early" if said.item:
            await rehearsals.call_back(account, said, asked)
        case "call_twice" if said.item:
            again = BackgroundTask(_call_twice, account, said, asked)
            return Response(said.body, status_code=said.status, background=again)
    return Response(said.body, status_code=said.status)


async def _call_twice(account: Account, said: Said, asked: Asked) -> None:
    for _ in range(2):
        await rehearsals.call_back(account, said, asked)


def _object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object; {} for none at all."""
    try:
        value = _spotless(json.loads(body) if body else {})
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _spotless(value: Any) -> Any:
    """`value` without what PostgreSQL cannot store."""
    match value:
        case str():
            return _clean(value)
        case dict():
            return {_clean(str(name)): _spotless(part) for name, part in value.items()}
        case list():
            return [_spotless(part) for part in value]
    return value


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
