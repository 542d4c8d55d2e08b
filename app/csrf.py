"""Tokens that tie a form to the browser that was given it. Pages print them; access checks them."""

import hmac
import secrets
from hashlib import sha256

from app.secrets import derive


def token_for(binding: str) -> str:
    """The token of whoever holds the cookie `binding`: a session's, or a visitor's before signing in."""
    return hmac.new(derive("csrf"), binding.encode(), sha256).hexdigest()


def right(token: str, binding: str) -> bool:
    """Whether `token` belongs to `binding`; compares bytes, since compare_digest raises on other letters."""
    return hmac.compare_digest(token.encode("utf-8", "replace"), token_for(binding).encode())


def new_binding() -> str:
    """A fresh value for a visitor's cookie."""
    return "v." + secrets.token_urlsafe(16)
