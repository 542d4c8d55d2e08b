"""Brings a backup back: all of it or nothing, in one transaction, at the end of which the desk is frozen."""

from dataclasses import dataclass
from graphlib import TopologicalSorter

from asyncpg import Connection, PostgresError

from app import migrate, sql
from app.atomic import atomic
from app.backups import schema
from app.backups.archive import Archive, BackupTrouble
from app.backups.dump import LEFT_OUT, UNHURRIED, kept
from app.flow import restored
from app.flow.restored import Settled

# Which table must be there before which; the two circular keys of post are asked for at the end.
POINTERS = """
SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS needs FROM pg_constraint
WHERE contype = 'f' AND NOT condeferrable AND conrelid <> confrelid AND connamespace = 'public'::regnamespace
"""
SERIALS = """
SELECT table_name AS table, pg_get_serial_sequence(quote_ident(table_name), 'id') AS counter
FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' AND table_name = ANY($1::text[])
"""
PRESENT = """
SELECT (SELECT count(*) FROM person) AS people, (SELECT count(*) FROM post) AS posts,
  (SELECT count(*) FROM channel WHERE disconnected_at IS NULL) AS channels
"""
COUNT_ON = "SELECT setval($1::text::regclass, greatest((SELECT max(id) FROM {table}), {least}))"
MILLISECONDS = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
OPEN_CALLS = "SELECT count(*) FROM attempt WHERE ended_at IS NULL AND lease_until > now()"


@dataclass(frozen=True, slots=True)
class Present:
    """What a database holds before a restore."""

    people: int
    posts: int
    channels: int

    @property
    def empty(self) -> bool:
        return not (self.people or self.posts or self.channels)


async def present() -> Present:
    found = await sql.row(PRESENT)
    assert found is not None
    return Present(**found)


async def load(archive: Archive, *, replace: bool = False) -> Settled:
    """Put the backup into this database; `replace`: instead of what is there. Raises BackupTrouble.

    A backup of an earlier version goes into the schema it was made from and is migrated, all in the same transaction.
    """
    about = archive.manifest
    schema.demand_known(about)
    if (await migrate.standing()).pending:
        raise BackupTrouble("The database is not at this version: run `galley migrate` first.")
    try:
        async with atomic(), sql.connection() as connection:
            await connection.execute(UNHURRIED)
            await _make_room(connection, replace=replace)
            if schema.older(about):
                await schema.rebuild(connection, about)
            await _fill(connection, archive)
            await schema.forward(len(migrate.written()) - len(about.migrations))
            await _set_counters(connection)
            return await restored.settle(about.made_at)
    except PostgresError as error:
        raise BackupTrouble(f"The database refused the backup, and nothing was changed: {error}.") from error


async def _make_room(connection: Connection, *, replace: bool) -> None:
    """Everything goes, those tables too that no backup holds: sign-ins and links of the desk that was here."""
    if not (await present()).empty and not replace:
        raise BackupTrouble("This database is not empty. Restore into an empty one, or say --replace.")
    if calls := await connection.fetchval(OPEN_CALLS):
        raise BackupTrouble(f"{calls} calls to channels are open right now. Try again in a minute, or freeze first.")
    await connection.execute(f"TRUNCATE {', '.join((*kept(), *LEFT_OUT))}")


async def _fill(connection: Connection, archive: Archive) -> None:
    known = archive.manifest.tables
    if unknown := known.keys() - set(kept()):
        raise BackupTrouble(f"The backup holds tables this version does not have: {', '.join(sorted(unknown))}.")
    for name in await _order(connection, [*known]):
        done = await connection.copy_to_table(
            name, source=archive.chunks(name), columns=list(known[name].columns), format="csv", header=True
        )
        if int(done.rsplit(" ", 1)[-1]) != known[name].rows:
            raise BackupTrouble(f"The table {name} in the backup has not as many rows as it says.")
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


async def _order(connection: Connection, names: list[str]) -> list[str]:
    """Tables before those that point at them."""
    needs: dict[str, set[str]] = {name: set() for name in names}
    for record in await connection.fetch(POINTERS):
        if record["table"] in needs and record["needs"] in needs:
            needs[record["table"]].add(record["needs"])
    return list(TopologicalSorter(needs).static_order())


async def _set_counters(connection: Connection) -> None:
    """Ids go on after the newest. Those of deliveries leap ahead of every one that was given out since the backup:
    keys derive from them, and a platform that remembers a key would take another post's text for a repetition."""
    leap = await connection.fetchval(MILLISECONDS)
    for record in await connection.fetch(SERIALS, kept()):
        if record["counter"]:
            least = leap if record["table"] == "delivery" else 1
            await connection.fetchval(COUNT_ON.format(table=record["table"], least=least), record["counter"])
