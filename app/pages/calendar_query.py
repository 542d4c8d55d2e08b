"""The SQL of the calendar: the posts of some days, what has no date yet, a campaign's name. Read-only."""

from collections.abc import Sequence
from datetime import date

from asyncpg import Record

from app import sql
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed
from app.pages.glance import AT, BEGINNING, COLUMNS

TRAY = 20
MORE = "p.version, p.campaign, c.title AS campaign_title, w.name AS owner"
# Two short index scans first: an OR of both would read every post there is. A day is longer in some zone than here.
ON_DAYS = f"""
WITH near AS (
  SELECT id FROM post WHERE archived_at IS NULL AND planned_on BETWEEN $7::date - 1 AND $8::date + 1
  UNION SELECT post FROM delivery WHERE kind = 'create' AND status IN ({listed(DeliveryStatus.PUBLISHED)})
    AND published_at >= $7::date - 1 AND published_at < $8::date + 2)
SELECT {COLUMNS}, {MORE} FROM near JOIN post p ON p.id = near.id
LEFT JOIN campaign c ON c.id = p.campaign LEFT JOIN person w ON w.id = p.author
WHERE p.archived_at IS NULL AND coalesce(({AT} AT TIME ZONE $9)::date, p.planned_on) BETWEEN $7 AND $8
"""  # noqa: S608
UNDATED = f"""
SELECT {COLUMNS}, {MORE}, count(*) OVER () AS in_all FROM post p
LEFT JOIN campaign c ON c.id = p.campaign LEFT JOIN person w ON w.id = p.author
WHERE p.archived_at IS NULL AND p.status IN ({listed(PostStatus.AWAITING_DATE)})
  AND ($7::bigint IS NULL OR p.campaign = $7)
  AND ($8::bigint IS NULL OR EXISTS (SELECT 1 FROM post_channel WHERE post = p.id AND channel = $8))
ORDER BY p.id DESC LIMIT {TRAY}
"""  # noqa: S608


async def on_days(first: date, last: date, zone: str) -> Sequence[Record]:
    """The posts that stand on these days of that zone: where they are live, at their instant, else on their day."""
    return await sql.rows(ON_DAYS, *BEGINNING, first, last, zone)


async def undated(campaign: int | None, channel: int | None) -> Sequence[Record]:
    """The newest ideas without a date, and in each how many there are in all."""
    return await sql.rows(UNDATED, *BEGINNING, campaign, channel)


async def campaign_title(campaign: int) -> str:
    return await sql.value("SELECT title FROM campaign WHERE id = $1", campaign) or "No such campaign"
