"""A person's own settings: name, zone, theme, keys, password, browsers. The team's are in workspace.py."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app import accounts, sessions
from app.access import allows, safe_next
from app.cookies import preference
from app.pages.agents import in_words
from app.pages.forms import Invalid, choice, given, read, secret, text, typed_in
from app.pages.render import Page, by_htmx, page, partial, see_other, team_of
from app.pages.sign_in import asking, errors_of, signed_in
from app.sessions import Who
from app.throttles import TriedTooOften
from app.times import ago
from app.zones import known, zones

ME = "/settings/me"
CORNERS = (
    ("me", ME, "Your account", "user"),
    ("notifications", "/settings/notifications", "Notifications", "mail"),
    ("keyboard", "/settings/keyboard", "Keyboard", "keyboard"),
    ("workspace", "/settings/workspace", "Team", "settings"),
    ("people", "/settings/people", "People", "users"),
    ("api", "/settings/api", "API keys", "plug"),
    ("webhooks", "/settings/webhooks", "Webhooks", "webhook"),
    ("callbacks", "/settings/callbacks", "Callbacks", "download"),
    ("freeze", "/settings/freeze", "Freeze", "snowflake"),
)


@dataclass(frozen=True, slots=True)
class Corner:
    """One entry of the settings menu."""

    href: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Me:
    name: str = text(80)
    zone: str = text(64, required=False)
    theme: str = choice("", "light", "dark", default="")


@dataclass(frozen=True, slots=True)
class NewPassword:
    old: str = secret()
    new: str = secret()


@dataclass(frozen=True, slots=True)
class Keyboard:
    keys: bool = given(default=False)


@dataclass(frozen=True, slots=True)
class Theme:
    theme: str = choice("light", "dark")


@dataclass(frozen=True, slots=True)
class BrowserRow:
    id: int
    agent: str
    ip: str
    seen: str
    here: bool


@dataclass(frozen=True, slots=True)
class MePage:
    corners: tuple[Corner, ...]
    email: str
    zones: tuple[tuple[str, str], ...]
    browsers: tuple[BrowserRow, ...]
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyboardPage:
    corners: tuple[Corner, ...]
    on: bool


@get("/settings")
async def settings_door() -> Page:
    return see_other(ME)


@get(ME)
async def me_page(request: Request[Who, Any, Any]) -> Page:
    return await _me_page(request)


@post(ME)
async def save_me(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, Me)
        _demand_zone(form.zone)
    except (Invalid, accounts.Refused) as why:
        return await _me_page(request, typed=await typed_in(request, Me), errors=errors_of(why, "name"))
    await accounts.save_own(request.user, name=form.name, zone=form.zone or None)
    return see_other(ME, flash="Saved.", cookies=[preference("theme", form.theme)])


@post("/settings/password")
async def change_password(request: Request[Who, Any, Any]) -> Page:
    """Change it, sign out everywhere else, and go on here under a new session."""
    try:
        form = await read(request, NewPassword)
        token = await accounts.change_password(request.user, form.old, form.new, **asking(request))
    except (Invalid, accounts.Refused, TriedTooOften) as why:
        return await _me_page(request, errors=errors_of(why, "old"), late=isinstance(why, TriedTooOften))
    return see_other(ME, flash="Your password is changed; other browsers are signed out.", cookies=signed_in(token))


@post("/settings/sessions/{id:int}/end")
async def end_session(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    await sessions.end_own(request.user.id, id)
    return see_other(ME, flash="That browser is signed out.")


@get("/settings/keyboard")
async def keyboard_page(request: Request[Who, Any, Any]) -> Page:
    context = KeyboardPage(corners(request.user, "keyboard"), not request.user.keys_off)
    return await page("settings/keyboard.html", context, request=request, title="Keyboard", nav="settings")


@post("/settings/keyboard")
async def save_keyboard(request: Request[Who, Any, Any]) -> Page:
    form = await read(request, Keyboard)
    said = "Single-key shortcuts are on." if form.keys else "Single-key shortcuts are off."
    return see_other("/settings/keyboard", flash=said, cookies=[preference("keys", "" if form.keys else "off")])


@post("/theme")
async def switch_theme(request: Request[Who, Any, Any]) -> Page:
    """What the moon and sun in the frame do without scripts."""
    form = await read(request, Theme)
    return see_other(_back(request), cookies=[preference("theme", form.theme)])


@get("/shortcuts")
async def shortcuts(request: Request[Who, Any, Any]) -> Page:
    if by_htmx(request):
        return partial("parts/_shortcuts.html", {}, request=request)
    return await page("settings/shortcuts.html", {}, request=request, title="Shortcuts", nav="shortcuts")


def corners(who: Who, current: str) -> tuple[Corner, ...]:
    """The settings menu, with what this person may open."""
    return tuple(
        Corner(href, label, icon, key == current) for key, href, label, icon in CORNERS if allows(who, f"GET {href}")
    )


def _demand_zone(zone: str) -> None:
    if zone and not known(zone):
        raise accounts.Refused("Choose a time zone from the list.", "zone")


async def _me_page(
    request: Request[Who, Any, Any],
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    late: bool = False,
) -> Page:
    who = request.user
    context = MePage(
        corners=corners(who, "me"),
        email=who.email,
        zones=_zones(team_of(request).zone),
        browsers=await _browsers(who),
        typed=typed or {"name": who.name, "zone": await accounts.own_zone(who) or "", "theme": who.theme},
        errors=errors or {},
    )
    status = 429 if late else 422 if errors else 200
    return await page("settings/me.html", context, request=request, title="Your account", nav="settings", status=status)


def _zones(team: str) -> tuple[tuple[str, str], ...]:
    return (("", f"The team's ({team})"), *((zone, zone.replace("_", " ")) for zone in zones()))


async def _browsers(who: Who) -> tuple[BrowserRow, ...]:
    now = datetime.now(UTC)
    return tuple(
        BrowserRow(one.id, in_words(one.agent), one.ip, ago(one.seen_at, now), one.here)
        for one in await sessions.browsers(who)
    )


def _back(request: Request[Any, Any, Any]) -> str:
    """The page the person was on, by the path of its own address only."""
    referer = request.headers.get("referer", "")
    return safe_next("/" + referer.split("/", 3)[3]) if referer.count("/") >= 3 else "/"
