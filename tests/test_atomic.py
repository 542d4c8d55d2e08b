"""atomic(): whole or not at all, and whatever happens inside, the connection comes back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app import sql
from app.atomic import Doomed, atomic, ring
from tests.leftovers import kept, none_expected, write
from tests.onlooker import onlooker
from tests.witness import rung


@pytest.fixture
def title() -> str:
    return f"Tides {uuid4().hex}"


@pytest.fixture(autouse=True)
async def clean(database: object) -> AsyncIterator[None]:
    async with none_expected():
        yield


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
            with contextlib.suppress(LookupError):
                async with atomic():
                    raise LookupError
    assert not await kept(title)


async def test_a_doomed_one_rings_no_bell() -> None:
    with pytest.raises(Doomed):
        async with atomic():
            ring("advance", 1)
            with contextlib.suppress(LookupError):
                async with atomic():
                    raise LookupError
    assert await rung() == []


async def test_a_refused_statement_does_not_hide_behind_a_later_success(title: str) -> None:
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with atomic():
            with contextlib.suppress(asyncpg.ForeignKeyViolationError):
                await sql.run("INSERT INTO post_channel (post, channel) VALUES (-1, -1)")
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
    assert await rung() == ["advance:lane-7", "write:7:3"]


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
