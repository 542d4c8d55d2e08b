"""The doors of a plan: a new post, written or generated; and the plan of one that is there."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app import facts as fact_sheet
from app import platforms, sql
from app.atomic import atomic
from app.content import Text
from app.flow import plan, review, slots
from app.flow.plan import PASSED, Plan
from app.lifecycles.facts import PostFacts
from app.moves import MovedMeanwhile, Refused
from app.pages import item, raced
from app.pages.cards import by_person, may_write
from app.pages.forms import Invalid, choice, given, number, read, text, token, typed_in
from app.pages.lost_race import differing
from app.pages.moves import load
from app.pages.render import Page, page, see_other, team_of
from app.pages.wall_times import Slot, offered, wall_of
from app.sessions import Who
from app.tables import Post
from app.times import Planned, city, local, planned

UNSEEN = "Load the page again: the form did not say what it saw. What you typed is below."


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What a plan holds. `write`: the text comes by hand on the next page, or now in `body`. `slot`: a free one."""

    title: str = text(300)
    keyword: str = text(200, required=False)
    angle: str = text(500, required=False)
    brief: str = text(50_000, required=False, multiline=True)
    campaign: int | None = number(1, 2**62, required=False)
    campaign_title: str = text(200, required=False)
    channels: tuple[int, ...] = given(default=())
    on: date | None = given()
    wall: time | None = given()
    slot: str = text(16, required=False)
    body: str = text(500_000, required=False, multiline=True)
    form_token: str = text(36, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)
    then: str = choice("plan", "write", default="plan")


@dataclass(frozen=True, slots=True)
class PlanPage:
    """`stands`: after a lost race, what somebody else saved, where it differs from what was typed."""

    heading: str
    action: str
    back: str
    new: bool
    writable: bool
    channels: tuple[tuple[str, str, str], ...]
    campaigns: tuple[tuple[str, str], ...]
    zone: str
    slots: tuple[Slot, ...]
    typed: dict[str, str]
    chosen: tuple[str, ...]
    errors: dict[str, str]
    version: int
    stands: tuple[tuple[str, str], ...]


