"""The two servers by themselves: what a start finds lying about, and what it makes of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import from_url

from app.local import Running, Wanted, postgres, servers
from app.local.binaries import find_postgres
from app.local.folder import Folder, at, claimed
from app.local.identity import choose
from app.local.leftover import first_pid
from app.local.programs import spawn
from app.local.trouble import LocalTrouble

from .drill import until

POSTGRES, VALKEY = Wanted(valkey=False, durable=False), Wanted(postgres=False)


@asynccontextmanager
async def started(folder: Path, wanted: Wanted, said: list[str] | None = None) -> AsyncIterator[tuple[Folder, Running]]:
    with claimed(at(folder)) as place:
        async with servers(place, wanted, (said if said is not None else []).append) as running:
            yield place, running


async def ask(place: Folder, statement: str) -> object:
    connection = await asyncpg.connect(place.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "first found"])
async def test_rows_and_keys_outlive_a_restart(folder: Path, embedded: bool) -> None:
    wanted = Wanted(embedded=embedded)
    async with started(folder, wanted) as (place, _):
        await ask(place, "create table kept as select 7 as number")
        async with from_url(place.redis_url) as redis:
            await redis.set("kept", "yes")
    async with started(folder, wanted) as (place, _):
        assert await ask(place, "select number from kept") == 7
        async with from_url(place.redis_url) as redis:
            assert await redis.get("kept") == b"yes"


async def test_letters_beyond_ascii_have_a_lower_case(folder: Path) -> None:
    async with started(folder, POSTGRES) as (place, _):
        assert await ask(place, "select lower('ÄÉÑ')") == "äéñ"


async def test_libpq_reads_the_same_address(folder: Path) -> None:
    async with started(folder, POSTGRES) as (place, _):
        dump = find_postgres().tool("pg_dump")
        process = await asyncio.create_subprocess_exec(
            str(dump), "--schema-only", place.database_url, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
    assert process.returncode == 0
    assert b"PostgreSQL database dump complete" in printed


async def test_no_server_listens_on_a_network_address(folder: Path) -> None:
    async with started(folder, Wanted(durable=False)) as (place, _):
        assert await ask(place, "show listen_addresses") == ""
        async with from_url(place.redis_url) as redis:
            assert (await redis.config_get("port"))["port"] == "0"
        assert place.run.stat().st_mode & 0o077 == 0


async def test_a_server_that_an_earlier_launcher_left_is_ended_first(folder: Path) -> None:
    async with started(folder, POSTGRES) as (place, _):
        pass
    binaries = find_postgres(postgres.made_by(place))
    identity = choose(place.postgres, [binaries.tool("postgres")])
    left = await spawn(postgres.program(place, binaries, identity, durable=False))
    await until(lambda: first_pid(place.postgres / "postmaster.pid") == left.pid)
    async with started(folder, POSTGRES) as (place, running):
        assert running.postgres.pid != left.pid
        assert await ask(place, "select 1") == 1
    assert await left.wait() == 0


async def test_a_lock_that_names_a_stranger_does_not_stop_the_start(folder: Path) -> None:
    async with started(folder, POSTGRES) as (place, _):
        lock = place.postgres / "postmaster.pid"
        written = lock.read_text()
    stranger = await asyncio.create_subprocess_exec("sleep", "60", user=place.postgres.stat().st_uid)
    lock.write_text(written.replace(str(first_pid_of(written)), str(stranger.pid), 1))
    os.chown(lock, place.postgres.stat().st_uid, -1)
    try:
        async with started(folder, POSTGRES) as (place, _):
            assert await ask(place, "select 1") == 1
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_queue_file_nobody_can_read_is_emptied_and_said(folder: Path) -> None:
    said: list[str] = []
    async with started(folder, VALKEY) as (place, _), from_url(place.redis_url) as redis:
        await redis.set("lost", "yes")
    for file in (place.valkey / "appendonlydir").iterdir():
        file.write_bytes(b"this is no append-only file\n" * 20)
    async with started(folder, VALKEY, said) as (place, _), from_url(place.redis_url) as redis:
        assert await redis.get("lost") is None
    assert "The queue is emptied" in said[0]


async def test_data_of_another_major_version_is_refused_with_a_way_out(folder: Path) -> None:
    at(folder).postgres.mkdir(parents=True)
    (at(folder).postgres / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalTrouble, match=r"made by PostgreSQL 9; here is only .*18"):
        async with started(folder, POSTGRES):
            pass


async def test_data_made_by_the_embedded_version_opens_with_it_although_path_has_another(folder: Path) -> None:
    async with started(folder, Wanted(valkey=False, embedded=True, durable=False)) as (place, _):
        made = await ask(place, "show server_version_num")
    async with started(folder, POSTGRES) as (place, _):
        assert await ask(place, "show server_version_num") == made


@pytest.mark.parametrize("name", ["d" * 120, "what?#100%", "Grüße"])
async def test_a_folder_whose_name_no_socket_can_bear_gets_a_short_place_for_it(folder: Path, name: str) -> None:
    long = folder / name
    async with started(long, Wanted(durable=False)) as (place, _):
        assert place.run.parent == Path("/tmp")
        assert await ask(place, "select 1") == 1
        async with from_url(place.redis_url) as redis:
            assert await redis.ping()
    place.run.rmdir()


async def test_a_folder_with_a_blank_in_its_name_works(folder: Path) -> None:
    async with started(folder / "my desk", Wanted(durable=False)) as (place, _):
        assert await ask(place, "select 1") == 1
        async with from_url(place.redis_url) as redis:
            assert await redis.ping()


async def test_a_short_place_laid_by_somebody_else_is_refused(folder: Path) -> None:
    place = at(folder / ("d" * 120))
    place.run.mkdir()
    place.run.chmod(0o777)
    try:
        with pytest.raises(LocalTrouble, match="belongs to somebody else"), claimed(place):
            pass
    finally:
        place.run.rmdir()


async def test_a_server_that_keeps_dying_is_retried_ever_later(folder: Path) -> None:
    said: list[str] = []
    async with started(folder, VALKEY, said) as (_, running):
        for _ in range(3):
            pid = running.valkey.pid
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: running.valkey.pid not in (None, pid))
    assert [sentence.rsplit(" in ")[1] for sentence in said] == ["0.5 s", "1 s", "2 s"]


def first_pid_of(written: str) -> int:
    return int(written.splitlines()[0])
