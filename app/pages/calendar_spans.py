"""What the calendar shows at once: a month, a week, four weeks as a list, or one day. Pure; for its pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from litestar.exceptions import ClientException

from app.pages.month import DAY, FIRST_YEAR, LAST_YEAR, WEEK, month

VIEWS = {"month": "Month", "week": "Week", "list": "List"}
ONE_DAY = "day"
FOUR_WEEKS = 28


class Span(Protocol):
    """Whole days from `start` to `end`. `key`: how an address names it; `week`: the strip on a phone."""

    @property
    def view(self) -> str: ...
    @property
    def noun(self) -> str: ...
    @property
    def nothing(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def today(self) -> date: ...
    @property
    def current(self) -> bool: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...
    @property
    def days(self) -> Iterator[date]: ...
    @property
    def week(self) -> tuple[date, ...]: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def middle(self) -> date: ...
    def out(self, on: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class Days:
    """`length` days from `start`: a week from Monday, four weeks, or one day."""

    view: str
    start: date
    length: int
    today: date

    @property
    def noun(self) -> str:
        return {WEEK: "week", 1: "day"}.get(self.length, "four weeks")

    @property
    def nothing(self) -> str:
        return {WEEK: "No posts this week.", 1: "No posts on this day."}.get(
            self.length, "No posts in these four weeks."
        )

    @property
    def title(self) -> str:
        if self.length == 1:
            return _words(self.start, "%a %B %Y")
        if self.start.year != self.end.year:
            return f"{_words(self.start, '%b %Y')} – {_words(self.end, '%b %Y')}"
        if self.start.month != self.end.month:
            return f"{_words(self.start, '%b')} – {_words(self.end, '%b %Y')}"
        return f"{self.start.day}–{_words(self.end, '%B %Y')}"

    @property
    def key(self) -> str:
        return self.start.isoformat()

    @property
    def end(self) -> date:
        return self.start + (self.length - 1) * DAY

    @property
    def current(self) -> bool:
        return self.start <= self.today <= self.end

    @property
    def days(self) -> Iterator[date]:
        return (self.start + n * DAY for n in range(self.length))

    @property
    def week(self) -> tuple[date, ...]:
        around = self.today if self.current and self.length >= WEEK else self.start
        return tuple(around + (n - around.weekday()) * DAY for n in range(WEEK))

    @property
    def before(self) -> str:
        return (self.start - self.length * DAY).isoformat()

    @property
    def after(self) -> str:
        return (self.start + self.length * DAY).isoformat()

    @property
    def middle(self) -> date:
        """The day that another view of the same time shows; a week belongs to the month of its Thursday."""
        return self.start + min(self.length - 1, 3) * DAY

    def out(self, on: date) -> bool:
        return False


def _words(on: date, form: str) -> str:
    """24 Nov, or Tue 24 November 2026: the day without a zero in front."""
    weekday = f"{on:%A} " if "%a" in form else ""
    return f"{weekday}{on.day} {on.strftime(form.removeprefix('%a '))}"


def span(view: str, written: str, today: date) -> Span:
    """What `view` shows around `written` (2026-11 or 2026-11-24, today when empty); 400 for what is no day."""
    if view == "month":
        return month(written, today)
    on = _day(written) if written else today
    if view == "week":
        return Days(view, on - on.weekday() * DAY, WEEK, today)
    return Days(view, on, FOUR_WEEKS if view == "list" else 1, today)


def _day(written: str) -> date:
    try:
        on = date.fromisoformat(written if len(written) > 7 else f"{written}-01")
    except ValueError as wrong:
        raise ClientException(f"“{written}” is no day; write it like 2026-11-24.") from wrong
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise ClientException(f"The calendar goes from {FIRST_YEAR} to {LAST_YEAR}.")
    return on
