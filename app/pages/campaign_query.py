"""The SQL of the campaign pages: a page of campaigns with their posts counted, one campaign's posts. Read-only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.facts import STANDS
from app.lifecycles.campaign import PROBLEMS, Standing, tallied
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import PostStatus, listed
from app.pages.glance import AT, BEGINNING, CHANNELS, COLUMNS, Channel, by_id

PAGE = 30  # campaigns
SHOWN = 200  # posts of one
CAMPAIGNS = f"""
SELECT c.*, now() AS now, (SELECT json_agg(json_build_array(status, archived, n)) FROM (
    SELECT status, archived_at IS NOT NULL AS archived, count(*) AS n FROM post WHERE campaign = c.id
    GROUP BY 1, 2) counted) AS counted,
  (SELECT min(u.due_at) FROM post p JOIN publication u ON u.post = p.id WHERE p.campaign = c.id
    AND p.status IN ({listed(PostStatus.SCHEDULED)}) AND u.status IN ({listed(*OPEN)}) AND u.held_for IS NULL
    AND u.due_at > now()) AS next
FROM campaign c WHERE
"""  # noqa: S608
SEVERAL = f"{CAMPAIGNS} (c.archived_at IS NOT NULL) = $1 AND c.id < $2 ORDER BY c.id DESC LIMIT {PAGE + 1}"
ONE = f"{CAMPAIGNS} c.id = $1"
POSTS = f"""
SELECT {COLUMNS}, (SELECT json_object_agg(channel, status) FROM (SELECT DISTINCT ON (channel) channel, status
    FROM delivery WHERE post = p.id AND kind = 'create' ORDER BY channel, {STANDS} DESC, id DESC) newest) AS cells
FROM post p WHERE p.campaign = $5 AND p.archived_at IS NULL
ORDER BY p.status IN ({listed(*PROBLEMS)}) DESC,
  coalesce({AT}, p.planned_on::timestamp AT TIME ZONE p.zone) NULLS LAST, p.id LIMIT {SHOWN + 1}
"""  # noqa: S608
CHOSEN = f"""
SELECT id, status, publish_at, planned_on, revision, now() AS now FROM post
WHERE campaign = $1 AND archived_at IS NULL AND status = ANY($2::text[])
ORDER BY planned_on NULLS LAST, planned_time NULLS LAST, id LIMIT {SHOWN}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """One campaign with its posts counted: `statuses` of those that are not put away, by status."""

    id: int
    version: int
    title: str
    brief: str
    mode: str
    follows_team: bool
    approvals_needed: int | None
    archived: bool
    standing: Standing
    statuses: Counter[str]
    next: datetime | None
    now: datetime


async def several(*, archived: bool, before: int) -> list[Known]:
    """A page of campaigns, newest first, and one more when there are more."""
    return [_known(record) for record in await sql.rows(SEVERAL, archived, before)]


async def one(campaign: int) -> Known | None:
    found = await sql.row(ONE, campaign)
    return _known(found) if found else None


async def archived_too() -> bool:
    """Whether any campaign was put away."""
    return bool(await sql.value("SELECT EXISTS (SELECT 1 FROM campaign WHERE archived_at IS NOT NULL)"))


async def posts(campaign: int) -> list[Record]:
    """Its posts at a glance, problems first, then by time; one more than SHOWN when there are more."""
    return await sql.rows(POSTS, *BEGINNING, campaign)


async def chosen(campaign: int, statuses: Sequence[str]) -> list[Record]:
    """Its posts in these statuses in the order of their days, at most SHOWN."""
    return await sql.rows(CHOSEN, campaign, list(statuses))


async def channels() -> dict[int, Channel]:
    return by_id(await sql.rows(CHANNELS))


def _known(record: Record) -> Known:
    counted: list[tuple[str, bool, int]] = msgspec.json.decode(record["counted"] or "[]")
    statuses: Counter[str] = Counter()
    for status, archived, n in counted:
        statuses[status] += 0 if archived else n
    given: dict[str, Any] = {
        name: record[name] for name in ("id", "version", "title", "brief", "follows_team", "approvals_needed", "next")
    }
    standing = tallied({(status, archived): n for status, archived, n in counted})
    return Known(
        **given, mode=record["mode"] or "", archived=record["archived_at"] is not None, standing=standing,
        statuses=+statuses, now=record["now"],
    )  # fmt: skip
