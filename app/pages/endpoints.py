"""The webhooks pages: endpoints that hear of moves, one with its log, and their forms. For admins."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.flow import webhook_types, webhooks
from app.flow.webhook_types import Type
from app.flow.webhooks import Wanted
from app.moves import MovedMeanwhile, Refused
from app.pages import endpoint_rows
from app.pages.cards import by_person
from app.pages.endpoint_rows import A_PAGE, Row, Send
from app.pages.forms import Invalid, number, read, text, token
from app.pages.render import Page, page, see_other, team_of
from app.pages.settings import Corner, corners
from app.platforms.answers import web_address
from app.sessions import Who
from app.tables import Endpoint

WEBHOOKS = "/settings/webhooks"
NO_ADDRESS = "That is no web address. It begins with https:// and names a host."
MOVED = "Somebody else changed it meanwhile. This is how it stands now; your words are still in the form."
Typed = dict[str, str]


@dataclass(frozen=True, slots=True)
class EndpointForm:
    name: str = text(80)
    url: str = text(2048)
    types: str = text(4000, required=False, multiline=True)
    campaign: int | None = number(1, 2**53, required=False)
    form_token: str = text(36, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)


@dataclass(frozen=True, slots=True)
class ListPage:
    corners: tuple[Corner, ...]
    rows: tuple[Row, ...]
    types: tuple[Type, ...]
    campaigns: tuple[tuple[str, str], ...]
    typed: Typed
    problem: str = ""
    errors: Typed = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """`secret` is there only in the answer to the form that made it; `form_token` is for the next one."""

    corners: tuple[Corner, ...]
    row: Row
    sends: tuple[Send, ...]
    older: str
    only_missed: bool
    campaigns: tuple[tuple[str, str], ...]
    typed: Typed
    form_token: str
    secret: str = ""
    problem: str = ""
    errors: Typed = field(default_factory=dict)


@get(WEBHOOKS)
async def endpoints_page(request: Request[Who, Any, Any]) -> Page:
    return await _list(request, {"form_token": str(uuid4())})


@post(WEBHOOKS)
async def add(request: Request[Who, Any, Any]) -> Page:
    """Add one; the answer shows its secret, once."""
    form = None
    try:
        form = await read(request, EndpointForm)
        once = token(form.form_token)
        made, secret = await webhooks.add(_wanted(form), by=by_person(request.user), form_token=once)
    except Invalid as wrong:
        return await _list(request, wrong.typed or _as_typed(form), status=422, errors=wrong.errors)
    except Refused as why:
        return await _list(request, _as_typed(form), status=409, problem=why.reason)
    return await shown(request, made, secret=secret)


@get(WEBHOOKS + "/{id:int}")
async def endpoint_page(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    return await shown(request, id)


@post(WEBHOOKS + "/{id:int}")
async def change(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    form = None
    try:
        form = await read(request, EndpointForm)
        await webhooks.change(id, form.version or 0, _wanted(form), by=by_person(request.user))
    except Invalid as wrong:
        return await shown(request, id, status=422, typed=wrong.typed or _as_typed(form), errors=wrong.errors)
    except MovedMeanwhile:
        fresh = _stored(await _load(id))
        typed = _as_typed(form) | {"version": fresh["version"]}
        return await shown(request, id, status=409, typed=typed, problem=MOVED)
    except Refused as why:
        return await shown(request, id, status=409, typed=_as_typed(form), problem=why.reason)
    except LookupError:
        raise NotFoundException("There is no such endpoint.") from None
    return see_other(f"{WEBHOOKS}/{id}", flash="Saved.")


async def shown(
    request: Request[Who, Any, Any], id: int, *, status: int = 200, typed: Typed | None = None, **more: Any
) -> Page:
    """The page of one endpoint, also after something was tried with it."""
    row, zone = await _load(id), team_of(request).zone
    missed = request.query_params.get("only", "") == "missed"
    found = await endpoint_rows.sends(id, zone, before=_number(request.query_params.get("before", "")), missed=missed)
    standing = await endpoint_rows.one(id, zone)
    assert standing is not None
    context = EndpointPage(
        corners=corners(request.user, "webhooks"),
        row=standing,
        sends=tuple(found[:A_PAGE]),
        older=_older(id, found, missed=missed),
        only_missed=missed,
        campaigns=await endpoint_rows.campaigns(row.campaign),
        typed=typed or _stored(row),
        form_token=str(uuid4()),
        **more,
    )
    return await page("settings/endpoint.html", context, request=request, title=row.name, nav="settings", status=status)


async def _list(request: Request[Who, Any, Any], typed: Typed, *, status: int = 200, **more: Any) -> Page:
    context = ListPage(
        corners(request.user, "webhooks"),
        await endpoint_rows.every(team_of(request).zone),
        webhook_types.types(),
        await endpoint_rows.campaigns(None),
        typed,
        **more,
    )
    return await page(
        "settings/endpoints.html", context, request=request, title="Webhooks", nav="settings", status=status
    )


def _older(id: int, found: list[Send], *, missed: bool) -> str:
    """The address of what came before this page; none when it is the last one."""
    only = "only=missed&" if missed else ""
    return f"{WEBHOOKS}/{id}?{only}before={found[A_PAGE - 1].id}#log" if len(found) > A_PAGE else ""


async def _load(id: int) -> Endpoint:
    try:
        return await webhooks.load(id)
    except LookupError:
        raise NotFoundException("There is no such endpoint.") from None


def _wanted(form: EndpointForm) -> Wanted:
    """What the form means, or Invalid; a filter's words may be parted by anything people part words with."""
    types = tuple(dict.fromkeys(form.types.replace(",", " ").split()))
    wrong = {} if web_address(form.url) else {"url": NO_ADDRESS}
    if strange := webhook_types.unknown(types):
        wrong["types"] = f"No message is called {', '.join(strange[:3])}. All names stand in the list of types."
    if wrong:
        raise Invalid(wrong, _as_typed(form))
    return Wanted(form.name, form.url, types, form.campaign)


def _stored(row: Endpoint) -> Typed:
    words = {"name": row.name, "url": row.url, "types": "\n".join(row.types)}
    return words | {"campaign": str(row.campaign or ""), "version": str(row.version)}


def _as_typed(form: EndpointForm | None) -> Typed:
    if form is None:
        return {}
    words = {"name": form.name, "url": form.url, "types": form.types, "form_token": form.form_token}
    return words | {"campaign": str(form.campaign or ""), "version": str(form.version or "")}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
