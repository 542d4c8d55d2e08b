"""How every channel stands: state, last success, what waits for it. Read-only; for the channels pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.lifecycles.statuses import DeliveryStatus

WAITING = (
    DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.RETRYING, DeliveryStatus.HANDED_OFF,
)  # fmt: skip
HEALTH = """
SELECT c.id, c.platform, c.name, c.settings, c.broken_kind, c.broken_at, c.paused_at, c.disconnected_at, c.checked_at,
  c.last_success_at, n.waiting, n.post, n.title, n.due_at, now() AS now
FROM channel c LEFT JOIN LATERAL (
  SELECT count(*) OVER () AS waiting, p.id AS post, p.title, u.due_at FROM delivery d
  JOIN publication u ON u.id = d.publication JOIN post p ON p.id = d.post
  WHERE d.channel = c.id AND d.status = ANY($1) ORDER BY u.due_at NULLS FIRST, d.id LIMIT 1) n ON true
"""
ALL = HEALTH + " ORDER BY c.disconnected_at IS NOT NULL, c.id"
ONE = HEALTH + " WHERE c.id = $2"


@dataclass(frozen=True, slots=True)
class Next:
    """The first post that needs the channel; `due_at` None: as soon as possible."""

    post: int
    title: str
    due_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Health:
    """One channel with all that its state sentence is made of."""

    id: int
    platform: str
    name: str
    settings: Mapping[str, Any]
    broken_kind: str | None
    broken_at: datetime | None
    paused_at: datetime | None
    disconnected_at: datetime | None
    checked_at: datetime | None
    last_success_at: datetime | None
    next: Next | None
    now: datetime

    @property
    def connected(self) -> bool:
        return self.disconnected_at is None


async def everyone() -> list[Health]:
    """All channels, the connected ones first; one query."""
    return [_health(record) for record in await sql.rows(ALL, [*WAITING])]


async def of(channel: int) -> Health | None:
    found = await sql.row(ONE, [*WAITING], channel)
    return _health(found) if found else None


def _health(found: Record) -> Health:
    known = dict(found)
    waiting, post, title, due_at = (known.pop(name) for name in ("waiting", "post", "title", "due_at"))
    known["settings"] = msgspec.json.decode(known["settings"])
    return Health(**known, next=Next(post, title, due_at, waiting) if post else None)
