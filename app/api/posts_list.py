"""A page of posts for the API: filters read strictly, keyset by last change, the address of the next page."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlencode

from litestar.exceptions import ClientException

from app import sql
from app.api import posts_query, shapes
from app.api.numbers import USUAL, limit_of, number_of
from app.api.wishes import EARLIEST, LATEST
from app.lifecycles.post import STATUSES
from app.lifecycles.publication import STATUSES as WORKFLOW
from app.settings import settings

STATES = ("draft", *WORKFLOW)
PAGE = """
SELECT p.id, p.updated_at FROM post p {workflow} WHERE {conditions}
ORDER BY p.updated_at DESC, p.id DESC LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page is asked for; empty or None: everything."""

    status: str = ""
    editorial_status: str = ""
    campaign_id: int | None = None
    profile_id: int | None = None
    after: str = ""
    limit: int = USUAL

    @classmethod
    def read(
        cls, status: str, editorial: str, campaign: str | None, profile: str | None, after: str, limit: str | None
    ) -> "Filters":
        """400 for words and numbers that cannot be."""
        _demand(not status or status in STATES, f"status is one of {', '.join(STATES)}.")
        _demand(not editorial or editorial in STATUSES, f"editorial_status is one of {', '.join(STATUSES)}.")
        _place(after)
        parent, channel = number_of(campaign, "campaign_id"), number_of(profile, "profile_id")
        return cls(status, editorial, parent, channel, after, limit_of(limit))


async def page(asked: Filters) -> shapes.PostPage:
    """The posts of one page, in two statements."""
    conditions, values = _conditions(asked)
    workflow = posts_query.NEWEST_RUN if asked.status else ""
    statement = PAGE.format(workflow=workflow, conditions=" AND ".join(conditions), limit=asked.limit + 1)
    found = await sql.rows(statement, *values)
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    posts = await posts_query.many([record["id"] for record in shown])
    return shapes.PostPage(posts, _next(asked, shown[-1]["updated_at"], shown[-1]["id"]) if more else None)


def _conditions(asked: Filters) -> tuple[list[str], list[object]]:
    wanted: list[tuple[str, object]] = [
        (f"{posts_query.WORKFLOW} = ${{}}", asked.status), ("p.status = ${}", asked.editorial_status),
        ("p.campaign = ${}", asked.campaign_id),
        ("EXISTS (SELECT 1 FROM post_channel WHERE post = p.id AND channel = ${})", asked.profile_id),
    ]  # fmt: skip
    given = [(text, value) for text, value in wanted if value]
    values: list[object] = [value for _, value in given]
    conditions = ["p.archived_at IS NULL", *(text.format(n) for n, (text, _) in enumerate(given, start=1))]
    if place := _place(asked.after):
        conditions.append(f"(p.updated_at, p.id) < (${len(values) + 1}::timestamptz, ${len(values) + 2}::bigint)")
        values += place
    return conditions, values


def _next(asked: Filters, at: datetime, id: int) -> str:
    cursor = urlsafe_b64encode(json.dumps([at.isoformat(), id]).encode()).decode()
    query = {name: value for name, value in asdict(asked).items() if value} | {"after": cursor}
    return f"{settings().origin}/api/posts?{urlencode(query)}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    try:
        at, id = json.loads(urlsafe_b64decode(cursor.encode()))
        place = datetime.fromisoformat(at), int(id)
    except (ValueError, TypeError, OverflowError, RecursionError):
        place = None
    _demand(place is not None and _possible(*place), "`after` is not one of ours. Take it from `next`.")
    return place


def _possible(at: datetime, id: int) -> bool:
    """Whether the database can be asked about it."""
    return at.tzinfo is not None and EARLIEST.year <= at.year < LATEST.year and 0 < id < 2**63


def _demand(condition: bool, sentence: str) -> None:
    if not condition:
        raise ClientException(sentence)
