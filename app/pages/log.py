"""The publishing log: everything that was queued, sent, refused and taken down, newest first, and who works at it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get

from app.pages.log_words import Day, days
from app.pages.render import Page, page, team_of
from app.publishing_log import A_PAGE, OUTCOMES, Sought, channels, happened, publisher_age
from app.sessions import Who
from app.times import city, local

SLOW_SECONDS = 60
LABELS = {
    "queued": "Queued, scheduled, retried", "handed_over": "Handed over", "published": "Published",
    "failed": "Failed", "not_confirmed": "Not confirmed", "taken_down": "Taken down", "held": "Held",
    "canceled": "Canceled",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogPage:
    """`typed` are the filters as they stand; `beat` says when the publisher was seen, in `beat_group`'s colour."""

    days: tuple[Day, ...]
    older: str
    zone: str
    beat: str
    beat_group: str
    channels: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    filtered: bool


@get("/log")
async def log_page(request: Request[Who, Any, Any]) -> Page:
    zone, sought = team_of(request).zone, _sought(request)
    found, age = await happened(sought, zone), await publisher_age()
    context = LogPage(
        days=days(found[:A_PAGE], zone, local(datetime.now(UTC), zone).date()),
        older=_address(sought, found[A_PAGE - 1].id) if len(found) > A_PAGE else "",
        zone=city(zone),
        beat=_beat(age),
        beat_group="problem" if age is None or age > SLOW_SECONDS else "live",
        channels=(("", "All channels"), *((str(id), name) for id, name in await channels())),
        outcomes=(("", "Everything"), *LABELS.items()),
        typed=_typed(sought),
        filtered=any(_typed(sought).values()),
    )
    return await page("log/page.html", context, request=request, title="Publishing log", nav="log")


def _sought(request: Request[Any, Any, Any]) -> Sought:
    """The address's filters; one that makes no sense is left out, as a link may be old."""
    given = request.query_params
    outcome = given.get("outcome", "")
    return Sought(
        channel=_id(given.get("channel", "")),
        outcome=outcome if outcome in OUTCOMES else "",
        on=_date(given.get("date", "")),
        before=_id(given.get("before", "")),
    )


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _date(text: str) -> date | None:
    """A day of this era: the database knows no days beyond, once they are moved into a zone."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def _typed(sought: Sought) -> dict[str, str]:
    return {
        "channel": str(sought.channel or ""),
        "outcome": sought.outcome,
        "date": sought.on.isoformat() if sought.on else "",
    }


def _address(sought: Sought, before: int) -> str:
    kept = {name: value for name, value in _typed(sought).items() if value}
    return f"/log?{urlencode({**kept, 'before': before})}"


def _beat(age: float | None) -> str:
    if age is None:
        return "No publisher has been seen yet. Scheduled posts are safe but will be late."
    if age <= SLOW_SECONDS:
        return f"Publisher seen {round(age)} s ago"
    return f"The publisher has not been seen for {round(age / 60)} min. Scheduled posts are safe but will be late."
