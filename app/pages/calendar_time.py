"""The question of the calendar's Move: day and time in the calendar's zone, and what would do instead. For its door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from litestar import Request

from app import facts as fact_sheet
from app.flow import slots
from app.lifecycles.facts import PostFacts
from app.pages import details
from app.pages.calendar_days import way
from app.pages.calendar_links import known
from app.pages.cards import by_person
from app.pages.consequences import sentences
from app.pages.forms import given, number, text
from app.pages.render import Page, by_htmx, page, partial, team_of
from app.pages.wall_times import Slot, offered
from app.pages.wall_times import wall_of as typed_wall
from app.pages.words import View
from app.sessions import Who
from app.tables import Post
from app.times import city, instant, local


@dataclass(frozen=True, slots=True)
class TimeForm:
    """`keep`: whatever time it has stays, only the day changes. `undo`: this is the way back. `slot`: a free one."""

    name: str = text(40, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)
    on: date | None = given(required=True)
    wall: time | None = given()
    keep: bool = given(default=False)
    undo: bool = given(default=False)
    slot: str = text(16, required=False)
    back: str = text(500, required=False)


@dataclass(frozen=True, slots=True)
class Instead:
    """Another day and time that would do, offered where something was refused."""

    on: str
    wall: str
    submit: str


@dataclass(frozen=True, slots=True)
class TimePage:
    """Day and time in the calendar's zone; `timed`: it cannot be without a time."""

    post: int
    title: str
    version: int
    zone: str
    on: str
    wall: str
    timed: bool
    sentences: tuple[str, ...]
    slots: tuple[Slot, ...]
    errors: dict[str, str]
    submit: str
    back: str
    level: int


def way_of(row: Post, who: Who) -> str:
    """The verb by which this person may change the post's time, or ""."""
    by = by_person(who)
    return "" if row.archived_at else way(row.status, by, own=row.author is not None and row.author == by.person)


def wall_of(row: Post, zone: str) -> time | None:
    """Its time of day on the calendar's clock."""
    return local(row.publish_at, zone).time() if row.publish_at else None


def aim(row: Post, form: TimeForm, zone: str) -> tuple[date | None, time | None, datetime | None]:
    """The day and time meant, as the post's own zone writes them; they were read off the calendar's clock."""
    slot = typed_wall(form.slot) if form.slot else None
    on, wall = (slot.date(), slot.time()) if slot else (form.on, wall_of(row, zone) if form.keep else form.wall)
    if on is None or wall is None:
        return on, None, None
    at = instant(on, wall, zone)
    here = local(at, row.zone)
    return here.date(), here.time(), at


async def free_slot(now: datetime, zone: str) -> Instead:
    """The team's next slot that nothing else has."""
    free = local(await slots.next_free(now), zone)
    return Instead(f"{free:%Y-%m-%d}", f"{free:%H:%M}", f"Use {free.day} {free:%b}, {free:%H:%M}")


async def asking(
    request: Request[Who, Any, Any], row: Post, typed: Mapping[str, str], errors: Mapping[str, str],
    instead: Instead | None = None,
) -> Page:  # fmt: skip
    """The dialog or its page; with errors what was typed stands in it, or what would do instead."""
    facts, team, name = await fact_sheet.of(row.id), team_of(request), way_of(row, request.user) or "set_time"
    view = View(facts, (await details.of([row.id]))[row.id], request.user.zone, team.generation_on)
    filled = {**_stands(row, facts, team.zone), **_kept(typed)}
    filled |= {"on": instead.on, "wall": instead.wall} if instead else {}
    inside = by_htmx(request)
    context = TimePage(
        row.id, view.detail.title, row.version, city(team.zone), filled["on"], filled["wall"], name == "reschedule",
        sentences("set_date" if row.planned_on is None else name, view),
        offered(await slots.suggested(facts.now), team.zone, facts.today), dict(errors),
        instead.submit if instead else "Move", known(filled.get("back", "")).address(), 2 if inside else 1,
    )  # fmt: skip
    status = 422 if errors else 200
    if inside:
        aimed = {"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"}
        return partial("calendar/_time.html", context, request=request, status=status, headers=aimed)
    return await page("calendar/time.html", context, request=request, title="Move", nav="calendar", status=status)


def _stands(row: Post, facts: PostFacts, zone: str) -> dict[str, str]:
    """Where it stands now, as the form's values; a day that is over is offered as today."""
    wall, on = wall_of(row, zone), local(row.publish_at, zone).date() if row.publish_at else row.planned_on
    return {"on": max(on or facts.today, facts.today).isoformat(), "wall": f"{wall:%H:%M}" if wall else ""}


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed; a drag that keeps the time of day typed none."""
    return {part: value for part, value in typed.items() if part != "wall" or not typed.get("keep")}
