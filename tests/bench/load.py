"""A load generator over raw sockets: so many kept-alive connections, each one request after another."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass(frozen=True)
class Ask:
    """One request; `form` or `json` makes it a POST, `headers` are its own."""

    path: str
    form: dict[str, str] = field(default_factory=dict)
    json: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What came back: statuses counted, latencies in milliseconds."""

    name: str
    seconds: float
    statuses: dict[int, int]
    latencies: list[float]
    processor: float = 0.0  # milliseconds of the server's processor per answer

    @property
    def rate(self) -> float:
        return self.statuses.get(200, 0) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


async def load(
    name: str, port: int, asks: Callable[[], Iterator[Ask]], *, seconds: float, connections: int = 4,
    headers: dict[str, str] | None = None,
) -> Result:  # fmt: skip
    """Ask for `seconds` over `connections` sockets; stops early when the asks run out."""
    result = Result(name, 0.0, {}, [])
    source = asks()
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    await asyncio.gather(*(_one(port, source, until, headers or {}, result) for _ in range(connections)))
    result.seconds = time.perf_counter() - began
    return result


async def _one(port: int, source: Iterator[Ask], until: float, headers: dict[str, str], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    for ask in source:
        begun = time.perf_counter()
        if begun > until:
            break
        writer.write(_bytes(ask, port, headers))
        status = await _answer(reader)
        result.latencies.append((time.perf_counter() - begun) * 1000)
        result.statuses[status] = result.statuses.get(status, 0) + 1
    writer.close()


def _bytes(ask: Ask, port: int, headers: dict[str, str]) -> bytes:
    body = ask.json or urlencode(ask.form).encode()
    lines = [f"{'POST' if body else 'GET'} {ask.path} HTTP/1.1", f"Host: localhost:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers | ask.headers).items()]
    if body:
        kind = "application/json" if ask.json else "application/x-www-form-urlencoded"
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
