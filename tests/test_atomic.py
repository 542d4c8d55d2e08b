"""atomic(): whole or not at all, and whatever happens inside, the connection comes back."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import from_url

from app import atomic as module
from app import doorbell, sql
from app.atomic import Doomed, atomic, ring
from app.piccolo_conf import DB
from app.tables import Campaign
from tests.onlooker import free, left_open, onlooker, size


BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


async def write(title: str) -> None:
    await Campaign(title=title).save()


async def kept(title: str) -> bool:
    return bool(await Campaign.exists().where(Campaign.title == title))


async def kept_by_another_task(title: str) -> bool:
    """Asked in a fresh task: nothing of the test's own context can answer."""
    return await asyncio.create_task(kept(title))


async def rung() -> list[str]:
    async with from_url(os.environ["REDIS_URL"]) as redis:
        queues = [await redis.zrange(queue, 0, -1) for queue in (doorbell.PUBLISHING, doorbell.GENERATION)]
    return sorted(name.decode() for queue in queues for name in queue)


@pytest.fixture
def title() -> str:
    return f"Tides {uuid4().hex}"


@pytest.fixture(autouse=True)
async def nothing_is_left_behind(database: object) -> AsyncIterator[None]:
    """After every test here: no context, no open transaction, every connection free."""
    yield
    async with onlooker() as seen:
        assert await left_open(seen) == 0
    assert DB.current_transaction.get() is None
    assert free() == size()


async def test_what_was_written_is_kept_at_the_end_and_not_before(title: str) -> None:
    async with onlooker() as outside, atomic():
        await write(title)
        assert await outside.fetchval("SELECT count(*) FROM campaign WHERE title = $1", title) == 0
    assert await kept(title)


async def test_an_error_undoes_everything_and_passes_on(title: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            await write(title)
            1 / 0  # noqa: B018
    assert not await kept(title)


async def test_an_inner_one_commits_nothing_by_itself(title: str) -> None:
    async with onlooker() as outside, atomic():
        async with atomic():
            await write(title)
        assert await outside.fetchval("SELECT count(*) FROM campaign WHERE title = $1", title) == 0
    assert await kept(title)


async def test_an_error_after_an_inner_one_undoes_that_too(title: str) -> None:
    with pytest.raises(LookupError):
        async with atomic():
            async with atomic():
                await write(title)
            raise LookupError
    assert not await kept(title)


async def test_an_inner_failure_that_was_swallowed_dooms_the_whole(title: str) -> None:
    with pytest.raises(Doomed):
        async with atomic():
            await write(title)
            try:
                async with atomic():
                    raise LookupError
            except LookupError:
                pass
    assert not await kept(title)


async def test_a_doomed_one_rings_no_bell() -> None:
    with pytest.raises(Doomed):
        async with atomic():
            ring("advance", 1)
            try:
                async with atomic():
                    raise LookupError
            except LookupError:
                pass
    assert await rung() == []


async def test_a_refused_statement_does_not_hide_behind_a_later_success(title: str) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with atomic():
            try:
                await sql.run("INSERT INTO post_channel (post, channel) VALUES (-1, -1)")
            except asyncpg.ForeignKeyViolationError:
                pass
            await write(title)
    assert not await kept(title)


async def test_piccolo_and_plain_sql_share_the_transaction(title: str) -> None:
    with pytest.raises(LookupError):
        async with atomic():
            await write(title)
            await sql.run("INSERT INTO campaign (title) VALUES ($1)", f"{title} again")
            assert await sql.value("SELECT count(*) FROM campaign WHERE title LIKE $1 || '%'", title) == 2
            raise LookupError
    assert not await kept(title) and not await kept(f"{title} again")


async def test_bells_ring_after_the_outermost_commit_only() -> None:
    async with atomic():
        async with atomic():
            ring("advance", 7, 3)
        ring("write", 7, 3)
        assert await rung() == []
    assert await rung() == ["advance:7:3", "write:7:3"]


async def test_no_bell_rings_for_what_was_rolled_back() -> None:
    with pytest.raises(LookupError):
        async with atomic():
            ring("advance", 7)
            raise LookupError
    assert await rung() == []


async def test_ringing_outside_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="inside atomic"):
        ring("advance", 7)


async def test_two_tasks_have_two_transactions(title: str) -> None:
    async def failing() -> None:
        async with atomic():
            await write(f"{title} lost")
            await asyncio.sleep(0.05)
            raise LookupError

    async def working() -> None:
        async with atomic():
            await write(title)
            await asyncio.sleep(0.02)

    results = await asyncio.gather(failing(), working(), return_exceptions=True)
    assert isinstance(results[0], LookupError) and results[1] is None
    assert await kept(title) and not await kept(f"{title} lost")


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
    monkeypatch.setattr(sql, "ACQUIRE_SECONDS", 0.2)
    taken = [await DB.pool.acquire() for _ in range(size())]  # type: ignore[union-attr]
    try:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with atomic():
                pytest.fail("there was no connection to be had")
        with pytest.raises(TimeoutError):
            await sql.value("SELECT 1")
        assert time.monotonic() - began < 1.5
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
