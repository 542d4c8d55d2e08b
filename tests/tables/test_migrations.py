"""The migrations run from nothing, all the way back, and again; each time to the same schema."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app import migrate as releases
from app import sql
from app.piccolo_conf import DB
from app.settings import ROOT

LEFT = """
select tablename::text from pg_tables where schemaname = 'public' and tablename <> 'migration'
union all select proname::text from pg_proc where pronamespace = 'public'::regnamespace
"""
SHAPE = """
select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
  from information_schema.columns where table_schema = 'public'
union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
union all select indexdef from pg_indexes where schemaname = 'public'
union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
order by 1
"""


@pytest.fixture
async def scratch() -> AsyncIterator[str]:
    """The name of an empty database on the tests' server."""
    name = f"scratch_{uuid4().hex[:12]}"
    server = await asyncpg.connect(**DB.config)
    await server.execute(f"create database {name} template template0")
    try:
        yield name
    finally:
        await server.execute(f"drop database {name} with (force)")
        await server.close()


async def migrate(direction: str, database: str) -> None:
    """Run Piccolo's own runner in a process of its own: the engine is bound once per process."""
    script = (
        "import asyncio, sys; from app.piccolo_conf import DB; DB.config['database'] = sys.argv[2];"
        " from piccolo.apps.migrations.commands import backwards, forwards;"
        " forth = lambda: forwards.run_forwards('galley');"
        " back = lambda: backwards.run_backwards('galley', 'all', auto_agree=True);"
        " result = asyncio.run({'forwards': forth, 'backwards': back}[sys.argv[1]]());"
        " sys.exit(0 if result.success else 1)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, direction, database, cwd=ROOT, env=_environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def _environment() -> dict[str, str]:
    """Ours, pointing at the tests' server."""
    return {**os.environ, "PICCOLO_CONF": "app.piccolo_conf", "DATABASE_URL": str(DB.config["dsn"])}


async def look(database: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(**{**DB.config, "database": database})
    try:
        return [record[0] for record in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_migrations_go_forwards_back_to_nothing_and_forwards_to_the_same_schema(scratch: str) -> None:
    await migrate("forwards", scratch)
    first = await look(scratch, SHAPE)
    await migrate("backwards", scratch)
    assert await look(scratch, LEFT) == []
    await migrate("forwards", scratch)
    assert await look(scratch, SHAPE) == first


async def test_the_lock_of_a_release_outlasts_a_long_migration(
    database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session is idle meanwhile, and an idle session is ended after a while."""
    soon = DB.config["server_settings"] | {"idle_session_timeout": "200"}
    monkeypatch.setitem(DB.config, "server_settings", soon)
    async with releases._alone():
        await asyncio.sleep(0.5)
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1"
        assert await sql.value(held, releases.LOCK) == 1
