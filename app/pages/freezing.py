"""The switch that stops all sending: everybody sees how it stands, admins turn it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post

from app.access import allows
from app.flow import freeze, letting_go
from app.flow.letting_go import Lifting, One
from app.moves import Refused
from app.pages import frozen
from app.pages.cards import by_person
from app.pages.forms import read, text
from app.pages.frozen import FREEZE, Standing
from app.pages.render import Page, page, see_other
from app.pages.settings import Corner, corners
from app.sessions import Who
from app.times import local, moment

SHOWN = 50  # posts of a list
HEADINGS = (
    ("goes", "send", "ready", "Go out when it is lifted, the oldest first"),
    ("begun", "rotate-ccw", "work", "Begun before the freeze: they go on"),
    ("stays", "pause", "review", "Too late by then: they wait for a person"),
    ("kept", "pause", "review", "Held for another reason: they stay held"),
    (
        "elsewhere",
        "calendar-check",
        "ready",
        "At their platforms already, which publish them at their time all the same",
    ),
)


@dataclass(frozen=True, slots=True)
class Freeze:
    note: str = text(300, required=False)


@dataclass(frozen=True, slots=True)
class Row:
    post: int
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One heading of what lifting would do; `more` posts of it are not shown."""

    key: str
    icon: str
    group: str
    title: str
    count: int
    rows: tuple[Row, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FreezePage:
    corners: tuple[Corner, ...]
    now: Standing
    may: bool
    lists: tuple[Listed, ...]
    problem: str


@get(FREEZE)
async def freeze_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post(FREEZE)
async def stop(request: Request[Who, Any, Any]) -> Page:
    form = await read(request, Freeze)
    try:
        await freeze.freeze(form.note, by=by_person(request.user))
    except Refused as why:
        return await _page(request, str(why), 409)
    return see_other(FREEZE, flash="Sending is frozen.")


@post(f"{FREEZE}/lift")
async def lift(request: Request[Who, Any, Any]) -> Page:
    try:
        done = await freeze.unfreeze(by=by_person(request.user))
    except Refused as why:
        return await _page(request, str(why), 409)
    return see_other(FREEZE, flash=_said(done))


async def _page(request: Request[Who, Any, Any], problem: str = "", status: int = 200) -> Page:
    who = request.user
    now = await frozen.standing(who.zone)
    lists = _lists(await letting_go.lifting(), who.zone) if now.frozen else ()
    context = FreezePage(corners(who, "freeze"), now, allows(who, f"POST {FREEZE}"), lists, problem)
    return await page("settings/freeze.html", context, request=request, title="Freeze", nav="settings", status=status)


def _said(done: Lifting) -> str:
    going = len(done.goes) + len(done.begun)
    return f"Sending goes on. {going} {_go(going)} out now, {len(done.stays)} {_wait(len(done.stays))} for a person."


def _go(n: int) -> str:
    return "post goes" if n == 1 else "posts go"


def _wait(n: int) -> str:
    return "waits" if n == 1 else "wait"


def _lists(found: Lifting, zone: str) -> tuple[Listed, ...]:
    """Every list that holds something; the first one always, since its emptiness is news."""
    today = local(datetime.now(UTC), zone).date()

    def row(one: One) -> Row:
        return Row(one.post, one.title, moment(one.due_at, zone, today) if one.due_at else "as soon as possible")

    made = []
    for key, icon, group, title in HEADINGS:
        posts: tuple[One, ...] = getattr(found, key)
        rows = tuple(row(one) for one in posts[:SHOWN])
        made.append(Listed(key, icon, group, title, len(posts), rows, len(posts) - len(rows)))
    return tuple(one for one in made if one.count or one.key == HEADINGS[0][0])
