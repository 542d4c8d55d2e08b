"""The JSON doors of the lifecycle: which moves a post has now, and making one of them."""

from datetime import date

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from app import facts as fact_sheet
from app.api import repeats, shapes
from app.api.answers import Asked, answer, seen
from app.api.numbers import Version
from app.api.posts import demand, load
from app.api.publishing import sending
from app.api.refusals import tried
from app.api.wishes import Instant, clean_time, clean_words
from app.flow import clicks
from app.flow.clicks import Click
from app.lifecycles import offers


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One move by its name; what else it takes stands in its `fields`."""

    name: str
    version: Version | None = None
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
        return await demand((await tried(id, clicks.perform(row, click, by=request.user), request.user)).id)

    return await repeats.once(request, shapes.PostView, make, status=200)


def _click(move: Move) -> Click:
    reason, title, keyword, angle = (
        clean_words(name, getattr(move, name)) for name in ("reason", "title", "keyword", "angle")
    )
    at = clean_time(move.at)
    name = sending(at).name if move.name == "schedule" and at else move.name
    return Click(name, on=move.on, at=at, reason=reason, title=title, keyword=keyword, angle=angle)
