"""Runs the eight rules over our own rows every minute and keeps what broke them. For the worker, pages and /ready."""

import logging
from dataclasses import dataclass
from datetime import datetime

from app import sql
from app.atomic import atomic
from app.self_check_queries import CHECKS, Check

log = logging.getLogger("galley.self_check")
# Any number, the same in every version: of several workers one checks at a time.
LOCK = 0x5E1F
MOST = 20  # breaches of one rule that are told one by one
MEANS = {check.name: check.means for check in CHECKS}
KEEP = """
INSERT INTO breach (name, about, about_id, post, note)
SELECT DISTINCT ON (about, about_id) $1, about, about_id, post, note FROM ({found}) found
ORDER BY about, about_id, note LIMIT {most}
ON CONFLICT (name, about, about_id) WHERE gone_at IS NULL DO UPDATE SET last_seen_at = now(), note = excluded.note
RETURNING name, about, about_id, post, note, first_seen_at, xmax = 0 AS new
"""
GONE = "UPDATE breach SET gone_at = now() WHERE gone_at IS NULL AND last_seen_at < now()"
OPEN = """
SELECT name, about, about_id, post, note, first_seen_at FROM breach WHERE gone_at IS NULL ORDER BY first_seen_at, id
"""


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule broken by one row, since when we know of it. `note` says how, for whoever looks into it."""

    name: str
    about: str
    about_id: int
    post: int | None
    note: str
    first_seen_at: datetime

    @property
    def means(self) -> str:
        return MEANS.get(self.name, self.name)


async def look_over() -> int:
    """Check every rule; what is new is told in the log once, what is gone is closed. How many stand now."""
    async with atomic():
        if not await sql.value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return await count()
        for check in CHECKS:
            await _look(check)
        await sql.run(GONE)
        return await count()


async def standing() -> list[Breach]:
    """Everything that is broken as of the newest check, the oldest first."""
    return [Breach(**record) for record in await sql.rows(OPEN)]


async def count() -> int:
    found: int = await sql.value("SELECT count(*) FROM breach WHERE gone_at IS NULL")
    return found


async def _look(check: Check) -> None:
    for found in await sql.rows(KEEP.format(found=check.statement, most=MOST), check.name):
        if found["new"]:
            subject = f"{found['about']} {found['about_id']}: {found['note']}"
            log.error("Self-check %s: %s %s.", check.name, check.means, subject)
