"""The pool of connections: opened once per process by web, worker, commands and tests, closed at their end."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from asyncpg import CannotConnectNowError, Connection

from app.piccolo_conf import DB
from app.settings import settings

PATIENCE = 30.0  # seconds the database may take to start beside us
T = TypeVar("T")


async def open_pool(patience: float = PATIENCE) -> None:
    """Open the pool in the running loop; without it Piccolo quietly connects anew for every query."""

    async def start() -> None:
        await DB.start_connection_pool(min_size=1, max_size=settings().database_pool, reset=_as_it_is)

    if DB.pool is None:
        await patiently(start, patience)


async def patiently(connect: Callable[[], Awaitable[T]], patience: float = PATIENCE) -> T:
    """Connect as soon as the database takes connections; a wrong password or name is refused at once."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return await connect()
        except (OSError, CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def _as_it_is(connection: Connection) -> None:
    """Nothing here sets session state, so a connection goes back without a round trip (asyncpg still ends
    an open transaction); that trip was half the cost of a short query."""


async def close_pool() -> None:
    """Wait for the connections in use and close them all; closing twice does nothing."""
    if DB.pool is not None:
        await DB.close_connection_pool()


@asynccontextmanager
async def pooled(patience: float = PATIENCE) -> AsyncIterator[None]:
    """The pool for one process or command."""
    await open_pool(patience)
    try:
        yield
    finally:
        await close_pool()
