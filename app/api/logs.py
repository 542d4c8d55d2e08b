"""The JSON door of the publishing log: domain events with their attempts, filtered, page by page."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlencode

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromQuery

from app.api import shapes_publishing as shapes
from app.api.answers import Asked, answer
from app.api.numbers import limit_of, number_of
from app.api.wishes import EARLIEST, LATEST
from app.publishing_log import OUTCOMES, Attempt, Happened, Sought, happened
from app.settings import settings

TIME = "{} is a time with an offset, such as 2026-03-27T10:30:00Z (in an address, write + as %2B)."


@get("/api/publish/logs", summary="The publishing log, the newest first")
async def publishing_log(
    request: Asked, post_id: FromQuery[str | None] = None, profile_id: FromQuery[str | None] = None,
    result: FromQuery[str] = "", since: FromQuery[str | None] = None, until: FromQuery[str | None] = None,
    before: FromQuery[str | None] = None, limit: FromQuery[str | None] = None,
) -> Response[shapes.LogPage]:  # fmt: skip
    """What was queued, handed over, published, refused, taken down: one entry for each event, its attempts inside.

    `since` is included, `until` is not; `before` is the id that a page ended with, and `next` leads on.
    """
    if result not in ("", *OUTCOMES):
        raise ClientException(f"result is one of {', '.join(OUTCOMES)}.")
    sought = Sought(
        channel=number_of(profile_id, "profile_id"), outcome=result, before=number_of(before, "before"),
        post=number_of(post_id, "post_id"), since=_time(since, "since"), until=_time(until, "until"),
        most=limit_of(limit),
    )  # fmt: skip
    asked = {
        "post_id": post_id, "profile_id": profile_id, "result": result, "since": since, "until": until, "limit": limit
    }  # fmt: skip
    return answer(request, await _page(sought, asked))


async def _page(sought: Sought, asked: Mapping[str, str | None]) -> shapes.LogPage:
    found = await happened(sought, "UTC")
    shown = found[: sought.most]
    more = len(found) > sought.most
    return shapes.LogPage([_entry(one) for one in shown], _next(asked, shown[-1].id) if more else None)


def _next(asked: Mapping[str, str | None], last: int) -> str:
    """The same question from the last entry on."""
    kept = {name: value for name, value in asked.items() if value}
    return f"{settings().origin}/api/publish/logs?{urlencode({**kept, 'before': last})}"


def _entry(one: Happened) -> shapes.LogEntry:
    return shapes.LogEntry(
        id=one.id,
        at=one.at,
        result=cast("shapes.Result", one.result),
        event=cast("shapes.Event", one.event),
        post_id=one.post,
        title=one.title,
        delivery_id=one.delivery,
        profiles=[shapes.LogProfile(where.id, where.name, where.platform) for where in one.channels],
        scheduled_at=one.due_at,
        by=cast("shapes.Actor", one.by_kind),
        by_name=one.person or None,
        note=one.note,
        url=one.url or None,
        tries=len(one.attempts),
        attempts=[_attempt(tried) for tried in one.attempts],
    )


def _attempt(one: Attempt) -> shapes.LogAttempt:
    return shapes.LogAttempt(
        one.number, one.intent, one.outcome, one.http_status, one.answer, one.why, one.next_action, one.late_answer,
        one.opened_at, one.ended_at,
    )  # fmt: skip


def _time(text: str | None, name: str) -> datetime | None:
    """An instant of an address; 400 for anything else."""
    if text is None:
        return None
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        if at.tzinfo and EARLIEST <= at.astimezone(UTC) < LATEST:
            return at
    raise ClientException(TIME.format(name))
