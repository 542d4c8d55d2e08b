"""What a rehearsal channel received, newest first, for the page that shows it. Read-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql

A_PAGE = 25
NEWEST = """
SELECT r.id, r.at, r.verb, r.key, r.content, r.remote_id, r.effect_number, now() AS now,
  (SELECT b.content->'item' FROM rehearsal b WHERE b.channel = r.channel AND b.remote_id = r.remote_id
     AND b.effect_number > 0 ORDER BY b.id DESC LIMIT 1) AS item
FROM rehearsal r WHERE r.channel = $1 AND ($2::bigint IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Received:
    """One request: what was asked, what was answered, and how its item stands now (None: it has none)."""

    id: int
    at: datetime
    now: datetime
    verb: str
    key: str
    item: str
    effect: int
    asked: Mapping[str, Any]
    answer: int
    fault: str
    live_at: datetime | None
    removed: bool

    @property
    def live(self) -> bool:
        return self.live_at is not None and not self.removed and self.live_at <= self.now


async def received(channel: int, *, before: int | None = None) -> list[Received]:
    """A page of requests, and one more when there are older ones."""
    return [_received(record) for record in await sql.rows(NEWEST, channel, before, A_PAGE + 1)]


async def effects(channel: int) -> int:
    """How often something really happened there."""
    number: int = await sql.value("SELECT coalesce(max(effect_number), 0) FROM rehearsal WHERE channel = $1", channel)
    return number


def _received(found: Record) -> Received:
    content = msgspec.json.decode(found["content"])
    item = msgspec.json.decode(found["item"] or "null") or {}
    return Received(
        id=found["id"], at=found["at"], now=found["now"], verb=found["verb"], key=found["key"],
        item=found["remote_id"] or "", effect=found["effect_number"], asked=content.get("asked", {}),
        answer=content.get("answer", 0), fault=content.get("fault", ""),
        live_at=datetime.fromisoformat(item["live_at"]) if item else None, removed=item.get("removed", False),
    )  # fmt: skip
