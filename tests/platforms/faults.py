"""What the fake platform can be told to do instead of answering well."""

import gzip
import json
from dataclasses import dataclass, field
from functools import cache

from .shelf import Asked


@dataclass(frozen=True, slots=True)
class Fault:
    """One scripted misbehaviour, for the next `times` requests whose method or message type is in `on`."""

    kind: str
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.2
    times: int = 1
    on: tuple[str, ...] = ()


BEFORE = {"status", "drop_before", "hold_before", "redirect", "page", "echo", "error_inside"}  # no effect
AFTER = {
    "status_after", "drop_after", "hold", "slow", "drip", "huge", "bomb", "cut", "nonsense", "wrong_type",
    "call_twice", "call_early", "strange_encoding", "damaged_gzip",
}  # fmt: skip
KINDS = BEFORE | AFTER


def answer(fault: Fault, asked: Asked, said: bytes) -> bytes:
    """The whole misshapen HTTP answer; `said` is the body a good one would have had."""
    match fault.kind:
        case "status" | "status_after":
            return http(fault.status, fault.body.encode() or b'{"error": "played"}', **fault.headers)
        case "redirect":
            return http(fault.status, b"", **fault.headers)
        case "page":
            return http(200, b"<!doctype html><title>Parked</title>", **{"content-type": "text/html"})
        case "echo":
            return http(422, json.dumps({"error": {"headers": asked.headers, "url": asked.target}}).encode())
        case "error_inside":
            return http(200, b'{"ok": false, "error": "quota"}')
        case "wrong_type":
            return http(200, b'{"id": {"a": 1}, "url": 5, "status": []}')
        case "nonsense":
            return http(200, b'{"id": "x", ')
        case "huge":
            return http(200, b'{"id": "' + b"x" * 3_000_000 + b'"}')
        case "bomb":
            return http(200, _bomb(), **{"content-encoding": "gzip"})
        case "strange_encoding":
            return http(200, said, **{"content-encoding": "br"})
        case "damaged_gzip":
            return http(200, gzip.compress(said)[:-6], **{"content-encoding": "gzip"})
        case "cut":
            return http(200, said, **{"content-length": str(len(said) + 50)})
        case _:
            return http(200, said)


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000, 1)


def http(status: int, body: bytes, **headers: str) -> bytes:
    """An HTTP/1.1 answer that closes the connection; JSON unless told otherwise."""
    head = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"} | headers
    lines = [f"HTTP/1.1 {status} Played", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
