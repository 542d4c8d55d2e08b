"""move(): the only code that writes a status. Lock, facts, rights, compare-and-set, one event, bells."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from app import facts as fact_sheet
from app import sql, stored
from app.atomic import atomic, held, ring, unlocked
from app.audit import Happened, insert
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import By, Grant, Lifecycle, Move
from app.lifecycles.media import MEDIA
from app.lifecycles.post import POST
from app.lifecycles.post_moves import WRITER
from app.lifecycles.publication import PUBLICATION
from app.tables import Delivery, Media, Post, Publication

R = TypeVar("R", Post, Publication, Delivery, Media)
LIFECYCLES: dict[type, Lifecycle[PostFacts]] = {
    Post: POST, Publication: PUBLICATION, Delivery: DELIVERY, Media: MEDIA,
}  # fmt: skip
CHANGE = """
WITH changed AS (UPDATE "{table}" SET {assignments} WHERE id = $1 AND status = $3 AND version = $2 RETURNING *),
told AS (INSERT INTO event (about, about_id, version, post, move, from_status, to_status, by_kind, person, key,
  note, facts) SELECT '{table}', id, version, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM changed)
SELECT * FROM changed
"""


class Refused(Exception):
    """The move may not happen; the message is one sentence for people. `forbidden`: a right is missing."""

    def __init__(self, reason: str, *, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.forbidden = reason, forbidden


class IllegalMove(Refused):
    """The table has no such move from this status."""


class MovedMeanwhile(Refused):
    """Someone else changed it first; nothing was applied."""

    def __init__(self) -> None:
        super().__init__("Someone changed this a moment ago. Nothing you did was applied.")


async def move(
    row: R,
    name: str,
    *,
    by: By,
    asked: Asked | None = None,
    values: Mapping[Any, Any] | None = None,
    note: str = "",
    told: Mapping[str, Any] | None = None,
    known: PostFacts | None = None,
) -> R:
    """Make the move `name` of `row`'s lifecycle, or raise Refused. Returns the fresh row.

    `row.version` is the version the mover saw. `values` are further columns of the same UPDATE,
    `asked` is what came with the click (guards read it), `told` lands in the event's facts, `known` are
    facts the caller loaded under the lock of this very transaction and kept true.
    """
    async with atomic():
        post = row.id if isinstance(row, Post) else row.post
        await lock(post)
        current, found, facts = await _judged(row, name, post, by, asked or Asked(note=note), known)
        target = found.target(facts) if facts else found.targets[0]
        happened = Happened(name, by, post, current, target, note, told or {})
        fresh = await _write(row, current, target, values or {}, happened)
        for job in found.rings:
            ring(job, post, fresh.version)
    return fresh


async def begin(
    table: type[R], *, by: By, values: Mapping[Any, Any], asked: Asked | None = None, note: str = "",
    told: Mapping[str, Any] | None = None,
) -> R:  # fmt: skip
    """A new row in the first status its lifecycle gives it; posts and publications leave an event."""
    async with atomic():
        status = _first_status(table, by, asked)
        columns = {_name(column): value for column, value in values.items()}
        row = table(**columns, status=status)
        await row.save()
        if isinstance(row, Post | Publication):
            post = row.id if isinstance(row, Post) else row.post
            happened = Happened("create", by, post, None, status, note, told or {})
            await insert(row._meta.tablename, row.id, row.version, happened)
    return row


async def touch(
    post: Post, name: str, *, by: By, values: Mapping[Any, Any], note: str = "",
    told: Mapping[str, Any] | None = None, grant: Grant = WRITER,
) -> Post:  # fmt: skip
    """A change that is no move (planned time, sealed content): version +1 and its one event, same lock."""
    async with atomic():
        await lock(post.id)
        current, _ = await _current(post)
        if by.kind in ("person", "key"):
            own = post.author is not None and post.author == by.person
            _demand(grant.refusal(by, own=own), forbidden=True)
            _demand(RECALLED if await _recalled(post.id) else None)
        happened = Happened(name, by, post.id, None, None, note, told or {})
        return await _write(post, current, current, values, happened)


async def _recalled(post: int) -> bool:
    return bool(await sql.value("SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL", post))


async def lock(*posts: int) -> None:
    """Take the posts' row locks, the one lock of all that belongs to them, in ascending order."""
    if missing := unlocked(posts):
        await sql.rows("SELECT 1 FROM post WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", missing)


