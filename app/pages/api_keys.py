"""The page of programs' keys: make one (its secret is shown once), see when it was used, revoke it. For admins."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import api_keys
from app.api_keys import LONGEST, Key
from app.lifecycles.machine import SCOPES
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, number, read, text, typed_in
from app.pages.render import Page, page, see_other
from app.pages.settings import Corner, corners
from app.sessions import Who
from app.settings import settings
from app.times import ago

KEYS = "/settings/api"
MEANING = {
    "read": "Read posts and how they went",
    "write": "Write drafts and change them",
    "publish": "Publish and schedule what was approved; cancel",
    "publish_unreviewed": "Publish what nobody reviewed, in its own name",
    "admin": "Everything an admin may, except to approve",
}
USUAL = ("read", "write")


@dataclass(frozen=True, slots=True)
class KeyForm:
    name: str = text(80)
    scopes: tuple[str, ...] = choice(*SCOPES)
    days: int | None = number(1, LONGEST)


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    name: str
    shown: str
    scopes: str
    owner: str
    state: str
    works: bool


@dataclass(frozen=True, slots=True)
class KeysPage:
    """`secret` is there only in the answer to the form that made it."""

    corners: tuple[Corner, ...]
    rows: tuple[Row, ...]
    scopes: tuple[tuple[str, str, str], ...]
    example: str
    secret: str = ""
    chosen: tuple[str, ...] = USUAL
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@get(KEYS)
async def keys_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post(KEYS)
async def issue(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, KeyForm)
        _demand_scopes(form)
        who = request.user
        _, secret = await api_keys.issue(form.name, form.scopes, owner=who.id, days=form.days or 1, by=by_person(who))
    except (Invalid, Refused) as wrong:
        errors = wrong.errors if isinstance(wrong, Invalid) else {"scopes": wrong.reason}
        typed = await typed_in(request, KeyForm)
        chosen = tuple(typed.get("scopes", "").split("\n"))
        return await _page(request, status=422, typed=typed, chosen=chosen, errors=errors)
    return await _page(request, secret=secret)


@post(KEYS + "/{id:int}/revoke")
async def revoke(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    if not await api_keys.revoke(id, by=by_person(request.user)):
        raise NotFoundException("There is no such key, or it was revoked already.")
    return see_other(KEYS, flash="Revoked. Nothing gets in with it any more.")


def _demand_scopes(form: KeyForm) -> None:
    if not form.scopes:
        raise Invalid({"scopes": "Tick what it may do."})


async def _page(request: Request[Who, Any, Any], *, status: int = 200, **more: Any) -> Page:
    now = datetime.now(UTC)
    context = KeysPage(
        corners(request.user, "api"),
        tuple(_row(key, now) for key in await api_keys.every()),
        tuple((scope, scope, MEANING[scope]) for scope in SCOPES),
        f"curl -H 'Authorization: Bearer {more.get('secret') or 'gly_…'}' {settings().origin}/api/posts",
        **more,
    )
    return await page("settings/keys.html", context, request=request, title="API keys", nav="settings", status=status)


def _row(key: Key, now: datetime) -> Row:
    works = key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
    return Row(key.id, key.name, f"gly_{key.prefix}_…", ", ".join(key.scopes), key.owner, _state(key, now), works)


def _state(key: Key, now: datetime) -> str:
    if key.revoked_at is not None:
        return "Revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "Expired"
    used = (
        "Never used"
        if key.last_used_at is None
        else f"Used {ago(key.last_used_at, now)} ago".replace("just now ago", "just now")
    )
    left = f"expires {key.expires_at:%Y-%m-%d}" if key.expires_at else "never expires"
    return f"{used}, {left}"
