"""The team's publishing slots: the next wall time of the day at which nothing else goes out."""

from datetime import date, datetime, time, timedelta

import msgspec

from app import sql
from app.times import TimeGap, instant, local

DEFAULT = ("09:00",)
HORIZON = 60  # days


async def next_free(after: datetime) -> datetime:
    """The first slot after `after` that no planned post has; with every slot taken, the last one looked at."""
    team = await sql.row("SELECT zone, settings FROM team")
    assert team is not None
    walls = msgspec.json.decode(team["settings"]).get("slots") or DEFAULT
    taken = await _taken(after)
    slot = after
    for slot in _coming(local(after, team["zone"]).date(), walls, team["zone"]):
        if slot > after and slot not in taken:
            break
    return slot


async def _taken(after: datetime) -> set[datetime]:
    found = await sql.rows("SELECT publish_at FROM post WHERE publish_at > $1 AND archived_at IS NULL", after)
    return {record["publish_at"] for record in found}


def _coming(today: date, walls: list[str] | tuple[str, ...], zone: str) -> list[datetime]:
    days = [today + timedelta(days=n) for n in range(HORIZON)]
    return [exact(day, time.fromisoformat(wall), zone) for day in days for wall in sorted(walls)]


def exact(day: date, wall: time, zone: str) -> datetime:
    """The instant of that wall time, or the next one that exists."""
    try:
        return instant(day, wall, zone)
    except TimeGap as gap:
        return gap.valid
