"""`galley up` as a whole, web and worker replaced by stand-ins, its servers the real ones."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.local.folder import at

from .drill import bare_environment, free_port, launched, processes_of, until

MARKS = {"PostgreSQL": "postgres -D", "Valkey": "unixsoc", "web": "standin.py web", "worker": "standin.py worker"}


def galley(*words: str, told: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    argv = (sys.executable, "-P", "-m", "app.commands", *words)
    return subprocess.run(
        argv, env=bare_environment() | environ, input=told, capture_output=True, text=True, timeout=30
    )


async def test_the_first_start_prints_the_address_and_a_set_up_link_and_nothing_else(folder: Path) -> None:
    async with launched(folder) as up:
        assert await up.line() == f"Galley is ready at http://localhost:{up.port}"
        assert (await up.line()).startswith(f"Set up your desk at http://localhost:{up.port}/setup/")
        up.process.send_signal(signal.SIGTERM)
        out, err = await up.rest()
    assert (out, err, up.process.returncode) == ("", "", 0)
    assert processes_of(folder) == {}


async def test_a_person_added_beside_it_ends_the_set_up_link(folder: Path) -> None:
    async with launched(folder) as up:
        await up.line()
        added = await asyncio.to_thread(
            galley, "user", "add", "--email", "nina@example.com", "--name", "Nina", "--role", "admin",
            "--data", str(folder),
        )  # fmt: skip
        assert f"http://localhost:{up.port}/invite/" in added.stdout, added.stderr
        await up.terminate()
    async with launched(folder) as up:
        await up.line()
        up.process.send_signal(signal.SIGTERM)
        assert (await up.rest())[0] == ""


async def test_the_secret_is_made_once_and_readable_by_its_owner_alone(folder: Path) -> None:
    path, kept = folder / "secret_key", []
    for _ in range(2):
        async with launched(folder) as up:
            await up.line()
            kept.append(path.read_text())
            assert await up.terminate() == 0
    assert kept[0] == kept[1]
    assert len(kept[0]) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_weak_secret_from_the_environment_is_refused(folder: Path) -> None:
    refused = galley("up", "--data", str(folder), "--port", str(free_port()), SECRET_KEY="changeme")
    assert refused.returncode == 2
    assert "SECRET_KEY is missing, a default" in refused.stderr


async def test_each_child_that_is_killed_comes_back(folder: Path) -> None:
    async with launched(folder) as up:
        await up.line()
        for name, mark in MARKS.items():
            killed = up.pid_of(mark)
            assert killed, name
            os.kill(killed, signal.SIGKILL)
            await until(lambda mark=mark, killed=killed: up.pid_of(mark) not in (None, killed))
        await until(up.healthy)
        database = await _connect_patiently(folder)
        assert await database.fetchval("select count(*) from migration") > 0
        await database.close()
        assert await up.terminate() == 0
    assert processes_of(folder) == {}


@pytest.mark.parametrize("words", [(), ("embedded",)], ids=["first found", "embedded"])
async def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_start_is_clean(
    folder: Path, words: tuple[str, ...]
) -> None:
    async with launched(folder, *words) as up:
        await up.line()
        assert len(processes_of(folder)) >= 5
        await up.kill()
        await until(lambda: processes_of(folder) == {}, within=10)
    async with launched(folder, *words) as up:
        assert (await up.line()).startswith("Galley is ready")
        assert await up.terminate() == 0


async def test_a_start_right_after_a_kill_waits_for_the_old_database_to_end(folder: Path) -> None:
    async with launched(folder) as first:
        await first.line()
        await first.kill()
        async with launched(folder) as second:
            assert (await second.line()).startswith("Galley is ready")
            assert await second.terminate() == 0
    assert processes_of(folder) == {}


async def test_a_kill_while_the_data_is_made_leaves_a_folder_that_still_starts(folder: Path) -> None:
    async with launched(folder) as up:
        await until((folder / "postgres.new" / "PG_VERSION").exists)
        await up.kill()
    async with launched(folder) as up:
        assert (await up.line()).startswith("Galley is ready")


async def test_the_embedded_servers_are_used_when_path_has_none(folder: Path) -> None:
    async with launched(folder, PATH="/nonexistent") as up:
        assert (await up.line()).startswith("Galley is ready")
        database = await _connect_patiently(folder)
        assert database.get_server_version().major == 18
        await database.close()
        assert await up.terminate() == 0


async def test_servers_named_by_the_environment_are_used_and_none_is_started(folder: Path) -> None:
    theirs = folder.with_name("theirs")
    async with launched(theirs) as lender:
        await lender.line()
        given = {"DATABASE_URL": at(theirs).database_url, "REDIS_URL": at(theirs).redis_url}
        async with launched(folder, **given) as up:
            assert (await up.line()).startswith("Galley is ready")
            assert up.pid_of(MARKS["PostgreSQL"]) is None
            assert up.pid_of(MARKS["Valkey"]) is None
            assert not (folder / "postgres").exists()
            assert await up.terminate() == 0


def test_a_taken_port_is_named_with_a_way_out_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        refused = galley("up", "--data", str(folder), "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port} at 127.0.0.1 cannot be used" in refused.stderr
    assert f"galley up --port {port + 1}" in refused.stderr
    assert not folder.exists()


async def test_a_second_galley_in_the_same_folder_is_refused(folder: Path) -> None:
    async with launched(folder) as up:
        await up.line()
        refused = await asyncio.to_thread(galley, "up", "--data", str(folder), "--port", str(free_port()))
        assert refused.returncode == 1
        assert f"Another Galley (process {up.process.pid})" in refused.stderr
        assert up.healthy()


async def test_a_web_process_that_cannot_start_ends_the_start_with_its_reason(folder: Path) -> None:
    async with launched(folder, "broken") as up:
        out, err = await up.rest()
    assert up.process.returncode == 1
    assert "web ended with code 3 at start" in err
    assert "ready" not in out
    assert processes_of(folder) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_root_gives_the_data_to_nobody_and_keeps_the_secret(folder: Path) -> None:
    async with launched(folder) as up:
        await up.line()
        owners = {name: (folder / name).stat().st_uid for name in ("postgres", "valkey", "run", "secret_key", ".")}
        await up.terminate()
    nobody = owners["postgres"]
    assert nobody != 0
    assert owners == {"postgres": nobody, "valkey": nobody, "run": nobody, "secret_key": 0, ".": 0}


async def _connect_patiently(folder: Path) -> asyncpg.Connection:
    for _ in range(100):
        try:
            return await asyncpg.connect(at(folder).database_url)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)
    raise AssertionError("the database did not come back")
