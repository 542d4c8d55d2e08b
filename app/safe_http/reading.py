"""Reading answers: JSON without surprises, Retry-After of every shape, excerpts safe to store and show."""

import html
import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from app.safe_http.call import Reply

LONGEST_WAIT = timedelta(hours=24)
EXCERPT = 500
MASK = "[hidden]"
CREDENTIAL = re.compile(r"\b(Basic|Bearer) +[\w.~+/=-]{8,}", re.IGNORECASE)
SHORTEST_SECRET = 4  # masking shorter ones would blank out ordinary words


def json_object(reply: Reply) -> dict[str, Any] | None:
    """The body as a JSON object; None for anything else."""
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def retry_after(reply: Reply, now: datetime) -> datetime | None:
    """When the answer asks us back: seconds or an HTTP date, at most 24 h ahead; None if it does not say."""
    value = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        seconds = min(float(value), LONGEST_WAIT.total_seconds())
        return now + timedelta(seconds=math.ceil(seconds))
    named = _date(value)
    return None if named is None else min(max(named, now), now + LONGEST_WAIT)


def excerpt(body: bytes, secrets: Iterable[str] = ()) -> str:
    """At most 500 characters of `body` as text, every secret masked in each form an answer may echo."""
    text = body[: 64 * EXCERPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return masked(text, secrets)[:EXCERPT]


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the secrets, and without anything that calls itself a credential."""
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(form, MASK)
    return CREDENTIAL.sub(rf"\1 {MASK}", text)


def _forms(secrets: Iterable[str]) -> set[str]:
    long = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
    spelled = long + [secret.removeprefix("whsec_") for secret in long]
    return {form for s in spelled for form in (s, quote(s, safe=""), html.escape(s), json.dumps(s)[1:-1]) if form}


def _date(value: str) -> datetime | None:
    try:
        named = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)
