"""One signed call to an endpoint, and what its answer means for a webhook. Used by the sending and by the test button.

Standard Webhooks: any 2xx is heard, 3xx is not followed, 410 wants no more, 429, 502 and 504 ask for a rest. The
signature and its timestamp are new with each call, the id and what is said stay.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import msgspec

from app import secrets
from app.platforms.answers import stamp
from app.safe_http import Call, Failure, Reply, excerpt, retry_after, send
from app.settings import settings
from app.signing import signed_headers

SECONDS = 15.0
CAP = 1 << 16
GONE = 410
TIRED = frozenset({429, 502, 503, 504})
OVERLAP = timedelta(hours=24)  # for which the secret before signs as well
NOTES = {GONE: "It answered 410: it wants no more.", 429: "It answered 429: it was too much at once."}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes and what signs it: one secret, or two while they change."""

    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What an endpoint is told; `key` makes its webhook-id."""

    key: UUID
    type: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"msg_{self.key.hex}"

    @property
    def said(self) -> dict[str, Any]:
        return {"type": self.type, "timestamp": stamp(self.at), "data": self.data}

    @property
    def body(self) -> bytes:
        return json.dumps(self.said, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Tried:
    """How one call went. `again`: when the endpoint asks to be called next."""

    at: datetime
    status: int | None
    ms: int
    note: str
    answer: str = ""
    again: datetime | None = None

    @property
    def heard(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status == GONE

    @property
    def tired(self) -> bool:
        return self.status in TIRED


def aad(endpoint: int) -> str:
    return f"endpoint:secret:{endpoint}"


def target(endpoint: int, url: str, sealed: bytes, rotated_at: datetime | None) -> Target:
    """secrets.SealedElsewhere when SECRET_KEY has changed."""
    known = secrets.open_secret("endpoint", aad(endpoint), sealed)
    changing = rotated_at is not None and datetime.now(UTC) < rotated_at + OVERLAP
    both = (known["secret"], known.get("before", "") if changing else "")
    return Target(url, tuple(secret for secret in both if secret))


async def call(target: Target, message: Message) -> Tried:
    """Say it, once. Never raises for what the other side does."""
    now, body = datetime.now(UTC), message.body
    headers = _headers(target, message.id, now, body)
    reply = await send(Call("POST", target.url, headers, body, seconds=SECONDS, cap=CAP))
    ms = round((datetime.now(UTC) - now).total_seconds() * 1000)
    if isinstance(reply, Failure):
        heard = reply.status is not None and 200 <= reply.status < 300  # only the rest of its answer is missing
        return Tried(now, reply.status, ms, "It took it." if heard else reply.note)
    again = None if reply.ok else retry_after(reply, now)
    return Tried(now, reply.status, ms, _note(reply), excerpt(reply.body, _hidden(target)), again)


def message(key: UUID, type: str, at: datetime, stored: str | None) -> Message:
    """A message of what is stored of it; where the post stands on the desk comes with it."""
    data: dict[str, Any] = msgspec.json.decode(stored or "{}")
    if post := data.get("post"):
        data["post"] = {**post, "url": f"{settings().origin}/posts/{post['id']}"}
    return Message(key, type, at, data)


def _headers(target: Target, id: str, at: datetime, body: bytes) -> dict[str, str]:
    signed = [signed_headers(secret, id=id, at=at, body=body) for secret in target.secrets]
    signatures = " ".join(one["webhook-signature"] for one in signed)
    return {**signed[0], "webhook-signature": signatures, "content-type": "application/json"}


def _note(reply: Reply) -> str:
    if reply.ok:
        return "It took it."
    if 300 <= reply.status < 400:
        return f"It answered {reply.status} and sent us elsewhere; use the final address."
    return NOTES.get(reply.status, f"It answered {reply.status}.")


def _hidden(target: Target) -> list[str]:
    """The secrets, and whatever the address carries in its query: often a token."""
    return [*target.secrets, *(value for _, value in parse_qsl(urlsplit(target.url).query))]
