"""What stories of taking back share: a post with something at a platform, every click that asks, and the end."""

from app import sql
from app.flow import recall, review, schedule
from app.lifecycles.machine import By
from app.tables import Post
from tests.flow.stage import (
    queued,
    rehearsal,
    soon,
    webhook,
    work,
)
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

SCHEDULED = ("unschedule", "reopen", "reschedule", "send_now")
LIVE = ("unpublish", "set_back")
ENDS = {
    "unschedule": "approved", "reopen": "generated_pending_review", "reschedule": "scheduled", "send_now": "published",
    "unpublish": "unpublished", "set_back": "unpublished",
}  # fmt: skip
TAKES_BACK = ("DELETE", "PATCH")


async def standing(receiver: Receiver, name: str, by: By, *, twice: bool = False) -> Post:
    """A post with something at a platform that `name` has to ask about first; on two channels when `twice`."""
    if name == "set_back":
        targets = [await rehearsal(receiver) for _ in range(1 + twice)] + [await webhook(receiver)]
        receiver.play(Fault("status", status=422, on=("post.publish",)))
        return await work(await queued(*targets, by=by))
    schedules = name in SCHEDULED
    targets = [await rehearsal(receiver, schedules=schedules) for _ in range(1 + twice)]
    return await work(await queued(*targets, by=by, at=soon() if schedules else None))


async def ask(post: Post, name: str, by: By) -> Post:
    match name:
        case "reschedule":
            return await schedule.reschedule(post, soon(hours=6), by=by)
        case "unschedule" | "send_now":
            return await getattr(schedule, name)(post, by=by)
        case "reopen":
            return await review.reopen(post, by=by)
        case _:
            return await getattr(recall, name)(post, by=by)


async def ended(post: Post) -> tuple[str, str | None]:
    found = await sql.row("SELECT result, note FROM recall WHERE post = $1 ORDER BY id DESC LIMIT 1", post.id)
    assert found is not None
    return found["result"], found["note"]
