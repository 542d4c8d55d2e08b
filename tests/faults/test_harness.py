"""The harness itself: it sees what was lost or made twice, counts every commit, and its proxy breaks what it should."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app import sql
from tests.faults import verdict
from tests.faults.gate import Gate, counted
from tests.faults.proxy import Chunks, Proxy
from tests.faults.wire import PostgresWatch
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import only, queued, rehearsal, work
from tests.platforms.receiver import Receiver

__all__ = ["impatient", "receiver", "rehearsals", "team"]


async def judged(receiver: Receiver) -> str:
    return " ".join(await verdict.against(receiver.log.effects()))


async def test_what_is_live_once_is_blamed_on_nobody(receiver: Receiver) -> None:
    await work(await queued(await rehearsal(receiver)))
    assert await judged(receiver) == ""


async def test_a_repeated_effect_is_seen(receiver: Receiver) -> None:
    await work(await queued(await rehearsal(receiver, "blind")))
    receiver.log.rows.append({**receiver.log.effects()[0]})
    assert "REPEATED: made 2 times" in await judged(receiver)


async def test_published_without_an_effect_is_seen(receiver: Receiver) -> None:
    await work(await queued(await rehearsal(receiver)))
    receiver.log.rows.clear()
    assert "LOST: published and nothing is there" in await judged(receiver)


async def test_what_stays_under_way_is_seen(receiver: Receiver) -> None:
    await queued(await rehearsal(receiver))
    assert "LOST: still pending" in await judged(receiver)


async def test_an_effect_that_was_never_written_down_is_seen(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver)))
    await sql.run("UPDATE attempt SET request_sha256 = NULL WHERE delivery = $1", (await only(post)).id)
    assert "1 effects that no attempt was written down for" in await judged(receiver)


async def test_failed_though_it_is_there_is_seen(receiver: Receiver) -> None:
    row = await only(await work(await queued(await rehearsal(receiver))))
    await sql.run(
        "UPDATE delivery SET status = 'failed', error_kind = 'unexpected', error_note = 'x' WHERE id = $1", row.id
    )
    assert "it is there, but failed" in await judged(receiver)


async def test_a_missing_event_is_seen(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver)))
    assert not [wrong for wrong in await verdict.breaches() if wrong.startswith("a delivery's event")]
    await sql.run("UPDATE delivery SET version = version + 1 WHERE post = $1", post.id)
    assert [wrong for wrong in await verdict.breaches() if wrong.startswith("a delivery's event")]


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def execute(text: str) -> list[bytes]:
    parse = message(b"P", b"one\0" + text.encode() + b"\0\0\0")
    return [parse, message(b"B", b"\0one\0\0\0\0\0\0\0"), message(b"E", b"\0\0\0\0\0")]


async def stream(*parts: bytes) -> Chunks:
    for part in parts:
        yield part


async def drained(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def talk(watch: PostgresWatch, asked: list[bytes], answered: list[bytes]) -> None:
    """One exchange, and everything arrives as it was sent."""
    sent, hello = b"".join(asked), struct.pack("!I", 8) + b"\0\3\0\0"
    assert await drained(watch.up(stream(hello + sent))) == hello + sent
    assert await drained(watch.down(stream(*answered))) == b"".join(answered)


READY, WITHIN = message(b"Z", b"I"), message(b"Z", b"T")


@pytest.mark.pure
async def test_a_commit_counts_when_its_transaction_changed_a_row() -> None:
    watch = PostgresWatch(Gate())
    watch.gate.arm(None, _never)
    for tag in (b"UPDATE 0\0", b"UPDATE 1\0"):
        await talk(watch, [message(b"Q", b"BEGIN;\0")], [message(b"C", b"BEGIN\0"), WITHIN])
        await talk(watch, execute("UPDATE post SET title = $1"), [message(b"C", tag), WITHIN])
        await talk(watch, [message(b"Q", b"COMMIT;\0")], [message(b"C", b"COMMIT\0"), READY])
    assert watch.gate.names == ["commit post", "committed post"]


@pytest.mark.pure
async def test_a_lone_statement_counts_once_it_is_known_to_change_rows() -> None:
    watch = PostgresWatch(Gate())
    watch.gate.arm(None, _never)
    for _ in range(2):
        await talk(watch, execute("UPDATE media SET next_at = now()"), [message(b"C", b"UPDATE 1\0"), READY])
        await talk(watch, execute("SELECT 1 FROM post FOR UPDATE"), [message(b"C", b"SELECT 1\0"), READY])
    assert watch.gate.names == ["commit media", "committed media"]


@pytest.mark.pure
async def test_the_gate_strikes_once_and_at_the_boundary_it_was_told() -> None:
    gate, struck = Gate(), []

    async def strike(at: Gate) -> None:
        struck.append(len(at.names))

    gate.arm(("b", 2), strike)
    for name in "abbab":
        await gate.at(name)
    assert (struck, gate.names) == ([3], ["a", "b", "b"])
    assert counted(["a", "b", "b"]) == [("a", 1), ("b", 1), ("b", 2)]


async def _never(gate: Gate) -> None:
    raise AssertionError("nothing was to be struck")


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: bytes) -> bytes | None:
    """What came back; b"" for an end or a reset, None for silence."""
    try:
        writer.write(word)
        return await asyncio.wait_for(reader.read(100), 0.3)
    except ConnectionError:
        return b""
    except TimeoutError:
        return None


@pytest.mark.pure
async def test_the_proxy_carries_resets_silences_and_refuses() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    writers: list[Any] = []
    async with Proxy(server.sockets[0].getsockname()[:2]) as proxy:

        async def line() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            made = await asyncio.open_connection("127.0.0.1", proxy.port)
            writers.append(made[1])
            return made

        first = await line()
        assert await said(*first, b"hello") == b"hello"
        assert proxy.silence() == 1
        assert await said(*first, b"anybody?") is None
        second = await line()
        assert await said(*second, b"new") == b"new"
        proxy.reset()
        assert await said(*second, b"still there?") == b""
        proxy.refusing = True
        assert await said(*(await line()), b"let me in") == b""
    for writer in writers:
        writer.close()
    server.close()
