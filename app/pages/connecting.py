"""Connecting a channel, and changing what it is connected with: forms, tests, and secrets shown once. For admins."""

from dataclasses import dataclass, field
from typing import Any

from asyncpg import UniqueViolationError
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import channels
from app.pages import channel_form
from app.pages.cards import by_person
from app.pages.channel_form import Field
from app.pages.channel_words import known
from app.pages.forms import Invalid
from app.pages.render import Page, page, see_other
from app.platforms.contract import Platform, Refused
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """The form of one platform. `made`: a secret we made, to be carried over to the other side."""

    action: str
    label: str
    letter: str
    blurb: str
    submit: str
    fields: tuple[Field, ...]
    name: str
    made: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectedPage:
    """The one time a made secret is shown."""

    name: str
    note: str
    made: str
    href: str


@get("/channels/new/{platform:str}")
async def connect_page(platform: FromPath[str], request: Request[Who, Any, Any]) -> Page:
    kind = _demand(platform)
    return await _form(request, kind, channel_form.shown(kind), kind.label)


@post("/channels/new/{platform:str}")
async def connect(platform: FromPath[str], request: Request[Who, Any, Any]) -> Page:
    """Connect when the platform answers well; else the form again, with everything typed but secrets."""
    kind = _demand(platform)
    try:
        typed, made = channel_form.with_made(kind, await channel_form.read(kind, request))
        number, answer = await channels.connect(kind, typed, by=by_person(request.user))
    except Invalid as why:
        fields, name = channel_form.shown(kind, why.typed), why.typed.get("name", "")
        return await _form(request, kind, fields, name, errors=why.errors)
    except UniqueViolationError:
        return see_other("/channels", flash=f"{kind.label} is connected already.")
    if isinstance(answer, Refused):
        fields = channel_form.shown(kind, typed.settings, made=made)
        return await _form(request, kind, fields, typed.name, made=made, problem=answer.note)
    if not made:
        return see_other(f"/channels/{number}", flash=answer.note)
    context = ConnectedPage(typed.name, answer.note, made, f"/channels/{number}")
    return await page("channels/connected.html", context, request=request, title="Connected", nav="channels")


async def _form(
    request: Request[Who, Any, Any], kind: Platform, fields: tuple[Field, ...], name: str, **more: Any
) -> Page:
    submit = "Connect" if kind.settings else "Switch it on"
    action = f"/channels/new/{kind.name}"
    context = ConnectPage(action, kind.label, kind.letter, kind.blurb, submit, fields, name, **more)
    wrong = context.errors or context.problem
    return await page(
        "channels/new.html", context, request=request, title=f"Connect: {kind.label}", nav="channels",
        status=422 if wrong else 200,
    )  # fmt: skip


def _demand(platform: str) -> Platform:
    kind = known(platform)
    if kind is None:
        raise NotFoundException("There is no such kind of channel.")
    return kind
