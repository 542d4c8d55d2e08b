"""Verbs that are made again after a deadlock, those that insist, and commits of which nobody heard the end."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from app import sql
from app.atomic import TRIES, Unsure, atomic, whole
from app.database import insist
from app.pages.errors import read
from app.piccolo_conf import DB
from tests.faults.proxy import Proxy
from tests.leftovers import kept_by_another_task, write
from tests.makers import make_campaign
from tests.servers import Place


async def test_of_two_verbs_that_lock_each_other_out_both_are_made() -> None:
    one, other = [(await make_campaign()).id for _ in range(2)]
    tries: list[int] = []

    @whole
    async def touch(first: int, then: int) -> None:
        tries.append(first)
        async with atomic():
            for campaign in (first, then):
                await sql.run("UPDATE campaign SET brief = brief || 'x' WHERE id = $1", campaign)
                await asyncio.sleep(0.2)

    await asyncio.gather(touch(one, other), touch(other, one))
    assert len(tries) == 3, "one of them twice"
    assert [row["brief"] for row in await sql.rows("SELECT brief FROM campaign")] == ["xx", "xx"]


async def test_after_three_tries_it_gives_up_and_people_are_told_to_try_again() -> None:
    tries: list[None] = []

    @whole
    async def unlucky() -> None:
        tries.append(None)
        raise asyncpg.DeadlockDetectedError("again")

    with pytest.raises(asyncpg.DeadlockDetectedError) as met:
        await unlucky()
    assert len(tries) == TRIES
    assert (read(met.value).status, read(met.value).title) == (409, "It changed in the meantime")


async def test_inside_a_larger_transaction_it_is_not_made_again() -> None:
    tries: list[None] = []

    @whole
    async def unlucky() -> None:
        tries.append(None)
        raise asyncpg.SerializationError("again")

    with pytest.raises(asyncpg.SerializationError):
        async with atomic():
            await unlucky()
    assert len(tries) == 1


async def test_what_has_happened_is_written_down_as_soon_as_the_database_is_back() -> None:
    away = [ConnectionRefusedError(), asyncpg.InterfaceError("closed"), None]

    async def verb() -> str:
        if error := away.pop(0):
            raise error
        return "written"

    assert await insist(verb) == "written"
    assert away == []


@pytest.mark.parametrize("error", [asyncpg.DiskFullError("no room"), asyncpg.TooManyConnectionsError("too many")])
async def test_a_database_without_room_is_insisted_on(error: Exception) -> None:
    later = [error, None]

    async def verb() -> str:
        if now := later.pop(0):
            raise now
        return "written"

    assert await insist(verb) == "written"


async def test_a_mistake_of_ours_is_not_insisted_on() -> None:
    async def verb() -> None:
        await sql.value("SELECT id FROM post WHERE version = $1", 1, 2)

    with pytest.raises(asyncpg.InterfaceError):
        await insist(verb)


async def test_what_is_wrong_with_the_verb_itself_is_not_insisted_on() -> None:
    async def verb() -> None:
        raise asyncpg.UniqueViolationError("twice")

    with pytest.raises(asyncpg.UniqueViolationError):
        await insist(verb)


async def test_a_commit_whose_answer_is_lost_is_unsure_and_people_are_told_to_look(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy lets COMMIT through and loses the answer: it was kept, and the verb may not say otherwise."""
    title = f"Tides {uuid4().hex}"
    async with Proxy(place.folder.run / ".s.PGSQL.5432") as proxy:
        dsn = f"postgresql://galley@127.0.0.1:{proxy.port}/galley?sslmode=disable"
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1, command_timeout=1)
        with monkeypatch.context() as patched, pytest.raises(Unsure) as met:
            patched.setattr(DB, "pool", pool)
            async with atomic():
                await write(title)
                _lose_what_comes_back(proxy)
        pool.terminate()
    assert await kept_by_another_task(title)
    trouble = read(met.value)
    assert (trouble.status, trouble.headers["Retry-After"]) == (503, "5")
    assert "may be saved or not" in trouble.detail


def _lose_what_comes_back(proxy: Proxy) -> None:
    (line,) = proxy.lines
    near = line.sides[0]
    near.write = lambda data: None  # type: ignore[method-assign]
