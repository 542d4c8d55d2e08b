"""The rehearsal channel's far end: keeps items, plays a delivery class and scripted faults, records every request.

The wire format is in app/platforms/sandbox_wire.py. Rows of `rehearsal` are the whole memory: an item's state is
what the newest row with an effect on it says. Called by the sandbox door and the rehearsal page.
"""

import hmac
import json
import secrets as random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from app import rehearsal_script, sql
from app.atomic import atomic
from app.platforms import answers
from app.platforms.answers import moment, stamp
from app.platforms.contract import Account
from app.platforms.sandbox import callback_secret
from app.rehearsal_script import WELL, WITHOUT_EFFECT, Fault
from app.safe_http import Call, send
from app.secrets import derive
from app.signing import signed_headers

LIFE = 600  # seconds a token lasts where tokens run out
REFUSALS = {"too_many": 429, "unauthorised": 401, "too_large": 413, "error_before": 500}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the door read it; `item` and `stamp` are what its address names."""

    method: str
    item: str = ""
    stamp: str = ""
    key: str = ""  # Idempotency-Key
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Our delivery's key, however this class carries it."""
        return self.key or str(self.body.get("stamp") or self.stamp)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that stands here, as of a moment."""

    id: str
    live_at: datetime
    removed: bool
    mark: str
    now: datetime

    @property
    def live(self) -> bool:
        return not self.removed and self.live_at <= self.now

    def shown(self, account: Account) -> dict[str, Any]:
        """The item in the words of the wire."""
        status = "removed" if self.removed else "live" if self.live else "scheduled"
        url = f"{account.origin}/channels/{account.channel}/rehearsal#{self.id}"
        return {"id": self.id, "url": url, "status": status, "live_at": stamp(self.live_at)}


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered, or would have been: `fault` says how the door plays it."""

    status: int
    body: dict[str, Any]
    fault: Fault = WELL
    verb: str = ""
    item: Item | None = None
    effect: bool = False


def new_token() -> str:
    """A channel's token; it shows by itself that it is one of ours, and when it runs out."""
    nonce = f"{random.token_urlsafe(24)}.{int(time.time()) + LIFE}"
    return f"{nonce}.{_mark(nonce)}"


def is_ours(token: str) -> bool:
    """Whether `token` was made here: a channel is tested before its row, and so its secret, is stored."""
    nonce, _, mark = token.rpartition(".")
    return hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(nonce).encode())


def expires_at(token: str) -> datetime | None:
    """When a token of ours runs out; earlier versions made some that never do."""
    until = token.split(".")[1:-1]
    return datetime.fromtimestamp(int(until[0]), UTC) if until and is_ours(token) else None


def has_run_out(account: Account) -> bool:
    """Only a channel that is switched to it plays a platform whose tokens run out."""
    until = expires_at(account.secrets["token"]) if answers.switched_on(account, "expires", False) else None
    return until is not None and until <= datetime.now(UTC)


async def renew(account: Account) -> Said:
    """The next token of the channel, unless the script says that its credentials are refused."""
    async with atomic():
        settings = await rehearsal_script.locked(account.channel)
        refused = rehearsal_script.script(settings)[:1]
        if refused and refused[0].kind == "unauthorised":
            await rehearsal_script.take(account.channel, settings)
            said = Said(401, {"error": "played"}, refused[0], "refused")
        else:
            token = new_token()
            said = Said(200, {"token": token, "expires_at": stamp(expires_at(token))}, verb="renew")
        await _record(account.channel, Asked("POST"), said)
    return said


async def act(account: Account, asked: Asked) -> Said:
    """Do what is asked, unless the script forbids, and write down both."""
    async with atomic():
        settings = await rehearsal_script.locked(account.channel)
        changes = asked.method != "GET"
        fault = await rehearsal_script.take(account.channel, settings) if changes else WELL
        if fault.kind in WITHOUT_EFFECT:
            said = Said(REFUSALS.get(fault.kind, 0), {"error": "played"}, fault, "refused")
        else:
            said = await _play(account, asked, fault)
        await _record(account.channel, asked, said)
    return said


async def call_back(account: Account, said: Said, asked: Asked) -> None:
    """Tell the channel's own callback address that the item is live; the same id every time."""
    now = await _now()
    data = {"type": "item.live", "timestamp": stamp(now), "data": {**said.body, "key": asked.mark}}
    body = json.dumps(data).encode()
    secret = callback_secret(account.secrets["token"])
    headers = signed_headers(secret, id=f"msg_{account.channel}_{said.body.get('id', '')}", at=now, body=body)
    await send(Call("POST", account.callback, headers | {"content-type": "application/json"}, body))


