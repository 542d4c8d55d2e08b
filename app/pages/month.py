"""A month as the calendar draws it: whole weeks from Monday, its neighbours, and where today stands. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from litestar.exceptions import ClientException

FIRST_YEAR, LAST_YEAR = 1970, 2199
DAY, WEEK = timedelta(days=1), 7


@dataclass(frozen=True, slots=True)
class Month:
    """One month; `first` is its first day, `today` the team's date."""

    first: date
    today: date
    view: str = "month"
    noun: str = "month"
    nothing: str = "No posts this month."

    @property
    def title(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        return (self.first + 31 * DAY).replace(day=1) - DAY

    @property
    def current(self) -> bool:
        return (self.first.year, self.first.month) == (self.today.year, self.today.month)

    @property
    def start(self) -> date:
        """The Monday the grid begins with."""
        return self.first - self.first.weekday() * DAY

    @property
    def end(self) -> date:
        """The Sunday the grid ends with."""
        return self.last + (WEEK - 1 - self.last.weekday()) * DAY

    @property
    def days(self) -> Iterator[date]:
        return (self.start + n * DAY for n in range((self.end - self.start).days + 1))

    @property
    def week(self) -> tuple[date, ...]:
        """The week a phone shows on top: this one, else the month's first."""
        around = self.today if self.current else self.first
        return tuple(around + (n - around.weekday()) * DAY for n in range(WEEK))

    @property
    def middle(self) -> date:
        """The day that another view of this month begins with."""
        return self.first

    def out(self, on: date) -> bool:
        """Whether that day of the grid belongs to a neighbour."""
        return on.month != self.first.month

    @property
    def before(self) -> str:
        return f"{self.first - DAY:%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.last + DAY:%Y-%m}"


def month(written: str, today: date) -> Month:
    """The month of `2026-11` (or of a whole day), this one when empty; 400 for what is no month."""
    if not written:
        return Month(today.replace(day=1), today)
    try:
        first = date.fromisoformat(written if len(written) > 7 else f"{written}-01").replace(day=1)
    except ValueError as wrong:
        raise ClientException(f"“{written}” is no month; write it like 2026-11.") from wrong
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise ClientException(f"The calendar goes from {FIRST_YEAR} to {LAST_YEAR}.")
    return Month(first, today)
