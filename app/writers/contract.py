"""What every writer promises: a brief in, a draft or a typed failure out. Knows no table.

Sources: the kinds follow the error tables of OpenAI-compatible and Anthropic endpoints.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

FailureKind = Literal[
    "bad_key", "model_unavailable", "rate_limited", "out_of_credit", "input_too_long", "refused",
    "incomplete_output", "invalid_request", "provider_unavailable",
]  # fmt: skip
RETRIED: frozenset[str] = frozenset({"rate_limited", "provider_unavailable", "incomplete_output"})

Say = Callable[[str], Awaitable[None]]  # told each stage as it begins: "reading the brief", "writing", "checking"


@dataclass(frozen=True, slots=True)
class ChannelBrief:
    """A channel that wants its own short text. `limit`: characters, None when free."""

    channel: int
    name: str
    platform: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """All a writer may know. Texts are what people typed; empty when they typed nothing."""

    title: str
    keyword: str = ""
    angle: str = ""
    brief: str = ""
    campaign: str = ""
    campaign_brief: str = ""
    team: str = ""
    captions: tuple[ChannelBrief, ...] = ()
    outline: str = ""  # the team's own Jinja outline; "" for the built-in one


@dataclass(frozen=True, slots=True)
class ImageWish:
    """A picture the draft asks for; `prompt` says what it shows, `alt` what it says to those who cannot see."""

    prompt: str
    alt: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished draft. `body` is Markdown, `captions` maps channel id to its short text."""

    title: str
    excerpt: str
    body: str
    captions: dict[int, str] = field(default_factory=dict)
    images: tuple[ImageWish, ...] = ()
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """No draft. `note` is one sentence for people; `retry_at` when the provider named a time."""

    kind: FailureKind
    note: str
    retry_at: datetime | None = None


class Writer(Protocol):
    name: str  # "outline", "openai"
    label: str
    invents: bool  # False for the outline writer: it arranges words and invents none

    async def draft(self, brief: Brief, say: Say) -> Draft | Failed: ...
