"""Zone rules: a country changes its clocks, and what was planned there keeps its wall time. For the worker."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from app import sql
from app.atomic import atomic
from app.flow import plan, runs
from app.lifecycles.machine import CLOCK
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import Refused, lock, touch
from app.tables import Post
from app.times import TimeGap, instant, local

log = logging.getLogger("galley.zone_rules")
WAITING = (*plan.TIMED, PostStatus.APPROVED, PostStatus.SCHEDULED)
AHEAD = """
SELECT id, planned_on, planned_time, zone, publish_at FROM post
WHERE archived_at IS NULL AND planned_on >= (now() - interval '2 days')::date AND planned_time IS NOT NULL
  AND publish_at > now() AND status = ANY($1)
"""


async def follow() -> int:
    """Give every planned time the instant that its wall time means now; how many had another one."""
    moved = 0
    for found in await sql.rows(AHEAD, [*WAITING]):
        if meant(Post(_ignore_missing=True, **found)):
            moved += await _follow(found["id"])
    return moved


def meant(post: Post) -> datetime | None:
    """The instant that the post's wall time means by today's rules, when its stored one is not that any more.

    The second of two equal wall times is as good as the first. A wall time that no longer exists keeps its
    instant: the forecast shows it.
    """
    try:
        wall = local(post.publish_at, post.zone).replace(tzinfo=None, second=0, microsecond=0)
        if wall == datetime.combine(post.planned_on, post.planned_time.replace(second=0, microsecond=0)):
            return None
        return instant(post.planned_on, post.planned_time, post.zone)
    except (TimeGap, ZoneInfoNotFoundError):
        return None


async def _follow(post: int) -> bool:
    """One post, judged again under its lock; what a platform holds or is being sent is left for a person."""
    async with atomic():
        await lock(post)
        row = await plan.load(post)
        at = meant(row) if row.publish_at and row.planned_on and row.planned_time else None
        if at is None or row.status not in WAITING or not await _free(row):
            return False
        try:
            await _give(row, at)
        except Refused as refusal:
            log.warning("Post %s keeps its instant: %s", post, refusal.reason)
            return False
    return True


async def _free(post: Post) -> bool:
    """Nobody is asking a platform, and of an open run everything still waits here for just this time."""
    if await sql.value("SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL", post.id):
        return False
    publication = await runs.open_publication(post.id)
    if publication is None:
        return True
    waiting = {delivery.status for delivery in await runs.deliveries(publication.id)} <= {DeliveryStatus.PENDING}
    return waiting and publication.due_at == post.publish_at and publication.held_for is None


async def _give(post: Post, at: datetime) -> None:
    note = f"The clocks in {post.zone} follow other rules now: {post.planned_time:%H:%M} there is {at:%H:%M} UTC."
    told = {"on": post.planned_on, "at": at, "was": post.publish_at}
    await touch(post, "plan", by=CLOCK, values={Post.publish_at: at}, note=note, told=told)
    if await runs.open_publication(post.id):
        await runs.set_due(post.id, at)
