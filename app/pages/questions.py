"""The question before a move, as a page or in the dialog: what it does, what it passes over, what it needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from litestar import Request
from litestar.exceptions import NotFoundException

from app import facts as fact_sheet
from app.flow import slots
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.pages import checks, details, item
from app.pages.confirms import Confirm, confirm
from app.pages.move_words import VOTES
from app.pages.render import Page, by_htmx, page, partial, team_of
from app.pages.wall_times import Slot, offered
from app.pages.words import View
from app.sessions import Who
from app.times import city

TIMED = ("set_date", "set_time", "schedule", "approve_and_schedule", "reschedule")


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """`passing_over`: the checks that fail while it is approved; `slots`: the team's free ones, each a button."""

    post: int
    title: str
    version: int
    digest: str
    asks: Confirm
    passing_over: str
    slots: tuple[Slot, ...]
    zone: str
    typed: dict[str, str]
    errors: dict[str, str]
    level: int
    place: str


async def asking(
    request: Request[Who, Any, Any], id: int, name: str, typed: Mapping[str, str], errors: Mapping[str, str],
    *, opens: bool = False,
) -> Page:  # fmt: skip
    """The question of a button; with errors what was typed stands in it.

    `opens`: whoever is answered asked for something else, so that the answer opens the dialog by itself.
    """
    facts = await fact_sheet.of(id)
    view = await view_of(request, id, facts)
    asks = confirm(name, view)
    if asks is None:
        raise NotFoundException("There is no such button on this post.")
    inside = by_htmx(request)
    context = ConfirmPage(
        id, view.detail.title, facts.version, typed.get("digest") or await item.digest_of(facts, id), asks,
        await passing_over(name, id, facts), await _slots(name, view), city(view.detail.zone), dict(typed),
        dict(errors), 2 if inside else 1, typed.get("place", "item"),
    )  # fmt: skip
    status = 422 if errors else 200
    if inside:
        headers = {"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"} if opens else None
        return partial("posts/_confirm.html", context, request=request, status=status, headers=headers)
    return await page("posts/confirm.html", context, request=request, title=asks.title, nav="posts", status=status)


async def view_of(request: Request[Who, Any, Any], id: int, facts: PostFacts) -> View:
    detail = (await details.of([id]))[id]
    return View(facts, detail, request.user.zone, team_of(request).generation_on)


async def passing_over(name: str, post: int, facts: PostFacts) -> str:
    """What an approval passes over, where this click is one."""
    if name not in VOTES or facts.status not in REVIEW or not facts.connected:
        return ""
    return checks.passed_over((await checks.failing([post])).get(post, ()))


async def _slots(name: str, view: View) -> tuple[Slot, ...]:
    """Free slots for a question that asks for a time, from its planned day on."""
    if name not in TIMED:
        return ()
    facts, zone = view.facts, view.detail.zone
    morning = slots.exact(facts.planned_on, time(0), zone) if facts.planned_on else facts.now
    return offered(await slots.suggested(max(facts.now, morning)), zone, facts.today)
