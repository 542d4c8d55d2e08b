"""Rows as objects of their table, by plain SQL: Piccolo builds a query and a row in five times a statement's time.

For the verbs that load one row again and again; pages and tests ask Piccolo.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from piccolo.table import Table

from app import sql

T = TypeVar("T", bound=Table)


async def one(table: type[T], where: str, *values: Any) -> T | None:
    """The first row of `table` that fits, or None; the condition's values stand at $1, $2, …"""
    found = await sql.row(_select(table, where), *values)
    return made(table, dict(found)) if found else None


async def several(table: type[T], where: str, *values: Any) -> list[T]:
    """Every row that fits; the condition may end with an ORDER BY."""
    return [made(table, dict(found)) for found in await sql.rows(_select(table, where), *values)]


def made(table: type[T], values: Mapping[str, Any]) -> T:
    """A stored row with all its columns. JSONB stays text, as the driver hands it over.

    The constructor would fill every default first, only to have it replaced.
    """
    row = table.__new__(table)
    row.__dict__.update(values, _exists_in_db=True, _was_created=None)
    return row


def _select(table: type[Table], where: str) -> str:
    return f'SELECT * FROM "{table._meta.tablename}" WHERE {where}'  # noqa: S608
