"""Runs the eight rules over our own rows and keeps what broke them. For the worker, pages and /ready.

Every minute over the posts that something happened to lately or waits for, so that a look costs the same after years;
every hour over everything, which finds what no verb has touched.
"""

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
# Two texts, not one with a condition: PostgreSQL plans each for what it does.
EVERYWHERE, THESE = "$1::bigint[] IS NULL", "post = ANY($1::bigint[])"
LATELY = """
SELECT array_agg(post) FROM (
  SELECT post FROM (SELECT post, at FROM event ORDER BY id DESC LIMIT 20000) newest
    WHERE at > now() - interval '20 minutes'
  UNION SELECT post FROM publication WHERE next_at IS NOT NULL
  UNION SELECT post FROM delivery WHERE next_at IS NOT NULL
  UNION SELECT post FROM breach WHERE gone_at IS NULL) lately WHERE post IS NOT NULL
"""
KEEP = """
INSERT INTO breach (name, about, about_id, post, note)
SELECT DISTINCT ON (about, about_id) $2, about, about_id, post, note FROM ({found}) found
ORDER BY about, about_id, note LIMIT {most}
ON CONFLICT (name, about, about_id) WHERE gone_at IS NULL DO UPDATE SET last_seen_at = now(), note = excluded.note
RETURNING name, about, about_id, post, note, first_seen_at, xmax = 0 AS new
"""
GONE = "UPDATE breach SET gone_at = now() WHERE gone_at IS NULL AND last_seen_at < now() AND {where}"
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


async def look_lately() -> int:
    """Check every rule where something happened lately or waits. How many breaches stand now."""
    return await _look(await sql.value(LATELY) or [])


async def look_over() -> int:
    """Check every rule everywhere. How many breaches stand now."""
    return await _look(None)


async def standing() -> list[Breach]:
    """Everything that is broken as of the newest check, the oldest first."""
    return [Breach(**record) for record in await sql.rows(OPEN)]


async def count() -> int:
    found: int = await sql.value("SELECT count(*) FROM breach WHERE gone_at IS NULL")
    return found


async def _look(posts: list[int] | None) -> int:
    """At these posts, or at all: what is new is told in the log once, what is gone is closed."""
    where = EVERYWHERE if posts is None else THESE
    async with atomic():
        if await sql.value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            for check in CHECKS:
                await _check(check, posts, where)
            await sql.run(GONE.format(where=where), posts)
        return await count()


async def _check(check: Check, posts: list[int] | None, where: str) -> None:
    statement = KEEP.format(found=check.over(where), most=MOST)
    for found in await sql.rows(statement, posts, check.name):
        if found["new"]:
            subject = f"{found['about']} {found['about_id']}: {found['note']}"
            log.error("Self-check %s: %s %s.", check.name, check.means, subject)
