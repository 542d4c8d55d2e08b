"""What is left of an inbox row after its button: one line that says what happened, until the next visit."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request

from app.pages.cards import Card, cards
from app.pages.render import Page, partial, team_of
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class DoneRow:
    card: Card
    said: str


async def after(request: Request[Who, Any, Any], post: int, said: str) -> Page:
    """The row once its button did its work."""
    return await _row(request, post, said, {"HX-Trigger": json.dumps({"toast": {"text": said}})}, 200)


async def refused(request: Request[Who, Any, Any], post: int, reason: str, status: int) -> Page:
    """The row as the post is now, and why nothing was done; wherever the answer was meant to go."""
    told = {"HX-Trigger": json.dumps({"alert": {"text": reason}})}
    aim = {"HX-Retarget": f"#row-{post}", "HX-Reswap": "morph:outerHTML"}
    return await _row(request, post, "Nothing was changed.", told | aim, status)


async def _row(request: Request[Who, Any, Any], post: int, said: str, headers: dict[str, str], status: int) -> Page:
    card = (await cards([post], request.user, team_of(request)))[post]
    return partial("inbox/_done.html", DoneRow(card, said), request=request, headers=headers, status=status)
