"""Plain SQL for what an ORM says badly: one statement in, asyncpg records out, inside the open transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asyncpg import Connection, Record

from app.piccolo_conf import DB


async def rows(statement: str, *values: Any) -> list[Record]:
    """All records of `statement`, whose values stand at $1, $2, …"""
    async with connection() as here:
        return list(await here.fetch(statement, *values))


async def row(statement: str, *values: Any) -> Record | None:
    """The first record, or None."""
    async with connection() as here:
        return await here.fetchrow(statement, *values)


async def value(statement: str, *values: Any) -> Any:
    """The first column of the first record, or None."""
    async with connection() as here:
        return await here.fetchval(statement, *values)


async def run(statement: str, *values: Any) -> int:
    """How many rows the statement touched."""
    async with connection() as here:
        tag = await here.execute(statement, *values)
    return int(tag.rsplit(" ", 1)[-1]) if tag[-1:].isdigit() else 0


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """The open transaction's connection, or one of the pool for a moment."""
    transaction = DB.current_transaction.get()
    if transaction is not None:
        yield transaction.connection
    else:
        async with DB.borrowed() as pooled:
            yield pooled
