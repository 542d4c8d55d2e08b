"""How platforms try an address before they send anything to it: a GET, and what it must be answered. Values only.

Meta's token travels in an address, where logs keep it: so it is the end of our own address, never the secret. X's
trial has us sign what it brings with the key that signs its calls: so it may bring nothing that could be the body of
one, which is a JSON object.
"""

import base64
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.verifiers.table import Scheme
from app.verifiers.verify import SECRET

TOKEN = re.compile(r"[\w.~+/=-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform wants to see."""

    text: str
    media: str = "text/plain"


def reply(scheme: Scheme, secrets: Iterable[str], query: Sequence[tuple[str, str]], *, token: str) -> Reply | None:
    """The answer to a trial, or None for one that proves nothing. `token`: the end of the address it was sent to."""
    asked, known = dict(query), [secret for secret in secrets if secret]
    if len(asked) != len(query):
        return None
    match scheme.asks:
        case "hub" if asked.get("hub.mode") == "subscribe" and _held(asked.get("hub.verify_token", ""), [token]):
            return _echo(asked.get("hub.challenge", ""))
        case "crc" if known and TOKEN.fullmatch(asked.get("crc_token", "")):
            return Reply(json.dumps({"response_token": _signed(asked["crc_token"], known[0])}), "application/json")
        case "look" if not known or _held(asked.get(SECRET, ""), known):
            return Reply("")
    return None


def _held(given: str, secrets: Sequence[str]) -> bool:
    """Whether it is one of the secrets; compared by digests, which are all of one length."""
    brought = sha256(given.encode("utf-8", "replace")).digest()
    return any(hmac.compare_digest(sha256(secret.encode()).digest(), brought) for secret in secrets)


def _echo(challenge: str) -> Reply | None:
    return Reply(challenge) if TOKEN.fullmatch(challenge) else None


def _signed(token: str, secret: str) -> str:
    return "sha256=" + base64.b64encode(hmac.digest(secret.encode(), token.encode(), sha256)).decode()
