"""The first run: one link founds the team and its first admin. And the links by which others join."""

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import accounts, sessions, tickets
from app.pages.forms import Invalid, given, read, secret, text, typed_in
from app.pages.render import Page, doorstep, see_other
from app.pages.sign_in import asking, end_earlier, errors_of, signed_in
from app.zones import guess, known, zones


@dataclass(frozen=True, slots=True)
class SetUp:
    team: str = text(80)
    zone: str = text(64)
    name: str = text(80)
    email: str = text(254)
    password: str = secret()
    site_on: bool = given(default=False)


@dataclass(frozen=True, slots=True)
class Join:
    name: str = text(80)
    password: str = secret()


@dataclass(frozen=True, slots=True)
class SetUpPage:
    token: str
    zones: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    site_on: bool = True
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoinPage:
    token: str
    email: str
    typed: dict[str, str]
    known: bool
    errors: dict[str, str] = field(default_factory=dict)


@get("/setup/{token:str}")
async def set_up_page(token: FromPath[str], request: Request[Any, Any, Any]) -> Page:
    """The form, while the link works."""
    await _demand_open(token)
    return _set_up_page(request, SetUpPage(token, _zones(), {"zone": guess()}))


@post("/setup/{token:str}")
async def set_up(token: FromPath[str], request: Request[Any, Any, Any]) -> Page:
    """Found the team, sign its first admin in, and go to work."""
    await _demand_open(token)
    try:
        form = await read(request, SetUp)
        _demand_zone(form.zone)
        person = await accounts.set_up(token, accounts.Founding(**_fields(form)))
    except (Invalid, accounts.Refused) as why:
        return await _set_up_again(request, token, why)
    session = await sessions.start(person, **asking(request))
    ready = f"{form.team} is ready. A few steps, and it publishes."
    return see_other("/setup", flash=ready, cookies=signed_in(session, form.email))


@get("/invite/{token:str}")
async def join_page(token: FromPath[str], request: Request[Any, Any, Any]) -> Page:
    """Where somebody invited, or somebody who lost the password, chooses one."""
    guest = await _guest(token)
    return _join_page(request, token, guest, {"name": guest.name}, {})


@post("/invite/{token:str}")
async def join(token: FromPath[str], request: Request[Any, Any, Any]) -> Page:
    """Store the name and the password, and sign in."""
    guest = await _guest(token)
    try:
        form = await read(request, Join)
        person = await accounts.accept(token, form.name, form.password)
    except (Invalid, accounts.Refused) as why:
        return _join_page(request, token, guest, await typed_in(request, Join), errors_of(why))
    session = await sessions.start(person, **asking(request))
    await end_earlier(request)
    return see_other("/", cookies=signed_in(session, guest.email))


async def _demand_open(token: str) -> None:
    if not await tickets.is_open("setup", token):
        raise NotFoundException(accounts.SET_UP)


async def _guest(token: str) -> tickets.Invitation:
    guest = await tickets.invitation(token)
    if guest is None:
        raise NotFoundException(accounts.SPENT)
    return guest


def _demand_zone(zone: str) -> None:
    if not known(zone):
        raise accounts.Refused("Choose a time zone from the list.", "zone")


def _fields(form: SetUp) -> dict[str, Any]:
    return {name: getattr(form, name) for name in SetUp.__dataclass_fields__}


def _zones() -> tuple[tuple[str, str], ...]:
    return tuple((zone, zone.replace("_", " ")) for zone in zones())


async def _set_up_again(request: Request[Any, Any, Any], token: str, why: Exception) -> Page:
    typed = await typed_in(request, SetUp)
    context = SetUpPage(token, _zones(), typed, typed.get("site_on") == "on", errors_of(why, "team"))
    return _set_up_page(request, context, status=422)


def _set_up_page(request: Request[Any, Any, Any], context: SetUpPage, status: int = 200) -> Page:
    return doorstep("setup/page.html", context, request=request, title="Set up", status=status)


def _join_page(
    request: Request[Any, Any, Any],
    token: str,
    guest: tickets.Invitation,
    typed: dict[str, str],
    errors: dict[str, str],
) -> Page:
    context = JoinPage(token, guest.email, typed, guest.kind == "reset", errors)
    title = "Choose a new password" if context.known else "Join the team"
    return doorstep("setup/join.html", context, request=request, title=title, status=422 if errors else 200)
