"""Keys derived from SECRET_KEY, and channel secrets sealed under them. Flows and doors may call it.

A sealed record is `kid | nonce | ciphertext`: 8 bytes naming the key, 12 of nonce, AES-256-GCM of JSON.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.settings import settings

KID = 8
NONCE = 12


class SealedElsewhere(Exception):
    """The record was sealed under another SECRET_KEY; `kid` names that key."""

    def __init__(self, kid: str) -> None:
        super().__init__(
            f"This secret was sealed with key {kid}, but SECRET_KEY makes key {key_id()}. "
            "Bring the earlier SECRET_KEY back, or connect the channel again."
        )
        self.kid = kid


class SealBroken(Exception):
    """The record is damaged, or belongs to another row or purpose."""


def derive(purpose: str) -> bytes:
    """32 bytes for one purpose ("csrf", "delivery key", "hooks", …); no purpose's key tells another's."""
    return _derived(settings().secret_key, purpose)


def key_id() -> str:
    """The public name of the current SECRET_KEY, 8 hex digits."""
    return derive("key id")[: KID // 2].hex()


def seal(purpose: str, aad: str, value: Mapping[str, str]) -> tuple[bytes, str]:
    """The record and its key id. `aad` is "table:column:row id": a record moved elsewhere won't open."""
    kid, nonce = key_id(), os.urandom(NONCE)
    plain = json.dumps(dict(value), ensure_ascii=False).encode()
    return kid.encode() + nonce + _cipher(purpose).encrypt(nonce, plain, aad.encode()), kid


def open_secret(purpose: str, aad: str, sealed: bytes) -> dict[str, str]:
    """What `seal` was given; raises SealedElsewhere or SealBroken."""
    kid, nonce, ciphertext = sealed[:KID], sealed[KID : KID + NONCE], sealed[KID + NONCE :]
    if kid != key_id().encode():
        raise SealedElsewhere(kid.decode("ascii", "replace"))
    try:
        plain = _cipher(purpose).decrypt(nonce, ciphertext, aad.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"The secret of {aad} cannot be opened: it is damaged or not its own.") from error
    opened: dict[str, str] = json.loads(plain)
    return opened


def _cipher(purpose: str) -> AESGCM:
    return AESGCM(derive(f"seal {purpose}"))


@lru_cache(maxsize=64)
def _derived(secret_key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=b"galley", info=purpose.encode()).derive(secret_key.encode())
