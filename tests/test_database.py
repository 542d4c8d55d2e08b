"""The pool is patient with a database that is starting, and with nothing else."""

import asyncpg
import pytest

from app.database import close_pool, open_pool, patiently
from app.piccolo_conf import DB
from tests.local.drill import free_port


async def test_a_database_that_is_starting_is_waited_for() -> None:
    answers = [FileNotFoundError("no socket yet"), asyncpg.CannotConnectNowError("starting up"), None]

    async def connect() -> str:
        if answer := answers.pop(0):
            raise answer
        return "connected"

    assert await patiently(connect) == "connected"
    assert answers == []


async def test_patience_ends_with_the_reason() -> None:
    async def connect() -> None:
        await asyncpg.connect(f"postgresql://galley@127.0.0.1:{free_port()}/galley")

    with pytest.raises(ConnectionRefusedError):
        await patiently(connect, 0.2)


async def test_a_wrong_name_is_refused_at_once() -> None:
    tries = 0

    async def connect() -> None:
        nonlocal tries
        tries += 1
        await asyncpg.connect(**{**DB.config, "database": "missing"})

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await patiently(connect)
    assert tries == 1


async def test_opening_and_closing_twice_changes_nothing() -> None:
    pool = DB.pool
    await open_pool()
    assert DB.pool is pool
    try:
        await close_pool()
        await close_pool()
        assert DB.pool is None
    finally:
        await open_pool()
