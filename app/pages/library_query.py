"""The library's address and SQL: posts that are live, by when each first went live, newest first. Read-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from asyncpg import Record
from litestar.exceptions import ClientException

from app import sql
from app.lifecycles.facts import LIVE
from app.lifecycles.statuses import PostStatus, listed
from app.pages.posts_filters import BIGGEST_ID, number
from app.pages.posts_query import LITERAL, Where
from app.prose.clean import typed

PAGE = 30
LONGEST = 200
FIRST_YEAR, LAST_YEAR = 1970, 9998
STANDS = f"kind = 'create' AND status IN ({listed(*LIVE)})"
# A post stands where its first live delivery does; an index walks those, newest first.
FOUND = f"""
SELECT p.id, p.title, d.id AS delivery, d.published_at AS at, now() AS now, c.id AS campaign, c.title AS campaign_title,
  (SELECT json_agg(json_build_object('channel', channel, 'url', coalesce(remote_url, '')) ORDER BY channel)
    FROM delivery WHERE post = p.id AND {STANDS} AND set_aside_at IS NULL) AS live
FROM delivery d JOIN post p ON p.id = d.post LEFT JOIN campaign c ON c.id = p.campaign
WHERE d.{STANDS.replace(" AND ", " AND d.")} AND p.status IN ({listed(PostStatus.PUBLISHED)})
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE post = d.post AND {STANDS}
    AND (published_at, id) < (d.published_at, d.id))
"""  # noqa: S608
CHOICES = """
SELECT 'channel' AS kind, id, name, platform, broken_kind, disconnected_at IS NULL AS connected FROM channel
UNION ALL SELECT 'campaign', id, title, '', NULL, true FROM campaign
  WHERE id = $1 OR id IN (SELECT id FROM campaign ORDER BY id DESC LIMIT 100) ORDER BY 1, 3, 2
"""
THERE = f"SELECT 1 FROM delivery WHERE post = p.id AND channel = {{}} AND {STANDS}"  # noqa: S608
NEWEST_FIRST = f" ORDER BY d.published_at DESC, d.id DESC LIMIT {PAGE + 1}"
OLDEST = f"SELECT published_at FROM delivery WHERE {STANDS} ORDER BY published_at LIMIT 1"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of the library; `before` is the delivery it stands behind and when that went live."""

    q: str = ""
    channel: int | None = None
    campaign: int | None = None
    year: int | None = None
    before: tuple[datetime, int] | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.channel or self.campaign or self.year)

    def after(self, record: Record) -> str:
        """The address of the page behind that record."""
        parts = {"q": self.q, "channel": self.channel, "campaign": self.campaign, "year": self.year}
        parts |= {"before": f"{record['at'].astimezone(UTC).isoformat()}~{record['delivery']}"}
        return f"/library?{urlencode({name: value for name, value in parts.items() if value})}"


def wanted(sent: Mapping[str, str]) -> Wanted:
    """What the address asks for; 400 with a sentence for a filter that means nothing, page one for a lost place."""
    try:
        words = typed(sent.get("q", ""), LONGEST, multiline=False)
    except ValueError as wrong:
        raise ClientException(f"The search words could not be read. {wrong}") from wrong
    year = number(sent, "year")
    if year and not FIRST_YEAR <= year <= LAST_YEAR:
        raise ClientException(f"There is no year “{year}” to filter by.")
    return Wanted(words, number(sent, "channel"), number(sent, "campaign"), year, _place(sent.get("before", "")))


def _place(sent: str) -> tuple[datetime, int] | None:
    at, _, delivery = sent.partition("~")
    try:
        found = datetime.fromisoformat(at).astimezone(UTC), int(delivery[:19])
    except (ValueError, OverflowError):
        return None
    return found if 0 < found[1] <= BIGGEST_ID else None


async def find(want: Wanted, zone: str) -> list[Record]:
    """A page of what is live, and one more when there is more; a year is one of that zone."""
    narrowing = Where()
    narrowing.values.clear()  # those of the columns at a glance, which are not asked for here
    if want.q:
        narrowing.add("p.title ILIKE {}", f"%{want.q.translate(LITERAL)}%")
    if want.channel:
        narrowing.add(f"EXISTS ({THERE})", want.channel)
    if want.campaign:
        narrowing.add("p.campaign = {}", want.campaign)
    if want.year:
        first, last = datetime(want.year, 1, 1), datetime(want.year + 1, 1, 1)
        narrowing.add("d.published_at >= {}::timestamp AT TIME ZONE {}", first, zone)
        narrowing.add("d.published_at < {}::timestamp AT TIME ZONE {}", last, zone)
    if want.before:
        narrowing.add("(d.published_at, d.id) < ({}, {})", *want.before)
    narrowed = "".join(f" AND {condition}" for condition in narrowing.conditions)
    return await sql.rows(FOUND + narrowed + NEWEST_FIRST, *narrowing.values)


async def choices(campaign: int | None) -> list[Record]:
    """Every channel, the newest hundred campaigns and the one asked for: for the filters and the tiles."""
    return await sql.rows(CHOICES, campaign)


async def oldest() -> datetime | None:
    """When the first of what is live went live."""
    found: datetime | None = await sql.value(OLDEST)
    return found
