"""The mark a browser keeps once somebody signed in on it: strangers' guesses do not count there. Accounts ask it."""

import hmac
import secrets
from hashlib import sha256

from app.secrets import derive


def mark(email: str) -> str:
    """What the browser of `email` keeps. It lets nobody in; it only names this browser."""
    name = secrets.token_urlsafe(12)
    return f"{name}.{_vouched(name, email)}"


def named(mark: str, email: str) -> str:
    """The browser's name when `email` signed in on it before, else nothing."""
    name, _, vouched = mark.partition(".")
    right = hmac.compare_digest(vouched.encode("utf-8", "replace"), _vouched(name, email).encode())
    return name if name and right else ""


def _vouched(name: str, email: str) -> str:
    said = f"{name} {email.strip().lower()}".encode("utf-8", "replace")
    return hmac.new(derive("known browser"), said, sha256).hexdigest()
