"""A session that stands still inside a statement gives its locks back; one that works or rests keeps going."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app import sql, standstills
from app.settings import settings
from tests.makers import make_post


@asynccontextmanager
async def session(name: str = "galley") -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings().database_url, server_settings={"application_name": name})
    try:
        yield connection
    finally:
        connection.terminate()


async def stand_still(connection: asyncpg.Connection, post: int) -> None:
    """Lock a post, tell the next statement, and never send its values."""
    await connection.execute("BEGIN")
    await connection.execute(f"SELECT 1 FROM post WHERE id = {post} FOR UPDATE")
    await connection.prepare("UPDATE post SET title = $1 WHERE id = $2")


async def lockable(post: int) -> bool:
    return bool(await sql.rows("SELECT 1 FROM post WHERE id = $1 FOR UPDATE SKIP LOCKED", post))


async def test_the_locks_of_one_that_stands_still_are_free_again(database: None) -> None:
    post = await make_post()
    async with session() as stopped:
        await stand_still(stopped, post.id)
        assert not await lockable(post.id)
        assert await standstills.end() == 0, "it has not stood for long"
        await asyncio.sleep(0.3)
        assert await standstills.end(0.2) == 1
        await asyncio.sleep(0.1)
        assert await lockable(post.id)
        assert stopped.is_closed()


async def test_what_rests_between_statements_and_other_programs_are_left_alone(database: None) -> None:
    post, other = await make_post(), await make_post()
    async with session() as resting, session("psql") as stranger:
        await resting.execute("BEGIN")
        await resting.execute(f"SELECT 1 FROM post WHERE id = {post.id} FOR UPDATE")
        await stand_still(stranger, other.id)
        await asyncio.sleep(0.3)
        assert await standstills.end(0.2) == 0
        assert not await lockable(post.id) and not await lockable(other.id)
