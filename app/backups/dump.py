"""Makes a backup: every table of ours in one snapshot, while the desk goes on working."""

from typing import BinaryIO

from asyncpg import Connection

from app import __version__, migrate, tables
from app.backups.archive import FORMAT, BackupTrouble, Contents, Manifest, Writer
from app.secrets import key_id

# Who is signed in, links that work once, counters of tries and signs of life: none of it may come back.
# What posts are found by is made of them again as they come in.
LEFT_OUT = frozenset({"session", "ticket", "throttle", "beat", "search_entry"})
COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY($1::text[]) GROUP BY 1 ORDER BY 1
"""
MIGRATIONS = "SELECT name FROM migration WHERE app_name = $1 ORDER BY name"
# A database that is older than this release lacks some of the tables that hold secrets.
SEALED = """
SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'secret_kid'
"""
KEYS = 'SELECT DISTINCT secret_kid FROM "{}" WHERE secret_kid IS NOT NULL'
OBJECTS = "SELECT count(*) FROM blob WHERE key IS NOT NULL"
UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


def kept() -> list[str]:
    """The tables a backup holds."""
    names = [getattr(tables, name)._meta.tablename for name in tables.__all__]
    return sorted(set(names) - LEFT_OUT)


async def dump(file: BinaryIO) -> Manifest:
    """Write a backup of the database into `file`; returns its manifest."""
    connection = await migrate.connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(UNHURRIED)
            return await _written(connection, file)
    finally:
        await connection.close()


async def _written(connection: Connection, file: BinaryIO) -> Manifest:
    found = {record["table_name"]: tuple(record["columns"]) for record in await connection.fetch(COLUMNS, kept())}
    if "team" not in found:
        raise BackupTrouble("There is no desk in this database: nothing to back up.")
    about = await _about(connection)
    writer = Writer(file)
    for name, columns in found.items():
        about.tables[name] = await _table(connection, writer, name, columns)
    writer.finish(about)
    return about


async def _about(connection: Connection) -> Manifest:
    migrations = tuple(record["name"] for record in await connection.fetch(MIGRATIONS, migrate.APP_NAME))
    holders = [record["table_name"] for record in await connection.fetch(SEALED)]
    sealed = {record["secret_kid"] for name in holders for record in await connection.fetch(KEYS.format(name))}
    server = connection.get_server_version()
    return Manifest(
        format=FORMAT,
        galley=__version__,
        made_at=await connection.fetchval("SELECT now()"),
        postgres=f"{server.major}.{server.minor}",
        migrations=migrations,
        keys=tuple(sorted(sealed | {key_id()})),
        objects=await connection.fetchval(OBJECTS),
    )


async def _table(connection: Connection, writer: Writer, name: str, columns: tuple[str, ...]) -> Contents:
    async def pour(take: object) -> int:
        done = await connection.copy_from_table(name, columns=columns, output=take, format="csv", header=True)
        return int(done.rsplit(" ", 1)[-1])

    return await writer.table(name, pour, columns)
