"""The team's own settings, each change written down. Called by the settings page."""

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import time
from typing import Any

from jinja2 import Environment, TemplateSyntaxError

from app import sql
from app.accounts import Refused
from app.atomic import atomic
from app.audit import person as acting
from app.audit import record
from app.facts import LEAD
from app.sessions import Team
from app.zones import known

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
INK, PAPER, ACCENT = "#1b2230", "#f3eee4", "#c07600"


@dataclass(frozen=True, slots=True)
class Workspace:
    """What an admin may set. The second half lives in team.settings under these very names."""

    name: str
    zone: str
    mode: str
    generation_on: bool
    generate_at: time
    approvals_needed: int
    self_approval: str
    monthly_quota: int | None
    ink: str
    paper: str
    accent: str
    outline: str
    blog_title: str
    blog_description: str
    approve_hours: int = LEAD  # an approval is due so long before the post goes out


COLUMNS = tuple(part.name for part in fields(Workspace))[:8]


def workspace(team: Team) -> Workspace:
    """The settings as they stand, with the defaults of what was never set."""
    own = team.settings
    return Workspace(
        **{name: getattr(team, name) for name in COLUMNS},
        ink=own.get("ink", INK),
        paper=own.get("paper", PAPER),
        accent=own.get("accent", ACCENT),
        outline=own.get("outline", ""),
        blog_title=own.get("blog_title", team.name),
        blog_description=own.get("blog_description", ""),
        approve_hours=own.get("approve_hours", LEAD),
    )


async def save(by: int, wanted: Workspace) -> None:
    """Store the settings and write down what changed; nothing changed, nothing written."""
    _demand_sound(wanted)
    async with atomic():
        before = await sql.row("select * from team where id = 1 for update")
        assert before is not None
        own = json.loads(before["settings"])
        changed = _changes({**own, **dict(before)}, asdict(wanted))
        if changed:
            await _store(wanted, {**own, **{name: getattr(wanted, name) for name in _own_names()}})
            await record("team", 1, "save", by=acting(by), told=changed)


async def _store(wanted: Workspace, own: dict[str, Any]) -> None:
    await sql.run(
        "update team set name = $1, zone = $2, mode = $3, generation_on = $4, generate_at = $5, "
        "approvals_needed = $6, self_approval = $7, monthly_quota = $8, settings = $9 where id = 1",
        *(getattr(wanted, name) for name in COLUMNS), json.dumps(own),
    )  # fmt: skip


def _own_names() -> list[str]:
    return [part.name for part in fields(Workspace)[len(COLUMNS) :]]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: {"from": before.get(name), "to": to} for name, to in after.items() if before.get(name) != to}


def _demand_sound(wanted: Workspace) -> None:
    if not known(wanted.zone):
        raise Refused("Choose a time zone from the list.", "zone")
    for name in ("ink", "paper", "accent"):
        if not COLOUR.fullmatch(getattr(wanted, name)):
            raise Refused("Write a colour as # and six digits, such as #1b2230.", name)
    _demand_template(wanted.outline)


def _demand_template(outline: str) -> None:
    try:
        Environment(autoescape=True).parse(outline)
    except TemplateSyntaxError as wrong:
        raise Refused(f"Line {wrong.lineno} of the outline: {wrong.message}", "outline") from wrong
