"""A small TCP proxy that breaks connections to PostgreSQL, Redis and platforms, or lets a watch stop them."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol, Self

Chunks = AsyncIterator[bytes]
Address = Path | tuple[str, int]


class Cut(Exception):
    """A watch wants this connection reset on both sides, and what it held back never to arrive."""


class Watch(Protocol):
    """Sees one connection's bytes pass; whatever it does not yield is not sent on."""

    def up(self, chunks: Chunks) -> Chunks: ...
    def down(self, chunks: Chunks) -> Chunks: ...


class Unwatched:
    def up(self, chunks: Chunks) -> Chunks:
        return chunks

    def down(self, chunks: Chunks) -> Chunks:
        return chunks


class Line:
    """One connection through the proxy. While `open` is not set its bytes vanish into silence, unacknowledged."""

    def __init__(self, delay: float) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.delay = delay
        self.sides: list[asyncio.StreamWriter] = []

    async def carry(self, chunks: Chunks, to: asyncio.StreamWriter) -> None:
        async for data in chunks:
            if self.delay:
                await asyncio.sleep(self.delay)
            await self.open.wait()
            to.write(data)
            await to.drain()

    def reset(self) -> None:
        """A real RST on both sides."""
        for side in self.sides:
            plain = side.get_extra_info("socket")
            if plain is not None and plain.fileno() >= 0 and plain.family != socket.AF_UNIX:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            side.transport.abort()


class Proxy:
    """A loopback port in front of `upstream`. `refusing` resets whoever connects; `delay` slows new lines."""

    def __init__(self, upstream: Address, watch: Callable[[], Watch] = Unwatched) -> None:
        self.upstream, self._watch = upstream, watch
        self.refusing = self.deaf = False
        self.delay = 0.0
        self.port = 0
        self.lines: set[Line] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.reset()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def host_port(self) -> str:
        return f"127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Break every open connection."""
        for line in [*self.lines]:
            line.reset()

    def silence(self) -> int:
        """Half-open: every open connection stays and says nothing more. How many they were; new ones work."""
        for line in self.lines:
            line.open.clear()
        return len(self.lines)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(self.delay)
        line.sides.append(writer)
        if self.refusing:
            line.reset()
            return
        if self.deaf:
            line.open.clear()
        self.lines.add(line)
        try:
            await self._join(line, reader, writer)
        except (Cut, OSError):
            line.reset()
        finally:
            self.lines.discard(line)
            for side in line.sides:
                side.close()

    async def _join(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry both ways until either side ends; then end the other."""
        far_reader, far_writer = await connected(self.upstream)
        line.sides.append(far_writer)
        watch = self._watch()
        up = asyncio.create_task(line.carry(watch.up(chunks(reader)), far_writer))
        down = asyncio.create_task(line.carry(watch.down(chunks(far_reader)), writer))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
        for result in await asyncio.gather(up, down, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def connected(upstream: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(upstream, Path):
        return await asyncio.open_unix_connection(str(upstream))
    return await asyncio.open_connection(*upstream)


async def chunks(reader: asyncio.StreamReader) -> Chunks:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            yield data
