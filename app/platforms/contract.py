"""What every platform promises: values in, one mutating call at most, an outcome out. Knows no table.

A platform receives a `Parcel` (what was sealed, for whom, under which key) and answers with an `Outcome`.
Exceptions mean bugs. Times are aware UTC datetimes; urls are absolute; texts are plain str.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Class = Literal["keyed", "lookup", "blind"]
ErrorKind = Literal[
    "expired_token", "permission_revoked", "content_rejected", "rate_limited", "platform_unavailable",
    "outcome_unknown", "changed_there", "invalid_settings", "unexpected",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a channel's connect form. `kind`: text, url, secret, choice, switch, number."""

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A channel as its platform sees it: settings in clear, secrets decrypted, `origin` = our public address."""

    channel: int
    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    callback: str = ""  # absolute url where this channel's platform may call back; "" when none


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of a parcel: `url` is public, `bytes` is the file itself."""

    sha256: str
    mime: str
    alt: str
    url: str
    bytes: bytes = b""


@dataclass(frozen=True, slots=True)
class Content:
    """The sealed text for one channel. `fields` is the channel's rendition, e.g. {"text": caption}."""

    title: str
    slug: str
    excerpt: str
    body: str  # Markdown
    body_html: str  # sanitised
    fields: Mapping[str, str]
    pictures: tuple[Picture, ...] = ()
    link: str = ""  # the post's own address on our site channel, when it has one


@dataclass(frozen=True, slots=True)
class Parcel:
    """One call's worth of work. `key` is the delivery's idempotency key, the same for every attempt."""

    key: str
    account: Account
    content: Content
    due_at: datetime | None = None
    remote_id: str = ""
    remote_url: str = ""
    progress: Mapping[str, Any] = field(default_factory=dict)  # what earlier WentOn steps learned


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
    """The platform holds it and will publish it at `due_at` itself."""

    remote_id: str
    url: str
    due_at: datetime
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class WentOn:
    """One step of several is done; `known` is kept and handed to the next call as `progress`."""

    step: str
    known: Mapping[str, Any]
    answer: Answer = Answer()


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


Outcome = Published | HandedOff | WentOn | Removed | Refused | TryLater | NotSent | Unknown
Sighting = Published | HandedOff | Absent | Removed | Unknown


@dataclass(frozen=True, slots=True)
class Traits:
    """What this account can do. `delivery`: keyed (takes our key), lookup (can find our stamp), blind."""

    delivery: Class
    schedules: bool = False
    updates: bool = True
    removes: bool = True
    removed_comes_back: bool = False  # taking down drafts the item: republishing reuses its remote id
    caption: bool = False  # sends a short text (fields["text"]) and not the article
    caption_limit: int | None = None  # characters


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection test that succeeded; `note` is one sentence for people."""

    note: str


class Platform(Protocol):
    """One kind of destination. Every verb makes at most one mutating call."""

    name: str  # technical, e.g. "webhook"
    label: str  # for people, e.g. "Signed webhook"
    letter: str  # the tile shown beside a channel, one or two characters
    blurb: str  # one sentence: what connecting it does
    settings: tuple[Setting, ...]

    def traits(self, account: Account) -> Traits: ...
    def check(self, content: Content, account: Account) -> tuple[str, ...]:
        """Sentences that say what would be refused; empty when it fits."""
        ...

    def digest(self, parcel: Parcel, intent: str) -> bytes:
        """SHA-256 of exactly what the call will carry, for the attempt's row."""
        ...

    async def connect(self, account: Account) -> Connected | Refused: ...
    async def publish(self, parcel: Parcel) -> Outcome: ...
    async def update(self, parcel: Parcel) -> Outcome: ...
    async def remove(self, parcel: Parcel) -> Outcome: ...
    async def hand_off(self, parcel: Parcel) -> Outcome: ...
    async def reschedule(self, parcel: Parcel) -> Outcome: ...
    async def unschedule(self, parcel: Parcel) -> Outcome: ...
    async def look(self, parcel: Parcel) -> Sighting:
        """Find our stamp there, or the state of `remote_id`; never mutates."""
        ...
