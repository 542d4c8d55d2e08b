"""What platforms say when they call us, read into values. Knows no table; called by the callbacks door.

A webhook receiver sends `{"type": "delivery.published" | "delivery.failed" | "delivery.scheduled" |
"delivery.removed", "timestamp": when it happened, "data": {"delivery_id" or "idempotency_key": as we sent it, "id",
"url", "at", "note", "kind"}}`; who knows neither of our names for it sends its own "id" alone. As a form the same names
are fields of their own, or `data[id]` and so on. The rehearsal channel sends `{"type": "item.live", "data": item and
"key"}` (app/platforms/sandbox_wire.py).
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import parse_qsl

from app.flow.hearing import Told
from app.platforms import answers
from app.platforms.contract import ErrorKind, HandedOff, Published, Refused, Removed

OURS = ("delivery_id", "idempotency_key", "key")
DECIDED = {kind: kind for kind in get_args(ErrorKind) if kind != "outcome_unknown"}


FIRST, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5)  # beyond which a message's own time is no time
MOST_FIELDS, LONGEST_ID, LONGEST_URL = 1000, 500, 2048


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its type, what it says (None: it is of a kind or shape that we do not know), when that happened by
    its own account, and whom it may be about: one of our keys, else the platform's own number."""

    type: str
    told: Told | None = None
    at: datetime | None = None
    keys: tuple[str, ...] = ()
    remote_id: str = ""


def decoded(body: bytes) -> Any:
    """The JSON of a verified body; ValueError when it is none."""
    try:
        return json.loads(body)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep


def unfolded(body: bytes) -> dict[str, Any]:
    """A form's fields as the JSON would have been; ValueError when it cannot be read."""
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    data = {name.removeprefix("data[").removesuffix("]"): value for name, value in fields.items()}
    return {"type": fields.get("type"), "timestamp": fields.get("timestamp"), "data": data}


def read(said: Any) -> Message:
    """What a decoded body says."""
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        return Message(_type(said))
    data, told = said["data"], None
    if said.get("type") == "item.live":
        told = _of_item(data)
    elif isinstance(said.get("type"), str):
        told = _of_delivery(said["type"], data)
    keys = _keys(data)
    remote_id = _fit(str(data.get("id") or ""), LONGEST_ID) if not keys else ""
    return Message(_type(said), told if keys or remote_id else None, _told_at(said.get("timestamp")), keys, remote_id)


def _type(said: Any) -> str:
    named = said.get("type") if isinstance(said, dict) else None
    return _clean(named)[:80] if isinstance(named, str) else ""


def _told_at(text: Any) -> datetime | None:
    """Its own time, when it is one that may be: a signature tells only when it was sent this time, or not even that,
    and something old that is sent again is not news."""
    at = _bearable(answers.moment(text))
    return at if at and FIRST <= at <= datetime.now(UTC) + AHEAD else None


def _of_item(data: dict[str, Any]) -> Told | None:
    """The rehearsal's item in its own words; without a number it is no receipt."""
    item = answers.told(data)
    if item is None or not item.id:
        return None
    id, url, stands = _fit(item.id, LONGEST_ID), _fit(item.url, LONGEST_URL), item.status
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
    id, url = (_fit(item.id, LONGEST_ID), _fit(item.url, LONGEST_URL)) if item else ("", "")
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
    given = [_clean(str(data[name]))[:LONGEST_ID] for name in OURS if data.get(name)]
    return tuple(dict.fromkeys(part for key in given for part in (key, _bare(key))))


def _bare(key: str) -> str:
    """Without what the webhook's message ids add for a call that is no new delivery."""
    return re.sub(r"_(update|remove)(_\d+)?$", "", key)


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


def _fit(text: str, longest: int) -> str:
    """What is longer than any id or address is none."""
    text = _clean(text)
    return text if len(text) <= longest else ""


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
