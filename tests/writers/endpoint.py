"""A scriptable OpenAI-compatible endpoint on a real socket: chat completions and images. For tests and drills.

Each call takes the next word of its script, "ok" when the script is empty. As a process of its own:
`python -m tests.writers.endpoint --port 0` prints the port; POST /control {"chat": [...], "images": [...]} sets the
scripts, GET /control tells what was received.
"""

import argparse
import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from tests.writers import replies
from tests.writers.replies import Reply

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """One call as it came."""

    path: str
    headers: dict[str, str]
    body: Json


@dataclass
class Endpoint:
    """The server and its memory. `held` counts calls that are being kept waiting."""

    chat: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    calls: list[Received] = field(default_factory=list)
    held: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def forget(self) -> None:
        """Empty scripts and memory."""
        self.chat.clear()
        self.images.clear()
        self.calls.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = await _received(reader)
        if call.path == "/control":
            writer.write(self._control(call).wire())
        elif call.path.startswith("/pictures/"):
            writer.write(Reply(200, picture(), {"content-type": "image/png"}).wire())
        else:
            self.calls.append(call)
            await self._play(call, reader, writer)
        await writer.drain()

    async def _play(self, call: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        drawing = call.path.endswith("/images/generations")
        script = self.images if drawing else self.chat
        word = script.pop(0) if script else "ok"
        if word == "hold":
            await self._hold(reader)
        elif word == "drop":
            writer.transport.abort()
        else:
            if word.startswith("slow:"):
                await asyncio.sleep(float(word.partition(":")[2]))
                word = "ok"
            made = replies.drawing(word, self.url, picture()) if drawing else replies.completion(word, call.body)
            writer.write(made.wire())

    async def _hold(self, reader: asyncio.StreamReader) -> None:
        """Never answer; end when the caller goes away."""
        self.held += 1
        try:
            await reader.read()
        finally:
            self.held -= 1

    def _control(self, call: Received) -> Reply:
        for name in ("chat", "images"):
            if name in call.body:
                getattr(self, name)[:] = call.body[name]
        told = {"calls": [one.path for one in self.calls], "held": self.held}
        return Reply.json(200, told)


async def _received(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split()[1], headers, json.loads(body or b"{}"))


def picture() -> bytes:
    """A small real PNG."""
    out = BytesIO()
    Image.new("RGB", (48, 32), (192, 118, 0)).save(out, "PNG")
    return out.getvalue()


async def _run(port: int) -> None:
    endpoint = Endpoint()
    await endpoint.start(port)
    print(endpoint.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args().port))
