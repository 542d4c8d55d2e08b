"""`galley migrate` and `galley user add`: commands that reach the database and end."""

import argparse
import asyncio
import sys

import asyncpg

from app import accounts, migrate
from app.database import pooled
from app.settings import SettingsError, demand_secret, settings


def run_migrations(options: argparse.Namespace) -> int:
    """Bring the database to this version; while nobody exists, say where to set up."""
    _demand_settings()
    return asyncio.run(_migrate())


def add_user(options: argparse.Namespace) -> int:
    """Add a person, with the password of the first line of stdin or with an invitation to print."""
    _demand_settings()
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else ""
    if options.password_stdin and not password:
        return _refuse("no password came on stdin.")
    return asyncio.run(_add(options.email, options.name, options.role, password))


async def _migrate() -> int:
    try:
        ran = await migrate.migrate()
    except (OSError, asyncpg.PostgresError, migrate.WrongDatabase) as error:
        return _refuse(f"the database was not migrated: {error}")
    print(f"Migrated: {', '.join(ran)}." if ran else "The database is up to date.")
    async with pooled():
        link = await accounts.setup_link()
    if link:
        print(f"Set up your desk at {link}")
    return 0


async def _add(email: str, name: str, role: str, password: str) -> int:
    try:
        async with pooled(patience=3):
            print(await accounts.add_person(email, name, role, password))
    except accounts.Refused as refused:
        return _refuse(str(refused))
    except (OSError, asyncpg.PostgresError) as error:
        return _refuse(f"the database cannot be used: {error}. `galley doctor` says more.")
    return 0


def _demand_settings() -> None:
    here = settings()
    if not here.database_url:
        raise SettingsError("DATABASE_URL is missing, and no `galley up` runs in the data folder.")
    demand_secret(here)


def _refuse(sentence: str) -> int:
    print(f"galley: {sentence}", file=sys.stderr)
    return 1
