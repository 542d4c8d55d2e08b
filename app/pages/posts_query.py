"""The SQL of the posts list: one statement for a page of rows, one for what its filters offer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from asyncpg import Record

from app import sql
from app.lifecycles.post import POST, REVIEW
from app.lifecycles.statuses import PostStatus
from app.pages.glance import AT, BEGINNING, COLUMNS, NEAR
from app.pages.posts_filters import WEEKS, Wanted
from app.pages.posts_order import laned, order, whole
from app.pages.search import search
from app.times import local

PAGE = 50
LITERAL = {ord(sign): f"\\{sign}" for sign in r"\%_"}  # what ILIKE would read as a pattern
CHOICES = """
SELECT 'channel' AS kind, id, name, platform, broken_kind, disconnected_at IS NULL AS connected FROM channel
UNION ALL SELECT 'owner', id, name, '', NULL, disabled_at IS NULL FROM person
UNION ALL SELECT 'campaign', id, title, '', NULL, archived_at IS NULL FROM campaign
  WHERE archived_at IS NULL OR id = $1 ORDER BY 1, 3, 2
"""
MORE = "p.version, p.keyword, p.created_at, p.updated_at, p.archived_at, w.name AS owner, c.title AS campaign"
BODIES = """
SELECT p.id, concat_ws(E'\\n', left(r.body, 20000), p.keyword) AS text FROM post p
LEFT JOIN revision r ON r.id = p.revision WHERE p.id = ANY($1::bigint[])
"""
RANKED = 1000  # newest matches among which the best are found
FEW = 5000  # matches that are fetched before they are sorted
OFTEN = 50  # matches among the 500 newest posts that make a word a common one: looking them all up would take long
COMMON = """
SELECT count(*) FROM (SELECT id FROM post WHERE archived_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 500) newest
JOIN search_entry e ON e.post = newest.id WHERE e.words @@ {query}
"""
LANED = ("title", "status", "publishes", "owner", "updated")
OWNERS = "SELECT id, name FROM person WHERE disabled_at IS NULL AND role <> 'viewer' ORDER BY lower(name), id"
# A statement must use every value it is given; those without COLUMNS name the first ones here.
USED = "WITH used AS (SELECT $1::text, $2::text, $3::text[], $4::text[])"
HELD = "p.status = $1 AND p.id = ANY(ARRAY(SELECT post FROM publication WHERE held_for IS NOT NULL))"
NOWHERE = """NOT EXISTS (SELECT 1 FROM post_channel x JOIN channel k ON k.id = x.channel
    WHERE x.post = p.id AND k.disconnected_at IS NULL)"""


class Where:
    """Conditions and their values, numbered as they come; the first numbers belong to the columns.

    `few`: so few posts are left that their order does not matter to who looks for them.
    """

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = list(BEGINNING)
        self.few = False

    @property
    def all(self) -> str:
        return " AND ".join(self.conditions)

    def number(self, value: Any) -> str:
        """The number of one more value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, *values: Any) -> None:
        """One more condition; each {} in it becomes the number of the next value."""
        self.conditions.append(condition.format(*map(self.number, values)))

    def copy(self) -> "Where":
        """The same, to go on with."""
        other = Where()
        other.conditions, other.values, other.few = [*self.conditions], [*self.values], self.few
        return other


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records in the order asked for, and whether there is more on either side of all that is `where`."""

    records: tuple[Record, ...]
    earlier: bool
    later: bool
    where: Where


async def choices(campaign: int | None = None) -> Sequence[Record]:
    """Every channel and person, the campaigns that go on and the one asked for: for the filters and the tiles."""
    return await sql.rows(CHOICES, campaign)


async def owners() -> Sequence[Record]:
    """Everybody who may own a post."""
    return await sql.rows(OWNERS)


async def matching(wanted: Wanted, zone: str, most: int) -> tuple[list[int], bool]:
    """The first `most` posts of every page of the list, in its order; and whether there are more."""
    where = await _where(wanted, zone)
    ids = _page(replace(wanted, before=None, after=None), where, most)
    found = await sql.rows(f"{USED} {ids}", *where.values)
    return [record["id"] for record in found[:most]], len(found) > most


async def count(where: Where, most: int) -> int:
    """How many posts match on all pages; one more than `most` when there are more than that."""
    found: int = await sql.value(
        f"{USED} SELECT count(*) FROM (SELECT 1 FROM post p WHERE {where.all} LIMIT {most + 1}) counted",  # noqa: S608
        *where.values,
    )
    return found


async def find(wanted: Wanted, zone: str, most: int = PAGE) -> Found:
    """The page of `most` posts that `wanted` asks for; `zone` is where a day begins."""
    where = await _where(wanted, zone)
    paged = where.copy()
    ids, way = _page(wanted, paged, most), order(wanted, most).way
    found = await sql.rows(
        f"WITH page AS MATERIALIZED ({ids}) SELECT {COLUMNS}, {MORE}, page.key::text AS key FROM page"  # noqa: S608
        " JOIN post p ON p.id = page.id LEFT JOIN person w ON w.id = p.author LEFT JOIN campaign c ON c.id = p.campaign"
        f" ORDER BY page.key {way}, page.id {way}",
        *paged.values,
    )
    # The one record too many says that there is more.
    more, shown = len(found) > most, found[:most]
    if wanted.before is not None:
        return Found(tuple(reversed(shown)), earlier=more, later=True, where=where)
    return Found(tuple(shown), earlier=wanted.after is not None, later=more, where=where)


async def bodies(posts: Sequence[int]) -> dict[int, str]:
    """Where to look for the words of a search, beside the title: the current body, then the keyword."""
    return {record["id"]: record["text"] for record in await sql.rows(BODIES, list(posts))}


def _page(wanted: Wanted, where: Where, most: int) -> str:
    """The statement for the ids of the page, whose values join those of `where`."""
    by = order(wanted, most)
    key, id = (where.number(by.place.key), where.number(by.place.id)) if by.place else ("", "")
    narrowed = wanted.group or wanted.status or wanted.date or wanted.when or wanted.owner
    if wanted.archived or where.few or by.column not in LANED or (by.column == "updated" and not narrowed):
        return whole(by, where.all, key, id)
    return laned(by, where.all, where.number(_statuses(wanted)), key, id)


def _statuses(wanted: Wanted) -> list[str]:
    """Those that what is wanted can have."""
    own = [state.name for state in POST.states if wanted.group in ("", state.group)]
    more: dict[str, Sequence[str]] = {"problem": [PostStatus.SCHEDULED], "ready": REVIEW}
    return [status for status in (*own, *more.get(wanted.group, ())) if wanted.status in ("", status)]


async def _where(wanted: Wanted, zone: str) -> Where:
    where = Where()
    where.add(f"p.archived_at IS {'NOT ' if wanted.archived else ''}NULL")
    if wanted.group or wanted.date or wanted.when:
        where.add("p.status = ANY({}::text[])", _statuses(wanted))
    if wanted.group:
        _in_group(where, wanted.group)
    if wanted.status:
        where.add("p.status = {}", wanted.status)
    if wanted.channel:
        where.add("EXISTS (SELECT 1 FROM post_channel WHERE post = p.id AND channel = {})", wanted.channel)
    for column, value in (("p.campaign", wanted.campaign), ("coalesce(p.author, 0)", wanted.owner)):
        if value:
            where.add(f"{column} = {{}}", value)
    if wanted.date:
        on_days(where, wanted.date, wanted.date, zone)
    if wanted.when:
        monday = _monday(zone) + timedelta(days=WEEKS[wanted.when])
        on_days(where, monday, monday + timedelta(days=6), zone)
    if wanted.q:
        await _worded(where, wanted)
    return where


def _monday(zone: str) -> date:
    today = local(datetime.now(UTC), zone).date()
    return today - timedelta(days=today.weekday())


async def _worded(where: Where, wanted: Wanted) -> None:
    """Posts with all the words; those to be ranked are the newest of them, for each has to be looked at.

    The planner takes every begun word for as rare as any other, so how to go about it is decided here: a few are
    fetched by the index and then sorted; of many, the list is walked in its order until a page is full.
    """
    words = search(wanted.q)
    query = words.sql if words else "''::tsquery"
    few = await _few(query)
    has = f"EXISTS (SELECT 1 FROM search_entry e WHERE e.post = {{post}} AND e.words @@ {query} OFFSET 0)"  # noqa: S608
    values = () if few is None else (few,)
    has = has if few is None else "{post} = ANY({{}}::bigint[])"
    where.few = few is not None
    if wanted.column != "match":
        where.add(has.format(post="p.id"), *values)
        return
    shown = f"n.archived_at IS {'NOT ' if wanted.archived else ''}NULL"
    newest = f"SELECT n.id FROM post n WHERE {shown} AND {has.format(post='n.id')}"  # noqa: S608
    where.add(f"p.id IN ({newest} ORDER BY n.updated_at DESC, n.id DESC LIMIT {RANKED})", *values)


async def _few(query: str) -> list[int] | None:
    """The posts with such words, or None when they are many, as a look at the newest posts most often tells."""
    if await sql.value(COMMON.format(query=query)) >= OFTEN:
        return None
    found = await sql.rows(f"SELECT post FROM search_entry WHERE words @@ {query} LIMIT {FEW + 1}")  # noqa: S608
    return [record["post"] for record in found] if len(found) <= FEW else None


def _in_group(where: Where, group: str) -> None:
    """The group people see: held posts are a problem, drafts with nowhere to go are ready."""
    own = [state.name for state in POST.states if state.group == group]
    match group:
        case "problem":
            where.add(f"(p.status = ANY({{}}::text[]) OR ({HELD}))", own)
        case "ready":
            where.add(
                f"(p.status = ANY({{}}::text[]) AND NOT ({HELD}) OR p.status = ANY({{}}::text[]) AND {NOWHERE})",
                own,
                REVIEW,
            )
        case "review":
            where.add(f"(p.status = ANY({{}}::text[]) AND NOT ({NOWHERE}))", own)
        case _:
            where.add("p.status = ANY({}::text[])", own)


def on_days(where: Where, first: Any, last: Any, zone: str) -> None:
    """Posts that the calendar shows on these days of that zone: at their instant, else on their planned day."""
    where.add(NEAR.format(first="{}", last="{}"), first, last)
    where.add(f"coalesce(({AT} AT TIME ZONE {{}})::date, p.planned_on) BETWEEN {{}} AND {{}}", zone, first, last)
