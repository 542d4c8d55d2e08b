"""The demo's time: what is done, is done now; before the next thing everything there is moves into the past.

Every instant moves alike, so order, ages and distances stay what they were. For app/demo only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from app import sql
from app.atomic import atomic
from app.times import Planned, instant, local

Deed = Callable[[], Awaitable[None]]
TODAY = datetime.max.replace(tzinfo=UTC)
INSTANTS = """
SELECT c.table_name, array_agg(c.column_name::text) AS columns FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'migration'
  AND c.data_type = 'timestamp with time zone' AND c.is_generated = 'NEVER' GROUP BY c.table_name
"""
# A plan's day and time are wall time: with a time they follow its instant, without one they move by whole days.
PLANS = """
UPDATE post SET planned_on = CASE WHEN publish_at IS NULL THEN planned_on - $1::int
    ELSE (publish_at AT TIME ZONE zone)::date END,
  planned_time = CASE WHEN publish_at IS NULL THEN planned_time ELSE (publish_at AT TIME ZONE zone)::time END
WHERE planned_on IS NOT NULL
"""


@dataclass(slots=True)
class Clock:
    """It shows a moment of `day`, of which the real time is `ahead`; today is day 0. All in whole seconds."""

    zone: str
    today: date
    day: int
    ahead: timedelta
    agenda: list[tuple[datetime, int, int, Deed]] = field(default_factory=list)

    def at(self, day: int, wall: str, deed: Deed) -> None:
        """Do it then: on day -3 at 09:00. Today's deeds are done last, now."""
        at = self.moment(day, wall) if day < 0 else TODAY
        self.agenda.append((at, len(self.agenda), day, deed))

    def moment(self, day: int, wall: str) -> datetime:
        return instant(self.today + timedelta(days=day), time.fromisoformat(wall), self.zone)

    def planned(self, day: int, wall: str = "") -> Planned:
        """That day (and time) as a plan is typed now, before all that is still to come moves it to where it belongs."""
        if not wall:
            return Planned(self.today + timedelta(days=day - self.day), None, self.zone, None)
        at = self.moment(day, wall) + self.ahead
        here = local(at, self.zone)
        return Planned(here.date(), here.time(), self.zone, at)

    async def play(self) -> None:
        """Everything on the agenda, in the order of its time."""
        for at, _, day, deed in sorted(self.agenda, key=lambda entry: entry[:2]):
            await self._pass(at, day)
            await deed()
        await self._pass(TODAY, 0)

    async def _pass(self, at: datetime, day: int) -> None:
        """Until then; what took longer than the time between two deeds has passed it already."""
        ahead = timedelta() if at == TODAY else await _now() - at
        if ahead < self.ahead:
            await move_back(self.ahead - ahead, day - self.day)
            self.ahead, self.day = ahead, day


async def begin(zone: str, day: int) -> Clock:
    """A clock that stands at noon of a day that many days ago."""
    now = await _now()
    clock = Clock(zone, local(now, zone).date(), day, timedelta())
    clock.ahead = now - clock.moment(day, "12:00")
    return clock


async def _now() -> datetime:
    now: datetime = await sql.value("SELECT date_trunc('second', now())")
    return now


async def move_back(delta: timedelta, days: int) -> None:
    """Every instant of every row that much earlier, all at once."""
    async with atomic():
        for found in await sql.rows(INSTANTS):
            table = found["table_name"]
            moved = ", ".join(f"{name} = {name} - make_interval(secs => $1)" for name in found["columns"])
            # Events are append-only for everybody else; nothing of what they say changes but when.
            await sql.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            await sql.run(f"UPDATE {table} SET {moved}", delta.total_seconds())  # noqa: S608
            await sql.run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        await sql.run(PLANS, days)
