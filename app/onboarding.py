"""How far a new desk is: five steps until the first post, and the two that are taken here. For the first-steps page."""

from dataclasses import dataclass, replace

from app import channels, platforms, rehearsals, sql, teams
from app.accounts import ROLES, Refused
from app.atomic import atomic
from app.audit import person as acting
from app.audit import record
from app.channels import Typed
from app.lifecycles.machine import By
from app.platforms.contract import Connected
from app.platforms.contract import Refused as NotConnected
from app.sessions import Team

PLACEHOLDER = "Our team"  # the name a team has that was founded from the command line
CHOSEN, DISMISSED = "mode_chosen", "first_steps_over"
FOUND = """
SELECT EXISTS (SELECT 1 FROM channel WHERE disconnected_at IS NULL) AS channel,
  (SELECT count(*) FROM person WHERE disabled_at IS NULL AND role = ANY($1)) > 1 AS reviewer,
  EXISTS (SELECT 1 FROM post) AS post
"""
REHEARSAL = {"plays": "keyed", "updates": True, "removes": True}


@dataclass(frozen=True, slots=True)
class Done:
    """Which of the five steps are behind us, in their order."""

    workspace: bool
    channel: bool
    mode: bool
    reviewer: bool
    post: bool

    @property
    def all(self) -> bool:
        return self.workspace and self.channel and self.mode and self.reviewer and self.post


async def done(team: Team) -> Done:
    found = await sql.row(FOUND, [*ROLES[ROLES.index("editor") :]])
    assert found is not None
    return Done(team.name != PLACEHOLDER, found["channel"], CHOSEN in team.settings, found["reviewer"], found["post"])


def dismissed(team: Team) -> bool:
    return DISMISSED in team.settings


async def use_rehearsal(*, by: By) -> Connected | NotConnected | None:
    """Connect a rehearsal channel; None when there is a channel already."""
    if await sql.value("SELECT 1 FROM channel WHERE disconnected_at IS NULL LIMIT 1"):
        return None
    typed = Typed("Rehearsal", REHEARSAL, {"token": rehearsals.new_token()})
    return (await channels.connect(platforms.platform("sandbox"), typed, by=by))[1]


async def choose_mode(mode: str, team: Team, *, by: int) -> None:
    """The team's publishing mode, and that somebody chose it."""
    if mode not in ("manual", "approval", "autopilot"):
        raise Refused("Choose one of the three.", "mode")
    async with atomic():
        await teams.save(by, replace(teams.workspace(team), mode=mode))
        await _remember(CHOSEN)


async def dismiss(*, by: int | None) -> None:
    """Nobody is shown the steps any more."""
    async with atomic():
        await _remember(DISMISSED)
        await record("team", 1, "dismiss_first_steps", by=acting(by))


async def _remember(name: str) -> None:
    await sql.run("UPDATE team SET settings = settings || jsonb_build_object($1::text, true) WHERE id = 1", name)
