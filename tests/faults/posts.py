"""Posts made as people make them, by the product's own verbs, so that every row has its history and can be judged."""

from collections.abc import Sequence
from datetime import datetime

from app import seals
from app.content import Text
from app.flow import plan, review, schedule
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.tables import Channel, Post
from app.times import Planned, planned
from tests.makers import BODY
from tests.rows import now

SOMEDAY = Planned(None, None, "UTC", None)


async def in_review(channels: Sequence[Channel], by: By, when: Planned = SOMEDAY) -> Post:
    """Written by hand and sent to review."""
    text = Text("Tides", BODY, "Twice a day.")
    return await plan.create(Plan("Tides", when, channels=tuple(c.id for c in channels), text=text), by=by)


async def approved(channels: Sequence[Channel], by: By) -> Post:
    """Approved, without a planned time: it stays there until somebody lines it up."""
    post = await in_review(channels, by)
    return (await review.approve(post, (await seals.sealable(post.id)).digest, by=by)).post


async def queued(channels: Sequence[Channel], by: By, at: datetime | None = None) -> Post:
    """Lined up for `at`, or to go out at once."""
    return await schedule.line_up(await approved(channels, by), at, by=by)


def in_days(days: int) -> Planned:
    """That day at this time of day."""
    then = now(days=days)
    return planned(then.date(), then.time(), "UTC")
