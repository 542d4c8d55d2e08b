"""The schema a backup fits: this version's, or an earlier one that is built first and migrated once the rows are in."""

import io
from contextlib import redirect_stdout
from pkgutil import resolve_name

from asyncpg import Connection

from app import migrate
from app.backups.archive import BackupTrouble, Manifest
from app.backups.dump import LEFT_OUT, kept

# Functions of ours that indexes and triggers call; the triggers' own are found by their triggers.
CALLED = ("fingerprint(text)", "search_words(text, text, text)")
OWN_FUNCTIONS = """
SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1::text[])
"""


def demand_known(about: Manifest) -> None:
    """This version must know every migration the backup has been through, and in that order."""
    known = sorted(migrate.written())
    if more := set(about.migrations) - set(known):
        raise BackupTrouble(
            f"This backup was made by a newer Galley ({about.galley}; {len(more)} migrations that this one does not"
            " know). Install that version, then restore."
        )
    if list(about.migrations) != known[: len(about.migrations)]:
        raise BackupTrouble(f"This backup was made by another line of Galley ({about.galley}): its schema is not ours.")


def older(about: Manifest) -> bool:
    return len(about.migrations) < len(migrate.written())


async def rebuild(connection: Connection, about: Manifest) -> None:
    """Every table of ours anew, as the version that made the backup had them; inside the restore's transaction."""
    names = [*kept(), *LEFT_OUT]
    functions = [record[0] for record in await connection.fetch(OWN_FUNCTIONS, names)]
    await connection.execute(f"DROP TABLE IF EXISTS {', '.join(names)} CASCADE")
    for function in functions:
        await connection.execute(f"DROP FUNCTION {function} CASCADE")
    for function in CALLED:
        await connection.execute(f"DROP FUNCTION IF EXISTS {function} CASCADE")
    await connection.execute("DELETE FROM migration WHERE app_name = $1", migrate.APP_NAME)
    await forward(len(about.migrations))


async def forward(steps: int) -> None:
    """Run that many migrations; they join the open transaction."""
    for _ in range(steps):
        with redirect_stdout(io.StringIO()):
            await resolve_name(migrate.RUNNER)(app_name=migrate.APP_NAME, migration_id="1").run()
