"""A new secret for a channel's callbacks: asked first, made, shown once. For admins."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import channel_health, channels
from app.channel_health import Health
from app.flow import callers
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.forms import read, text
from app.pages.render import Page, by_htmx, page, partial, see_other
from app.sessions import Who
from app.settings import settings
from app.verifiers import ROTATED_AT

NONE = "This channel has no secret for callbacks."
MADE = "A new secret was made already, and shown then. If nobody has kept it, make another."


@dataclass(frozen=True, slots=True)
class AskPage:
    """`version`: since when the present secret counts, as its reader saw it."""

    id: int
    name: str
    version: str
    level: int


@dataclass(frozen=True, slots=True)
class MadePage:
    """The one time it is shown. `address`: where callbacks go now, when their address is all that proves them."""

    id: int
    name: str
    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class SecretForm:
    version: str = text(20, required=False)
    name: str = text(40, required=False)


@get("/channels/{id:int}/callback-secret")
async def ask(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health = await _health(id)
    name, version = health.name, _version(health)
    if by_htmx(request):
        return partial("channels/_callback_secret.html", AskPage(id, name, version, 2), request=request)
    context = AskPage(id, name, version, 1)
    return await page("channels/callback_secret.html", context, request=request, title="New secret", nav="channels")


@post("/channels/{id:int}/callback-secret")
async def make(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health, form = await _health(id), await read(request, SecretForm)
    if form.version != _version(health):  # a page that is loaded again must not push out the secret before
        return see_other(f"/channels/{id}", flash=MADE)
    try:
        secret = await callers.new_secret(id, by=by_person(request.user))
    except LookupError:
        raise NotFoundException(NONE) from None
    except Refused as why:
        return see_other(f"/channels/{id}", flash=why.reason)
    context = MadePage(id, health.name, secret, _address(health, secret))
    return await page("channels/callback_made.html", context, request=request, title="New secret", nav="channels")


async def _health(channel: int) -> Health:
    health = await channel_health.of(channel)
    if health is None or not health.connected or not callers.signs_apart(health.platform):
        raise NotFoundException(NONE)
    return health


def _version(health: Health) -> str:
    return str(health.settings.get(ROTATED_AT, ""))


def _address(health: Health, secret: str) -> str:
    scheme = callers.scheme_of(health.platform, health.settings)
    if scheme is None or scheme.header:
        return ""
    return f"{settings().origin}/hooks/{channels.hook_token(health.id)}?{urlencode({'secret': secret})}"
