"""Idempotency keys of deliveries: the same for every attempt, another for every generation."""

import hmac
from base64 import b32encode
from hashlib import sha256

from app.secrets import derive


def delivery_key(delivery: int, generation: int) -> str:
    """`dlv_` and 26 characters: HMAC-SHA256 of the delivery and its generation, cut to 128 bits."""
    digest = hmac.new(derive("delivery-key"), f"{delivery}:{generation}".encode(), sha256).digest()
    return "dlv_" + b32encode(digest[:16]).decode().rstrip("=").lower()
