"""The door where platforms call back: verified by signature, then heard. Machines only."""

import logging
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, post
from litestar.exceptions import ClientException, NotAuthorizedException, NotFoundException
from litestar.params import FromPath

from app import channels
from app.flow.hearing import hear
from app.hooks import messages
from app.hooks.messages import Message
from app.moves import Refused
from app.secrets import SealBroken, SealedElsewhere
from app.signing import Forged, Verified, verify

LOG = logging.getLogger("galley.hooks")
BIGGEST = 2**20


@post("/hooks/{token:str}", request_max_body_size=BIGGEST, status_code=200)
async def callback(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """200: heard, also what we knew already. 202: genuine, but nothing of ours. 401 and 400 change nothing."""
    channel = await channels.by_hook_token(token)
    if channel is None:
        raise NotFoundException("Nobody is called here.")
    body = await request.body()
    genuine = await _verified(channel, request, body)
    message = _message(body)
    if message and await _hear(channel, message, datetime.fromtimestamp(genuine.at, UTC)):
        return Response({"status": "heard"}, status_code=200)
    return Response({"status": "ignored"}, status_code=202)


async def _verified(channel: int, request: Request[Any, Any, Any], body: bytes) -> Verified:
    try:
        secrets = messages.secrets(await channels.platform_of(channel), await channels.account(channel))
    except (SealedElsewhere, SealBroken):
        secrets = ()
    found = verify(secrets, dict(request.headers.items()), body, now=datetime.now(UTC))
    if isinstance(found, Forged):
        LOG.info("A callback for channel %s was not believed: %s.", channel, found.why)
        raise NotAuthorizedException("The signature does not hold.")
    return found


def _message(body: bytes) -> Message | None:
    try:
        return messages.read(messages.decoded(body))
    except ValueError as wrong:
        raise ClientException("The body is not JSON.") from wrong


async def _hear(channel: int, message: Message, at: datetime) -> bool:
    """Whether one of the message's keys is a delivery of this channel."""
    try:
        for key in message.keys:
            if await hear(channel, key, message.told, at=at):
                return True
    except Refused as why:
        LOG.info("A callback for channel %s changed nothing: %s", channel, why)
        return True
    return False
