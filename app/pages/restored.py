"""After a restore: what came due since the backup, each with send now, move, drop, check or "it is live"."""

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app.access import allows
from app.flow import restored
from app.moves import Refused
from app.pages import frozen, restored_rows
from app.pages.cards import by_person
from app.pages.deliveries import ADDRESS
from app.pages.forms import number, read, text
from app.pages.frozen import Standing
from app.pages.render import Page, page, see_other
from app.pages.restored_rows import Left
from app.sessions import Who

RESTORED = "/restored"
PATIENCE = 10.0  # seconds a "Check all" may take; what is left is checked by the next click
UNSEEN = "Load the page again: the form did not say what it saw."


@dataclass(frozen=True, slots=True)
class Live:
    version: int | None = number(1, 2**31 - 1, required=False)
    url: str = text(2048, required=False)


@dataclass(frozen=True, slots=True)
class RestoredPage:
    now: Standing
    left: Left
    may: bool
    problem: str


@dataclass(frozen=True, slots=True)
class LivePage:
    delivery: int
    version: int
    title: str
    channel: str
    typed: str
    errors: dict[str, str]


@get(RESTORED)
async def restored_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@get(f"{RESTORED}/deliveries/{{id:int}}/live")
async def ask_live(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    return await _asking(request, id)


@post(f"{RESTORED}/deliveries/{{id:int}}/live")
async def live(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    form = await read(request, Live)
    if form.version is None:
        return await _page(request, UNSEEN, 428)
    if form.url and not ADDRESS.fullmatch(form.url):
        return await _asking(request, id, form.url, {"url": "Paste the whole address, beginning with https://."})
    try:
        await restored.it_is_live(id, form.url, version=form.version, by=by_person(request.user))
    except (Refused, LookupError) as why:
        return await _page(request, _reason(why), 409)
    return see_other(RESTORED, flash="It counts as published.")


@post(f"{RESTORED}/deliveries/{{id:int}}/check")
async def check(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    try:
        seen = await restored.check(id, by=by_person(request.user))
    except (Refused, LookupError) as why:
        return await _page(request, _reason(why), 409)
    return see_other(RESTORED, flash=seen.sentence)


@post(f"{RESTORED}/check")
async def check_all(request: Request[Who, Any, Any]) -> Page:
    """Ask as many as the patience of one click allows."""
    waiting = await restored_rows.to_ask()
    kinds: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            for delivery in waiting:
                kinds.append(await _kind(delivery, request))
    except TimeoutError:
        pass
    return see_other(RESTORED, flash=_said(kinds, len(waiting) - len(kinds)))


async def _kind(delivery: int, request: Request[Who, Any, Any]) -> str:
    try:
        return (await restored.check(delivery, by=by_person(request.user))).kind
    except Refused:
        return "decided"


def _said(kinds: list[str], rest: int) -> str:
    there = sum(kind in ("live", "there") for kind in kinds)
    absent = kinds.count("absent")
    more = f" {rest} are left: check again." if rest else ""
    return f"{len(kinds)} checked: {there} are there, {absent} are not, {len(kinds) - there - absent} unclear.{more}"


def _reason(why: Refused | LookupError) -> str:
    return why.reason if isinstance(why, Refused) else "This delivery is gone."


async def _asking(
    request: Request[Who, Any, Any], id: int, typed: str = "", errors: dict[str, str] | None = None
) -> Page:
    found = await restored_rows.place(id)
    if found is None:
        return await _page(request, "Somebody has decided this already.", 409)
    context = LivePage(id, found["version"], found["title"], found["name"], typed, errors or {})
    status = 422 if errors else 200
    return await page("restored/live.html", context, request=request, title="It is live?", nav="inbox", status=status)


async def _page(request: Request[Who, Any, Any], problem: str = "", status: int = 200) -> Page:
    who = request.user
    context = RestoredPage(
        now=await frozen.standing(who.zone),
        left=await restored_rows.left(who.zone),
        may=allows(who, f"POST {RESTORED}/check"),
        problem=problem,
    )
    return await page("restored/page.html", context, request=request, title="Restored", nav="inbox", status=status)
