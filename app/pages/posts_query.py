"""The SQL of the posts list: one statement for a page of rows, one for what its filters offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from asyncpg import Record

from app import sql
from app.lifecycles.post import POST, REVIEW, STATUSES
from app.lifecycles.statuses import PostStatus
from app.pages.glance import AT, BEGINNING, COLUMNS
from app.pages.posts_filters import WEEKS, Wanted
from app.pages.search import search
from app.times import local

PAGE = 50
LITERAL = {ord(sign): f"\\{sign}" for sign in r"\%_"}  # what ILIKE would read as a pattern
# What each column is sorted by, and the type of that.
KEYS = {
    "title": ("lower(p.title)", "text"),
    "status": (f"array_position(ARRAY{[*STATUSES]}, p.status)", "int"),
    "channels": ("""coalesce((SELECT string_agg(k.name, ', ' ORDER BY k.name) FROM post_channel x
        JOIN channel k ON k.id = x.channel WHERE x.post = p.id), '')""", "text"),
    "publishes": (f"coalesce({AT}, p.planned_on::timestamp AT TIME ZONE p.zone, 'infinity')", "timestamptz"),
    "owner": ("coalesce(lower(w.name), '')", "text"),
    "updated": ("p.updated_at", "timestamptz"),
}  # fmt: skip
CHOICES = """
SELECT 'channel' AS kind, id, name, platform, broken_kind, disconnected_at IS NULL AS connected FROM channel
UNION ALL SELECT 'owner', id, name, '', NULL, disabled_at IS NULL FROM person
UNION ALL SELECT 'campaign', id, title, '', NULL, archived_at IS NULL FROM campaign ORDER BY 1, 3, 2
"""
MORE = "p.version, p.keyword, p.created_at, p.updated_at, p.archived_at, w.name AS owner, c.title AS campaign"
BODIES = """
SELECT p.id, concat_ws(E'\\n', left(r.body, 20000), p.keyword) AS text FROM post p
LEFT JOIN revision r ON r.id = p.revision WHERE p.id = ANY($1::bigint[])
"""
RANKED = 1000  # newest matches among which the best are found
FEW = 5000  # matches that are fetched before they are sorted
OWNERS = "SELECT id, name FROM person WHERE disabled_at IS NULL AND role <> 'viewer' ORDER BY lower(name), id"
# A statement must use every value it is given; those without COLUMNS name the first ones here.
USED = "WITH used AS (SELECT $1::text, $2::text, $3::text[], $4::text, $5::text, $6::text[])"
HELD = """p.status = $1 AND EXISTS (SELECT 1 FROM publication
    WHERE post = p.id AND status = ANY($3::text[]) AND held_for IS NOT NULL)"""
NOWHERE = """NOT EXISTS (SELECT 1 FROM post_channel x JOIN channel k ON k.id = x.channel
    WHERE x.post = p.id AND k.disconnected_at IS NULL)"""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records in the order asked for, and whether there is more on either side."""

    records: tuple[Record, ...]
    earlier: bool
    later: bool


