"""The two acceptance commands of an existing post: publish (now or later) and cancel."""

from datetime import UTC, datetime

from litestar import Response, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from app import facts as fact_sheet
from app.api import repeats, shapes
from app.api.answers import Asked
from app.api.posts import demand, load
from app.api.refusals import tried
from app.api.wishes import PublishWish, clean_time
from app.flow import clicks, schedule
from app.flow.clicks import Click
from app.lifecycles.machine import By
from app.lifecycles.statuses import PublicationStatus
from app.tables import Post

NOT_YET = "It was accepted a moment ago and is not scheduled yet. Read it again, then cancel."


@post("/api/posts/{id:int}/publish", status_code=200, summary="Publish a post: now, or at a future time")
async def publish(
    request: Asked, id: FromPath[int], data: JSONBody[PublishWish | None] = None
) -> Response[shapes.PostView]:
    """Answers `pending`, or already `scheduled`; read the post later for how it went."""
    row, click = await load(id), sending(clean_time(data.scheduled_at) if data else None)

    async def make() -> shapes.PostView:
        return await demand((await tried(id, clicks.perform(row, click, by=request.user), request.user)).id)

    return await repeats.once(request, shapes.PostView, make, status=200)


@post("/api/posts/{id:int}/cancel", status_code=200, summary="Cancel a scheduled post")
async def cancel(request: Asked, id: FromPath[int]) -> Response[shapes.PostView]:
    """Only while it is `scheduled` and every delivery is pending. What a platform holds is asked for there first:
    the answer is then still `scheduled`, with `cancel_requested_at`."""
    row = await load(id)

    async def make() -> shapes.PostView:
        return await demand((await tried(id, _canceled(row, by=request.user), request.user)).id)

    return await repeats.once(request, shapes.PostView, make, status=200)


def sending(at: datetime | None) -> Click:
    """To be published then; a time that has passed means now."""
    return Click("schedule", at=at) if at and at > datetime.now(UTC) else Click("publish_now")


async def _canceled(row: Post, *, by: By) -> Post:
    facts = await fact_sheet.of(row.id)
    if facts.run and facts.run.status == PublicationStatus.PENDING:
        raise HTTPException(status_code=409, detail=NOT_YET, extra={"code": "not_scheduled_yet"})
    return await schedule.unschedule(row, by=by)
