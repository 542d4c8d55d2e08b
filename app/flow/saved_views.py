"""Saved views: name the filters of the posts list, rename, share with the team, forget."""

import asyncpg

from app import sql
from app.lifecycles.machine import By
from app.moves import Refused

MOST = 50  # views of one person
TAKEN = "You have a view of that name already. Choose another name."
SAVE = """
INSERT INTO saved_view (person, name, query, shared) SELECT $1, $2, $3, $4
WHERE (SELECT count(*) FROM saved_view WHERE person = $1) < $5 RETURNING id
"""
CHANGE = "UPDATE saved_view SET name = $3, shared = $4 WHERE id = $1 AND person = $2 RETURNING id"
FORGET = "DELETE FROM saved_view WHERE id = $1 AND (person = $2 OR shared AND $3) RETURNING id"


async def save(name: str, query: str, *, shared: bool, by: By) -> None:
    """One more view of this person; `query` is what stands behind the list's address."""
    _demand_may_share(shared, by)
    if await _written(SAVE, by.person, name, query, shared, MOST) is None:
        raise Refused(f"You have {MOST} views; forget one first.")


async def change(view: int, name: str, *, shared: bool, by: By) -> None:
    """Another name, or shared otherwise; only by the one who saved it."""
    _demand_may_share(shared, by)
    if await _written(CHANGE, view, by.person, name, shared) is None:
        raise LookupError(view)


async def forget(view: int, *, by: By) -> None:
    """One's own, or as an editor one of the team's."""
    if await sql.value(FORGET, view, by.person, by.reaches("editor")) is None:
        raise LookupError(view)


def _demand_may_share(shared: bool, by: By) -> None:
    if shared and not by.reaches("editor"):
        raise Refused("Sharing a view with the team needs the role editor.", forbidden=True)


async def _written(statement: str, *values: object) -> int | None:
    try:
        found: int | None = await sql.value(statement, *values)
    except asyncpg.UniqueViolationError:
        raise Refused(TAKEN) from None
    return found
