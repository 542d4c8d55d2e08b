"""What can come back from a platform: outcomes of calls, sightings of lookups. Values only; part of the contract.

Imported through `contract`, which every platform and the flow read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ErrorKind = Literal[
    "expired_token", "permission_revoked", "content_rejected", "rate_limited", "platform_unavailable",
    "outcome_unknown", "changed_there", "invalid_settings", "unexpected",
]  # fmt: skip
DEAD_CHANNEL = ("expired_token", "permission_revoked")  # the account itself is refused: nothing sent there works


@dataclass(frozen=True, slots=True)
class Answer:
    """What the wire said, for the attempt's row: never credentials, at most 500 characters of body."""

    status: int | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    remote_id: str
    url: str
    at: datetime | None = None
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class HandedOff:
    """The platform holds it and will publish it at `due_at` itself.

    `written_at`: when the item was last written there, by the platform's own clock; None where it does not say. A
    change of it between our own call and a look means that somebody edited the item there.
    """

    remote_id: str
    url: str
    due_at: datetime
    answer: Answer = Answer()
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WentOn:
    """One step of several is done; `known` is kept and handed to the next call as `progress`.

    `uploads` (SHA-256 in hex → remote id): files this step put there, which no later delivery of the channel
    uploads again; an empty remote id says that a file is gone there.
    """

    step: str
    known: Mapping[str, Any]
    answer: Answer = Answer()
    uploads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Removed:
    """It is gone from the platform (or was already)."""

    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not done, and repeating it unchanged will not help."""

    kind: ErrorKind
    note: str
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class TryLater:
    """Certainly not done; the platform asks for patience. `at` is its own time when it named one."""

    kind: ErrorKind
    note: str
    at: datetime | None = None
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably nothing left this machine (DNS, connect, TLS)."""

    note: str
    kind: ErrorKind = "platform_unavailable"
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes left and no trustworthy answer came: it may or may not have happened."""

    note: str
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Absent:
    """A lookup's answer: the platform surely does not have it."""

    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A token was renewed: `secrets` replace those of the same name; `expires_at` None when it is not said."""

    secrets: Mapping[str, str]
    expires_at: datetime | None = None


Outcome = Published | HandedOff | WentOn | Removed | Refused | TryLater | NotSent | Unknown
Sighting = Published | HandedOff | Absent | Removed | Unknown
Renewal = Refreshed | Refused | NotSent | Unknown
