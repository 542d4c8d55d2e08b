"""What every platform promises: values in, one mutating call at most, an outcome out. Knows no table.

A platform receives a `Parcel` (what was sealed, for whom, under which key) and answers with an `Outcome`.
Exceptions mean bugs. Times are aware UTC datetimes; urls are absolute; texts are plain str.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from app.platforms.outcomes import (
    DEAD_CHANNEL,
    Absent,
    Answer,
    ErrorKind,
    HandedOff,
    NotSent,
    Outcome,
    Published,
    Refreshed,
    Refused,
    Removed,
    Renewal,
    Sighting,
    TryLater,
    Unknown,
    WentOn,
)

__all__ = [
    "DEAD_CHANNEL",
    "Absent",
    "Account",
    "Answer",
    "Class",
    "Connected",
    "Content",
    "ErrorKind",
    "HandedOff",
    "NotSent",
    "Outcome",
    "Parcel",
    "Picture",
    "Platform",
    "Published",
    "Refreshed",
    "Refused",
    "Removed",
    "Renewal",
    "Setting",
    "Sighting",
    "Traits",
    "TryLater",
    "Unknown",
    "WentOn",
]

Class = Literal["keyed", "lookup", "blind"]


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
    """One image of a parcel: `url` is public, `bytes` is the file itself where the platform's traits say `files`."""

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
    uploads: Mapping[str, str] = field(default_factory=dict)  # files the channel holds: SHA-256 in hex → remote id
    recall: int = 0  # who takes it back for a second time asks for something new


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
    picture_limit: int | None = None  # bytes of one picture that it takes; None: no limit is known
    files: bool = True  # sends Picture.bytes, so a heavy one is made lighter; False: their addresses are enough
    nudges: bool = False  # what missed its schedule there can be published with one more call
    refreshes: bool = False  # its token runs out and can be renewed without a person
    spacing: timedelta = timedelta(0)  # least time between the first calls of two deliveries
    at_once: int = 4  # deliveries that may have a call open at the same time


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection test that succeeded; `note` is one sentence for people. `expires_at`: of the token, if it says."""

    note: str
    expires_at: datetime | None = None


class Platform(Protocol):
    """One kind of destination. Every verb makes at most one mutating call."""

    name: str  # technical, e.g. "webhook"
    label: str  # for people, e.g. "Signed webhook"
    letter: str  # the tile shown beside a channel, one or two characters
    blurb: str  # one sentence: what connecting it does
    settings: tuple[Setting, ...]

    def traits(self, account: Account) -> Traits: ...
    def lane(self, account: Account) -> str:
        """Accounts with the same lane are written to one call at a time; "" when calls may overlap."""
        ...

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
    async def nudge(self, parcel: Parcel) -> Outcome:
        """Publish now the item it holds under `remote_id`: its time has passed and it did not do so itself."""
        ...

    async def refresh(self, account: Account) -> Renewal:
        """Trade the account's secrets for new ones. Refused: only a person can connect it again."""
        ...

    async def look(self, parcel: Parcel) -> Sighting:
        """Find our stamp there, or the state of `remote_id`; never mutates."""
        ...
