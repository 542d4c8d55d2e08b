"""The values of an outgoing call: what goes out, what came back (`Reply`) or went wrong (`Failure`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ANSWER_CAP = 1 << 20  # decoded bytes of a platform's answer
MEDIA_CAP = 20_000_000  # decoded bytes of an imported picture

Reason = Literal[
    "invalid", "blocked", "dns", "refused", "connect_timeout", "tls",
    "timeout", "broken", "too_large", "undecodable", "redirects",
]  # fmt: skip
MISTAKEN: frozenset[Reason] = frozenset({"invalid", "blocked"})  # repeating the call unchanged cannot help


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `seconds` bounds all of it, name lookup to last byte; `cap` bounds the decoded answer."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 20.0  # a publishing lease is 30 s
    cap: int = ANSWER_CAP


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of any status. Header names are lower case; `url` is where redirects of a GET ended."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer. `sent` False proves that no byte of the request left; `status` may have come."""

    sent: bool
    reason: Reason
    note: str
    status: int | None = None


class Broken(Exception):
    """How the rooms of this package tell `send` that the call is over; it never leaves the package."""

    def __init__(self, reason: Reason, note: str) -> None:
        super().__init__(note)
        self.reason: Reason = reason
        self.note = note
