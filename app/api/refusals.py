"""What a verb refuses, as the JSON doors say it: a closed move with what is open instead, a wrong field by its name."""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from litestar.exceptions import HTTPException

from app import facts as fact_sheet
from app.api.wishes import invalid
from app.flow import plan
from app.lifecycles import offers
from app.lifecycles.machine import By
from app.moves import IllegalMove, Refused
from app.tables import Post


@contextmanager
def dated(given: Mapping[str, Any]) -> Iterator[None]:
    """A day that has passed is a wrong field of what was sent."""
    try:
        yield
    except Refused as wrong:
        if wrong.reason != plan.PASSED:
            raise
        name = "planned_at" if given.get("planned_at") else "planned_on"
        raise invalid({f"post.{name}": wrong.reason}) from wrong


async def tried(id: int, made: Awaitable[Post], by: By) -> Post:
    """The post after what was `made` of it."""
    try:
        return await made
    except IllegalMove as wrong:
        offered = offers.for_programs(await fact_sheet.of(id), by)
        allowed = [offer.name for offer in offered if offer.why_not is None]
        extra = {"code": "illegal_move", "allowed": allowed}
        raise HTTPException(status_code=409, detail=wrong.reason, extra=extra) from wrong
