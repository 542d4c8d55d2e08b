"""The SQL of the calendar: the posts of some days, what has no date yet, a campaign's name. Read-only."""

from collections.abc import Sequence
from datetime import date

from asyncpg import Record

from app import sql
from app.lifecycles.statuses import PostStatus, listed
from app.pages.glance import AT, BEGINNING, COLUMNS, NEAR

TRAY = 20
COUNTED = 1000  # ideas that are counted; more show as 999+
MORE = "p.version, p.campaign, c.title AS campaign_title, w.name AS owner"
# An index has every status in order of time, so all of them are named.
ON_DAYS = f"""
SELECT {COLUMNS}, {MORE} FROM post p
LEFT JOIN campaign c ON c.id = p.campaign LEFT JOIN person w ON w.id = p.author
WHERE p.archived_at IS NULL AND p.status IN ({listed(*PostStatus)}) AND {NEAR.format(first="$5", last="$6")}
  AND coalesce(({AT} AT TIME ZONE $7)::date, p.planned_on) BETWEEN $5 AND $6
"""  # noqa: S608
# Both walk one index: an idea has neither a day nor a time, so that their order is that of the index.
IDEAS = f"""
FROM post WHERE archived_at IS NULL AND status IN ({listed(PostStatus.AWAITING_DATE)})
  AND ($5::bigint IS NULL OR campaign = $5)
  AND ($6::bigint IS NULL OR EXISTS (SELECT 1 FROM post_channel WHERE post = post.id AND channel = $6 OFFSET 0))
"""  # noqa: S608
UNDATED = f"""
WITH newest AS MATERIALIZED (
  SELECT id {IDEAS} ORDER BY planned_on DESC, planned_time DESC NULLS LAST, id DESC LIMIT {TRAY})
SELECT {COLUMNS}, {MORE}, (SELECT count(*) FROM (SELECT 1 {IDEAS} LIMIT {COUNTED}) counted) AS in_all
FROM newest JOIN post p ON p.id = newest.id
LEFT JOIN campaign c ON c.id = p.campaign LEFT JOIN person w ON w.id = p.author ORDER BY p.id DESC
"""  # noqa: S608


async def on_days(first: date, last: date, zone: str) -> Sequence[Record]:
    """The posts that stand on these days of that zone: where they are live, at their instant, else on their day."""
    return await sql.rows(ON_DAYS, *BEGINNING, first, last, zone)


async def undated(campaign: int | None, channel: int | None) -> Sequence[Record]:
    """The newest ideas without a date, and in each how many there are in all."""
    return await sql.rows(UNDATED, *BEGINNING, campaign, channel)


async def campaign_title(campaign: int) -> str:
    return await sql.value("SELECT title FROM campaign WHERE id = $1", campaign) or "No such campaign"
