"""Checks one call against its channel's style: raw bytes, in constant time, never raises. For the callbacks' door.

Signatures are compared as they are written: another spelling of the right one (capitals, no padding) is none.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app import signing
from app.signing import MOST_SIGNATURES, Forged, Verified
from app.verifiers.table import Scheme

Pairs = Sequence[tuple[str, str]]
LONGEST_ID = 255
SECRET = "secret"  # noqa: S105  (the name of it in a secret address)


@dataclass(frozen=True, slots=True)
class Given:
    """What a call brings along to prove itself."""

    id: str
    stamp: str
    signatures: tuple[str, ...]


def verify(
    scheme: Scheme, secrets: Iterable[str], headers: Pairs, body: bytes, now: datetime, *, query: Pairs = ()
) -> Verified | Forged:
    """Whether one of the secrets vouches for exactly these bytes. `headers` and `query` as they came, also twice.

    A style whose proof is the address asks for `secret` in the query only when there are secrets at all: the door's
    own path is one nobody can guess.
    """
    known = [secret for secret in secrets if secret]
    given = _read(scheme, headers, query)
    if isinstance(given, Forged):
        return given
    if scheme.key == "whsec":
        return signing.verify(known, dict(headers), body, now=now)
    at = _moment(scheme, given.stamp, now)
    if at is None:
        return Forged("no usable time, or outside the tolerance")
    if not _proven(scheme, known, given, body):
        return Forged("no signature matches")
    id = given.id or sha256(body).hexdigest()
    return Verified(id, at) if _usable(id) else Forged("no usable id")


def _read(scheme: Scheme, headers: Pairs, query: Pairs) -> Given | Forged:
    pairs = [(name.lower(), value) for name, value in headers if name.lower() in scheme.headers]
    if not scheme.header:
        pairs = [(name, value) for name, value in query if name == SECRET]
    found = dict(pairs)
    if len(found) != len(pairs):
        return Forged("a part of the proof came twice")
    id, stamp = found.get(scheme.id_header, ""), found.get(scheme.stamp_header, "")
    proof = found.get(scheme.header or SECRET, "")
    if not scheme.part or scheme.key == "whsec":
        return Given(id, stamp, (proof,))
    parts = [tuple(part.strip(" ").partition("=")[::2]) for part in proof.split(",")[: MOST_SIGNATURES + 1]]
    strange = {name for name, _ in parts} - {scheme.part, scheme.stamp_part}
    stamps = [value for name, value in parts if name == scheme.stamp_part] if scheme.stamp_part else [stamp]
    signatures = tuple(value for name, value in parts if name == scheme.part)
    if len(stamps) != 1 or not (scheme.several or (len(signatures) == 1 and not strange)):
        return Forged("the signature's header cannot be read")
    return Given(id, stamps[0], signatures)


def _moment(scheme: Scheme, stamp: str, now: datetime) -> int | None:
    """Unix seconds of the signed time, of now where a style has none; None when it is too far off."""
    if not scheme.stamped:
        return int(now.timestamp())
    if not re.fullmatch(r"[0-9]{1,15}", stamp):
        return None
    off = abs(int(stamp) / scheme.unit - now.timestamp())
    return int(stamp) // scheme.unit if off <= scheme.tolerance.total_seconds() else None


def _proven(scheme: Scheme, secrets: Sequence[str], given: Given, body: bytes) -> bool:
    if not scheme.header and not secrets:
        return True
    before, after = (text.format(id=given.id, stamp=given.stamp).encode() for text in (scheme.before, scheme.after))
    wanted = [_spelled(scheme, secret.encode(), before + body + after) for secret in secrets]
    brought = [sha256(one.encode("utf-8", "replace")).digest() for one in given.signatures[:MOST_SIGNATURES] if one]
    return any(hmac.compare_digest(sha256(one).digest(), other) for one in wanted for other in brought)


def _spelled(scheme: Scheme, secret: bytes, signed: bytes) -> bytes:
    """The proof as the platform would write it."""
    match scheme.encoding:
        case "plain":
            return secret
        case "base64":
            return base64.b64encode(hmac.digest(secret, signed, sha256))
    return hmac.digest(secret, signed, sha256).hex().encode()


def _usable(id: str) -> bool:
    return id.isascii() and id.isprintable() and len(id) <= LONGEST_ID
