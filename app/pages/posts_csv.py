"""The posts list as a file: every post that its filters leave, streamed as CSV that no spreadsheet runs as formulas."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from asyncpg import Record
from litestar import Request, get
from litestar.response import Stream

from app.pages import posts_query
from app.pages.glance import Channel, by_id, glance
from app.pages.posts_filters import Cursor, Wanted, wanted
from app.pages.render import team_of
from app.sessions import Who
from app.settings import settings
from app.times import local

BATCH = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADS = (
    "Id", "Title", "Status", "Group", "Campaign", "Channels", "Owner", "Keyword", "Planned day", "Publishes",
    "Created", "Updated", "Archived", "Version", "Link",
)  # fmt: skip


@get("/posts.csv")
async def posts_csv(request: Request[Who, Any, Any]) -> Stream:
    want = replace(wanted(request.query_params), after=None, before=None)
    headers = {"Content-Disposition": f'attachment; filename="posts-{datetime.now(UTC):%Y-%m-%d}.csv"'}
    lines = _lines(want, team_of(request).zone, request.user.zone)
    return Stream(lines, media_type="text/csv", headers=headers)


async def _lines(want: Wanted, team_zone: str, zone: str) -> AsyncIterator[bytes]:
    """A byte-order mark, without which spreadsheets misread UTF-8; the heads; then the list, a batch at a time."""
    channels = by_id(choice for choice in await posts_query.choices() if choice["kind"] == "channel")
    yield b"\xef\xbb\xbf" + _written([HEADS])
    place: Wanted | None = want
    while place:
        found = await posts_query.find(place, team_zone, BATCH)
        yield _written([_cells(record, channels, zone) for record in found.records])
        last = found.records[-1] if found.later else None
        place = replace(want, after=Cursor(last["key"], last["id"])) if last else None


def _cells(record: Record, channels: Mapping[int, Channel], zone: str) -> tuple[Any, ...]:
    post = glance(record, channels)
    return (
        post.id, post.title, post.label, post.group, record["campaign"], "; ".join(c.name for c in post.channels),
        record["owner"], record["keyword"], post.planned_on, _moment(post.at, zone),
        _moment(record["created_at"], zone), _moment(record["updated_at"], zone),
        _moment(record["archived_at"], zone), record["version"], f"{settings().origin}/posts/{post.id}",
    )  # fmt: skip


def _moment(at: datetime | None, zone: str) -> str:
    """To the second, with the offset of the reader's zone."""
    return local(at, zone).isoformat(sep=" ", timespec="seconds") if at else ""


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula begins with an apostrophe instead."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