async def _play(account: Account, asked: Asked, fault: Fault) -> Said:
    if not asked.item:
        return await (_list(account, asked) if asked.method == "GET" else _make(account, asked, fault))
    item = await _item(account.channel, asked.item)
    if item is None or (item.removed and asked.method != "GET"):
        return Said(404, {"error": "There is no such item."}, fault, "missed")
    return _change(account, asked, fault, item)


async def _list(account: Account, asked: Asked) -> Said:
    """Only a platform that plays *lookup* finds anything by our stamp."""
    known = await _marked(account.channel, asked.stamp) if _plays(account, "lookup") else None
    until = stamp(expires_at(account.secrets["token"]))
    items = [known.shown(account)] if known else []
    return Said(200, {"items": items, "token_expires_at": until}, verb="list")


async def _make(account: Account, asked: Asked, fault: Fault) -> Said:
    """A new item; one that plays *keyed* answers a repeated key with what it made for it first."""
    repeated = await _marked(account.channel, asked.key) if asked.key and _plays(account, "keyed") else None
    if repeated:
        return Said(200, repeated.shown(account), fault, "repeated", repeated)
    now = await _now()
    at = moment(asked.body.get("scheduled_at"))
    number = await sql.value("SELECT nextval(pg_get_serial_sequence('rehearsal', 'id'))")
    item = Item(f"item-{number}", at or now, False, asked.mark, now)
    return Said(201, item.shown(account), fault, "hand_off" if at else "create", item, effect=True)


def _change(account: Account, asked: Asked, fault: Fault, item: Item) -> Said:
    verb, changed = "look", item
    match asked.method:
        case "PUT":
            verb = "update"
        case "PATCH":
            verb, at = "reschedule", moment(asked.body.get("scheduled_at"))
            if item.live:
                return Said(409, item.shown(account), fault, verb, item)
            if at is None:
                return Said(422, {"error": "scheduled_at is missing."}, fault, verb, item)
            changed = Item(item.id, at, False, item.mark, item.now)
        case "DELETE":
            verb, changed = "remove", Item(item.id, item.live_at, True, item.mark, item.now)
    return Said(200, changed.shown(account), fault, verb, changed, effect=verb != "look")


async def _item(channel: int, id: str) -> Item | None:
    found = await sql.row(
        "SELECT content->'item' AS item, now() AS now FROM rehearsal WHERE channel = $1 AND remote_id = $2"
        " AND effect_number > 0 ORDER BY id DESC LIMIT 1",
        channel, id,
    )  # fmt: skip
    if found is None:
        return None
    kept = msgspec.json.decode(found["item"])
    return Item(id, datetime.fromisoformat(kept["live_at"]), kept["removed"], kept["mark"], found["now"])


async def _marked(channel: int, mark: str) -> Item | None:
    """The first item made under a key or stamp, in its present state."""
    id = await sql.value(
        "SELECT remote_id FROM rehearsal WHERE channel = $1 AND key = $2 AND effect_number > 0 ORDER BY id LIMIT 1",
        channel, mark,
    )  # fmt: skip
    return await _item(channel, id) if id and mark else None


async def _record(channel: int, asked: Asked, said: Said) -> None:
    item = said.item
    content = {
        "asked": dict(asked.body), "method": asked.method, "answer": said.status, "fault": said.fault.kind,
        "item": {"live_at": item.live_at.isoformat(), "removed": item.removed, "mark": item.mark} if item else None,
    }  # fmt: skip
    await sql.run(
        "INSERT INTO rehearsal (channel, key, verb, content, remote_id, live, effect_number) VALUES ($1, $2, $3, $4,"
        " $5, $6, CASE WHEN $7 THEN (SELECT coalesce(max(effect_number), 0) + 1 FROM rehearsal WHERE channel = $1)"
        " ELSE 0 END)",
        channel, asked.mark or (item.mark if item else ""), said.verb, json.dumps(content),
        item.id if item else asked.item or None, bool(item and item.live), said.effect,
    )  # fmt: skip


def _mark(nonce: str) -> str:
    return hmac.new(derive("rehearsal"), nonce.encode("utf-8", "replace"), sha256).hexdigest()[:32]


def _plays(account: Account, part: str) -> bool:
    return str(account.settings.get("plays", "keyed")) == part


async def _now() -> datetime:
    now: datetime = await sql.value("SELECT now()")
    return now
