"""Spread: times for several posts at once, at their own planned times or over the team's free slots. Read-only."""

from collections.abc import Sequence
from datetime import date, datetime

from app.flow import slots


async def proposed(
    planned: Sequence[tuple[date | None, datetime | None]], now: datetime, *, keep: bool
) -> list[datetime | None]:
    """A time for each post's planned (day, instant), in order; two queries however many posts.

    `keep`: what has a time ahead keeps it, and what has only a day gets a slot of that day or the next free one.
    """
    free = await slots.free(now)
    today = free.first_day
    if not keep:
        return [free.next(today) for _ in planned]
    return [at if at and at > now else free.next(max(on or today, today)) for on, at in planned]