async def lock_of(delivery: int) -> None:
    """Take the row lock of the post that a delivery belongs to."""
    statement = "SELECT id FROM post WHERE id = (SELECT post FROM delivery WHERE id = $1) FOR UPDATE"
    post = await sql.value(statement, delivery)
    if post is None:
        raise LookupError(delivery)
    held(post)


def _first_status(table: type[R], by: By, asked: Asked | None) -> str:
    """A post begins by its `create` line; everything else begins pending, its lifecycle's first state."""
    if table is not Post:
        return LIFECYCLES[table].states[0].name
    line = next(line for line in POST.moves if line.name == "create")
    _demand(line.by.refusal(by, own=True), forbidden=True)
    return line.target(PostFacts.blank(asked or Asked()))


async def _current(row: R) -> tuple[str, int]:
    """Status and version in the database."""
    table = type(row)._meta.tablename
    found = await sql.row(f'SELECT status, version FROM "{table}" WHERE id = $1', row.id)  # noqa: S608
    if found is None:
        raise MovedMeanwhile
    return found["status"], found["version"]


def line(row: R, name: str, status: str, by: By) -> Move[PostFacts]:
    lifecycle = LIFECYCLES[type(row)]
    found = lifecycle.find(name, status, by)
    if found is None:
        label = lifecycle.state(status).label
        raise IllegalMove(f"“{name.replace('_', ' ')}” is not possible while it is “{label}”.")
    return found


def demand(line: Move[PostFacts], facts: PostFacts, by: By) -> None:
    """Raise Refused unless `by` may make the move on those facts: rights first, then guards."""
    own = facts.author is not None and facts.author == by.person
    _demand(line.by.refusal(by, own=own), forbidden=True)
    _demand(line.refusal(facts, by, own=own))


async def _judged(
    row: R, name: str, post: int, by: By, asked: Asked, known: PostFacts | None
) -> tuple[str, Move[PostFacts], PostFacts | None]:
    """Status and line once rights and guards agree; the worker's moves of small rows need no facts.

    Whether the mover saw the newest version is not asked here: the WHERE of `_write` alone decides that.
    A refusal of somebody who did not see it says what really happened.
    """
    facts = known or await _facts(row, post, by)
    status, version = await _seen(row, facts)
    facts = replace(facts, asked=asked) if facts else None
    try:
        found = line(row, name, status, by)
        demand(found, facts, by) if facts else _demand(found.by.refusal(by, own=False), forbidden=True)
    except Refused as refusal:
        if version != row.version and not refusal.forbidden:
            raise MovedMeanwhile from refusal
        raise
    return status, found, facts


async def _seen(row: R, facts: PostFacts | None) -> tuple[str, int]:
    """Status and version as they are; where nobody is to be told what happened meanwhile, as the mover saw them."""
    if facts is None:
        return row.status, row.version
    return (facts.status, facts.version) if isinstance(row, Post) else await _current(row)


async def _facts(row: R, post: int, by: By) -> PostFacts | None:
    if not isinstance(row, Post) and by.kind not in ("person", "key"):
        return None
    found = (await fact_sheet.many([post])).get(post)
    if found is None:
        raise MovedMeanwhile
    return found


def _demand(reason: str | None, *, forbidden: bool = False) -> None:
    if reason:
        raise Refused(reason, forbidden=forbidden)


async def _write(row: R, status: str, target: str, values: Mapping[Any, Any], happened: Happened) -> R:
    """The compare-and-set and its one event, in one statement: whoever saw an older version changes nothing."""
    table = type(row)
    name = table._meta.tablename
    columns = {_name(column): value for column, value in values.items()}
    sets: list[str] = [f'"{column}" = ${place}' for place, column in enumerate(columns, start=14)]
    touched: list[str] = ["updated_at = now()"] if isinstance(row, Post) else []
    assignments = ", ".join(["status = $4", "version = version + 1", *touched, *sets])
    statement = CHANGE.format(table=name, assignments=assignments)
    changed = await sql.row(
        statement, row.id, row.version, status, target, happened.post, happened.name, happened.before, happened.after,
        happened.by.kind, happened.by.person, happened.by.key, happened.note or None, happened.dumped,
        *columns.values(),
    )  # fmt: skip
    if changed is None:
        raise MovedMeanwhile
    return stored.made(table, dict(changed))


def _name(column: Any) -> str:
    """A column by its own name, or a name as it is."""
    name: str = column if isinstance(column, str) else column._meta.name
    return name
