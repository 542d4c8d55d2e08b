"""The people page: who is on the team, and what an admin may do about it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app import people
from app.accounts import ROLES, Refused
from app.pages.forms import Invalid, choice, read, text, typed_in
from app.pages.render import Page, page, see_other
from app.pages.settings import Corner, corners
from app.pages.sign_in import errors_of
from app.sessions import Who
from app.times import ago

PEOPLE = "/settings/people"
MAY = {
    "viewer": "reads everything",
    "writer": "creates, edits own posts, sets dates, generates",
    "editor": "also edits others' posts, approves, schedules, publishes",
    "admin": "also channels, people and settings",
}


@dataclass(frozen=True, slots=True)
class Invite:
    email: str = text(254)
    name: str = text(80)
    role: str = choice(*ROLES)


@dataclass(frozen=True, slots=True)
class Role:
    role: str = choice(*ROLES)


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the page shows them."""

    id: int
    name: str
    email: str
    role: str
    state: str
    off: bool
    me: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    corners: tuple[Corner, ...]
    rows: tuple[Row, ...]
    roles: tuple[tuple[str, str], ...]
    link: str = ""
    invited: str = ""
    problem: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@get(PEOPLE)
async def people_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post(PEOPLE)
async def invite(request: Request[Who, Any, Any]) -> Page:
    """Add somebody; the answer shows their link, once."""
    try:
        form = await read(request, Invite)
        link = await people.invite(request.user.id, email=form.email, name=form.name, role=form.role)
    except (Invalid, Refused) as why:
        typed = await typed_in(request, Invite)
        return await _page(request, status=422, typed=typed, errors=errors_of(why, "email"))
    return await _page(request, link=link, invited=form.name)


@post(PEOPLE + "/{id:int}/link")
async def link_again(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    """A new link for an invitation or a password that was lost, shown once."""
    try:
        return await _page(request, link=await people.link_again(request.user.id, id), invited="them")
    except Refused as why:
        return await _page(request, status=409, problem=str(why))


@post(PEOPLE + "/{id:int}/role")
async def set_role(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, Role)
        await people.set_role(request.user.id, id, form.role)
    except (Invalid, Refused) as why:
        return await _page(request, status=409 if isinstance(why, Refused) else 422, problem=str(why))
    return see_other(PEOPLE, flash=f"The role is {form.role} now. They sign in again to use it.")


@post(PEOPLE + "/{id:int}/disable")
async def disable(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    try:
        await people.disable(request.user.id, id)
    except Refused as why:
        return await _page(request, status=409, problem=str(why))
    return see_other(PEOPLE, flash="They are signed out and cannot come back in.")


@post(PEOPLE + "/{id:int}/enable")
async def enable(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    try:
        await people.enable(request.user.id, id)
    except Refused as why:
        return await _page(request, status=409, problem=str(why))
    return see_other(PEOPLE, flash="They can sign in again.")


async def _page(request: Request[Who, Any, Any], *, status: int = 200, **more: Any) -> Page:
    now = datetime.now(UTC)
    rows = tuple(_row(member, request.user, now) for member in await people.members())
    roles = tuple((role, f"{role.capitalize()}: {MAY[role]}") for role in ROLES)
    context = PeoplePage(corners(request.user, "people"), rows, roles, **more)
    return await page("people/page.html", context, request=request, title="People", nav="settings", status=status)


def _row(member: people.Member, who: Who, now: datetime) -> Row:
    return Row(
        id=member.id,
        name=member.name,
        email=member.email,
        role=member.role,
        state=_state(member, now),
        off=member.disabled_at is not None,
        me=member.id == who.id,
    )


def _state(member: people.Member, now: datetime) -> str:
    if member.disabled_at:
        return "Shut out"
    if not member.accepted:
        return "Invited, has not joined yet"
    if member.seen_at is None:
        return "Signed out"
    seen = ago(member.seen_at, now)
    return "Here now" if seen == "just now" else f"Seen {seen} ago"
