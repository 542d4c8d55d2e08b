"""`galley backup`, `restore` and `freeze` from outside: exit codes, what they print, what they refuse."""

import asyncio
import os
import pty
from pathlib import Path

import pytest

from app import sql
from app.flow import freeze
from app.lifecycles.machine import WORKER
from tests.makers import make_channel, make_post, make_team
from tests.test_commands import GALLEY, galley, scratch

__all__ = ["scratch"]


async def backed_up(folder: Path) -> str:
    await make_team()
    await make_post(title="Tides")
    file = str(folder / "desk.galley")
    code, out, err = await galley("backup", file)
    assert (code, out) == (0, ""), err
    assert "rows as of" in err and "Not in it: SECRET_KEY" in err
    return file


def read(file: str) -> bytes:
    return Path(file).read_bytes()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_an_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    file = await backed_up(tmp_path)
    before = read(file)
    code, _, err = await galley("backup", file)
    assert code == 1 and "exists already" in err
    assert read(file) == before
    assert (await galley("backup", file, "--force"))[0] == 0
    assert names(tmp_path) == ["desk.galley"]


async def test_a_database_without_a_desk_is_not_backed_up(scratch: str, tmp_path: Path) -> None:
    code, _, err = await galley("backup", str(tmp_path / "desk"), DATABASE_URL=scratch)
    assert code == 1 and "nothing to back up" in err
    assert names(tmp_path) == []


async def test_restoring_into_a_fresh_database_migrates_it_first(scratch: str, tmp_path: Path) -> None:
    code, out, err = await galley("restore", await backed_up(tmp_path), DATABASE_URL=scratch)
    assert code == 0, err
    assert "Sending is frozen until an admin lifts it." in out
    code, out, _ = await galley("migrate", DATABASE_URL=scratch)
    assert (code, out.splitlines()[0]) == (0, "The database is up to date.")


async def test_what_is_there_is_not_replaced_without_a_word(tmp_path: Path) -> None:
    file = await backed_up(tmp_path)
    code, _, err = await galley("restore", file)
    assert code == 1 and "not empty" in err
    code, _, err = await galley("restore", file, "--replace")
    assert code == 1 and "say --yes" in err
    assert await sql.value("SELECT frozen_at IS NULL FROM team")


@pytest.mark.parametrize(("typed", "code"), [("no\n", 1), ("replace\n", 0)])
async def test_at_a_terminal_it_asks_first(tmp_path: Path, typed: str, code: int) -> None:
    file = await backed_up(tmp_path)
    here, there = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *GALLEY, "restore", file, "--replace", stdin=there, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.write(here, typed.encode())
    out, err = await process.communicate()
    os.close(here)
    os.close(there)
    assert process.returncode == code, err.decode()
    assert b"This database holds 0 people, 1 posts and 0 channels." in out
    assert await sql.value("SELECT frozen_at IS NULL FROM team") is (code == 1)


async def test_another_secret_key_is_told_with_what_to_do(tmp_path: Path) -> None:
    await make_channel(secret_kid="ab12cd34", secret=b"sealed")
    code, out, err = await galley("restore", await backed_up(tmp_path), "--replace", "--yes")
    assert code == 0, err
    assert "Secrets are sealed with key ab12cd34" in out and "Bring the earlier SECRET_KEY back" in out


async def test_rubbish_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"PK\x03\x04 and then nothing")
    code, _, err = await galley("restore", str(tmp_path / "rubbish"))
    assert code == 1 and "not a whole backup" in err and "Traceback" not in err


@pytest.mark.parametrize("words", [("backup", "x"), ("restore", "x"), ("freeze", "on")])
async def test_without_a_database_each_says_what_is_missing(words: tuple[str, ...], tmp_path: Path) -> None:
    code, _, err = await galley(*words, "--data", str(tmp_path), DATABASE_URL="")
    assert code == 2 and "DATABASE_URL is missing" in err and "Traceback" not in err


async def test_freeze_is_switched_from_the_terminal() -> None:
    await make_team()
    code, out, err = await galley("freeze", "on", "--note", "Fire.")
    assert code == 0 and "Sending is frozen." in out, err
    assert await sql.value("SELECT frozen_note FROM team") == "Fire."
    code, _, err = await galley("freeze", "on")
    assert code == 1 and "frozen already" in err
    code, out, err = await galley("freeze", "off")
    assert code == 1 and "say --yes" in err and "Go out when it is lifted" in out
    code, out, _ = await galley("freeze", "off", "--yes")
    assert code == 0 and "Sending goes on." in out
    assert await sql.value("SELECT frozen_at IS NULL FROM team")


async def test_show_changes_nothing() -> None:
    await make_team()
    await freeze.freeze(by=WORKER)
    code, out, _ = await galley("freeze", "show")
    assert code == 0 and "they stay held: none" in out
    assert await sql.value("SELECT frozen_at IS NOT NULL FROM team")
