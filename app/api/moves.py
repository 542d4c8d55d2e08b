"""The JSON doors of the lifecycle: which moves a post has now, and making one of them."""

from datetime import date

import msgspec
from litestar import Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from app import facts as fact_sheet
from app.api import repeats, shapes
from app.api.answers import Asked, answer, seen
from app.api.posts import demand, load
from app.api.wishes import Instant, clean_time, clean_words
from app.flow import clicks
from app.flow.clicks import Click
from app.lifecycles import offers
from app.lifecycles.machine import By
from app.moves import IllegalMove


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One move by its name; what else it takes stands in its `fields`."""

    name: str
    version: int | None = None
    on: date | None = None
    at: Instant | None = None
    reason: str = ""
    title: str = ""
    keyword: str = ""
    angle: str = ""


@get("/api/posts/{id:int}/moves", summary="Which moves are open, and why the others are closed")
async def list_moves(request: Asked, id: FromPath[int]) -> Response[shapes.Moves]:
    row = await load(id)
    offered = offers.for_programs(await fact_sheet.of(id), request.user)
    moves = [shapes.OpenMove(o.name, o.label, o.why_not is None, o.why_not, list(o.fields)) for o in offered]
    return answer(request, shapes.Moves(id, row.version, row.status, moves), version=row.version)


@post("/api/posts/{id:int}/moves", status_code=200, summary="Make a move of the lifecycle")
async def make_move(request: Asked, id: FromPath[int], data: JSONBody[Move]) -> Response[shapes.PostView]:
    """Whatever a key may do of the strict table. No key approves."""
    row = await load(id)
    row.version = seen(request, data.version)
    click = _click(data)

    async def make() -> shapes.PostView:
        try:
            return await demand((await clicks.perform(row, click, by=request.user)).id)
        except IllegalMove as wrong:
            raise await _illegal(id, wrong, request.user) from wrong

    return await repeats.once(request, shapes.PostView, make, status=200)


async def _illegal(id: int, wrong: IllegalMove, by: By) -> HTTPException:
    """What is possible instead comes with the refusal."""
    offered = offers.for_programs(await fact_sheet.of(id), by)
    allowed = [offer.name for offer in offered if offer.why_not is None]
    return HTTPException(status_code=409, detail=wrong.reason, extra={"code": "illegal_move", "allowed": allowed})


def _click(move: Move) -> Click:
    reason, title, keyword, angle = (
        clean_words(name, getattr(move, name)) for name in ("reason", "title", "keyword", "angle")
    )
    return Click(
        move.name, on=move.on, at=clean_time(move.at), reason=reason, title=title, keyword=keyword, angle=angle
    )
