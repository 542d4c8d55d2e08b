"""Asking a desk's API as our own programs do: repeated until answered, never done twice, and clear when it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from app import client as asking
from app import sql
from app.client import Declined, Desk, Unreachable
from tests.api.programs import Program, connect, wish
from tests.local.drill import free_port
from tests.lost_answers import before
from tests.test_images import png


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.PAUSES", (0.01, 0.02, 0.02, 0.02))


@pytest.fixture
async def program(client: httpx.AsyncClient, address: str) -> Program:
    return await connect(client)


async def posts() -> int:
    count: int = await sql.value("SELECT count(*) FROM post")
    return count


@asynccontextmanager
async def scripted(*answers: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives one raw answer after the other, and what it was asked; the last one stays."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        said = answers[min(len(asked), len(answers)) - 1]
        writer.write(said.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def said(status: str, body: str = "{}", *headers: str) -> str:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(lines) + f"\r\n\r\n{body}"


async def test_a_request_is_answered_with_what_the_desk_says(program: Program, address: str) -> None:
    answer = await asking.ask(Desk(address, program.token), "POST", "/posts", wish(draft=True))
    assert answer.said["title"] == "Cold brew"
    assert (await asking.ask(Desk(address, program.token), "GET", f"/posts/{answer.said['id']}")).body == answer.body


@pytest.mark.parametrize("times", [1, 3])
async def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    program: Program, address: str, times: int
) -> None:
    async with before(address, times) as proxy:
        desk = Desk(f"http://{proxy.host_port}", program.token)
        answer = await asking.ask(desk, "POST", "/posts", wish(draft=True))
    assert answer.said["title"] == "Cold brew"
    assert await posts() == 1


async def test_an_answer_that_stays_lost_names_the_key_that_repeats_it_safely(program: Program, address: str) -> None:
    async with before(address, 99) as proxy:
        desk = Desk(f"http://{proxy.host_port}", program.token)
        with pytest.raises(Unreachable, match="may be done") as lost:
            await asking.ask(desk, "POST", "/posts", wish(draft=True))
    again = await asking.ask(Desk(address, program.token), "POST", "/posts", wish(draft=True), key=lost.value.key)
    assert await posts() == 1
    assert again.said["id"] == await sql.value("SELECT id FROM post")


async def test_a_desk_that_comes_back_is_found(program: Program, address: str) -> None:
    async with before(address) as proxy:
        proxy.refusing = True
        asyncio.get_running_loop().call_later(0.03, setattr, proxy, "refusing", False)
        desk = Desk(f"http://{proxy.host_port}", program.token)
        assert (await asking.ask(desk, "POST", "/posts", wish(draft=True))).said["id"]


async def test_nobody_there_is_said_with_the_address_and_nothing_may_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(f"http://127.0.0.1:{free_port()}", "gly_x")
    with pytest.raises(Unreachable, match="cannot be reached") as silence:
        await asking.ask(desk, "POST", "/posts", {})
    assert desk.origin in str(silence.value)
    assert silence.value.key == ""


@pytest.mark.parametrize("status", ["429 Too Many", "502 Bad Gateway", "503 Away", "504 Timeout"])
async def test_a_passing_trouble_is_waited_for_as_long_as_it_asks(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("app.client.sleep", _noting(waited))
    async with scripted(said(status, "{}", "retry-after: 7"), said("200 OK", '{"id": 1}')) as (origin, asked):
        assert (await asking.ask(Desk(origin, "gly_x"), "POST", "/posts", {})).said == {"id": 1}
    assert 6 < waited[0] <= 7
    keys = {line for request in asked for line in request.split(b"\r\n") if line.startswith(b"idempotency-key")}
    assert (len(asked), len(keys)) == (2, 1)


def _noting(waited: list[float]) -> Callable[[float], object]:
    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    return sleep


async def test_a_wait_of_hours_is_told_instead() -> None:
    problem = '{"detail": "Too often.", "code": "too_many_requests"}'
    async with scripted(said("429 Too Many", problem, "retry-after: 7200")) as (origin, asked):
        with pytest.raises(Declined, match="Too often"):
            await asking.ask(Desk(origin, "gly_x"), "GET", "/posts")
    assert len(asked) == 1


async def test_waits_come_to_an_end_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("app.client.sleep", _noting(waited))
    async with scripted(said("503 Away", '{"detail": "Away."}', "retry-after: 40")) as (origin, asked):
        with pytest.raises(Declined, match="Away"):
            await asking.ask(Desk(origin, "gly_x"), "GET", "/posts")
    assert (len(asked), len(waited)) == (3, 2)


@pytest.mark.parametrize("code", ["in_flight", "conflict", "not_scheduled_yet"])
async def test_a_refusal_that_passes_is_asked_again(code: str) -> None:
    busy = said("409 Conflict", f'{{"detail": "Not now.", "code": "{code}"}}')
    async with scripted(busy, said("200 OK", '{"id": 1}')) as (origin, asked):
        await asking.ask(Desk(origin, "gly_x"), "POST", "/posts/1/cancel")
    assert len(asked) == 2


@pytest.mark.parametrize("status", ["404 Not Found", "409 Conflict", "422 Bad", "500 Broken"])
async def test_a_refusal_that_stays_is_asked_once(status: str) -> None:
    problem = '{"detail": "No.", "code": "illegal_move", "fields": {"at": "Soon."}, "allowed": ["submit"]}'
    async with scripted(said(status, problem)) as (origin, asked):
        with pytest.raises(Declined) as no:
            await asking.ask(Desk(origin, "gly_x"), "POST", "/posts", {})
    assert str(no.value) == "No.\nat: Soon.\nPossible now: submit."
    assert (no.value.code, len(asked)) == ("illegal_move", 1)


async def test_what_is_no_galley_is_said() -> None:
    async with scripted(said("200 OK", "<html>")) as (origin, _):
        with pytest.raises(Unreachable, match="is no Galley"):
            await asking.ask(Desk(origin, "gly_x"), "GET", "/posts")


async def test_a_desk_that_moved_is_named_and_gets_no_key_there() -> None:
    async with scripted(said("308 Moved", "", "location: https://desk.example.com/api/posts")) as (origin, asked):
        with pytest.raises(Unreachable, match="leads to https"):
            await asking.ask(Desk(origin, "gly_x"), "POST", "/posts", {})
    assert len(asked) == 1


async def test_a_picture_is_uploaded_with_its_alt_text(program: Program, address: str) -> None:
    asset = await asking.upload(Desk(address, program.token), png(8, 8), "Ein Krug – kühl")
    assert await sql.value("SELECT alt FROM media WHERE asset_id = $1::uuid", asset) == "Ein Krug – kühl"


async def test_a_file_that_is_no_picture_is_declined(program: Program, address: str) -> None:
    with pytest.raises(Declined):
        await asking.upload(Desk(address, program.token), b"no picture", "")
