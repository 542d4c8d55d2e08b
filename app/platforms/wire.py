"""Bytes that are the same for the same parcel, and their digest. Called by the platforms only."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def encoded(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(line: str, body: bytes) -> bytes:
    """SHA-256 of a request line and its body."""
    return sha256(line.encode() + b"\n" + body).digest()
