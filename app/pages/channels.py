"""The channels pages: how every account stands, one account with its settings, test and disconnect."""

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import channel_health, channels
from app.access import allows
from app.channel_health import Health
from app.flow import callers, requeue
from app.pages import channel_form
from app.pages.cards import by_person
from app.pages.channel_form import Field
from app.pages.channel_words import Card, card, known
from app.pages.forms import Invalid
from app.pages.render import Page, by_htmx, page, partial, see_other, team_of
from app.platforms import PLATFORMS
from app.platforms.contract import Platform, Refused
from app.secrets import SealBroken, SealedElsewhere
from app.sessions import Who
from app.settings import settings
from app.verifiers import Scheme


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel that can be connected."""

    label: str
    letter: str
    blurb: str
    href: str
    action: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """`kinds` is empty for those who may not connect anything."""

    cards: tuple[Card, ...]
    former: tuple[Card, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """One channel. `callback`, `fields` and the buttons are for those who `may` change it. `signed`: in whose style
    its callbacks are, which may have a secret of their own (`signs_apart`)."""

    card: Card
    may: bool
    editable: bool
    fields: tuple[Field, ...]
    name: str
    callback: str
    signed: str
    signs_apart: bool
    public: str
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DisconnectPage:
    card: Card
    level: int


@get("/channels")
async def channels_page(request: Request[Who, Any, Any]) -> Page:
    found = await channel_health.everyone()
    zone = team_of(request).zone
    context = ListPage(
        cards=tuple(card(one, zone) for one in found if one.connected),
        former=tuple(card(one, zone) for one in found if not one.connected),
        kinds=_kinds(found) if allows(request.user, "POST /channels/new/{platform:str}") else (),
    )
    return await page("channels/list.html", context, request=request, title="Channels", nav="channels")


@get("/channels/{id:int}")
async def channel_page(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    return await _page(request, await _load(id))


@post("/channels/{id:int}/settings")
async def change(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    """Keep new settings when the platform answers well with them; an empty secret keeps the old one."""
    health = await _load_connected(id)
    kind = PLATFORMS[health.platform]
    try:
        typed = await channel_form.read(kind, request, kept=True)
        answer = await channels.change(id, typed, by=by_person(request.user))
    except Invalid as why:
        return await _page(request, health, typed=why.typed, errors=why.errors)
    except (SealedElsewhere, SealBroken) as why:
        return await _page(request, health, problem=str(why))
    if isinstance(answer, Refused):
        return await _page(request, health, typed={**typed.settings, "name": typed.name}, problem=answer.note)
    return see_other(await _onward(id, request.user), flash=f"Saved. {answer.note}")


@post("/channels/{id:int}/test")
async def test(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health = await _load_connected(id)
    try:
        answer = await channels.test(id, by=by_person(request.user))
    except (SealedElsewhere, SealBroken) as why:
        return await _page(request, health, problem=str(why))
    if isinstance(answer, Refused):
        return await _page(request, await _load(id), problem=answer.note)
    return see_other(await _onward(id, request.user), flash=answer.note)


async def _onward(channel: int, who: Who) -> str:
    """Where a channel that answers well leads: to what failed while it did not, for those who may send it again."""
    waits = allows(who, "POST /channels/{id:int}/requeue") and await requeue.proposals(channel)
    return f"/channels/{channel}/requeue" if waits else f"/channels/{channel}"


@get("/channels/{id:int}/disconnect")
async def ask_disconnect(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health = await _load_connected(id)
    known_card = card(health, team_of(request).zone)
    if by_htmx(request):
        return partial("channels/_disconnect.html", DisconnectPage(known_card, 2), request=request)
    context = DisconnectPage(known_card, 1)
    return await page("channels/disconnect.html", context, request=request, title="Disconnect", nav="channels")


@post("/channels/{id:int}/disconnect")
async def disconnect(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health = await _load_connected(id)
    await channels.disconnect(id, by=by_person(request.user))
    return see_other("/channels", flash=f"{health.name} is disconnected.")


async def _page(
    request: Request[Who, Any, Any], health: Health, *, typed: dict[str, Any] | None = None, **more: Any
) -> Page:
    kind, origin = known(health.platform), settings().origin
    scheme = callers.scheme_of(health.platform, health.settings) if health.connected else None
    may = allows(request.user, "POST /channels/{id:int}/settings")
    fields = _fields(kind, health, typed) if kind and may else ()
    context = ChannelPage(
        card=card(health, team_of(request).zone),
        may=may and health.connected,
        editable=may and health.connected and kind is not None,
        fields=fields,
        name=str((typed or {}).get("name", health.name)),
        callback=f"{origin}/hooks/{channels.hook_token(health.id)}" if may and scheme else "",
        signed=_signed(scheme),
        signs_apart=callers.signs_apart(health.platform),
        public=f"{origin}/blog" if health.platform == "site" and health.connected else "",
        **more,
    )
    status = 422 if context.errors or context.problem else 200
    return await page(
        "channels/channel.html", context, request=request, title=health.name, nav="channels", status=status
    )


def _signed(scheme: Scheme | None) -> str:
    """How callbacks prove themselves, in a sentence."""
    if scheme is None or not scheme.header:
        return "Not signed: the address is the secret."
    token = "; its verify token is the last part of the address" if scheme.asks == "hub" else ""
    return f"Signed like {scheme.label}{token}."


def _fields(kind: Platform, health: Health, typed: dict[str, Any] | None) -> tuple[Field, ...]:
    return channel_form.shown(kind, channel_form.stored(kind, health.settings) if typed is None else typed)


async def _load(id: int) -> Health:
    health = await channel_health.of(id)
    if health is None:
        raise NotFoundException("There is no such channel.")
    return health


async def _load_connected(id: int) -> Health:
    """What is disconnected takes no more orders."""
    health = await _load(id)
    if not health.connected or known(health.platform) is None:
        raise NotFoundException("This channel is disconnected.")
    return health


def _kinds(found: list[Health]) -> tuple[Kind, ...]:
    """What can be connected; the built-in blog only once."""
    on = any(health.platform == "site" and health.connected for health in found)
    wanted = [kind for kind in PLATFORMS.values() if not (on and kind.name == "site")]
    return tuple(
        Kind(kind.label, kind.letter, kind.blurb, f"/channels/new/{kind.name}", _verb(bool(kind.settings)))
        for kind in wanted
    )


def _verb(connects: bool) -> str:
    return "Connect" if connects else "Switch on"
