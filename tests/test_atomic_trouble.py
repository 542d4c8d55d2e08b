"""atomic() in trouble: parallel queries, killed backends, cancellations, an empty pool. The connection comes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app import atomic as module
from app import sql
from app.atomic import atomic, ring
from app.piccolo_conf import DB
from tests.leftovers import kept, kept_by_another_task, none_expected, write
from tests.onlooker import free, onlooker, size
from tests.witness import rung

BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@pytest.fixture
def title() -> str:
    return f"Tides {uuid4().hex}"


@pytest.fixture(autouse=True)
async def clean(database: object) -> AsyncIterator[None]:
    async with none_expected():
        yield


@pytest.mark.parametrize("times", [1, 4])
async def test_gather_inside_leaks_neither_connection_nor_context(title: str, times: int) -> None:
    """More often than the pool has connections left over: a leak would hang the last of them."""
    for _ in range(times * 3):
        with pytest.raises(asyncpg.InterfaceError):
            async with atomic():
                await write(title)
                await asyncio.gather(*(sql.value("SELECT pg_sleep(0.02)") for _ in range(3)))
    assert DB.current_transaction.get() is None
    assert not await kept_by_another_task(title)
    async with atomic():
        await write(title)
    assert await kept_by_another_task(title)


async def test_a_task_that_outlives_its_transaction_writes_nothing(title: str) -> None:
    async def late() -> None:
        await asyncio.sleep(0.05)
        await write(title)

    async with atomic():
        task = asyncio.create_task(late())
    with pytest.raises(asyncpg.InterfaceError):
        await task
    assert not await kept(title)


async def test_a_killed_backend_inside_undoes_everything(title: str) -> None:
    with pytest.raises(BROKEN):
        async with atomic():
            await write(title)
            await _kill(await sql.value("SELECT pg_backend_pid()"))
            await sql.value("SELECT 1")
    assert not await kept(title)


async def test_a_backend_killed_just_before_the_commit_is_no_success(title: str) -> None:
    with pytest.raises(BROKEN):
        async with atomic():
            await write(title)
            ring("advance", 9)
            await _kill(await sql.value("SELECT pg_backend_pid()"))
    assert not await kept(title)
    assert await rung() == []


async def test_backends_killed_while_idle_are_replaced(title: str) -> None:
    async with onlooker() as seen:
        await seen.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'galley'")
    await asyncio.sleep(0.1)
    async with atomic():
        await write(title)
    assert await kept(title)


async def test_a_cancelled_task_gives_everything_back(title: str) -> None:
    async def slow() -> None:
        async with atomic():
            await write(title)
            await sql.value("SELECT pg_sleep(30)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    assert free() == size() - 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await kept(title)


async def test_a_timeout_inside_gives_everything_back(title: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), atomic():
            await write(title)
            await sql.value("SELECT pg_sleep(30)")
    assert not await kept(title)


async def test_an_exhausted_pool_is_an_error_and_not_a_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACQUIRE_SECONDS", 0.2)
    monkeypatch.setattr("app.piccolo_conf.ACQUIRE_SECONDS", 0.2)
    taken = [await DB.pool.acquire() for _ in range(size())]  # type: ignore[union-attr]
    try:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with atomic():
                pytest.fail("there was no connection to be had")
        with pytest.raises(TimeoutError):
            await sql.value("SELECT 1")
        assert time.monotonic() - began < 10
    finally:
        for connection in taken:
            await DB.pool.release(connection)  # type: ignore[union-attr]
    async with atomic():
        assert await sql.value("SELECT 1") == 1


async def test_without_a_pool_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DB, "pool", None)
    with pytest.raises(RuntimeError, match="open_pool"):
        async with atomic():
            pass
    with pytest.raises(RuntimeError, match="open_pool"):
        await sql.value("SELECT 1")


async def _kill(pid: int) -> None:
    async with onlooker() as seen:
        assert await seen.fetchval("SELECT pg_terminate_backend($1)", pid)
