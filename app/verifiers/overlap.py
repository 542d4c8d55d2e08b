"""A channel's secrets for callbacks: which of them count now, and how one follows another. Values only.

Callbacks are signed with a secret of their own, or with the one that signs what we send where there is none. When it
changes, the one before is believed for a day, so that both sides need not change at the same moment.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.signing import usable
from app.verifiers.table import Scheme

CALLBACK, SHARED, BEFORE = "callback_secret", "secret", "callback_before"
ROTATED_AT = "callback_rotated_at"  # among the channel's settings: unix seconds
OVERLAP = timedelta(hours=24)


def present(secrets: Mapping[str, str]) -> str:
    """The secret that callbacks are signed with."""
    return secrets.get(CALLBACK) or secrets.get(SHARED, "")


def active(scheme: Scheme, settings: Mapping[str, Any], secrets: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """The secrets that vouch now. A secret address has none until it is given one of its own."""
    own, shared = secrets.get(CALLBACK, ""), secrets.get(SHARED, "")
    if scheme.key == "whsec" and not usable(own):
        own = ""
    first = own if not scheme.header else own or shared
    rotated = settings.get(ROTATED_AT)
    recent = isinstance(rotated, int) and now.timestamp() < rotated + OVERLAP.total_seconds()
    before = secrets.get(BEFORE, "") if first and recent else ""
    return tuple(dict.fromkeys(secret for secret in (first, before) if secret))


def replaced(known: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """`wanted` with the secret that it replaces kept beside, and whether it replaces one at all."""
    was = present(known)
    changes = bool(was) and present(wanted) != was
    return ({**wanted, BEFORE: was} if changes else dict(wanted)), changes
