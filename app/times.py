"""Wall time and zone to an instant and back; gaps are refused with the next valid time. Knows no table."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEYOND = "That is further away than time is counted here. Pick a nearer day."


class TimeGap(ValueError):
    """That wall time does not exist that day; `valid` is the next one that does."""

    def __init__(self, wall: datetime, valid: datetime, zone: str) -> None:
        day = f"{wall:%d %B}".lstrip("0")
        super().__init__(f"{wall:%H:%M} does not exist on {day} in {city(zone)}. Use {valid:%H:%M}.")
        self.valid = valid


@dataclass(frozen=True, slots=True)
class Planned:
    """A day, perhaps with a time: the wall time people typed, its zone, and the instant it means."""

    on: date | None
    time: time | None
    zone: str
    at: datetime | None


def planned(on: date | None, wall: time | None, zone: str) -> Planned:
    """The plan those words mean; ValueError for a time without a day, TimeGap inside a DST gap."""
    if on is None:
        if wall is not None:
            raise ValueError("Pick a day for that time.")
        return Planned(None, None, zone, None)
    return Planned(on, wall, zone, None if wall is None else instant(on, wall, zone))


def instant(on: date, wall: time, zone: str) -> datetime:
    """The UTC instant of a wall time, to the minute; the first of two in a DST fold."""
    here = datetime.combine(on, wall.replace(second=0, microsecond=0), ZoneInfo(zone))
    try:
        there_and_back = here.astimezone(UTC).astimezone(ZoneInfo(zone))
    except OverflowError:
        raise ValueError(BEYOND) from None
    if there_and_back.replace(tzinfo=None) != here.replace(tzinfo=None):
        raise TimeGap(here, there_and_back, zone)
    return here.astimezone(UTC)


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def folded(at: datetime, zone: str) -> bool:
    """Whether that wall time happens twice that day, so that its offset has to be shown."""
    return twice(local(at, zone))


def twice(here: datetime) -> bool:
    """The same of a time that is told on its own clock already."""
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def city(zone: str) -> str:
    """The zone as people say it: Europe/Berlin is Berlin."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day(on: date, today: date) -> str:
    """A day in words: today, tomorrow, yesterday, else Tue 24 Nov (with the year when it is another)."""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((on - today).days)
    if near:
        return near
    return f"{on:%a} {on.day} {on:%b}" + ("" if on.year == today.year else f" {on.year}")


def moment(at: datetime, zone: str, today: date) -> str:
    """A moment in words with its zone: Tue 24 Nov, 09:00 (Berlin); a fold shows its offset."""
    here = local(at, zone)
    offset = f", UTC{here.isoformat()[-6:].removesuffix(':00')}" if folded(at, zone) else ""
    return f"{day(here.date(), today)}, {here:%H:%M} ({city(zone)}{offset})"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in one unit: just now, 35 min, 4 h, 3 days."""
    seconds = max(int((now - at) / timedelta(seconds=1)), 0)
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            n = seconds // size
            return f"{n} {unit}{'s' if unit == 'day' and n > 1 else ''}"
    return "just now"
