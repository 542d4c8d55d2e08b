"""The SQL of the posts list: one statement for a page of rows, one for what its filters offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asyncpg import Record

from app import sql
from app.lifecycles.post import POST, REVIEW, STATUSES
from app.lifecycles.statuses import PostStatus
from app.pages.glance import AT, BEGINNING, COLUMNS
from app.pages.posts_filters import Wanted

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


async def find(wanted: Wanted, zone: str) -> Found:
    """The page of posts that `wanted` asks for; `zone` is where a day begins."""
    key, kind = KEYS[wanted.column]
    backwards = wanted.before is not None
    place = wanted.before or wanted.after
    falling = wanted.falling != backwards
    where = _where(wanted, zone)
    if place:
        where.add(f"({key}, p.id) {'<' if falling else '>'} ({{}}::text::{kind}, {{}})", place.key, place.id)
    order = "DESC" if falling else "ASC"
    found = await sql.rows(
        f"SELECT {COLUMNS}, p.updated_at, w.name AS owner, c.title AS campaign, ({key})::text AS key"  # noqa: S608
        " FROM post p LEFT JOIN person w ON w.id = p.author LEFT JOIN campaign c ON c.id = p.campaign"
        f" WHERE {' AND '.join(where.conditions)} ORDER BY {key} {order}, p.id {order} LIMIT {PAGE + 1}",
        *where.values,
    )
    return _found(found, backwards=backwards, placed=place is not None)


def _found(records: list[Record], *, backwards: bool, placed: bool) -> Found:
    """The one record too many says that there is more."""
    more, shown = len(records) > PAGE, records[:PAGE]
    if backwards:
        return Found(tuple(reversed(shown)), earlier=more, later=True)
    return Found(tuple(shown), earlier=placed, later=more)


def _where(wanted: Wanted, zone: str) -> Where:
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
    if wanted.q:
        pattern = f"%{wanted.q.translate(LITERAL)}%"
        where.add("(p.title ILIKE {} OR p.keyword ILIKE {})", pattern, pattern)
    return where


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
