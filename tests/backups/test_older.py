"""A backup of an earlier version: loaded into its own schema and migrated to this one, all in one transaction."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from app import migrate, sql
from app.atomic import atomic
from app.backups import schema
from app.backups.archive import FORMAT, Manifest
from app.settings import ROOT
from tests.backups.damage import damage
from tests.rows import now
from tests.tables.test_migrations import SHAPE
from tests.test_commands import galley, scratch

__all__ = ["scratch"]
other = scratch
EARLIER = "2026-11-21T00:00:07:000000"  # the last migration of the first version
FORWARDS = (
    "import asyncio, sys; from piccolo.apps.migrations.commands.forwards import run_forwards;"
    " sys.exit(0 if asyncio.run(run_forwards('galley', sys.argv[1])).success else 1)"
)
LATER = "select count(*) from information_schema.columns where table_name = 'team' and column_name = 'frozen_note'"
ROWS = """
insert into team (name, zone) values ('Harbour', 'UTC');
insert into person (email, name, role) values ('nina@example.com', 'Nina', 'admin');
insert into channel (platform, name, next_free_at) values ('webhook', 'Hook', now());
insert into post (status, title, keyword, angle, brief, zone, version) values
  ('awaiting_user_date', 'Tides', '', '', '', 'UTC', 1);
insert into event (about, about_id, move, by_kind) values ('team', 1, 'save', 'worker');
"""


@pytest.fixture
async def earlier(scratch: str, tmp_path: Path) -> str:
    """A backup of a desk as the first version left it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FORWARDS, EARLIER, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "DATABASE_URL": scratch, "PICCOLO_CONF": "app.piccolo_conf"},
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    await ask(scratch, ROWS)
    file = str(tmp_path / "earlier.galley")
    code, _, err = await galley("backup", file, DATABASE_URL=scratch)
    assert code == 0, err
    return file


async def ask(address: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(address)
    try:
        if statement is ROWS:
            await connection.execute(statement)
            return []
        return [record[0] for record in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_an_earlier_backup_ends_in_the_present_schema_with_its_rows(earlier: str, other: str) -> None:
    code, out, err = await galley("restore", earlier, DATABASE_URL=other)
    assert code == 0, err
    assert sorted(await ask(other, SHAPE)) == sorted(await ask(os.environ["DATABASE_URL"], SHAPE))
    assert await ask(other, "select title from post") == ["Tides"]
    assert await ask(other, "select frozen_for from team") == ["restore"]
    assert await ask(other, "select move from event order by id") == ["save", "restore"]
    with pytest.raises(asyncpg.RestrictViolationError):
        await ask(other, "delete from event returning 1")
    code, out, _ = await galley("migrate", DATABASE_URL=other)
    assert code == 0 and out.startswith("The database is up to date.")


async def test_its_rows_go_into_the_schema_they_came_from() -> None:
    ids = sorted(migrate.written())
    about = Manifest(FORMAT, "0.1.0", now(), "18.4", tuple(ids[: ids.index(EARLIER) + 1]), ())
    with pytest.raises(ZeroDivisionError):
        async with atomic(), sql.connection() as connection:
            await schema.rebuild(connection, about)
            assert await sql.value(LATER) == 0
            await schema.forward(len(ids) - len(about.migrations))
            assert await sql.value(LATER) == 1
            raise ZeroDivisionError
    assert (await migrate.standing()).pending == ()


async def test_an_earlier_backup_that_breaks_off_leaves_schema_and_rows_alone(earlier: str, other: str) -> None:
    assert (await galley("restore", earlier, DATABASE_URL=other))[0] == 0
    before = await ask(other, SHAPE)
    damage(Path(earlier), "person.csv", lambda data: data.replace(b"Nina", b"Nino"))
    code, _, err = await galley("restore", earlier, "--replace", "--yes", DATABASE_URL=other)
    assert code == 1 and "person in the backup is not what was written" in err
    assert await ask(other, SHAPE) == before
    assert await ask(other, "select name from person") == ["Nina"]
