"""Standard Webhooks: make a secret, sign what goes out, verify what comes in. Values only, no clock."""

import base64
import binascii
import hmac
import re
import secrets as random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret, as the specification says
TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 10


@dataclass(frozen=True, slots=True)
class Verified:
    """The message is genuine. Store `id` under a unique index: a replay within the tolerance has the same."""

    id: str
    at: int  # unix seconds


@dataclass(frozen=True, slots=True)
class Forged:
    """Not to be believed; `why` is for our log, never for the sender."""

    why: str


def new_secret() -> str:
    """A fresh `whsec_` secret of 32 random bytes."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def usable(secret: str) -> bool:
    """Whether `secret` is one that `sign` takes: `whsec_` and base64 of 24 to 64 bytes."""
    return _key(secret) is not None


def signed_headers(secret: str, *, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message; `secret` must be usable."""
    key = _key(secret)
    if key is None:
        raise ValueError("not a webhook secret")
    stamp = str(int(at.timestamp()))
    signature = base64.b64encode(_mac(key, id, stamp, body)).decode()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, *, now: datetime) -> Verified | Forged:
    """Whether any active secret signed exactly these bytes within five minutes of `now`. Never raises."""
    given = {name.lower(): value for name, value in headers.items()}
    id, stamp, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id and id.isascii() and id.isprintable() and len(id) <= 255):
        return Forged("no usable webhook-id")
    if not re.fullmatch(r"[0-9]{1,12}", stamp):
        return Forged("no usable webhook-timestamp")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE.total_seconds():
        return Forged("outside the five minutes")
    if not _matches(secrets, _signatures(signatures), id, stamp, body):
        return Forged("no signature matches")
    return Verified(id, int(stamp))


def _matches(secrets: Iterable[str], signatures: list[bytes], id: str, stamp: str, body: bytes) -> bool:
    keys = [key for secret in secrets if (key := _key(secret)) is not None]
    wanted = [_mac(key, id, stamp, body) for key in keys]
    return any(hmac.compare_digest(mac, given) for mac in wanted for given in signatures)


def _signatures(header: str) -> list[bytes]:
    pairs = [part.partition(",") for part in header.split(" ")[:MOST_SIGNATURES]]
    decoded = [_decoded(text) for version, _, text in pairs if version == "v1"]
    return [signature for signature in decoded if signature]


def _mac(key: bytes, id: str, stamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{id}.{stamp}.".encode() + body, sha256)


def _key(secret: str) -> bytes | None:
    key = _decoded(secret.strip().removeprefix(PREFIX))
    return key if key is not None and SHORTEST <= len(key) <= LONGEST else None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