@get("/posts/new")
async def new_page(
    request: Request[Who, Any, Any], on: FromQuery[str] = "", campaign: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Page:  # fmt: skip
    """An empty form; `after`: the day or month from which free slots are suggested."""
    typed = {"on": on, "campaign": campaign, "form_token": str(uuid4()), "after": after}
    chosen = tuple(value for value, _, _ in await _channels())
    return await _page(request, None, typed, chosen, {})


@post("/posts")
async def create(request: Request[Who, Any, Any]) -> Page | Response[None]:
    try:
        form = await read(request, PlanForm)
        async with atomic():
            made = await plan.create(await _plan(form, team_of(request).zone), by=by_person(request.user))
    except (Invalid, Refused) as wrong:
        return await _again(request, None, wrong)
    if form.then == "write":
        return see_other(f"/posts/{made.id}/edit")
    return see_other(f"/posts/{made.id}", flash="Planned.")


@get("/posts/{id:int}/plan")
async def plan_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    facts = await fact_sheet.of(id)
    if closed := _closed(facts, request.user):
        return await item.whole(request, id, alert=closed, status=409 if may_write(facts, request.user) else 403)
    typed = {
        "title": row.title, "keyword": row.keyword, "angle": row.angle, "brief": row.brief,
        "campaign": str(row.campaign or ""),
    }  # fmt: skip
    chosen = tuple(str(channel) for channel in await plan.targets(id))
    return await _page(request, row, typed, chosen, {})


@post("/posts/{id:int}/plan")
async def save_plan(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    row = await load(id)
    try:
        form = await read(request, PlanForm)
        if form.version is None:
            return await _again(request, row, Refused(UNSEEN), 428)
        row.version = form.version
        async with atomic():
            await review.replanned(row, await _plan(form, row.zone), by=by_person(request.user))
    except MovedMeanwhile as lost:
        return await _again(request, await load(id), Refused(await raced.told(id, lost, request)), lost=True)
    except (Invalid, Refused) as wrong:
        return await _again(request, await load(id), wrong)
    return see_other(f"/posts/{id}", flash="Plan saved.")


def _closed(facts: PostFacts, who: Who) -> str:
    """Why this person cannot plan this post now, so that nobody types what cannot be saved."""
    if not may_write(facts, who):
        return "This needs the role editor: somebody else planned it."
    if facts.archived:
        return "It is archived. Bring it back first."
    if facts.status not in plan.REWRITTEN or facts.recall:
        return "Its plan is settled now."
    return ""


async def _plan(form: PlanForm, zone: str) -> Plan:
    """What was typed as a plan; call it inside the transaction that stores it, for a new campaign's sake."""
    try:
        slot = wall_of(form.slot) if form.slot else None
        when: Planned = planned(*((slot.date(), slot.time()) if slot else (form.on, form.wall)), zone)
    except ValueError as wrong:
        raise Invalid({"wall": str(wrong)}) from wrong
    written = Text(form.title, form.body) if form.body.strip() else None
    return Plan(
        form.title, when, form.keyword, form.angle, form.brief, await _campaign(form), form.channels, written,
        token(form.form_token),
    )  # fmt: skip


async def _campaign(form: PlanForm) -> int | None:
    """A new campaign when one was named; else the chosen one, which must be there."""
    if form.campaign_title:
        number: int = await sql.value("INSERT INTO campaign (title) VALUES ($1) RETURNING id", form.campaign_title)
        return number
    if form.campaign and not await sql.value("SELECT 1 FROM campaign WHERE id = $1", form.campaign):
        raise Invalid({"campaign": "This campaign is gone. Choose another one."})
    return form.campaign


async def _again(
    request: Request[Who, Any, Any], row: Post | None, wrong: Exception, status: int = 0, *, lost: bool = False
) -> Page:
    """The same page with what was typed and what to fix; after a `lost` race also with what stands there now."""
    errors = wrong.errors if isinstance(wrong, Invalid) else {_refused_field(wrong): str(wrong)}
    if errors.keys() - {part.name for part in fields(PlanForm)}:
        raise wrong
    typed = await typed_in(request, PlanForm)
    chosen = tuple(typed.get("channels", "").split("\n"))
    usual = 422 if isinstance(wrong, Invalid) else 403 if getattr(wrong, "forbidden", False) else 409
    if str(wrong) == PASSED:
        usual = 422
    stands = _stands(row, typed) if row and lost else ()
    return await _page(request, row, typed, chosen, errors, status or usual, stands)


def _stands(row: Post, typed: dict[str, str]) -> tuple[tuple[str, str], ...]:
    names = ("title", "keyword", "angle", "brief")
    return differing(*((name, str(getattr(row, name)), typed.get(name, "")) for name in names))


def _refused_field(wrong: Exception) -> str:
    return "on" if str(wrong) == PASSED else "title"


async def _page(
    request: Request[Who, Any, Any], row: Post | None, typed: dict[str, str], chosen: tuple[str, ...],
    errors: dict[str, str], status: int = 200, stands: tuple[tuple[str, str], ...] = (),
) -> Page:  # fmt: skip
    context = PlanPage(
        heading="Plan" if row else "New post",
        action=f"/posts/{row.id}/plan" if row else "/posts",
        back=f"/posts/{row.id}" if row else "/posts",
        new=row is None,
        writable=row is None,
        channels=await _channels(),
        campaigns=await _campaigns(),
        zone=city(row.zone if row else team_of(request).zone),
        slots=() if row else await _slots(typed.get("after", ""), team_of(request).zone),
        typed=_complete(typed),
        chosen=chosen,
        errors=errors,
        version=row.version if row else 0,
        stands=stands,
    )
    return await page("posts/plan.html", context, request=request, title=context.heading, nav="posts", status=status)


async def _slots(after: str, zone: str) -> tuple[Slot, ...]:
    """Four dates: the team's free slots from now, or from that day or month on when it lies ahead."""
    now = datetime.now(UTC)
    try:
        start = slots.exact(date.fromisoformat(after if len(after) > 7 else f"{after}-01"), time(0), zone)
    except ValueError:
        start = now
    return offered(await slots.suggested(max(start, now)), zone, local(now, zone).date())


def _complete(typed: dict[str, str]) -> dict[str, str]:
    names = ("title", "keyword", "angle", "brief", "campaign", "campaign_title", "on", "wall", "body", "form_token")
    return {name: typed.get(name, "") for name in names}


async def _channels() -> tuple[tuple[str, str, str], ...]:
    found = await sql.rows("SELECT id, name, platform FROM channel WHERE disconnected_at IS NULL ORDER BY id")
    return tuple((str(c["id"]), platforms.letter(c["platform"], c["name"]), c["name"]) for c in found)


async def _campaigns() -> tuple[tuple[str, str], ...]:
    found = await sql.rows("SELECT id, title FROM campaign WHERE archived_at IS NULL ORDER BY id DESC LIMIT 200")
    return (("", "No campaign"), *((str(c["id"]), c["title"]) for c in found))
