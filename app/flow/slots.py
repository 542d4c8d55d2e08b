"""The team's publishing slots: the wall times of a day at which nothing else goes out. One walk for all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import msgspec

from app import sql
from app.times import TimeGap, instant, local

DEFAULT = ("09:00",)
HORIZON = 3 * 366  # days
# The day is asked for too, for its index; in its own zone it is never more than one away.
TAKEN = """
SELECT DISTINCT publish_at FROM post
WHERE planned_on >= ($1::timestamptz - interval '2 days')::date AND publish_at > $1 AND archived_at IS NULL
"""


@dataclass(slots=True)
class Slots:
    """The slots after `after`, each given once and never one that a planned post has."""

    after: datetime
    zone: str
    walls: list[time]
    taken: set[datetime] = field(default_factory=set)

    def next(self, start: date) -> datetime | None:
        """The first free one on that day or later."""
        for day in _days(start):
            for wall in self.walls:
                slot = exact(day, wall, self.zone)
                if slot > self.after and slot not in self.taken:
                    self.taken.add(slot)
                    return slot
        return None

    @property
    def first_day(self) -> date:
        return local(self.after, self.zone).date()


async def free(after: datetime) -> Slots:
    """The team's slots from that moment on; two queries."""
    team = await sql.row("SELECT zone, settings FROM team")
    assert team is not None
    walls = sorted(time.fromisoformat(wall) for wall in msgspec.json.decode(team["settings"]).get("slots") or DEFAULT)
    taken = {record["publish_at"] for record in await sql.rows(TAKEN, after)}
    return Slots(after, team["zone"], walls, taken)


async def next_free(after: datetime) -> datetime:
    """The first free slot after `after`; with every one taken for years, a day later."""
    slots = await free(after)
    return slots.next(slots.first_day) or after + timedelta(days=1)


async def suggested(after: datetime, count: int = 4) -> list[datetime]:
    """The first free slot of each of the next days that have one."""
    slots, found = await free(after), list[datetime]()
    start = slots.first_day
    while len(found) < count and (slot := slots.next(start)):
        found.append(slot)
        start = local(slot, slots.zone).date() + timedelta(days=1)
    return found


def _days(start: date) -> Iterator[date]:
    """The days from there, as far as is looked and as dates are counted."""
    return (start + timedelta(days=n) for n in range(min(HORIZON, (date.max - start).days)))


def exact(day: date, wall: time, zone: str) -> datetime:
    """The instant of that wall time, or the next one that exists."""
    try:
        return instant(day, wall, zone)
    except TimeGap as gap:
        return gap.valid
