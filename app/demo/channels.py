"""Where the demo publishes: the blog, and a rehearsal of each kind of platform. For app/demo only."""

from collections.abc import Mapping
from typing import Any

from app import channels, platforms, rehearsal_script, rehearsals, sql
from app.atomic import atomic
from app.channels import Typed
from app.lifecycles.machine import By
from app.platforms.contract import Refused
from app.rehearsal_script import Fault

Kinds = Mapping[str, tuple[str, Mapping[str, Any]]]
KINDS: Kinds = {
    "app": ("Visitor app", {"plays": "keyed", "schedules": True, "updates": True, "removes": True}),
    "town": ("Town calendar", {"plays": "lookup", "schedules": False, "updates": True, "removes": True}),
    "letter": ("Members' letter", {"plays": "blind", "updates": False, "removes": False, "caption": True}),
    "schools": ("School network", {"plays": "keyed", "updates": True, "removes": True}),
}


class NoAnswer(Exception):
    """The rehearsal's own receiver did not answer; the message says what it said instead."""


async def connect(by: By) -> dict[str, int]:
    """The channels' ids by a short name."""
    found = {"blog": int(await sql.value("SELECT id FROM channel WHERE platform = 'site'"))}
    for key, (name, settings) in KINDS.items():
        typed = Typed(name, settings, {"token": rehearsals.new_token()})
        number, answer = await channels.connect(platforms.platform("sandbox"), typed, by=by)
        if isinstance(answer, Refused):
            raise NoAnswer(answer.note)
        found[key] = number
    return found


async def answer_next(channel: int, kind: str, seconds: int = 0) -> None:
    """What the receiver is told to play at the next request."""
    async with atomic():
        await rehearsal_script.add(channel, Fault(kind, seconds))
