"""A fake platform on a real socket: dedupes, keeps an fsynced effect log, and misbehaves when told to.

In a test: `async with Receiver() as receiver:`, then `receiver.play(Fault("hold"))`, `receiver.log.effects()`.
As a process: `python -m tests.platforms.receiver --log FILE --port N --secret whsec_... --token T`; then
`POST /_play` (a Fault as JSON), `POST /_release` (let held requests answer), `GET /_log`.
"""

import argparse
import asyncio
import json
import socket
import struct
import urllib.request
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from app.platforms.sandbox import callback_secret
from app.signing import new_secret, signed_headers

from .effects import Log
from .faults import AFTER, BEFORE, KINDS, Fault, answer, http
from .shelf import Asked, Shelf


class Receiver:
    def __init__(self, log: Path | None = None, *, secret: str = "", token: str = "rehearsal-token") -> None:
        self.log = Log(log)
        self.shelf = Shelf(self.log, secret=secret or new_secret(), token=token)
        self.script: list[Fault] = []
        self.release = asyncio.Event()
        self.origin = ""
        self._open: set[asyncio.StreamWriter] = set()
        self.busiest = 0  # so many calls were under way at once

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.origin = self.shelf.origin = f"http://127.0.0.1:{self.port}"
        return self

    async def stop(self) -> None:
        self.release.set()
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    def play(self, *faults: Fault) -> None:
        unknown = [fault.kind for fault in faults if fault.kind not in KINDS]
        assert not unknown, unknown
        self.script += [fault for fault in faults for _ in range(fault.times)]

    def requests(self) -> list[dict[str, Any]]:
        return self.log.of("request")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.busiest = max(self.busiest, len(self._open))
        try:
            asked = await read_request(reader)
            await (self._control if asked.path.startswith("/_") else self._play)(asked, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _play(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        fault = self._next(asked)
        self.log.write("request", method=asked.method, target=asked.target, key=asked.key, fault=fault.kind)
        if fault.kind in BEFORE:
            await self._answer(fault, asked, b"", writer)
            return
        if fault.kind == "call_early":
            await self._call_back(asked, {"id": "", "url": "", "status": "live"})
        status, said = self.shelf.act(asked)
        body = json.dumps(said).encode()
        if fault.kind in AFTER:
            await self._answer(fault, asked, body, writer)
        else:
            await say(http(status, body), writer)
        if fault.kind == "call_twice":
            await self._call_back(asked, said)
            await self._call_back(asked, said)

    def _next(self, asked: Asked) -> Fault:
        names = {asked.method, asked.path.rsplit("/", 1)[1], asked.json.get("type") if asked.path == "/hook" else None}
        for index, fault in enumerate(self.script):
            if not fault.on or names & set(fault.on):
                return self.script.pop(index)
        return Fault("none")

    async def _answer(self, fault: Fault, asked: Asked, said: bytes, writer: asyncio.StreamWriter) -> None:
        if fault.kind in ("hold", "hold_before"):
            await self.release.wait()
        if fault.kind in ("drop_before", "drop_after"):
            return _reset(writer)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        whole = answer(fault, asked, said)
        if fault.kind == "drip":
            for at in range(len(whole)):
                await say(whole[at : at + 1], writer)
                await asyncio.sleep(fault.seconds)
        return await say(whole, writer)

    async def _call_back(self, asked: Asked, item: dict[str, Any]) -> None:
        """The same webhook-id each time, as a platform that repeats itself."""
        to, now = asked.json.get("callback"), datetime.now(UTC)
        if not to:
            return
        data = {"type": "item.live", "timestamp": now.isoformat(), "data": item | {"key": asked.key}}
        body = json.dumps(data).encode()
        secret = callback_secret(self.shelf.token)
        headers = signed_headers(secret, id=f"call-{asked.key}", at=now, body=body)
        request = urllib.request.Request(to, body, headers | {"content-type": "application/json"})
        status = await asyncio.to_thread(_status, request)
        self.log.write("callback", to=to, key=asked.key, status=status)

    async def _control(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        said: Any = {}
        if asked.path == "/_play":
            known = {f.name for f in fields(Fault)}
            given = {name: value for name, value in asked.json.items() if name in known}
            self.play(Fault(**given | {"on": tuple(given.get("on", ()))}))
        elif asked.path == "/_release":
            self.release.set()
        elif asked.path == "/_log":
            said = self.log.rows
        await say(http(200, json.dumps(said).encode()), writer)


async def read_request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)


async def say(data: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(data)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """A real RST, not a polite end."""
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=5) as answered:
            return int(answered.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", default="")
    parser.add_argument("--token", default="rehearsal-token")
    given = parser.parse_args()
    receiver = await Receiver(given.log, secret=given.secret, token=given.token).start(given.port)
    print(f"listening {receiver.origin} {receiver.shelf.secret}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
