"""Why sending is frozen, in one sentence: for the banner on every page and for the page of the switch."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from app import sql
from app.pages.shell import Banner
from app.times import local, moment

STATE = """
SELECT t.frozen_at, t.frozen_for, t.frozen_note, t.restored_at, t.backup_at, p.name AS person, now() AS now
FROM team t LEFT JOIN person p ON p.id = t.frozen_by
"""
FREEZE = "/settings/freeze"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the switch stands. `restored`: the desk came from a backup some day, at `backup`, in words."""

    frozen: bool
    sentence: str
    note: str
    restored: bool
    backup: str


async def standing(zone: str) -> Standing:
    found = await sql.row(STATE)
    if found is None:
        return Standing(False, "", "", False, "")
    backup = _moment(found["backup_at"], found, zone) if found["backup_at"] else ""
    return Standing(
        bool(found["frozen_at"]), _sentence(found, zone), found["frozen_note"] or "", bool(found["restored_at"]), backup
    )


async def banner(zone: str) -> Banner:
    """What everybody reads on every page while it is frozen; call it only then."""
    now = await standing(zone)
    text = f"{now.sentence} {now.note}" if now.note else now.sentence
    return Banner("problem", "snowflake", text, FREEZE, "Open")


def _sentence(found: Record, zone: str) -> str:
    if not found["frozen_at"]:
        return "Sending is on: what comes due goes out."
    since = _moment(found["frozen_at"], found, zone)
    if found["frozen_for"] == "restore":
        return f"Sending is frozen: this desk was restored, {since}, from a backup of {_backup(found, zone)}."
    by = f" by {found['person']}" if found["person"] else ""
    return f"Sending is frozen{by} since {since}. Nothing goes out until an admin lifts it."


def _backup(found: Record, zone: str) -> str:
    return _moment(found["backup_at"], found, zone) if found["backup_at"] else "an earlier day"


def _moment(at: datetime, found: Record, zone: str) -> str:
    return moment(at, zone, local(found["now"], zone).date())
