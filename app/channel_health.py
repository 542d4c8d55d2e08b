"""How every channel stands: state, last success, what waits for it. Read-only; for the channels pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.lifecycles.facts import UNSETTLED
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import listed

COUNTED = 1000  # waiting posts of a channel; nobody needs to know of how many more
WAITING = listed(*UNSETTLED)
# What waits belongs to a publication that is still open: those are walked by their time until one has the channel.
HEALTH = f"""
SELECT c.id, c.platform, c.name, c.settings, c.broken_kind, c.broken_at, c.paused_at, c.disconnected_at, c.checked_at,
  c.last_success_at, w.waiting, n.post, n.title, n.due_at, now() AS now
FROM channel c CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM (
  SELECT 1 FROM delivery WHERE channel = c.id AND status IN ({WAITING}) LIMIT {COUNTED}) counted) w
LEFT JOIN LATERAL (
  SELECT p.id AS post, p.title, u.due_at FROM publication u
  JOIN delivery d ON d.publication = u.id AND d.channel = c.id AND d.status IN ({WAITING}) JOIN post p ON p.id = d.post
  WHERE w.waiting > 0 AND u.status IN ({listed(*OPEN)})
  ORDER BY coalesce(u.due_at, u.created_at), u.post LIMIT 1) n ON true
"""  # noqa: S608
ALL = HEALTH + " ORDER BY c.disconnected_at IS NOT NULL, c.id"
ONE = HEALTH + " WHERE c.id = $1"


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
    return [_health(record) for record in await sql.rows(ALL)]


async def of(channel: int) -> Health | None:
    found = await sql.row(ONE, channel)
    return _health(found) if found else None


def _health(found: Record) -> Health:
    known = dict(found)
    waiting, post, title, due_at = (known.pop(name) for name in ("waiting", "post", "title", "due_at"))
    known["settings"] = msgspec.json.decode(known["settings"])
    return Health(**known, next=Next(post, title, due_at, waiting) if post else None)
