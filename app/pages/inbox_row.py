"""What is left of an inbox row after its button: one line that says what happened, until the next visit.

Where the table has a way back for this person, the line offers Undo; undone, the row stands there as before.
"""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request

from app.access import allows
from app.pages.cards import Button, Card, cards
from app.pages.inbox_rows import PostRow, known, post_row
from app.pages.render import Page, partial, team_of
from app.sessions import Who

UNDO = {"approve": "reopen", "approve_and_schedule": "reopen", "schedule": "unschedule", "reject": "restore"}


@dataclass(frozen=True, slots=True)
class DoneRow:
    """`undo` is the move that takes it back, where this person may."""

    card: Card
    said: str
    undo: Button | None


@dataclass(frozen=True, slots=True)
class AgainRow:
    row: PostRow
    picks: bool


async def after(request: Request[Who, Any, Any], post: int, said: str) -> Page:
    """The row once its button did its work."""
    name = str((await request.form()).get("name", ""))
    headers = {"HX-Trigger": json.dumps({"toast": {"text": said}})}
    if name in UNDO.values():
        return await _again(request, post, headers)
    return await _row(request, post, said, headers, 200, UNDO.get(name, ""))


async def refused(request: Request[Who, Any, Any], post: int, reason: str, status: int) -> Page:
    """The row as the post is now, and why nothing was done; wherever the answer was meant to go."""
    told = {"HX-Trigger": json.dumps({"alert": {"text": reason}})}
    aim = {"HX-Retarget": f"#row-{post}", "HX-Reswap": "morph:outerHTML"}
    return await _row(request, post, "Nothing was changed.", told | aim, status, "")


async def _row(
    request: Request[Who, Any, Any], post: int, said: str, headers: dict[str, str], status: int, back: str
) -> Page:
    card = (await cards([post], request.user, team_of(request)))[post]
    undo = next((button for button in (*card.buttons, *card.more) if back and button.name == back), None)
    context = DoneRow(card, said, undo)
    return partial("inbox/_done.html", context, request=request, headers=headers, status=status)


async def _again(request: Request[Who, Any, Any], post: int, headers: dict[str, str]) -> Page:
    shown = await known([post], [], request.user, team_of(request))
    row = post_row(post, shown, "just now", request.user)
    context = AgainRow(row, allows(request.user, "POST /posts/bulk"))
    return partial("inbox/_again.html", context, request=request, headers=headers)
