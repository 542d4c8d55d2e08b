"""The pool of connections: opened once per process by web, worker, commands and tests, closed at their end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import Connection

from app.piccolo_conf import DB
from app.settings import settings


async def open_pool() -> None:
    """Open the pool in the running loop; without it Piccolo quietly connects anew for every query."""
    if DB.pool is None:
        await DB.start_connection_pool(min_size=1, max_size=settings().database_pool, reset=_as_it_is)


async def _as_it_is(connection: Connection) -> None:
    """Nothing here sets session state, so a connection goes back without a round trip (asyncpg still ends
    an open transaction); that trip was half the cost of a short query."""


async def close_pool() -> None:
    """Wait for the connections in use and close them all; closing twice does nothing."""
    if DB.pool is not None:
        await DB.close_connection_pool()


@asynccontextmanager
async def pooled() -> AsyncIterator[None]:
    """The pool for one command."""
    await open_pool()
    try:
        yield
    finally:
        await close_pool()
