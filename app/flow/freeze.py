"""Freeze: one switch stops all sending. Lifting it lets go what is not too late; the rest waits for a person.

Doors and commands call freeze, unfreeze and lifting; the worker calls sweep. While it is frozen app/flow/steps.py
sends nothing new. What a person asks to take down or to take off a schedule still happens.
"""

from asyncpg import Record

from app import audit, sql
from app.atomic import atomic
from app.flow import letting_go
from app.flow.letting_go import Lifting
from app.lifecycles.machine import CLOCK, By
from app.moves import Refused

ON = "Sending is frozen already."
OFF = "Sending is not frozen."
NOBODY = "There is no team yet: set up the desk first."
ADMINS = "Only an admin freezes sending and lifts it."


async def freeze(note: str = "", *, by: By) -> None:
    """Stop all sending from here on. A call that is open already is heard out and settled."""
    async with atomic():
        team = await _locked(by)
        if team["frozen_at"]:
            raise Refused(ON)
        await sql.run(
            "UPDATE team SET frozen_at = now(), frozen_for = 'person', frozen_by = $1, frozen_note = $2 WHERE id = 1",
            by.person, note or None,
        )  # fmt: skip
        await audit.record("team", 1, "freeze", by=by, note=note)


async def unfreeze(*, by: By) -> Lifting:
    """Send again: what was held is let go one after the other, or kept for a person when it is too late."""
    async with atomic():
        team = await _locked(by)
        if not team["frozen_at"]:
            raise Refused(OFF)
        await sql.run(
            "UPDATE team SET frozen_at = NULL, frozen_for = NULL, frozen_by = NULL, frozen_note = NULL WHERE id = 1"
        )
        await audit.record("team", 1, "unfreeze", by=by, told={"since": team["frozen_at"]})
        return await letting_go.let_go(by=by)


async def sweep() -> None:
    """What a worker held while the freeze was being lifted is let go as well."""
    if not await sql.value("SELECT 1 FROM team WHERE frozen_at IS NOT NULL") and await letting_go.forgotten():
        await letting_go.let_go(by=CLOCK, ahead=False)


async def _locked(by: By) -> Record:
    if by.kind == "person" and not by.reaches("admin"):
        raise Refused(ADMINS, forbidden=True)
    team = await sql.row("SELECT frozen_at FROM team WHERE id = 1 FOR UPDATE")
    if team is None:
        raise Refused(NOBODY)
    return team
