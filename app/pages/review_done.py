"""What the reader of the review queue decided last, with the way back. For the queue's pages."""

from dataclasses import dataclass, replace
from typing import Any

from litestar import Request

from app import facts as fact_sheet
from app.pages import details, history
from app.pages.undoing import Undo
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class Decided:
    """One line above the next post: what became of the one before; `undo` answers to the queue."""

    post: int
    title: str
    text: str
    undo: Undo


async def decided(request: Request[Who, Any, Any], post: int, began: int) -> Decided | None:
    """Nothing when it cannot be taken back, or somebody did something with it since; three queries."""
    if not 0 < post < 2**62:
        return None
    facts, told = (await fact_sheet.many([post])).get(post), (await details.of([post])).get(post)
    if facts is None or told is None:
        return None
    newest = next(iter(await history.lines(post, facts, told.zone, request.user, limit=2)), None)
    if newest is None or newest.undo is None or not newest.undo.decides:
        return None
    action = f"/review/{began}{newest.undo.action}"
    return Decided(post, told.title, newest.text, replace(newest.undo, action=action, swaps=False))
