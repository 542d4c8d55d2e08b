"""The rehearsal channel's requests, and what its receiver's answers mean. Called by `sandbox` only.

Base `{origin}/sandbox/{channel}`, `Authorization: Bearer {secrets["token"]}`, JSON both ways:

- `POST /items` publishes; with `scheduled_at` (ISO 8601, Z) it takes a hand-off. Body: title, slug, excerpt,
  body_markdown, body_html, text, pictures [{url, alt, mime, sha256}], link; `stamp` (our key) only when the
  channel plays *lookup*; `callback` (absolute URL) when there is one. `Idempotency-Key: key` only when it
  plays *keyed*: the first item made for a key is the answer for ever.
- `PUT /items/{id}` updates (same body), `PATCH /items/{id}` `{"scheduled_at"}` moves, `DELETE /items/{id}`
  takes down or off the schedule.
- `GET /items?stamp=KEY` answers `{"items": [item, ...]}`, `GET /items/{id}` one item.
- `POST /token` with the token, also one that has run out, answers `{"token", "expires_at"}`: the next one. The list
  says `token_expires_at` of the token it was asked with.

An item is `{"id", "url", "status": "live" | "scheduled" | "removed", "live_at"}` (`live_at`: when it went or
will go live). DELETE answers the item as removed, or 204; 404 and 410 for an id mean that it is gone.
409 with a live item refuses to move or take back what is live already.
Callbacks: a Standard Webhooks POST of `{"type": "item.live", "timestamp", "data": item and "key"}` to
`callback`, signed with `callback_secret(token)`; `key` is the Idempotency-Key, else the stamp, else "".
"""

import base64
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from app.platforms import answers
from app.platforms.contract import (
    Absent,
    Account,
    Answer,
    HandedOff,
    NotSent,
    Outcome,
    Parcel,
    Published,
    Refreshed,
    Refused,
    Removed,
    Renewal,
    Sighting,
    TryLater,
    Unknown,
)
from app.platforms.wire import encoded
from app.safe_http import Call, Failure, Reply, host_port, json_object, opened, send

GONE = (404, 410)
STANDING = {"live": 0, "scheduled": 1, "removed": 2}  # of several with one stamp, the one that matters first
Request = tuple[str, str, bytes]  # method, path below the base, body


def callback_secret(token: str) -> str:
    """The signing secret of the receiver's callbacks for a channel with this token."""
    return "whsec_" + base64.b64encode(sha256(b"callback " + token.encode()).digest()).decode()


def plays(account: Account, part: str) -> bool:
    return str(account.settings.get("plays", "keyed")) == part


def request(parcel: Parcel, intent: str) -> Request:
    """What the attempt with this intent sends."""
    one = f"/items/{quote(parcel.remote_id, safe='')}"
    when = {"scheduled_at": answers.stamp(parcel.due_at)}
    match intent:
        case "create":
            return "POST", "/items", encoded(_item(parcel))
        case "hand_off":
            return "POST", "/items", encoded(_item(parcel) | when)
        case "update":
            return "PUT", one, encoded(_item(parcel))
        case "reschedule":
            return "PATCH", one, encoded(when)
        case _:
            return "DELETE", one, b""


async def ask(account: Account, asked: Request, key: str = "") -> Reply | Failure:
    """One call to the receiver; it is always this installation, so its own address is open to us."""
    method, path, body = asked
    headers = {"authorization": f"Bearer {account.secrets.get('token', '')}", "accept": "application/json"}
    if body:
        headers["content-type"] = "application/json"
    if key and method == "POST" and plays(account, "keyed"):
        headers["idempotency-key"] = key
    url = f"{account.origin}/sandbox/{account.channel}{path}"
    return await send(Call(method, url, headers, body), allow=opened() | {host_port(account.origin)})


async def do(parcel: Parcel, intent: str) -> Outcome:
    """Make the one mutating call of `intent` and read its answer."""
    asked = request(parcel, intent)
    if asked[0] != "POST" and not parcel.remote_id:
        return Refused("unexpected", f"Nobody knows under which number {parcel.account.name} has it.")
    match await ask(parcel.account, asked, parcel.key):
        case Failure() as failure:
            return answers.undelivered(failure, parcel.account)
        case Reply() as reply:
            return _outcome(reply, parcel, asked[0])


