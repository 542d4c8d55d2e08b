"""What platforms say when they call us, read into values. Knows no table; called by the callbacks door.

A webhook receiver sends `{"type": "delivery.published" | "delivery.failed" | "delivery.scheduled" |
"delivery.removed", "data": {"delivery_id" or "idempotency_key": as we sent it, "id", "url", "at", "note", "kind"}}`.
The rehearsal channel sends `{"type": "item.live", "data": item and "key"}` (app/platforms/sandbox_wire.py).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from app.flow.hearing import Told
from app.platforms import answers
from app.platforms.contract import Account, ErrorKind, HandedOff, Published, Refused, Removed
from app.platforms.sandbox import callback_secret

OURS = ("delivery_id", "idempotency_key", "key")
SUFFIXES = ("_update", "_remove")  # of the webhook's message ids that are no new delivery
DECIDED = {kind: kind for kind in get_args(ErrorKind) if kind != "outcome_unknown"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message we understand: whom it may be about, and what it says."""

    keys: tuple[str, ...]
    told: Told


def secrets(platform: str, account: Account) -> tuple[str, ...]:
    """What this channel's callbacks may be signed with; nothing for platforms that do not call."""
    match platform:
        case "webhook" if account.secrets.get("secret"):
            return (account.secrets["secret"],)
        case "sandbox" if account.secrets.get("token"):
            return (callback_secret(account.secrets["token"]),)
    return ()


def decoded(body: bytes) -> Any:
    """The JSON of a verified body; ValueError when it is none."""
    try:
        return json.loads(body)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep


def read(said: Any) -> Message | None:
    """The message, or None when it is of a kind or shape that we do not know."""
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        return None
    data, told = said["data"], None
    if said.get("type") == "item.live":
        told = _of_item(data)
    elif isinstance(said.get("type"), str):
        told = _of_delivery(said["type"], data)
    return Message(_keys(data), told) if told else None


def _of_item(data: dict[str, Any]) -> Told | None:
    """The rehearsal's item in its own words; without a number it is no receipt."""
    item = answers.told(data)
    if item is None or not item.id:
        return None
    id, url, stands = _clean(item.id), _clean(item.url), item.status
    match stands:
        case "live":
            return Published(id, url, _past(item.live_at))
        case "scheduled" if at := _bearable(item.live_at):
            return HandedOff(id, url, at)
        case "removed":
            return Removed()
    return None


def _of_delivery(type: str, data: dict[str, Any]) -> Told | None:
    item = answers.told(data)
    id, url = (_clean(item.id), _clean(item.url)) if item else ("", "")
    at = _bearable(answers.moment(data.get("at")))
    match type:
        case "delivery.published":
            return Published(id, url, _past(at))
        case "delivery.scheduled" if at:
            return HandedOff(id, url, at)
        case "delivery.removed":
            return Removed()
        case "delivery.failed":
            note = _clean(str(data.get("note") or "The platform says that it failed."))[:500]
            return Refused(DECIDED.get(str(data.get("kind")), "unexpected"), note)
    return None


def _keys(data: dict[str, Any]) -> tuple[str, ...]:
    given = [_clean(str(data[name])) for name in OURS if data.get(name)]
    return tuple(dict.fromkeys(part for key in given for part in (key, _bare(key))))


def _bare(key: str) -> str:
    suffix = next((suffix for suffix in SUFFIXES if key.endswith(suffix)), "")
    return key.removesuffix(suffix)


def _past(at: datetime | None) -> datetime | None:
    """When it went live, unless that is still to come: then now is the better answer."""
    at = _bearable(at)
    return at if at and at <= datetime.now(UTC) else None


def _bearable(at: datetime | None) -> datetime | None:
    """`at` in UTC; None for a time so far off that UTC has no name for it."""
    try:
        return at and at.astimezone(UTC)
    except OverflowError:
        return None


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
