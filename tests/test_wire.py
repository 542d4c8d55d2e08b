"""What no browser would write, byte by byte at the real port: refused, or served as what it says; never our error."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from app.wire import Wire

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
GET, POST = b"GET /sign-in HTTP/1.1\r\nHost: HERE\r\n", b"POST /sign-in HTTP/1.1\r\nHost: HERE\r\n" + FORM
REFUSED = {
    "a NUL in a header": GET + b"User-Agent: a\x00b\r\n\r\n",
    "a NUL in who forwarded it": GET + b"X-Forwarded-For: 1.2.3.4\x00\r\n\r\n",
    "no host": b"GET /sign-in HTTP/1.1\r\n\r\n",
    "an old browser without a host": b"GET /sign-in HTTP/1.0\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
    "a host of somebody else": b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a host behind a name": b"GET /sign-in HTTP/1.1\r\nHost: HERE@evil.example\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 9\r\n\r\n",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": POST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100 + b"\r\n\r\n",
}  # fmt: skip
SERVED = {
    "letters of no encoding": GET + b"User-Agent: \xff\xfe\xed\xa0\x80\r\n\r\n",
    "a cookie of no encoding": GET + b"Cookie: session=\xff\xed\xa0\x80; theme=\xff\r\n\r\n",
    "a query of no encoding": b"GET /sign-in?next=/%ff%ED%A0%80%00 HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "a path of somebody else": b"GET http://evil.example/sign-in HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "two slashes": b"GET //evil.example/..%2f HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "a way up": b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "a hidden way up": b"GET /static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "a hidden way up in pictures": b"GET /media/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: HERE\r\n\r\n",
}  # fmt: skip


@asynccontextmanager
async def line(address: str) -> AsyncIterator[Line]:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def said(address: str, sent: bytes) -> bytes:
    """The whole answer, or what came until the line fell silent."""
    async with line(address) as (reader, writer):
        writer.write(sent.replace(b"HERE", urlsplit(address).netloc.encode()))
        heard = b""
        try:
            async with asyncio.timeout(2):
                while b"\r\n\r\n" not in heard and (more := await reader.read(65_536)):
                    heard += more
        except (TimeoutError, ConnectionResetError):
            pass
        return heard


@pytest.mark.parametrize("name", REFUSED)
async def test_what_can_be_read_in_two_ways_is_refused(address: str, name: str) -> None:
    answer = await said(address, REFUSED[name])
    assert answer == b"" or answer.split()[1][:1] == b"4", answer[:200]
    assert b"evil" not in answer and answer.count(b"HTTP/1.1 2") == 0


@pytest.mark.parametrize("name", SERVED)
async def test_what_is_only_odd_is_answered_without_an_error(address: str, name: str) -> None:
    answer = await said(address, SERVED[name])
    assert answer.split()[1] in (b"200", b"303", b"400", b"404"), answer[:200]
    assert b"root:" not in answer and b"location: //" not in answer.lower() and b"evil" not in answer
    assert b"content-security-policy" in answer


@pytest.fixture
async def wired(app: Any) -> AsyncIterator[str]:
    """The desk behind the reader that `galley web` uses."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, http=Wire, log_level="warning", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[door]))
        while not server.started and not task.done():  # noqa: ASYNC110  (uvicorn offers no event)
            await asyncio.sleep(0.01)
        yield f"http://localhost:{door.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.mark.parametrize("head", [b"X: " + b"x" * 4_000_000, b"X: y\r\n" * 600_000], ids=["one", "many"])
async def test_a_head_without_end_is_hung_up_on(wired: str, head: bytes) -> None:
    async with line(wired) as (reader, writer):
        with suppress(ConnectionError):
            writer.write(GET.replace(b"HERE", urlsplit(wired).netloc.encode()) + head)
            async with asyncio.timeout(5):
                await writer.drain()
                assert (await reader.read(65_536)).startswith(b"HTTP/1.1 400")
                assert await reader.read() == b""
    async with httpx.AsyncClient(base_url=wired) as visitor:
        assert (await visitor.get("/sign-in")).status_code == 200


async def test_long_bodies_and_one_request_behind_the_other_are_read(wired: str) -> None:
    async with httpx.AsyncClient(base_url=wired) as visitor:
        assert (await visitor.post("/sign-in", content=b"x=" + b"y" * 900_000)).status_code in (403, 415)
        assert (await visitor.get("/sign-in", headers={"x": "y" * 60_000})).status_code == 200
    two = GET.replace(b"HERE", urlsplit(wired).netloc.encode()) + b"\r\n"
    async with line(wired) as (reader, writer):
        writer.write(two * 20)
        heard = b""
        async with asyncio.timeout(10):
            while heard.count(b"HTTP/1.1 200") < 20:
                heard += await reader.read(65_536)


async def test_hundreds_who_never_finish_their_request_keep_nobody_out(address: str) -> None:
    here = urlsplit(address).netloc.encode()
    begun = (
        b"GET /sign-in HTTP/1.1\r\nHost: " + here + b"\r\nX:",
        b"POST /sign-in HTTP/1.1\r\nHost: " + here + b"\r\n" + FORM + b"Content-Length: 900\r\n\r\ncsrf_token=",
    )
    async with AsyncExitStack() as stack:
        for number in range(300):
            _, writer = await stack.enter_async_context(line(address))
            writer.write(begun[number % 2])
        async with httpx.AsyncClient(base_url=address, timeout=10) as visitor:
            assert (await visitor.get("/sign-in")).status_code == 200
            assert (await visitor.get("/ready")).json()["database"] is True