async def renew(account: Account) -> Renewal:
    """Trade the token for its successor; what the receiver refuses, only a person can repair."""
    reply = await ask(account, ("POST", "/token", b""))
    if isinstance(reply, Failure):
        return answers.undelivered(reply, account)
    said = json_object(reply) if reply.ok else None
    if said and isinstance(said.get("token"), str) and said["token"]:
        return Refreshed({"token": said["token"]}, answers.moment(said.get("expires_at")))
    if reply.ok:
        return Unknown(f"{account.name} gave an answer that is no token.", heard_of(reply, account))
    missed = answers.declined(reply, account, heard_of(reply, account))
    return NotSent(missed.note, missed.kind, missed.answer) if isinstance(missed, TryLater) else missed


def expiry(reply: Reply) -> datetime | None:
    """When the token that a list was asked with runs out."""
    said = json_object(reply)
    return answers.moment(said.get("token_expires_at")) if said else None


async def look_by_id(parcel: Parcel) -> Sighting:
    """The state of an item whose number we have."""
    reply = await ask(parcel.account, ("GET", request(parcel, "remove")[1], b""))
    if isinstance(reply, Failure):
        return Unknown(reply.note, Answer(reply.status))
    heard = heard_of(reply, parcel.account)
    if reply.status in GONE:
        return Removed(heard)
    return _seen(answers.item(reply) if reply.ok else None, parcel, heard)


async def look_by_stamp(parcel: Parcel) -> Sighting:
    """The item that carries our key, or the certainty that there is none."""
    reply = await ask(parcel.account, ("GET", "/items?" + urlencode({"stamp": parcel.key}), b""))
    if isinstance(reply, Failure):
        return Unknown(reply.note, Answer(reply.status))
    heard, found = heard_of(reply, parcel.account), listed(reply)
    if found is None:
        return Unknown("The receiver's list could not be read.", heard)
    standing = sorted(found, key=lambda item: STANDING.get(item.status, -1))
    return _seen(standing[0], parcel, heard) if standing else Absent(heard)


def listed(reply: Reply) -> list[answers.Item] | None:
    """The items of a list answer; None when it is not one."""
    said = json_object(reply) if reply.ok else None
    rows = said.get("items") if said else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    items = [answers.told(row) for row in rows]
    return None if None in items else [item for item in items if item]


def heard_of(reply: Reply, account: Account) -> Answer:
    return answers.answer(reply, account.secrets.values())


def _item(parcel: Parcel) -> dict[str, Any]:
    extra = {"stamp": parcel.key} if plays(parcel.account, "lookup") else {}
    called_back = {"callback": parcel.account.callback} if parcel.account.callback else {}
    return answers.written(parcel) | extra | called_back


def _outcome(reply: Reply, parcel: Parcel, method: str) -> Outcome:
    heard, said = heard_of(reply, parcel.account), answers.item(reply)
    if reply.status in GONE and method != "POST":
        gone = f"{parcel.account.name} no longer has it."
        return Removed(heard) if method == "DELETE" else Refused("changed_there", gone, heard)
    if reply.status == 409 and said is not None and said.status == "live":
        return _seen(said, parcel, heard)
    if not reply.ok:
        return answers.declined(reply, parcel.account, heard)
    if method == "DELETE":
        return _seen(said, parcel, heard) if said and said.status == "live" else Removed(heard)
    return _standing(_seen(said, parcel, heard), heard)


def _standing(
    seen: Published | HandedOff | Removed | Unknown, heard: Answer
) -> Published | HandedOff | Refused | Unknown:
    """What should stand there after we put it there; removed means that somebody took it away."""
    return Refused("changed_there", "It was removed there.", heard) if isinstance(seen, Removed) else seen


def _seen(item: answers.Item | None, parcel: Parcel, heard: Answer) -> Published | HandedOff | Removed | Unknown:
    """What an item's own words amount to."""
    if item is None or not (item.id or parcel.remote_id):
        return Unknown(f"{parcel.account.name} gave an answer that is no receipt.", heard)
    id, url, at = item.id or parcel.remote_id, item.url or parcel.remote_url, item.live_at
    if item.status == "live":
        return Published(id, url, at, heard)
    if item.status == "scheduled" and (due := at or parcel.due_at):
        return HandedOff(id, url, due, heard)
    return Removed(heard) if item.status == "removed" else Unknown("Its state there is unclear.", heard)
