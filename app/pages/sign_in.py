"""Signing in and out."""

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, get, post

from app import accounts, known_browsers, sessions
from app.access import safe_next
from app.cookies import gone, known_cookie, known_name, session_cookie, session_name, visit_name
from app.pages.forms import Invalid, read, secret, text, typed_in
from app.pages.render import Page, doorstep, see_other
from app.security import client_ip
from app.throttles import TriedTooOften


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str = text(254)
    password: str = secret()
    next: str = text(2000, required=False)


@dataclass(frozen=True, slots=True)
class SignInPage:
    next: str
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    unfounded: bool = False


@get("/sign-in")
async def sign_in_page(request: Request[Any, Any, Any]) -> Page:
    """The form; somebody signed in already goes on."""
    wanted = safe_next(request.query_params.get("next", "/"))
    if request.user:
        return see_other(wanted)
    return _page(request, SignInPage(wanted, unfounded=await accounts.nobody_yet()))


@post("/sign-in")
async def sign_in(request: Request[Any, Any, Any]) -> Page:
    """Let somebody in with a new session; an older one on this browser ends."""
    try:
        form = await read(request, SignIn)
        mark = request.cookies.get(known_name(), "")
        token = await accounts.sign_in(form.email, form.password, **asking(request), mark=mark)
    except (Invalid, accounts.Refused, TriedTooOften) as why:
        return await _again(request, why)
    await end_earlier(request)
    return see_other(safe_next(form.next or "/"), cookies=signed_in(token, form.email))


@post("/sign-out")
async def sign_out(request: Request[sessions.Who, Any, Any]) -> Page:
    """End this session and leave nothing in the browser."""
    await sessions.end(request.user.session_id)
    answer = see_other("/sign-in", cookies=[gone(session_name())])
    answer.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return answer


def asking(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Where the request comes from, for the session's row and the throttle."""
    return {"ip": client_ip(request.scope), "agent": request.headers.get("user-agent", "")}


async def end_earlier(request: Request[Any, Any, Any]) -> None:
    """Whoever was signed in on this browser is so no more."""
    if request.user:
        await sessions.end(request.user.session_id)


def signed_in(token: str, email: str = "") -> list[Any]:
    """The cookies of a fresh session: its own, none from before, and the mark of whoever proved to be `email`."""
    marked = [known_cookie(known_browsers.mark(email))] if email else []
    return [session_cookie(token), gone(visit_name()), *marked]


async def _again(request: Request[Any, Any, Any], why: Exception) -> Page:
    typed = await typed_in(request, SignIn)
    page = SignInPage(safe_next(typed.get("next", "/")), typed, errors_of(why))
    return _page(request, page, status=429 if isinstance(why, TriedTooOften) else 422)


def errors_of(why: Exception, other: str = "password") -> dict[str, str]:
    """Field and sentence of whatever refused the form; `other` takes what belongs to no field."""
    if isinstance(why, Invalid):
        return why.errors
    return {getattr(why, "field", "") or other: str(why)}


def _page(request: Request[Any, Any, Any], context: SignInPage, status: int = 200) -> Page:
    return doorstep("sign_in/page.html", context, request=request, title="Sign in", status=status)
