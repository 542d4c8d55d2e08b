"""Brings the database to this version's schema, one process at a time; used by commands, doctor and tests."""

import io
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from pkgutil import resolve_name

import asyncpg
from piccolo.apps.migrations.tables import Migration

from app.database import PATIENCE, patiently
from app.piccolo_conf import DB
from app.settings import ROOT

# Any number, the same in every version: whoever migrates this database takes this lock.
LOCK = 0x6A11E7
APP_NAME = "galley"
# By name: Piccolo's runner loads a code formatter, and /ready only compares lists.
RUNNER = "piccolo.apps.migrations.commands.forwards:ForwardsMigrationManager"
ID = re.compile(r'^ID = "(.+)"', re.MULTILINE)
DESCRIPTION = re.compile(r'^DESCRIPTION = "(.*)"', re.MULTILINE)
OLDEST = 14


class WrongDatabase(Exception):
    """This database cannot hold Galley; the message says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How code and database compare: migrations still to run, and ones only a newer Galley knows."""

    pending: tuple[str, ...]
    unknown: tuple[str, ...]


async def migrate() -> tuple[str, ...]:
    """Run what is pending, each migration whole or not at all; returns the descriptions of what ran."""
    async with _alone():
        before = await standing()
        for _ in before.pending:
            await _run_next()
    return tuple(written()[id] for id in before.pending)


async def standing() -> Standing:
    """Compare the migrations folder with the database's own list."""
    known = written()
    have: Iterable[str] = ()
    if await Migration.table_exists().run():
        have = await Migration.get_migrations_which_ran(app_name=APP_NAME)
    return Standing(tuple(sorted(set(known) - set(have))), tuple(sorted(set(have) - set(known))))


@cache
def written() -> dict[str, str]:
    """The migrations of this version: id and description, read without running them."""
    return dict(_read(file.read_text()) for file in (ROOT / "migrations").glob("[!_]*.py"))


def _read(text: str) -> tuple[str, str]:
    id, described = ID.search(text), DESCRIPTION.search(text)
    if id is None:
        raise WrongDatabase('A file of migrations/ has no line  ID = "…".')
    return id[1], described[1] if described else id[1]


async def connect(patience: float = PATIENCE) -> asyncpg.Connection:
    """A connection of its own, as soon as the database takes one."""
    return await patiently(partial(asyncpg.connect, **DB.config), patience)


def demand_version(connection: asyncpg.Connection) -> None:
    """Refuse a PostgreSQL that lacks what the schema uses."""
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise WrongDatabase(f"PostgreSQL {version.major} is too old; Galley needs {OLDEST} or newer.")


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """Hold the advisory lock: two releases that start at once run the migrations one after the other."""
    connection = await connect()
    try:
        demand_version(connection)
        for patience in ("statement_timeout", "idle_session_timeout"):
            await connection.execute(f"SET {patience} = 0")
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield
    finally:
        await connection.close()


async def _run_next() -> None:
    """Piccolo notes a migration as run in a second transaction of its own; ours around it makes them one."""
    async with DB.transaction():
        await Migration.raw("SET LOCAL statement_timeout = 0").run()
        with redirect_stdout(io.StringIO()):
            await resolve_name(RUNNER)(app_name=APP_NAME, migration_id="1").run()
