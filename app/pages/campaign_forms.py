"""The forms of a campaign: a new one, its brief and how it is approved and published, a duplicate."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.access import RANK
from app.atomic import atomic
from app.flow import approvers, campaigns
from app.flow.campaigns import MOST, Wanted
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.pages.buttons import by_person
from app.pages.campaigns import load
from app.pages.forms import Invalid, choice, given, number, read, text, token, typed_in
from app.pages.lost_race import differing
from app.pages.many_report import report
from app.pages.render import Page, page, see_other, team_of
from app.sessions import Who
from app.tables import Campaign, Post
from app.times import day, local

UNSEEN = "Load the page again: the form did not say what it saw. What you typed is below."
TEAM_MODES = {"manual": "approving schedules nothing", "approval": "approving schedules", "autopilot": "autopilot"}
Stands = tuple[tuple[str, str], ...]
NOTHING: Stands = ()
STORED = {"nothing": None, "team": None, "approval": "approval", "autopilot": "autopilot"}


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """`mode` empty: left as it is (a writer does not decide it, and is not asked)."""

    title: str = text(200)
    brief: str = text(50_000, required=False, multiline=True)
    mode: str = choice("same", *STORED, default="same")
    approvals_needed: int | None = number(1, 9, required=False)
    approvers: tuple[int, ...] = given(default=())
    form_token: str = text(36, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)


@dataclass(frozen=True, slots=True)
class FormPage:
    """`stands`: after a lost race, what somebody else saved, where it differs from what was typed."""

    heading: str
    action: str
    back: str
    submit: str
    modes: tuple[tuple[str, str, str], ...]
    usual: int
    decides: bool
    people: tuple[tuple[str, str, str], ...]
    named: tuple[str, ...]
    typed: dict[str, str]
    errors: dict[str, str]
    stands: Stands


@dataclass(frozen=True, slots=True)
class CopyForm:
    title: str = text(200)
    weeks: int | None = number(0, 520, required=False)
    form_token: str = text(36)
    then: str = choice("copy", "show", default="copy")


@dataclass(frozen=True, slots=True)
class Copied:
    """One post of the campaign and the day its copy gets."""

    id: int
    title: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class CopyPage:
    id: int
    title: str
    rows: tuple[Copied, ...]
    more: bool
    typed: dict[str, str]
    errors: dict[str, str]


@get("/campaigns/new")
async def new_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request, 0, {"form_token": str(uuid4()), "mode": "nothing"}, {})


@post("/campaigns")
async def create(request: Request[Who, Any, Any]) -> Page | Response[None]:
    by = by_person(request.user)
    try:
        form = await read(request, CampaignForm)
        async with atomic():
            made = await campaigns.create(_wanted(form, Wanted("")), by=by, form_token=token(form.form_token))
            await _name(made, form, by)
    except (Invalid, Refused) as wrong:
        return await _again(request, 0, wrong)
    return see_other(f"/campaigns/{made}", flash="Campaign made. Plan its posts.")


@get("/campaigns/{id:int}/edit")
async def edit_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    await load(id)
    return await _page(request, id, _shown(await campaigns.load(id)), {})


@post("/campaigns/{id:int}/edit")
async def edit(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    await load(id)
    by = by_person(request.user)
    try:
        form = await read(request, CampaignForm)
        if form.version is None:
            return await _again(request, id, Refused(UNSEEN), 428)
        wanted = _wanted(form, campaigns.as_wanted(await campaigns.load(id)))
        async with atomic():
            await campaigns.save(id, form.version, wanted, by=by)
            await _name(id, form, by)
    except (Invalid, Refused) as wrong:
        return await _again(request, id, wrong)
    return see_other(f"/campaigns/{id}", flash="Saved.")


@get("/campaigns/{id:int}/duplicate")
async def copy_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    known = await load(id)
    return await _copy_page(request, id, {"title": f"{known.title} (copy)", "form_token": str(uuid4())}, {})


@post("/campaigns/{id:int}/duplicate")
async def copy(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    await load(id)
    try:
        form = await read(request, CopyForm)
        if form.then == "show":
            return await _copy_page(request, id, await typed_in(request, CopyForm), {})
        once = token(form.form_token) or uuid4()
        by = by_person(request.user)
        made, done = await campaigns.duplicate(id, form.title, form.weeks, by=by, form_token=once)
    except Invalid as wrong:
        return await _copy_page(request, id, wrong.typed, wrong.errors)
    except Refused as refused:
        return await _copy_page(request, id, await typed_in(request, CopyForm), {"title": refused.reason})
    return await report(request, done, "duplicate", "copied", back=f"/campaigns/{made}")


async def _name(campaign: int, form: CampaignForm, by: By) -> None:
    """Whoever was not asked who approves leaves that as it is."""
    if form.mode != "same":
        await approvers.save(campaign, form.approvers, by=by)


def _wanted(form: CampaignForm, before: Wanted) -> Wanted:
    """What was not asked stays as it was."""
    if form.mode == "same":
        return Wanted(form.title, form.brief, before.mode, before.follows_team, before.approvals_needed)
    return Wanted(form.title, form.brief, STORED[form.mode], form.mode == "team", form.approvals_needed)


def _shown(row: Campaign) -> dict[str, str]:
    mode = "team" if row.follows_team else row.mode if STORED.get(row.mode or "") else "nothing"
    return {
        "title": row.title, "brief": row.brief, "mode": mode or "nothing", "version": str(row.version),
        "approvals_needed": str(row.approvals_needed or ""),
    }  # fmt: skip


async def _again(request: Request[Who, Any, Any], id: int, wrong: Exception, status: int = 0) -> Page:
    """The same page with what was typed; after a lost race the next save is made on what stands now."""
    errors = wrong.errors if isinstance(wrong, Invalid) else {"title": str(wrong)}
    if errors.keys() - CampaignForm.__dataclass_fields__.keys():
        raise wrong
    typed, stands = await typed_in(request, CampaignForm), NOTHING
    if id and not isinstance(wrong, Invalid):
        row = await campaigns.load(id)
        typed["version"] = str(row.version)
        stands = _stands(row, typed) if isinstance(wrong, MovedMeanwhile) else NOTHING
    usual = 422 if isinstance(wrong, Invalid) else 403 if getattr(wrong, "forbidden", False) else 409
    return await _page(request, id, typed, errors, status or usual, stands)


def _stands(row: Campaign, typed: dict[str, str]) -> Stands:
    return differing(("title", row.title, typed.get("title", "")), ("brief", row.brief, typed.get("brief", "")))


async def _page(
    request: Request[Who, Any, Any], id: int, typed: dict[str, str], errors: dict[str, str], status: int = 200,
    stands: Stands = NOTHING,
) -> Page:  # fmt: skip
    team, candidates = team_of(request), await approvers.candidates(id)
    named = [str(one.person) for one in candidates if one.named]
    context = FormPage(
        heading="Edit campaign" if id else "New campaign",
        action=f"/campaigns/{id}/edit" if id else "/campaigns",
        back=f"/campaigns/{id}" if id else "/campaigns",
        submit="Save" if id else "Make campaign",
        modes=_modes(team.mode),
        usual=team.approvals_needed,
        decides=RANK[request.user.role] >= RANK["editor"],
        people=tuple((str(one.person), one.name[:1].upper(), one.name) for one in candidates),
        named=tuple(typed.get("approvers", "\n".join([] if errors else named)).split("\n")),
        typed={name: typed.get(name, "") for name in CampaignForm.__dataclass_fields__},
        errors=errors,
        stands=stands,
    )
    title = context.heading
    return await page("campaigns/edit.html", context, request=request, title=title, nav="campaigns", status=status)


def _modes(team: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("nothing", "Schedule nothing at approval", "The whole campaign is read through once, then scheduled."),
        ("team", "The team’s mode", f"Now: {TEAM_MODES[team]}. It follows when the team changes it."),
        ("approval", "Approving schedules", "Approving a post with a future time schedules it."),
        ("autopilot", "Autopilot", "Finished drafts are scheduled without anybody reading them."),
    )


async def _copy_page(request: Request[Who, Any, Any], id: int, typed: dict[str, str], errors: dict[str, str]) -> Page:
    known, posts = await load(id), await campaigns.posts_of(id)
    weeks = int(typed["weeks"]) if typed.get("weeks", "").isdecimal() and len(typed["weeks"]) < 4 else None
    today = local(datetime.now(UTC), team_of(request).zone).date()

    def row(one: Post) -> Copied:
        on = campaigns.shifted(one, weeks, today).on
        was = day(one.planned_on, today) if one.planned_on else "no day"
        return Copied(one.id, one.title, was, day(on, today) if on else "no day")

    rows = tuple(row(one) for one in posts[:MOST])
    shown = {name: typed.get(name, "") for name in CopyForm.__dataclass_fields__}
    context = CopyPage(id, known.title, rows, len(posts) > MOST, shown, errors)
    status = 422 if errors else 200
    return await page(
        "campaigns/duplicate.html", context, request=request, title="Duplicate campaign", nav="campaigns",
        status=status,
    )  # fmt: skip
