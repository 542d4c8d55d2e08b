"""One transaction at a time, whole or not at all; the doorbell rings only after the outermost commit.

Piccolo's own transaction() can keep a connection and its ContextVar for ever when its rollback fails, and an
inner one is a join whose swallowed failure keeps its writes (measured). This one gives the connection back
whatever happens, and an inner failure dooms the whole.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import asyncpg

from app.doorbell import Bell, doorbell
from app.piccolo_conf import ACQUIRE_SECONDS, BACK_SECONDS, DB

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 3
COLLIDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_open: ContextVar["atomic | None"] = ContextVar("atomic", default=None)


class Doomed(RuntimeError):
    """An inner step failed and its error was swallowed: the whole transaction is rolled back."""


class Unsure(ConnectionError):
    """The connection was lost during the commit: it was kept, or not. Read again before doing it once more."""


def whole(verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """For a verb that is one transaction and nothing besides: as the victim of a deadlock it is made again.

    Inside a larger transaction it is not: what came before in that one was undone as well.
    """

    @wraps(verb)
    async def made(*args: P.args, **kwargs: P.kwargs) -> R:
        for tried in range(1, TRIES):
            try:
                return await verb(*args, **kwargs)
            except COLLIDED:
                if _open.get() is not None:
                    raise
            await asyncio.sleep(0.05 * tried)
        return await verb(*args, **kwargs)

    return made


class atomic:
    """`async with atomic(): …` nests; only the outermost one commits and rings."""

    def __init__(self) -> None:
        self.bells: list[Bell] = []
        self.locked: set[int] = set()  # posts whose row lock this transaction holds
        self.doomed = False
        self._outer: atomic | None = None
        self._connection: Any = None
        self._gone = False  # the connection was given up already
        self._transaction: Any = None

    async def __aenter__(self) -> "atomic":
        self._outer = _open.get()
        if self._outer is not None:
            return self
        pool = DB.pool
        if pool is None:
            raise RuntimeError("The connection pool is not open: call app.database.open_pool() first.")
        self._connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            await self._begin()
        except BaseException as error:
            if isinstance(error, TimeoutError):
                await self._lose()
            await self._give_back(broken=True)
            raise
        _open.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer is not None:
            self._outer.doomed = self._outer.doomed or error is not None
            return
        broken = True
        try:
            await self._end(error)
            broken = False
        finally:
            await self._give_back(broken=broken)
        if error is None:
            await doorbell.ring(self.bells)

    async def _begin(self) -> None:
        piccolo = DB.transaction()
        piccolo.connection = self._connection
        self._transaction = piccolo.transaction = self._connection.transaction()
        await self._transaction.start()
        DB.current_transaction.set(piccolo)

    async def _end(self, error: BaseException | None) -> None:
        if isinstance(error, TimeoutError):
            await self._lose()  # a rollback would wait as long again for the same dead line
        elif error is not None or self.doomed:
            await self._transaction.rollback()
        else:
            await self._commit()
        if self.doomed and error is None:
            raise Doomed("An inner step failed; nothing of this transaction was kept.")

    async def _commit(self) -> None:
        closed = self._connection.is_closed()
        try:
            await self._transaction.commit()
        except LOST as error:
            if isinstance(error, TimeoutError):
                await self._lose()
            if closed:
                raise
            raise Unsure("The connection was lost while saving.") from error

    async def _lose(self) -> None:
        self._gone = True
        await DB.distrust(self._connection)

    async def _give_back(self, *, broken: bool) -> None:
        """A connection whose end failed is closed, so that no ghost transaction stays behind."""
        _open.set(None)
        DB.current_transaction.set(None)
        if self._gone:
            return
        if broken and not self._connection.is_closed() and self._connection.is_in_transaction():
            self._connection.terminate()
        await DB.pool.release(self._connection, timeout=BACK_SECONDS)  # type: ignore[union-attr]


def unlocked(posts: Collection[int]) -> list[int]:
    """Those of `posts` whose row lock the open transaction does not hold yet; they count as held from here on."""
    current = _open.get()
    if current is None:
        raise RuntimeError("A row lock belongs inside atomic(): outside it is gone at once.")
    missing = sorted(set(posts) - current.locked)
    current.locked.update(missing)
    return missing


def held(post: int) -> None:
    """The open transaction has this post's row lock already, from a statement of its own."""
    unlocked([post])


def ring(job: str, row: int, version: int = 0) -> None:
    """Remember a bell until the outermost commit."""
    current = _open.get()
    if current is None:
        raise RuntimeError("ring() belongs inside atomic(): a bell must not ring for what may roll back.")
    current.bells.append(Bell(job, row, version))
