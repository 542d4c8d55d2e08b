"""Spread: times for several posts at once, at their own planned times or over the team's free slots. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import msgspec

from app import sql
from app.flow.slots import DEFAULT, exact
from app.times import local

HORIZON = 3 * 366  # days
TAKEN = "SELECT DISTINCT publish_at FROM post WHERE publish_at > $1 AND archived_at IS NULL"


@dataclass(slots=True)
class _Slots:
    """The team's slots after `now`, each given once and never one that a planned post has."""

    now: datetime
    zone: str
    walls: list[time]
    taken: set[datetime] = field(default_factory=set)

    def next(self, start: date) -> datetime | None:
        """The first free one on that day or later."""
        for n in range(HORIZON):
            for wall in self.walls:
                slot = exact(start + timedelta(days=n), wall, self.zone)
                if slot > self.now and slot not in self.taken:
                    self.taken.add(slot)
                    return slot
        return None


async def proposed(
    planned: Sequence[tuple[date | None, datetime | None]], now: datetime, *, keep: bool
) -> list[datetime | None]:
    """A time for each post's planned (day, instant), in order; two queries however many posts.

    `keep`: what has a time ahead keeps it, and what has only a day gets a slot of that day or the next free one.
    """
    slots = await _slots(now)
    today = local(now, slots.zone).date()
    if not keep:
        return [slots.next(today) for _ in planned]
    return [at if at and at > now else slots.next(max(on or today, today)) for on, at in planned]


async def _slots(now: datetime) -> _Slots:
    team = await sql.row("SELECT zone, settings FROM team")
    assert team is not None
    walls = sorted(time.fromisoformat(wall) for wall in msgspec.json.decode(team["settings"]).get("slots") or DEFAULT)
    return _Slots(now, team["zone"], walls, {record["publish_at"] for record in await sql.rows(TAKEN, now)})
