"""What the fake platform keeps and does: signed messages at /hook, items at /sandbox/{channel}/items."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from app.signing import Forged, verify

from .effects import Log


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}

    @property
    def below(self) -> str:
        """The path below /sandbox/{channel}, with its query."""
        return "/" + self.target.split("/", 3)[3]

    @property
    def key(self) -> str:
        named = self.headers.get("webhook-id") or self.headers.get("idempotency-key")
        return named or str(self.json.get("stamp", "") if self.body[:1] == b"{" else "")


Said = tuple[int, dict[str, Any]]


@dataclass(slots=True)
class Shelf:
    """Every change of an item is one effect in the log; a repeated key changes nothing."""

    log: Log
    origin: str = ""
    secret: str = ""
    token: str = ""
    run_out: bool = False  # the token is refused everywhere but where it is renewed
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def act(self, asked: Asked) -> Said:
        if asked.path == "/hook":
            return self._hook(asked)
        if asked.path.endswith("/token"):
            return self._renew(asked)
        if self.run_out or not self._knows(asked):
            return 401, {"error": "bad token"}
        if asked.path.endswith("/items"):
            return self._list(asked) if asked.method == "GET" else self._make(asked)
        return self._one(asked, unquote(asked.path.rsplit("/", 1)[1]))

    def _hook(self, asked: Asked) -> Said:
        if isinstance(verify([self.secret], asked.headers, asked.body, now=datetime.now(UTC)), Forged):
            return 401, {"error": "bad signature"}
        said = asked.json
        if said["type"] == "ping":
            return 200, {}
        id = said["data"]["remote_id"] or f"remote-{said['data']['delivery_id']}"
        if not self._done(asked.key):
            data = json.dumps(said["data"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            digest = sha256(f"{said['type']}\n{data}".encode()).hexdigest()
            self._effect(said["type"].removeprefix("post."), id, asked.key, digest)
        return 200, {"id": id, "url": f"{self.origin}/p/{id}", "status": "live"}

    def _knows(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {self.token}"

    def _renew(self, asked: Asked) -> Said:
        """Each token buys one successor; used twice it is refused, as with the platforms that rotate them."""
        if not self._knows(asked):
            return 401, {"error": "used already"}
        self.token, self.run_out = f"{self.token}+", False
        self.log.write("renewal", token=self.token)
        return 200, {"token": self.token, "expires_at": (datetime.now(UTC) + timedelta(minutes=10)).isoformat()}

    def _list(self, asked: Asked) -> Said:
        stamp = parse_qs(urlsplit(asked.target).query).get("stamp", [""])[0]
        return 200, {"items": [self._shown(item) for item in self.items.values() if item["stamp"] == stamp]}

    def _make(self, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key", "")
        for item in self.items.values():
            if key and item["key"] == key:
                return 200, self._shown(item)
        id, said = f"item-{len(self.items) + 1}", asked.json
        self.items[id] = {"id": id, "key": key, "stamp": said.get("stamp", ""), "removed": False}
        self.items[id]["live_at"] = said.get("scheduled_at") or datetime.now(UTC).isoformat()
        self._effect("hand_off" if said.get("scheduled_at") else "publish", id, asked.key, _sent(asked))
        return 201, self._shown(self.items[id])

    def _one(self, asked: Asked, id: str) -> Said:
        item = self.items.get(id)
        if item is None or (item["removed"] and asked.method != "GET"):
            return 404, {"error": "no such item"}
        if asked.method == "PATCH":
            item["live_at"] = asked.json["scheduled_at"]
        if asked.method == "DELETE":
            item["removed"] = True
        if asked.method != "GET":
            verb = {"PUT": "update", "PATCH": "reschedule", "DELETE": "remove"}[asked.method]
            self._effect(verb, id, item["key"] or item["stamp"], _sent(asked))
        return 200, self._shown(item)

    def _shown(self, item: dict[str, Any]) -> dict[str, Any]:
        live = datetime.fromisoformat(item["live_at"]) <= datetime.now(UTC)
        status = "removed" if item["removed"] else "live" if live else "scheduled"
        url = f"{self.origin}/p/{item['id']}"
        return {"id": item["id"], "url": url, "status": status, "live_at": item["live_at"]}

    def _done(self, key: str) -> bool:
        """Asked of the log, so a restarted receiver still knows."""
        return any(row["key"] == key for row in self.log.effects())

    def _effect(self, verb: str, id: str, key: str, digest: str) -> None:
        self.log.write("effect", verb=verb, id=id, key=key, sha256=digest)


def _sent(asked: Asked) -> str:
    """The digest the platform promised: of the request line below the channel, and the body."""
    return sha256(f"{asked.method} {asked.below}\n".encode() + asked.body).hexdigest()
