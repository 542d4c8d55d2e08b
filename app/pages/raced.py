"""A lost race in words: who changed the post just before, and when; and a click that came twice. For doors of posts."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request

from app import sql
from app.flow.review import SealChanged
from app.lifecycles import offers
from app.moves import MovedMeanwhile, Refused
from app.pages.render import by_htmx
from app.sessions import Who
from app.times import ago

SINCE = """
SELECT e.move, e.person, coalesce(e.note, '') AS note, coalesce(n.name, 'Galley') AS name, e.at, now() AS now
FROM event e LEFT JOIN person n ON n.id = e.person
WHERE e.post = $1 AND e.about = 'post' AND e.version > $2 ORDER BY e.id DESC LIMIT 5
"""
TWICE = 10  # seconds within which the same click is one click
MINE = "You changed this {when}, perhaps in another tab. Nothing you did now was applied."
THEIRS = "{name} changed this {when}. Nothing you did was applied."


class Change(msgspec.Struct, frozen=True):
    """Something that happened to the post after it was looked at."""

    move: str
    person: int | None
    note: str
    name: str
    at: datetime
    now: datetime


async def told(post: int, refusal: Refused, request: Request[Who, Any, Any], *, typed: str = "") -> str:
    """Why nothing was done; of a lost race, who was faster, and what was `typed`: htmx leaves it in its field."""
    newest = next(iter(await _since(post, 0)), None) if isinstance(refusal, MovedMeanwhile) else None
    said = _named(newest, request.user) if newest else refusal.reason
    lost = isinstance(refusal, MovedMeanwhile | SealChanged) and typed and not by_htmx(request)
    return f"{said} You had typed: “{typed}”" if lost else said


async def again(post: int, seen: int, name: str, note: str, who: Who) -> bool:
    """Whether this very click was made a moment ago already, and nothing else since its sender looked."""
    found, chained = await _since(post, seen), offers.chain(name)
    names = {name, *(chained.moves if chained else ())}
    mine = all(one.person == who.id and (one.now - one.at).total_seconds() < TWICE for one in found)
    return mine and any(one.move in names and one.note == note for one in found)


def _named(newest: Change, who: Who) -> str:
    when = ago(newest.at, newest.now)
    words = MINE if newest.person == who.id else THEIRS
    return words.format(name=newest.name, when="a moment ago" if when == "just now" else f"{when} ago")


async def _since(post: int, version: int) -> list[Change]:
    """The newest changes of the post beyond `version`."""
    return [msgspec.convert(dict(record), Change) for record in await sql.rows(SINCE, post, version)]
