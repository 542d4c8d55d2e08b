"""A connection of the tests' own, outside the pool: sees what others see, holds locks, ends sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.piccolo_conf import DB

OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'galley' AND {}"


@asynccontextmanager
async def onlooker() -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(DB.config["dsn"], server_settings={"application_name": "onlooker"})
    try:
        yield connection
    finally:
        await connection.close()


async def left_open(seen_from: asyncpg.Connection) -> int:
    """How many of the pool's sessions still have a transaction open."""
    return int(await seen_from.fetchval(OURS.format("state LIKE 'idle in transaction%'")))


async def waiting(seen_from: asyncpg.Connection) -> int:
    """How many of the pool's sessions wait for a lock."""
    return int(await seen_from.fetchval(OURS.format("wait_event_type = 'Lock'")))


async def until(seen_from: asyncpg.Connection, wanted: int) -> None:
    """Wait until so many sessions wait for a lock, or fail after 10 s; inside a transaction one sees no change."""
    async with asyncio.timeout(10):
        while await waiting(seen_from) < wanted:  # noqa: ASYNC110  (the database tells nobody)
            await asyncio.sleep(0.02)


def free() -> int:
    """How many connections the pool could hand out now, opened or not."""
    pool: Any = DB.pool
    return int(pool.get_max_size() - (pool.get_size() - pool.get_idle_size()))


def size() -> int:
    return int(DB.pool.get_max_size())  # type: ignore[union-attr]
