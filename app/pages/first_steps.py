"""The first steps of a new desk: a checklist for admins, until everything is done or somebody puts it away."""

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, get, post

from app import onboarding, teams
from app.accounts import Refused
from app.onboarding import Done
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, read
from app.pages.render import Page, page, see_other, team_of
from app.pages.sign_in import errors_of
from app.pages.workspace import MODES
from app.platforms.contract import Refused as NotConnected
from app.sessions import Who

SETUP = "/setup"
THERE = "There is a channel already."


@dataclass(frozen=True, slots=True)
class Step:
    """`button` leads to `href`; with `action` it does it at once, as a form."""

    key: str
    title: str
    sentence: str
    href: str
    button: str
    done: bool
    action: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The root of setup/_first_steps.html, on its own page and on the inbox."""

    steps: tuple[Step, ...]
    behind: int
    next: str

    @property
    def over(self) -> bool:
        return self.behind == len(self.steps)


@dataclass(frozen=True, slots=True)
class FirstStepsPage:
    first: Checklist
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ModeForm:
    mode: str = choice(*(key for key, _, _ in MODES))


@dataclass(frozen=True, slots=True)
class ModePage:
    modes: tuple[tuple[str, str, str], ...]
    mode: str
    errors: dict[str, str] = field(default_factory=dict)


async def checklist(request: Request[Who, Any, Any]) -> Checklist | None:
    """For the inbox: None for everybody but admins, and once it is done or put away."""
    team = team_of(request)
    if request.user.role != "admin" or onboarding.dismissed(team):
        return None
    done = await onboarding.done(team)
    return None if done.all else _checklist(done)


@get(SETUP)
async def first_steps_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post("/setup/channel")
async def use_rehearsal(request: Request[Who, Any, Any]) -> Page:
    """One click makes a channel that publishes to nobody but us."""
    answer = await onboarding.use_rehearsal(by=by_person(request.user))
    if isinstance(answer, NotConnected):
        return await _page(request, answer.note)
    return see_other(SETUP, flash=answer.note if answer else THERE)


@get("/setup/mode")
async def mode_page(request: Request[Who, Any, Any]) -> Page:
    return await _mode_page(request, teams.workspace(team_of(request)).mode, {})


@post("/setup/mode")
async def choose_mode(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, ModeForm)
        await onboarding.choose_mode(form.mode, team_of(request), by=request.user.id)
    except (Invalid, Refused) as why:
        return await _mode_page(request, "", errors_of(why, "mode"))
    return see_other(SETUP, flash="That is how your team publishes.")


@post("/setup/dismiss")
async def dismiss(request: Request[Who, Any, Any]) -> Page:
    await onboarding.dismiss(by=request.user.id)
    return see_other("/inbox", flash="The first steps are put away. Everything is in Settings.")


async def _page(request: Request[Who, Any, Any], problem: str = "") -> Page:
    context = FirstStepsPage(_checklist(await onboarding.done(team_of(request))), problem)
    status = 422 if problem else 200
    return await page("setup/first_steps.html", context, request=request, title="Setup", nav="inbox", status=status)


async def _mode_page(request: Request[Who, Any, Any], mode: str, errors: dict[str, str]) -> Page:
    context, status = ModePage(MODES, mode, errors), 422 if errors else 200
    return await page("setup/mode.html", context, request=request, title="Publishing mode", nav="inbox", status=status)


def _checklist(done: Done) -> Checklist:
    steps = (
        Step("workspace", "Workspace name and time zone", "Every day and time on the desk is meant in this zone.",
             "/settings/workspace", "Settings", done.workspace),
        Step("channel", "Connect a channel", "Where you publish. The sandbox publishes to nobody: good for trying out.",
             "/channels", "Connect", done.channel, "/setup/channel", "Use the sandbox"),
        Step("mode", "Publishing mode", "What happens after an approval.", "/setup/mode", "Choose", done.mode),
        Step("reviewer", "Invite a reviewer", "An editor or another admin: somebody who approves.",
             "/settings/people", "Invite", done.reviewer),
        Step("post", "Generate the first post", "Plan it, have it written, or write it yourself.",
             "/posts/new", "New post", done.post),
    )  # fmt: skip
    coming = next((step.key for step in steps if not step.done), "")
    return Checklist(steps, sum(step.done for step in steps), coming)
