"""What a connection is about to do: PostgreSQL's messages and one HTTP exchange, told to a gate at each boundary."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.gate import Gate
from tests.faults.proxy import Chunks

WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?! SKIP| NOWAIT)", re.IGNORECASE)
LOCKS = re.compile(r"FOR (NO KEY )?UPDATE", re.IGNORECASE)
NOT_WORK = re.compile(r"\b(beat|session|throttle|breach)\b", re.IGNORECASE)  # written by every process, all the time
NAMED = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


@dataclass
class PostgresWatch:
    """Stops at every commit that changes something: before it is asked for, and before its answer arrives.

    A sweep's statement that finds nothing to do commits nothing: only those count that have changed a row before
    (`gate.fruitful`, learnt while nothing is struck).
    """

    gate: Gate
    statements: dict[bytes, str] = field(default_factory=dict)
    portals: dict[bytes, str] = field(default_factory=dict)
    state: bytes = b"I"  # the server's word: idle, in a transaction, in a failed one
    running: str = ""  # the write whose answer will say how many rows it changed
    changed: list[str] = field(default_factory=list)  # tables the open transaction has written
    asked: str = ""  # the commit whose answer is awaited

    async def up(self, chunks: Chunks) -> Chunks:
        async for message in messages(chunks, greeted=False):
            if mark := self._commits(message):
                await self.gate.at(f"commit {mark}")
                self.asked = mark
            yield message

    async def down(self, chunks: Chunks) -> Chunks:
        async for message in messages(chunks):
            if message[:1] in (b"C", b"s"):  # done; or stopped after the one row that was wanted
                self._done(message[5:-1].decode() or "SELECT 1")
            if message[:1] == b"Z":
                self.state, asked, self.asked = message[5:6], self.asked, ""
                if asked:
                    await self.gate.at(f"committed {asked}")
            yield message

    def _commits(self, message: bytes) -> str:
        """The tables whose change this message makes final; nothing for every other message."""
        kind, body = message[:1], message[5:]
        match kind:
            case b"P":
                name, text, _ = body.split(b"\0", 2)
                self.statements[name] = text.decode(errors="replace")
            case b"B":
                portal, name, _ = body.split(b"\0", 2)
                self.portals[portal] = self.statements.get(name, "")
            case b"E":
                return self._runs(self.portals.get(body.split(b"\0", 1)[0], ""))
            case b"Q":
                return self._runs(body[:-1].decode(errors="replace"))
        return ""

    def _runs(self, text: str) -> str:
        word = text.strip().split(" ")[0].strip(";").upper()
        if word in ("COMMIT", "ROLLBACK", "BEGIN"):
            changed, self.changed = self.changed, []
            return "+".join(dict.fromkeys(changed)) if word == "COMMIT" else ""
        if not WRITES.search(LOCKS.sub("", text)) or NOT_WORK.search(text):
            return ""
        self.running = text
        return "+".join(dict.fromkeys(_tables(text))) if self.state == b"I" and text in self.gate.fruitful else ""

    def _done(self, tag: str) -> None:
        """The server says how many rows: `UPDATE 1`, `INSERT 0 1`, and `SELECT 1` for a WITH that writes."""
        text, self.running = self.running, ""
        if text and tag.rsplit(" ", 1)[-1] not in ("0", tag):
            self.gate.fruitful.add(text)
            self.changed += _tables(text) if self.state == b"T" else []


def _tables(text: str) -> list[str]:
    return NAMED.findall(LOCKS.sub("", text))


@dataclass
class HttpWatch:
    """Stops before the request's first byte leaves, and before the answer's first byte arrives."""

    gate: Gate
    name: str = "send"

    def up(self, chunks: Chunks) -> Chunks:
        return self._marked(chunks, lambda data: f"{self.name} {_line(data)}")

    def down(self, chunks: Chunks) -> Chunks:
        return self._marked(chunks, lambda _: f"answer to {self.name}")

    async def _marked(self, chunks: Chunks, called: Callable[[bytes], str]) -> Chunks:
        first = True
        async for data in chunks:
            if first:
                await self.gate.at(called(data))
            first = False
            yield data


async def messages(chunks: Chunks, *, greeted: bool = True) -> Chunks:
    """Whole protocol messages; a client's first one has no type byte."""
    held = b""
    async for data in chunks:
        held += data
        while len(held) >= (start := int(greeted)) + 4:
            (size,) = struct.unpack_from("!I", held, start)
            if len(held) < start + size:
                break
            yield held[: start + size]
            held, greeted = held[start + size :], True


def _line(data: bytes) -> str:
    """Method and first part of the path, without what differs from run to run."""
    method, _, rest = data[:200].decode("latin-1").partition(" ")
    return f"{method} {re.sub(r'[0-9]+.*', '', rest.split(' ')[0])[:24]}"
