"""A week as rows of half hours: where its cards stand, what lies before and after, what the clock does. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.pages.calendar_days import Day, Event, Fold, at_risk, by_day, day
from app.pages.calendar_spans import Span

FIRST_HOUR, LAST_HOUR = 8, 18  # the least that a week shows
TOGETHER = 4  # cards of one half hour before the rest folds
TOP = ("anytime", "early")
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Hours:
    """The rows that stand open: from one full hour to another."""

    first: int
    last: int

    def row(self, wall: time) -> int:
        """The row of that time, the first being 1; outside, 0 before and -1 after."""
        if wall.hour < self.first:
            return 0
        return -1 if wall.hour >= self.last else (wall.hour - self.first) * 2 + wall.minute // 30 + 1


@dataclass(frozen=True, slots=True)
class HalfHour:
    """A row of the gutter. `label` stands on full hours."""

    where: str
    wall: str
    label: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The cards of one half hour. `where` is its class: row-5, early, late, or anytime for those without a time.

    `turn`: what the clock does there that day.
    """

    where: str
    events: tuple[Event, ...] = ()
    more: int = 0
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """Where the line of the present stands; `half`: in the lower half of its row."""

    where: str
    half: bool
    wall: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the week. `early` and `late`: how many cards lie outside of the open rows; `turn` as in Slot."""

    day: Day
    top: tuple[Slot, ...]
    slots: tuple[Slot, ...]
    early: int
    late: int
    turn: str
    now: Now | None


def open_hours(slots: Iterable[str], *, whole: bool) -> Hours:
    """From the team's first publishing slot to its last, at least a working day; `whole`: midnight to midnight."""
    if whole:
        return Hours(0, 24)
    hours = [time.fromisoformat(wall).hour for wall in slots]
    return Hours(min([FIRST_HOUR, *hours]), max([LAST_HOUR, *(hour + 1 for hour in hours)]))


def gutter(hours: Hours) -> tuple[HalfHour, ...]:
    walls = (time(hour, minute) for hour in range(hours.first, hours.last) for minute in (0, 30))
    return tuple(
        HalfHour(_class(hours.row(wall)), f"{wall:%H:%M}", "" if wall.minute else f"{wall:%H:%M}") for wall in walls
    )


def columns(span: Span, events: Iterable[Event], fold: Fold, hours: Hours, zone: str) -> tuple[Column, ...]:
    found, here = by_day(events), datetime.now(UTC).astimezone(ZoneInfo(zone))
    return tuple(
        _column(day(on, span, found.get(on, []), fold), found.get(on, []), hours, zone, here) for on in span.days
    )


def marked(columns: Iterable[Column], risks: Mapping[int, str]) -> tuple[Column, ...]:
    """The same columns, with what the forecast says of their cards."""
    return tuple(
        replace(column, top=_risky(column.top, risks), slots=_risky(column.slots, risks)) for column in columns
    )


def cards(columns: Iterable[Column]) -> list[Event]:
    """Every card of the week that is drawn."""
    return [one for column in columns for slot in column.top + column.slots for one in slot.events]


def _risky(slots: Iterable[Slot], risks: Mapping[int, str]) -> tuple[Slot, ...]:
    return tuple(replace(slot, events=at_risk(slot.events, risks)) for slot in slots)


def _column(day: Day, events: Sequence[Event], hours: Hours, zone: str, here: datetime) -> Column:
    found: dict[str, list[Event]] = {}
    for one in events:
        found.setdefault(_where(one.time, hours), []).append(one)
    where, turn = _turn(day.on, hours, zone)
    if where.startswith("row-"):
        found.setdefault(where, [])
    slots = [_slot(key, found[key], turn if key == where else "") for key in sorted(found, key=_order)]
    return Column(
        day=day,
        top=tuple(slot for slot in slots if slot.where in TOP),
        slots=tuple(slot for slot in slots if slot.where not in TOP),
        early=len(found.get("early", ())),
        late=len(found.get("late", ())),
        turn=turn if where in TOP else "",
        now=_now(here.time(), hours) if day.today else None,
    )


def _order(where: str) -> int:
    """As it reads: no time, before, the rows, after."""
    return {"anytime": -2, "early": -1, "late": 99}.get(where) or int(where.removeprefix("row-"))


def _where(wall: str, hours: Hours) -> str:
    return _class(hours.row(time.fromisoformat(wall[:5]))) if wall else "anytime"


def _class(row: int) -> str:
    return {0: "early", -1: "late"}.get(row, f"row-{row}")


def _slot(where: str, events: Sequence[Event], turn: str) -> Slot:
    shown = events if len(events) <= TOGETHER else events[: TOGETHER - 1]
    return Slot(where, tuple(shown), len(events) - len(shown), turn)


def _now(wall: time, hours: Hours) -> Now | None:
    row = hours.row(wall)
    return Now(_class(row), wall.minute % 30 >= 15, f"{wall:%H:%M}") if row > 0 else None


def _turn(on: date, hours: Hours, zone: str) -> tuple[str, str]:
    """The wall times that day that do not exist or come twice, and their row; nothing on days of 24 hours."""
    there = ZoneInfo(zone)
    midnight = datetime.combine(on, time(), there)
    if midnight.utcoffset() == (midnight + DAY).utcoffset():
        return "", ""
    gap, fold = list(_missing(midnight)), list(_twice(midnight))
    if not (gap or fold):
        return "", ""
    walls = gap or fold
    told = "does not exist" if gap else f"comes twice: UTC{_offset(fold[0], 0)}, then UTC{_offset(fold[0], 1)}"
    reach = f"{walls[0]:%H:%M}–{walls[-1] + QUARTER:%H:%M}"
    return _class(hours.row(walls[0].time())), f"{reach} {told}"


def _quarters(midnight: datetime) -> Iterator[datetime]:
    return (midnight + n * QUARTER for n in range(96))


def _missing(midnight: datetime) -> Iterator[datetime]:
    for wall in _quarters(midnight):
        if wall.astimezone(UTC).astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):
            yield wall


def _twice(midnight: datetime) -> Iterator[datetime]:
    for wall in _quarters(midnight):
        if wall.replace(fold=1).utcoffset() != wall.utcoffset():
            yield wall


def _offset(wall: datetime, fold: int) -> str:
    return f"{wall.replace(fold=fold):%z}"[:3]
