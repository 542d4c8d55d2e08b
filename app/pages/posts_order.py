"""In which order the posts list stands, and how a page of it is found among 200,000. SQL for posts_query only.

Each status is walked along its own index, no further than a page, and the statuses are merged: PostgreSQL cannot know
that drafts lie at one end of the years and what is published at the other, and would walk all of it to find a few.
"""

from dataclasses import dataclass

from app.lifecycles.post import STATUSES
from app.pages.glance import PUBLISHES
from app.pages.posts_filters import BIGGEST_ID, Cursor, Wanted
from app.pages.search import search

CHANNELS = """coalesce((SELECT string_agg(k.name, ', ' ORDER BY k.name) FROM post_channel x
        JOIN channel k ON k.id = x.channel WHERE x.post = p.id), '')"""
# What each column is sorted by, and the type of that.
KEYS = {
    "title": ("lower(p.title)", "text"),
    "status": (f"array_position(ARRAY{[*STATUSES]}, p.status)", "int"),
    "channels": (CHANNELS, "text"),
    "publishes": (PUBLISHES, "timestamptz"),
    "owner": ("coalesce((SELECT lower(name) FROM person WHERE id = p.author), '')", "text"),
    "updated": ("p.updated_at", "timestamptz"),
}
LANES = "unnest({statuses}::text[]) lane(status)"
# Within these columns a lane has one key, so that only the ids in it are in order.
OWNED = (
    f"{LANES} CROSS JOIN (SELECT id AS owner, lower(name) AS key FROM person UNION ALL SELECT 0, '') owners",  # noqa: S608
    "p.status = lane.status AND coalesce(p.author, 0) = owners.owner",
)
ONE_KEY = {"status": f"array_position(ARRAY{[*STATUSES]}, lane.status)", "owner": "owners.key"}


@dataclass(frozen=True, slots=True)
class Order:
    """Which way a page goes, from which place, and how many posts it may have."""

    key: str
    kind: str
    column: str
    falling: bool
    place: Cursor | None
    most: int

    @property
    def way(self) -> str:
        return "DESC" if self.falling else "ASC"

    @property
    def after(self) -> str:
        return "<" if self.falling else ">"


def order(wanted: Wanted, most: int) -> Order:
    """`most` is what the page shows; it is asked for one more, which tells whether there are more."""
    key, kind = KEYS[wanted.column] if wanted.column in KEYS else (_rank(wanted.q), "real")
    backwards, place = wanted.before is not None, wanted.before or wanted.after
    return Order(key, kind, wanted.column, wanted.falling != backwards, place, most + 1)


def _rank(q: str) -> str:
    words = search(q)
    rank = f"ts_rank(words, {words.sql})" if words else "0"
    return f"(SELECT {rank} FROM search_entry WHERE post = p.id)"  # noqa: S608


def whole(by: Order, where: str, key: str, id: str) -> str:
    """The ids of the page with the key of each, from all posts at once: where few are left, or one index is enough."""
    here = f" AND ({by.key}, p.id) {by.after} ({key}::text::{by.kind}, {id})" if by.place else ""
    return (
        f"SELECT p.id, {by.key} AS key FROM post p WHERE {where}{here}"  # noqa: S608
        f" ORDER BY {by.key} {by.way}, p.id {by.way} LIMIT {by.most}"
    )


def laned(by: Order, where: str, statuses: str, key: str, id: str) -> str:
    """The same page, found lane by lane."""
    if by.column in ONE_KEY:
        return _one_key(by, where, statuses, key, id)
    here = f" AND ({by.key}, p.id) {by.after} ({key}::text::{by.kind}, {id})" if by.place else ""
    found = (
        f"SELECT p.id, {by.key} AS key FROM post p WHERE p.status = lane.status AND {where}{here}"  # noqa: S608
        f" ORDER BY {by.key} {by.way}, p.id {by.way} LIMIT {by.most}"
    )
    return _merged(by, LANES.format(statuses=statuses), found)


def _one_key(by: Order, where: str, statuses: str, key: str, id: str) -> str:
    """Lanes that are one key each: before the place's own lane there is nothing to find, behind it everything."""
    lanes, mine = OWNED[0].format(statuses=statuses), ONE_KEY[by.column]
    nothing, everything = (0, BIGGEST_ID) if by.falling else (BIGGEST_ID, 0)
    place = f"{key}::text::{by.kind}"
    here = (
        f" AND p.id {by.after} CASE WHEN {mine} = {place} THEN {id}"
        f" WHEN {mine} {by.after} {place} THEN {everything} ELSE {nothing} END"
        if by.place
        else ""
    )
    found = (
        f"SELECT p.id, {mine} AS key FROM post p WHERE {OWNED[1]} AND {where}{here}"  # noqa: S608
        f" ORDER BY p.id {by.way} LIMIT {by.most}"
    )
    return _merged(by, lanes, found)


def _merged(by: Order, lanes: str, found: str) -> str:
    return (
        f"SELECT found.id, found.key FROM {lanes} CROSS JOIN LATERAL ({found}) found"  # noqa: S608
        f" ORDER BY found.key {by.way}, found.id {by.way} LIMIT {by.most}"
    )
