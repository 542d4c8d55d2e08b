"""The doors of a plan: a new post, written or generated; and the plan of one that is there."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app import platforms, sql
from app.content import Text
from app.flow import plan
from app.flow.plan import Plan
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, given, number, read, text, typed_in
from app.pages.moves import load
from app.pages.render import Page, page, see_other, team_of
from app.sessions import Who
from app.times import Planned, city, planned


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What a plan holds. `write`: the text is written by hand on the next page, or now in `body`."""

    title: str = text(300)
    keyword: str = text(200, required=False)
    angle: str = text(500, required=False)
    brief: str = text(50_000, required=False, multiline=True)
    campaign: int | None = number(1, 2**62, required=False)
    campaign_title: str = text(200, required=False)
    channels: tuple[int, ...] = given(default=())
    on: date | None = given()
    wall: time | None = given()
    body: str = text(500_000, required=False, multiline=True)
    form_token: str = text(36, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)
    then: str = choice("plan", "write", default="plan")


@dataclass(frozen=True, slots=True)
class PlanPage:
    heading: str
    action: str
    back: str
    new: bool
    writable: bool
    channels: tuple[tuple[str, str, str], ...]
    campaigns: tuple[tuple[str, str], ...]
    zone: str
    typed: dict[str, str]
    chosen: tuple[str, ...]
    errors: dict[str, str]
    version: int


@get("/posts/new")
async def new_page(request: Request[Who, Any, Any], on: FromQuery[str] = "", campaign: FromQuery[str] = "") -> Page:
    typed = {"on": on, "campaign": campaign, "form_token": str(uuid4())}
    chosen = tuple(value for value, _, _ in await _channels())
    return await _page(request, None, typed, chosen, {})


@post("/posts")
async def create(request: Request[Who, Any, Any]) -> Page | Response[None]:
    try:
        form = await read(request, PlanForm)
        wanted = await _plan(form, team_of(request).zone)
        made = await plan.create(wanted, by=by_person(request.user))
    except (Invalid, Refused, ValueError) as wrong:
        return await _again(request, None, wrong)
    return see_other(f"/posts/{made.id}/edit" if form.then == "write" else f"/posts/{made.id}", flash="Planned.")


@get("/posts/{id:int}/plan")
async def plan_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    typed = {
        "title": row.title, "keyword": row.keyword, "angle": row.angle, "brief": row.brief,
        "campaign": str(row.campaign or ""), "on": row.planned_on.isoformat() if row.planned_on else "",
        "wall": row.planned_time.strftime("%H:%M") if row.planned_time else "",
    }  # fmt: skip
    chosen = tuple(str(channel) for channel in await plan.targets(id))
    return await _page(request, row, typed, chosen, {})


@post("/posts/{id:int}/plan")
async def save_plan(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    row = await load(id)
    try:
        form = await read(request, PlanForm)
        row.version = form.version or row.version
        wanted = await _plan(form, row.zone)
        await plan.rewrite(row, wanted, by=by_person(request.user))
    except (Invalid, Refused, ValueError) as wrong:
        return await _again(request, await load(id), wrong)
    return see_other(f"/posts/{id}", flash="Plan saved.")


async def _plan(form: PlanForm, zone: str) -> Plan:
    try:
        when: Planned = planned(form.on, form.wall, zone)
    except ValueError as wrong:
        raise Invalid({"wall": str(wrong)}) from wrong
    written = Text(form.title, form.body) if form.body.strip() else None
    campaign = await _campaign(form) if form.campaign_title else form.campaign
    token = _token(form.form_token)
    return Plan(
        form.title, when, form.keyword, form.angle, form.brief, campaign, form.channels, written, token
    )


def _token(typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return None


async def _campaign(form: PlanForm) -> int:
    number: int = await sql.value("INSERT INTO campaign (title) VALUES ($1) RETURNING id", form.campaign_title)
    return number


async def _again(request: Request[Who, Any, Any], row: Any, wrong: Exception) -> Page:
    """The same page with what was typed and what to fix."""
    errors = wrong.errors if isinstance(wrong, Invalid) else {"title": str(wrong)}
    typed = await typed_in(request, PlanForm)
    chosen = tuple(typed.get("channels", "").split("\n"))
    status = 422 if isinstance(wrong, Invalid) else 403 if getattr(wrong, "forbidden", False) else 409
    return await _page(request, row, typed, chosen, errors, status)


async def _page(
    request: Request[Who, Any, Any], row: Any, typed: dict[str, str], chosen: tuple[str, ...],
    errors: dict[str, str], status: int = 200,
) -> Page:  # fmt: skip
    new = row is None
    context = PlanPage(
        heading="New post" if new else "Plan",
        action="/posts" if new else f"/posts/{row.id}/plan",
        back="/posts" if new else f"/posts/{row.id}",
        new=new,
        writable=new,
        channels=await _channels(),
        campaigns=await _campaigns(),
        zone=city(team_of(request).zone if new else row.zone),
        typed=_complete(typed),
        chosen=chosen,
        errors=errors,
        version=0 if new else row.version,
    )
    return await page("posts/plan.html", context, request=request, title=context.heading, nav="posts", status=status)


def _complete(typed: dict[str, str]) -> dict[str, str]:
    names = ("title", "keyword", "angle", "brief", "campaign", "campaign_title", "on", "wall", "body", "form_token")
    return {name: typed.get(name, "") for name in names}


async def _channels() -> tuple[tuple[str, str, str], ...]:
    found = await sql.rows("SELECT id, name, platform FROM channel WHERE disconnected_at IS NULL ORDER BY id")
    return tuple((str(c["id"]), platforms.platform(c["platform"]).letter, c["name"]) for c in found)


async def _campaigns() -> tuple[tuple[str, str], ...]:
    found = await sql.rows("SELECT id, title FROM campaign WHERE archived_at IS NULL ORDER BY id DESC LIMIT 200")
    return (("", "No campaign"), *((str(c["id"]), c["title"]) for c in found))
