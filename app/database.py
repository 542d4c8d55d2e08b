"""The pool of connections: opened once per process by web, worker, commands and tests, closed at their end."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg
from asyncpg import Connection

from app.piccolo_conf import DB
from app.settings import settings

PATIENCE = 30.0  # seconds the database may take to start beside us
CONNECT_SECONDS = 5.0
# A line can die without a sign (a firewall, a host that is gone): then no answer is all one ever hears.
ANSWER_SECONDS = 10.0
UNUSED_SECONDS = 30.0  # then a connection is closed; the server ends an idle session after a minute
CLOSE_SECONDS = 2.0
AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that died between two of our calls
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
# asyncpg's InterfaceError is also what our own mistakes raise: a value too many, two queries on one connection.
SAID_OF_A_LOST_LINE = ("clos", "released back")
T = TypeVar("T")


def away(error: BaseException) -> bool:
    """Whether the database, or the line to it, is gone; a mistake of ours is not."""
    if type(error) is asyncpg.InterfaceError:
        return any(words in str(error) for words in SAID_OF_A_LOST_LINE)
    return isinstance(error, AWAY) and not isinstance(error, asyncpg.InterfaceError)


async def open_pool(patience: float = PATIENCE, *, answers_within: float | None = None) -> None:
    """Open the pool in the running loop; without it Piccolo quietly connects anew for every query.

    Web and worker wait for an answer no longer than `answers_within`; a command (a restore, say) takes its time.
    """

    async def start() -> None:
        await DB.start_connection_pool(
            min_size=1,
            max_size=settings().database_pool,
            reset=_as_it_is,
            timeout=CONNECT_SECONDS,
            max_inactive_connection_lifetime=UNUSED_SECONDS,
            command_timeout=answers_within,
        )

    if DB.pool is None:
        await patiently(start, patience)


async def patiently(connect: Callable[[], Awaitable[T]], patience: float = PATIENCE) -> T:
    """Connect as soon as the database takes connections; a wrong password or name is refused at once."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return await connect()
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def insist(verb: Callable[[], Awaitable[T]], patience: float = PATIENCE) -> T:
    """Call a verb that may run twice, again and again while the database is away or full: for what has happened
    already and must be written down. A fence makes the second run harmless when the first one's commit was lost."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return await verb()
        except Exception as error:
            passes = away(error) or isinstance(error, asyncpg.InsufficientResourcesError)
            if not passes or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def _as_it_is(connection: Connection) -> None:
    """Nothing here sets session state, so a connection goes back without a round trip (asyncpg still ends
    an open transaction); that trip was half the cost of a short query."""


async def close_pool() -> None:
    """Give the connections in use a moment, then close them all; closing twice does nothing."""
    if DB.pool is None:
        return
    pool, DB.pool = DB.pool, None
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except AWAY:  # too slow, or a line that broke meanwhile
        pool.terminate()


@asynccontextmanager
async def pooled(patience: float = PATIENCE, *, answers_within: float | None = None) -> AsyncIterator[None]:
    """The pool for one process or command."""
    await open_pool(patience, answers_within=answers_within)
    try:
        yield
    finally:
        await close_pool()
