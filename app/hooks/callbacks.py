"""The door where platforms call back: believed by the style of their channel, stored, answered. Machines only.

The worker hears what is stored (app/flow/callbacks.py); what was not believed leaves a count behind and nothing else.
"""

import logging
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, get, post
from litestar.exceptions import ClientException, MethodNotAllowedException, NotAuthorizedException, NotFoundException
from litestar.params import FromPath

from app.flow import callbacks, callers
from app.flow.callbacks import Arrived
from app.flow.callers import Caller
from app.hooks import messages
from app.hooks.messages import Message
from app.safe_http import masked
from app.verifiers import Forged, Scheme, Verified, reply, verify

LOG = logging.getLogger("galley.hooks")
BIGGEST = 2**20
SHOWN = 2**16  # characters of a body that are kept
LONGEST_HEADER = 200
UNBELIEVED = "The signature does not hold."


@post("/hooks/{token:str}", request_max_body_size=BIGGEST, status_code=200)
async def callback(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """200: about a delivery of ours, or known already. 202: kept, but nothing of ours yet. 401 and 400: not kept."""
    caller, body = await _caller(token), await request.body()
    scheme, genuine = await _believed(caller, request, body)
    message = _message(caller, scheme, body)
    kept = await callbacks.keep(_arrived(caller, scheme, genuine, message, request, body))
    if not kept.new:
        return Response({"status": "known"}, status_code=200)
    return Response({"status": "kept"}, status_code=200 if kept.ours else 202)


@get("/hooks/{token:str}")
async def trial(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
    """How some platforms try the address before they use it."""
    caller = await _caller(token)
    if caller.scheme is None or not caller.scheme.asks:
        raise MethodNotAllowedException("This address takes POST.", headers={"Allow": "POST"})
    answer = reply(caller.scheme, caller.secrets, _query(request), token=token)
    if answer is None:
        await callers.doubted(caller.channel)
        raise NotAuthorizedException(UNBELIEVED)
    return Response(answer.text, media_type=answer.media, status_code=200)


async def _caller(token: str) -> Caller:
    caller = await callers.by_token(token)
    if caller is None:
        raise NotFoundException("Nobody is called here.")
    return caller


async def _believed(caller: Caller, request: Request[Any, Any, Any], body: bytes) -> tuple[Scheme, Verified]:
    if caller.scheme is None:
        found: Verified | Forged = Forged("it does not call, or its secrets cannot be read")
    else:
        sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
        found = verify(caller.scheme, caller.secrets, sent, body, datetime.now(UTC), query=_query(request))
    if caller.scheme is None or isinstance(found, Forged):
        LOG.info("A callback for channel %s was not believed: %s.", caller.channel, getattr(found, "why", ""))
        await callers.doubted(caller.channel)
        raise NotAuthorizedException(UNBELIEVED)
    return caller.scheme, found


def _message(caller: Caller, scheme: Scheme, body: bytes) -> Message:
    try:
        return messages.read(messages.unfolded(body) if scheme.form else messages.decoded(body))
    except ValueError as wrong:
        LOG.warning("A callback for channel %s was genuine but could not be read: %s.", caller.channel, wrong)
        raise ClientException(f"The body is not {'a form' if scheme.form else 'JSON'}.") from wrong


def _arrived(
    caller: Caller, scheme: Scheme, genuine: Verified, message: Message, request: Request[Any, Any, Any], body: bytes
) -> Arrived:
    text = masked(body.decode("utf-8", "replace").replace("\x00", "\ufffd"), caller.hidden)
    return Arrived(
        channel=caller.channel,
        event_id=genuine.id,
        scheme=scheme.name,
        type=message.type,
        at=message.at or (datetime.fromtimestamp(genuine.at, UTC) if scheme.stamped else datetime.now(UTC)),
        body=text[:SHOWN],
        body_sha256=sha256(body).digest(),
        headers=_headers(scheme, request, caller.hidden),
        told=message.told,
        keys=message.keys,
        remote_id=message.remote_id,
        repeatable=scheme.repeatable,
    )


def _headers(scheme: Scheme, request: Request[Any, Any, Any], hidden: tuple[str, ...]) -> dict[str, str]:
    """Those that help to understand a call; never what proves it."""
    wanted = ("content-type", "user-agent", scheme.id_header, scheme.stamp_header)
    given = {name: request.headers.get(name, "") for name in wanted if name}
    return {name: masked(value[:LONGEST_HEADER], hidden) for name, value in given.items() if value}


def _query(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """A plus is a plus: secrets are pasted into addresses as they are."""
    text = request.scope["query_string"].decode("latin-1").replace("+", "%2B")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return []
