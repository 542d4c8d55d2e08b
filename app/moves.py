"""move(): the only code that writes a status. Lock, facts, rights, compare-and-set, one event, bells."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from app import facts as fact_sheet
from app import sql
from app.atomic import atomic, ring
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
) -> R:
    """Make the move `name` of `row`'s lifecycle, or raise Refused. Returns the fresh row.

    `row.version` is the version the mover saw. `values` are further columns of the same UPDATE,
    `asked` is what came with the click (guards read it), `told` lands in the event's facts.
    """
    asked = asked or Asked(note=note)
    async with atomic():
        post = row.id if isinstance(row, Post) else row.post
        await lock(post)
        current, now = await _current(row)
        found = line(row, name, current, by)
        facts = await _judge(row, found, post, by, asked)
        target = found.target(facts) if facts else found.targets[0]
        fresh = await _write(row, current, target, now, values or {})
        await _tell(fresh, name, current, target, by, post, note, told or {})
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
        columns = {
            column._meta.name if hasattr(column, "_meta") else column: v for column, v in values.items()
        }
        row = table(**columns, status=status)
        await row.save()
        if isinstance(row, Post | Publication):
            post = row.id if isinstance(row, Post) else row.post
            await _tell(row, "create", None, status, by, post, note, told or {})
    return row


async def touch(
    post: Post, name: str, *, by: By, values: Mapping[Any, Any], note: str = "",
    told: Mapping[str, Any] | None = None, grant: Grant = WRITER,
) -> Post:  # fmt: skip
    """A change that is no move (planned time, sealed content): version +1 and its one event, same lock."""
    async with atomic():
        await lock(post.id)
        current, now = await _current(post)
        if by.kind in ("person", "key"):
            _demand(
                grant.refusal(by, own=post.author is not None and post.author == by.person), forbidden=True
            )
            _demand(RECALLED if await _recalled(post.id) else None)
        fresh = await _write(post, current, current, now, values)
        await _tell(fresh, name, None, None, by, post.id, note, told or {})
    return fresh


async def _recalled(post: int) -> bool:
    return bool(await sql.value("SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL", post))


async def lock(*posts: int) -> None:
    """Take the posts' row locks, the one lock of all that belongs to them, in ascending order."""
    await sql.rows("SELECT 1 FROM post WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", list(posts))


async def record(
    about: str, about_id: int, name: str, *, by: By, post: int | None = None, note: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """An event that changes no version: a vote, an ask, a sign of life."""
    await _insert_event(about, about_id, None, post, name, None, None, by, note, told or {})


def _first_status(table: type[R], by: By, asked: Asked | None) -> str:
    """A post begins by its `create` line; everything else begins pending, its lifecycle's first state."""
    if table is not Post:
        return LIFECYCLES[table].states[0].name
    line = next(line for line in POST.moves if line.name == "create")
    _demand(line.by.refusal(by, own=True), forbidden=True)
    return line.target(PostFacts.blank(asked or Asked()))


async def _current(row: R) -> tuple[str, datetime]:
    """Status and clock of the database, once the version the mover saw is known to be the newest."""
    table = type(row)._meta.tablename
    found = await sql.row(f'SELECT status, version, now() AS now FROM "{table}" WHERE id = $1', row.id)  # noqa: S608
    if found is None or found["version"] != row.version:
        raise MovedMeanwhile
    return found["status"], found["now"]


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


async def _judge(row: R, line: Move[PostFacts], post: int, by: By, asked: Asked) -> PostFacts | None:
    """Rights, then guards. The small lifecycles have no guards, and the worker's own need no facts."""
    if not isinstance(row, Post) and by.kind not in ("person", "key"):
        _demand(line.by.refusal(by, own=False), forbidden=True)
        return None
    facts = replace(await fact_sheet.of(post), asked=asked)
    demand(line, facts, by)
    return facts


def _demand(reason: str | None, *, forbidden: bool = False) -> None:
    if reason:
        raise Refused(reason, forbidden=forbidden)


async def _write(row: R, status: str, target: str, now: datetime, values: Mapping[Any, Any]) -> R:
    """The compare-and-set: whoever saw an older version changes nothing."""
    table = type(row)
    columns: dict[Any, Any] = {table.status: target, table.version: table.version + 1, **values}
    if isinstance(row, Post):
        columns[Post.updated_at] = now
    changed = (
        await table.update(columns)
        .where((table.id == row.id) & (table.status == status) & (table.version == row.version))
        .returning(*table.all_columns())
    )
    if not changed:
        raise MovedMeanwhile
    return _row(table, changed[0])


def _row(table: type[R], values: dict[str, Any]) -> R:
    fresh = table(_ignore_missing=True, _exists_in_db=True)
    for name, value in values.items():
        setattr(fresh, name, value)
    return fresh


async def _tell(
    row: R,
    name: str,
    before: str | None,
    after: str | None,
    by: By,
    post: int,
    note: str,
    told: Mapping[str, Any],
) -> None:
    about = type(row)._meta.tablename
    await _insert_event(about, row.id, row.version, post, name, before, after, by, note, told)


async def _insert_event(
    about: str, about_id: int, version: int | None, post: int | None, name: str, before: str | None,
    after: str | None, by: By, note: str, told: Mapping[str, Any],
) -> None:  # fmt: skip
    await sql.run(
        "INSERT INTO event (about, about_id, version, post, move, from_status, to_status, by_kind, person, key,"
        " note, facts) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
        about, about_id, version, post, name, before, after, by.kind, by.person, by.key, note or None,
        json.dumps(dict(told), default=str),
    )  # fmt: skip
