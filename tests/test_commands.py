"""The `galley` command from outside: exit codes, what it prints, and the processes it starts."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app import sql
from tests.local.drill import free_port, until

GALLEY = (sys.executable, "-P", "-m", "app.commands")


async def galley(*words: str, told: str = "", **environ: str) -> tuple[int, str, str]:
    process = await start(*words, **environ)
    out, err = await asyncio.wait_for(process.communicate(told.encode()), 30)
    return process.returncode or 0, out.decode(), err.decode()


async def start(*words: str, **environ: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *GALLEY, *words, env=os.environ | environ, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


@pytest.fixture
async def scratch() -> AsyncIterator[str]:
    """The address of an empty database of its own."""
    name, address = f"scratch_{uuid4().hex[:12]}", os.environ["DATABASE_URL"]
    await sql.run(f"create database {name}")
    yield address.replace("/galley?", f"/{name}?")
    await sql.run(f"drop database {name} with (force)")


@asynccontextmanager
async def web(port: int, **environ: str) -> AsyncIterator[Process]:
    process = await start("web", PORT=str(port), **environ)
    try:
        await until(lambda: process.returncode is not None or _listens(port))
        assert process.returncode is None, (await process.communicate())[1].decode()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("command", ["web", "worker", "migrate"])
@pytest.mark.parametrize("key", ["", "changeme"])
async def test_a_missing_or_default_secret_refuses_to_start_and_says_what_to_do(command: str, key: str) -> None:
    code, out, err = await galley(command, SECRET_KEY=key)
    assert (code, out) == (2, "")
    assert "SECRET_KEY is missing, a default" in err
    assert "token_urlsafe" in err


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
async def test_a_part_alone_names_the_server_it_lacks(variable: str) -> None:
    code, _, err = await galley("worker", **{variable: ""})
    assert code == 2
    assert f"{variable} is missing" in err


async def test_a_number_that_is_none_is_refused_without_a_traceback() -> None:
    code, _, err = await galley("web", PORT="http")
    assert (code, err) == (2, "galley: PORT is 'http'; it takes a whole number.\n")


async def test_migrate_says_what_it_did_and_the_second_time_that_nothing_was_left(scratch: str) -> None:
    code, first, err = await galley("migrate", DATABASE_URL=scratch)
    assert code == 0, err
    assert first.startswith("Migrated: ")
    _, second, _ = await galley("migrate", DATABASE_URL=scratch)
    assert second.startswith("The database is up to date.")
    assert all("\nSet up your desk at http" in printed for printed in (first, second))


async def test_releases_that_migrate_at_once_take_turns(scratch: str) -> None:
    runs = await asyncio.gather(*(galley("migrate", DATABASE_URL=scratch) for _ in range(3)))
    assert [code for code, _, _ in runs] == [0, 0, 0], runs
    assert sorted(out.startswith("Migrated: ") for _, out, _ in runs) == [False, False, True]


async def test_a_migration_that_fails_leaves_neither_its_work_nor_its_note(scratch: str) -> None:
    connection = await asyncpg.connect(scratch)
    await connection.execute("create table team (taken int)")
    code, _, err = await galley("migrate", DATABASE_URL=scratch)
    assert code == 1
    assert "was not migrated" in err
    tables = await connection.fetch("select tablename::text from pg_tables where schemaname = 'public'")
    await connection.close()
    assert [row[0] for row in tables] == ["team"]


async def test_migrate_names_a_database_that_does_not_exist(scratch: str) -> None:
    code, _, err = await galley("migrate", DATABASE_URL=scratch.replace("scratch_", "missing_"))
    assert code == 1
    assert "does not exist" in err


async def test_a_person_is_added_with_a_password_from_stdin() -> None:
    words = ("user", "add", "--email", "nina@example.com", "--name", "Nina", "--role", "editor")
    code, out, err = await galley(*words, "--password-stdin", told="correct horse battery\n")
    assert code == 0, err
    assert "nina@example.com" in out
    assert "/invite/" not in out
    assert await sql.value("select role from person where password_hash like '$argon2id$%'") == "editor"


async def test_a_person_is_added_with_an_invitation_when_there_is_no_password() -> None:
    words = ("user", "add", "--email", "nina@example.com", "--name", "Nina", "--role", "writer")
    code, out, err = await galley(*words)
    assert code == 0, err
    assert f"{os.environ['PUBLIC_URL']}/invite/" in out
    assert await sql.value("select password_hash from person") is None
    code, _, err = await galley(*words)
    assert code == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(("told", "reason"), [("short\n", "12"), ("", "no password came on stdin")])
async def test_a_bad_password_is_refused_and_nobody_is_added(told: str, reason: str) -> None:
    words = ("user", "add", "--email", "nina@example.com", "--name", "Nina", "--role", "editor", "--password-stdin")
    code, _, err = await galley(*words, told=told)
    assert code == 1
    assert reason in err
    assert await sql.value("select count(*) from person") == 0


async def test_web_serves_on_the_platforms_port_and_does_not_say_what_it_is() -> None:
    port = free_port()
    async with web(port, HOST="127.0.0.1") as process, httpx.AsyncClient() as visitor:
        answer = await visitor.get(f"http://127.0.0.1:{port}/health")
        assert answer.status_code == 200
        assert "server" not in answer.headers
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 10)
    assert b"/health" not in out + err


async def test_web_ends_in_time_although_a_visitor_holds_a_request() -> None:
    port = free_port()
    async with web(port, HOST="127.0.0.1") as process:
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
            await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 10)


async def test_the_worker_beats_and_ends_cleanly_on_sigterm() -> None:
    process = await start("worker")
    try:
        for _ in range(200):
            if await sql.value("select count(*) from beat"):
                break
            await asyncio.sleep(0.1)
        assert await sql.value("select count(*) from beat") == 1
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 25)
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