class Where:
    """Conditions and their values, numbered as they come; the first numbers belong to the columns."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = list(BEGINNING)

    def add(self, condition: str, *values: Any) -> None:
        """One more condition; each {} in it becomes the number of the next value."""
        numbers = [f"${len(self.values) + n + 1}" for n in range(len(values))]
        self.conditions.append(condition.format(*numbers))
        self.values.extend(values)


async def choices() -> Sequence[Record]:
    """Every channel, person and campaign, for the filters and the tiles."""
    return await sql.rows(CHOICES)


async def owners() -> Sequence[Record]:
    """Everybody who may own a post."""
    return await sql.rows(OWNERS)


async def matching(wanted: Wanted, zone: str, most: int) -> tuple[list[int], bool]:
    """The first `most` posts of every page of the list, in its order; and whether there are more."""
    key, order = _key(wanted)[0], "DESC" if wanted.falling else "ASC"
    where = await _where(wanted, zone)
    found = await sql.rows(
        f"{USED} SELECT p.id FROM post p LEFT JOIN person w ON w.id = p.author WHERE {' AND '.join(where.conditions)}"  # noqa: S608
        f" ORDER BY {key} {order}, p.id {order} LIMIT {most + 1}",
        *where.values,
    )
    return [record["id"] for record in found[:most]], len(found) > most


async def count(wanted: Wanted, zone: str, most: int) -> int:
    """How many posts match on all pages; one more than `most` when there are more than that."""
    where = await _where(wanted, zone)
    found: int = await sql.value(
        f"{USED} SELECT count(*) FROM (SELECT 1 FROM post p WHERE {' AND '.join(where.conditions)}"  # noqa: S608
        f" LIMIT {most + 1}) counted",
        *where.values,
    )
    return found


async def find(wanted: Wanted, zone: str, most: int = PAGE) -> Found:
    """The page of `most` posts that `wanted` asks for; `zone` is where a day begins."""
    key, kind = _key(wanted)
    backwards = wanted.before is not None
    place = wanted.before or wanted.after
    falling = wanted.falling != backwards
    where = await _where(wanted, zone)
    if place:
        where.add(f"({key}, p.id) {'<' if falling else '>'} ({{}}::text::{kind}, {{}})", place.key, place.id)
    order = "DESC" if falling else "ASC"
    found = await sql.rows(
        f"SELECT {COLUMNS}, {MORE}, ({key})::text AS key"  # noqa: S608
        " FROM post p LEFT JOIN person w ON w.id = p.author LEFT JOIN campaign c ON c.id = p.campaign"
        f" WHERE {' AND '.join(where.conditions)} ORDER BY {key} {order}, p.id {order} LIMIT {most + 1}",
        *where.values,
    )
    return _found(found, most, backwards=backwards, placed=place is not None)


async def bodies(posts: Sequence[int]) -> dict[int, str]:
    """Where to look for the words of a search, beside the title: the current body, then the keyword."""
    return {record["id"]: record["text"] for record in await sql.rows(BODIES, list(posts))}


def _key(wanted: Wanted) -> tuple[str, str]:
    """What the page is sorted by, and its type."""
    if wanted.column != "match":
        return KEYS[wanted.column]
    words = search(wanted.q)
    rank = f"ts_rank(words, {words.sql})" if words else "0"
    return f"(SELECT {rank} FROM search_entry WHERE post = p.id)", "real"  # noqa: S608


def _found(records: list[Record], most: int, *, backwards: bool, placed: bool) -> Found:
    """The one record too many says that there is more."""
    more, shown = len(records) > most, records[:most]
    if backwards:
        return Found(tuple(reversed(shown)), earlier=more, later=True)
    return Found(tuple(shown), earlier=placed, later=more)


async def _where(wanted: Wanted, zone: str) -> Where:
    where = Where()
    where.add(f"p.archived_at IS {'NOT ' if wanted.archived else ''}NULL")
    if wanted.group:
        _in_group(where, wanted.group)
    if wanted.status:
        where.add("p.status = {}", wanted.status)
    if wanted.channel:
        where.add("EXISTS (SELECT 1 FROM post_channel WHERE post = p.id AND channel = {})", wanted.channel)
    for column, value in (("campaign", wanted.campaign), ("author", wanted.owner)):
        if value:
            where.add(f"p.{column} = {{}}", value)
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
    found = await sql.rows(f"SELECT post FROM search_entry WHERE words @@ {query} LIMIT {FEW + 1}")  # noqa: S608
    few = [record["post"] for record in found] if len(found) <= FEW else None
    has = f"EXISTS (SELECT 1 FROM search_entry e WHERE e.post = {{post}} AND e.words @@ {query} OFFSET 0)"  # noqa: S608
    values = () if few is None else (few,)
    has = has if few is None else "{post} = ANY({{}}::bigint[])"
    if wanted.column != "match":
        where.add(has.format(post="p.id"), *values)
        return
    shown = f"n.archived_at IS {'NOT ' if wanted.archived else ''}NULL"
    newest = f"SELECT n.id FROM post n WHERE {shown} AND {has.format(post='n.id')}"  # noqa: S608
    where.add(f"p.id IN ({newest} ORDER BY n.updated_at DESC, n.id DESC LIMIT {RANKED})", *values)


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
    day = timedelta(days=1)
    where.add(
        "(p.planned_on BETWEEN {} AND {} OR p.status = {} AND p.id IN (SELECT post FROM delivery"
        " WHERE kind = 'create' AND published_at >= {}::date - 1 AND published_at < {}::date + 2))",
        first - day, last + day, PostStatus.PUBLISHED, first, last,
    )  # fmt: skip
    where.add(f"coalesce(({AT} AT TIME ZONE {{}})::date, p.planned_on) BETWEEN {{}} AND {{}}", zone, first, last)
