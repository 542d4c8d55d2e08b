"""What a datetime-local field holds, to an instant and back; and free slots offered beside it. For doors that ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.times import day, instant, local

UNREADABLE = "Write a day and a time, like 2026-11-24 09:00."


@dataclass(frozen=True, slots=True)
class Slot:
    """A free slot: `value` is what its button sends, wall time in the zone the form asks in."""

    value: str
    label: str


def wall_of(typed: str) -> datetime:
    """The wall time typed, without a zone; ValueError says how to write it."""
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        raise ValueError(UNREADABLE) from None
    if wall.tzinfo is not None:
        raise ValueError(UNREADABLE)
    return wall


def instant_of(typed: str, zone: str) -> datetime | None:
    """The instant typed, None for an empty field; ValueError for what cannot be read or does not exist."""
    if not typed:
        return None
    wall = wall_of(typed)
    return instant(wall.date(), wall.time(), zone)


def field_of(at: datetime, zone: str) -> str:
    """An instant as the field's value."""
    return f"{local(at, zone):%Y-%m-%dT%H:%M}"


def offered(found: Sequence[datetime], zone: str, today: date) -> tuple[Slot, ...]:
    """Free slots as a form offers them."""
    here = [local(at, zone) for at in found]
    return tuple(Slot(f"{at:%Y-%m-%dT%H:%M}", _label(at, today)) for at in here)


def _label(at: datetime, today: date) -> str:
    words = f"{day(at.date(), today)}, {at:%H:%M}"
    return words[:1].upper() + words[1:]
