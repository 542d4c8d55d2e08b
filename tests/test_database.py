"""The pool is patient with a database that is starting, and with nothing else."""

import asyncpg
import pytest

from app import sql
from app.database import UNUSED_SECONDS, close_pool, open_pool, patiently
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


async def test_the_server_ends_what_died_without_a_sign_and_the_pool_never_waits_for_that() -> None:
    """A line that a firewall swallowed leaves a session behind; enough of them would use up all there are."""
    ends = "SELECT name, setting::int FROM pg_settings WHERE name = ANY($1)"
    named = ["idle_session_timeout", "idle_in_transaction_session_timeout"]
    after = {found["name"]: found["setting"] / 1000 for found in await sql.rows(ends, named)}
    assert all(0 < seconds <= 60 for seconds in after.values()) and len(after) == 2
    assert after["idle_session_timeout"] >= 2 * UNUSED_SECONDS
