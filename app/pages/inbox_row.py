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
    card = (await cards([post], request.user, team_of(request)))[post]
    headers = {"HX-Trigger": json.dumps({"toast": {"text": said}})}
    return partial("inbox/_done.html", DoneRow(card, said), request=request, headers=headers)
