"""Somebody's endpoint on a real socket: believes only what is signed, remembers it, and answers as a test says."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; `drop` closes the line instead, `hold` waits until the test lets go."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    def believed(self, secret: str) -> bool:
        """Whether the reference library takes it."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except Exception:
            return False
        return True


class Listener:
    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: deque[Answer] = deque()
        self.usual = Answer()
        self.let_go, self.news = asyncio.Event(), asyncio.Event()
        self.at_once = self.most_at_once = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *error: object) -> None:
        self.let_go.set()
        self._server.close()
        await asyncio.sleep(0)

    def types(self) -> list[str]:
        return [one.said["type"] for one in self.heard]

    async def until(self, requests: int) -> None:
        async with asyncio.timeout(5):
            while len(self.heard) < requests:
                self.news.clear()
                await self.news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heard.append(await _request(reader))
            self.news.set()
            await self._answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        answer = self.answers.popleft() if self.answers else self.usual
        if answer.hold:
            await self.let_go.wait()
        self.at_once -= 1
        if answer.drop:
            return
        headers = {**answer.headers, "content-length": str(len(answer.body)), "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {answer.status} Played\r\n{lines}\r\n".encode() + answer.body)
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(head[0].split(" ")[1], headers, body)
