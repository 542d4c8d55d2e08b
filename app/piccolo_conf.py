"""Piccolo's engine, made from the settings; app.database opens its pool, everybody else only asks it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pkgutil import resolve_name
from typing import Any

from asyncpg import Connection
from piccolo.engine.postgres import PostgresEngine

from app.settings import settings

ACQUIRE_SECONDS = 10
BACK_SECONDS = 2  # to give a connection back; one whose cancelled statement does not end by then is closed


class QuietEngine(PostgresEngine):
    """Piccolo's engine connects when it is made, to read the version: an import must not need a database."""

    async def check_version(self) -> None:
        """`galley migrate` and `galley doctor` ask for the version instead."""

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Connection]:
        """A connection of the pool for a moment."""
        if self.pool is None:
            raise RuntimeError("The connection pool is not open: call app.database.open_pool() first.")
        connection = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            yield connection
        except TimeoutError:
            await self.distrust(connection)
            raise
        finally:
            await self.pool.release(connection, timeout=BACK_SECONDS)

    async def distrust(self, connection: Connection) -> None:
        """No answer at all means a line that died without a sign. The others went the same way, most likely:
        each is made anew before it is used again, or every one of them would cost somebody the same wait."""
        connection.terminate()
        if self.pool is not None:
            await self.pool.expire_connections()

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        """Piccolo's own would wait for a connection for ever."""
        async with self.borrowed() as connection:
            return await connection.fetch(query, *(args or ()))


DB = QuietEngine(
    config={
        "dsn": settings().database_url or None,
        # A transaction that was forgotten gives its row locks back, whatever happened to the task that opened it.
        "server_settings": {
            "application_name": "galley",
            "idle_in_transaction_session_timeout": "30000",
            "statement_timeout": "9000",  # before the pool gives the whole connection up (app/database.py)
            # Nor does a line that died without a sign keep its session at the server: enough of them would use up
            # all there are. The pool gives its own up sooner (app/database.py).
            "idle_session_timeout": "60000",
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
            "jit": "off",  # our statements are short: compiling one costs more than running it
        },
    },
    extensions=(),
)


def __getattr__(name: str) -> Any:
    """The registry, when migrations ask: its module loads a code formatter that web and worker never use."""
    if name == "APP_REGISTRY":
        return resolve_name("piccolo.conf.apps:AppRegistry")(apps=["app.piccolo_app"])
    raise AttributeError(name)
