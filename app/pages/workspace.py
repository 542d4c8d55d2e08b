"""The team's settings, for admins."""

from dataclasses import asdict, dataclass, field
from datetime import time
from typing import Any

from litestar import Request, get, post

from app import teams
from app.accounts import Refused
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
    approvals_needed: int = number(1, 9)
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
    self_approvals: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@get(WORKSPACE)
async def workspace_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request, _shown(teams.workspace(team_of(request))), {})


@post(WORKSPACE)
async def save_workspace(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, WorkspaceForm)
        await teams.save(request.user.id, teams.Workspace(**asdict(form)))
    except (Invalid, Refused) as why:
        return await _page(request, await typed_in(request, WorkspaceForm), errors_of(why, "name"))
    return see_other(WORKSPACE, flash="Saved.")


async def _page(request: Request[Who, Any, Any], typed: dict[str, str], errors: dict[str, str]) -> Page:
    context = WorkspacePage(
        corners=corners(request.user, "workspace"),
        zones=tuple((zone, zone.replace("_", " ")) for zone in zones()),
        modes=MODES,
        self_approvals=SELF_APPROVAL,
        typed=typed,
        errors=errors,
    )
    status = 422 if errors else 200
    return await page("settings/workspace.html", context, request=request, title="Team", nav="settings", status=status)


def _shown(now: teams.Workspace) -> dict[str, str]:
    """The settings as form values."""
    values = {name: "" if value is None else str(value) for name, value in asdict(now).items()}
    return values | {"generation_on": "on" if now.generation_on else "", "generate_at": f"{now.generate_at:%H:%M}"}
