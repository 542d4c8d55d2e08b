"""The team's settings, for admins."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import time
from typing import Any

from litestar import Request, get, post

from app import moves, teams
from app.accounts import Refused
from app.facts import LEAD
from app.flow import approvers
from app.flow.approvers import Candidate
from app.lifecycles.phrases import joined
from app.pages.announced import Told, told
from app.pages.buttons import by_person
from app.pages.forms import Invalid, choice, given, number, read, text, typed_in
from app.pages.render import Page, page, see_other, team_of
from app.pages.settings import Corner, corners
from app.pages.sign_in import errors_of
from app.sessions import Who
from app.zones import zones

WORKSPACE = "/settings/workspace"
MODES = (
    ("manual", "Manual", "Approving a post schedules nothing. A person schedules or publishes each one."),
    ("approval", "Approval", "Approving a post with a future time schedules it. Nothing goes out unapproved."),
    (
        "autopilot",
        "Autopilot",
        "Finished drafts are scheduled without anybody reading them. It refuses to run with the outline writer.",
    ),
)
RULES = (
    ("one", "One approval", "Whoever may approve: the first approval is enough."),
    ("several", "Several approvals", "Whoever may approve, as many different people as the number below."),
    ("named", "Named people", "All of the people ticked below. Exactly their approvals count."),
)
SELF_APPROVAL = (
    ("alone", "While only one person can approve"),
    ("always", "Always"),
    ("never", "Never: somebody else must"),
)


@dataclass(frozen=True, slots=True)
class WorkspaceForm:
    name: str = text(80)
    zone: str = text(64)
    mode: str = choice("manual", "approval", "autopilot")
    generation_on: bool = given(default=False)
    generate_at: time = given(required=True)
    approval_rule: str = choice("one", "several", "named", default="several")
    approvals_needed: int = number(1, 9)
    approvers: tuple[int, ...] = given(default=())
    approve_hours: int | None = number(0, 168, required=False)
    self_approval: str = choice("always", "alone", "never")
    monthly_quota: int | None = number(0, 100_000, required=False)
    ink: str = text(7)
    paper: str = text(7)
    accent: str = text(7)
    outline: str = text(20_000, required=False, multiline=True)
    blog_title: str = text(120)
    blog_description: str = text(300, required=False)


@dataclass(frozen=True, slots=True)
class WorkspacePage:
    corners: tuple[Corner, ...]
    zones: tuple[tuple[str, str], ...]
    modes: tuple[tuple[str, str, str], ...]
    rules: tuple[tuple[str, str, str], ...]
    people: tuple[tuple[str, str, str], ...]
    warning: str
    told: Told | None
    self_approvals: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@get(WORKSPACE)
async def workspace_page(request: Request[Who, Any, Any]) -> Page:
    named = [candidate.person for candidate in await approvers.of(None)]
    return await _page(request, _shown(teams.workspace(team_of(request)), named), {})


@post(WORKSPACE)
async def save_workspace(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, WorkspaceForm)
        await approvers.save_team(_wanted(form), _people(form), by=by_person(request.user))
    except (Invalid, Refused, moves.Refused) as why:
        other = "approvers" if isinstance(why, moves.Refused) else "name"
        return await _page(request, await typed_in(request, WorkspaceForm), errors_of(why, other))
    return see_other(WORKSPACE, flash="Saved.")


async def _page(request: Request[Who, Any, Any], typed: dict[str, str], errors: dict[str, str]) -> Page:
    people = await approvers.candidates(None)
    context = WorkspacePage(
        corners=corners(request.user, "workspace"),
        zones=tuple((zone, zone.replace("_", " ")) for zone in zones()),
        modes=MODES,
        rules=RULES,
        people=tuple((str(one.person), one.name[:1].upper(), one.name) for one in people),
        warning=_warning(people),
        told=await told(),
        self_approvals=SELF_APPROVAL,
        typed=typed,
        errors=errors,
    )
    status = 422 if errors else 200
    return await page("settings/workspace.html", context, request=request, title="Team", nav="settings", status=status)


def _wanted(form: WorkspaceForm) -> teams.Workspace:
    """The settings themselves; the people named are rows of their own."""
    values = {name: value for name, value in asdict(form).items() if name not in ("approval_rule", "approvers")}
    hours = LEAD if form.approve_hours is None else form.approve_hours
    needed = 1 if form.approval_rule == "one" else form.approvals_needed
    return teams.Workspace(**values | {"approve_hours": hours, "approvals_needed": needed})


def _people(form: WorkspaceForm) -> tuple[int, ...]:
    """Whoever was ticked, where that is the rule."""
    if form.approval_rule != "named":
        return ()
    if not form.approvers:
        raise Refused("Tick at least one person who has to approve.", "approvers")
    return form.approvers


def _warning(people: Sequence[Candidate]) -> str:
    """Named people who cannot approve any more: they do not count, and somebody should know."""
    lost = [one.name for one in people if one.named and not one.counts]
    if not lost:
        return ""
    verb, whose = ("does", "that name") if len(lost) == 1 else ("do", "those names")
    return f"{joined(*lost)} cannot approve any more and {verb} not count. Untick {whose} or choose somebody else."


def _shown(now: teams.Workspace, named: Sequence[int]) -> dict[str, str]:
    """The settings as form values."""
    values = {name: "" if value is None else str(value) for name, value in asdict(now).items()}
    values["approval_rule"] = "named" if named else "one" if now.approvals_needed == 1 else "several"
    values["approvers"] = "\n".join(str(person) for person in named)
    return values | {"generation_on": "on" if now.generation_on else "", "generate_at": f"{now.generate_at:%H:%M}"}
