"""Requeue: after a channel works again, its failed posts get new times that keep their distance, each on its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import seals, sql
from app.flow import clicks, plan
from app.flow.bulk import Done
from app.flow.clicks import Click
from app.flow.many import Seen, tried
from app.lifecycles.machine import By
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed
from app.moves import MovedMeanwhile
from app.tables import Post

MOST = 100  # posts of one go
NOTICE = timedelta(minutes=5)  # the first goes out so soon, and two never closer than this
OTHER_WORDS = "content_rejected"  # sending the same words again would fail again
FAILED = f"""
SELECT p.id, p.version, p.publish_at, now() AS now FROM post p JOIN post_channel x ON x.post = p.id AND x.channel = $1
WHERE p.status = '{PostStatus.PUBLISH_FAILED}' AND p.archived_at IS NULL AND EXISTS (
  SELECT 1 FROM delivery d WHERE d.post = p.id AND d.channel = $1 AND d.status = '{DeliveryStatus.FAILED}'
    AND coalesce(d.error_kind, '') <> '{OTHER_WORDS}'
    AND NOT EXISTS (SELECT 1 FROM delivery l WHERE l.post = p.id AND l.channel = $1 AND l.id > d.id))
ORDER BY p.publish_at NULLS LAST, p.id LIMIT {MOST}
"""  # noqa: S608  (names of statuses)
TAKEN = f"""
SELECT DISTINCT u.due_at FROM publication u JOIN post_channel x ON x.post = u.post AND x.channel = $1
WHERE u.status IN ({listed(*OPEN)}) AND u.due_at > now()
"""  # noqa: S608  (names of statuses)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A failed post as it is now, when it was to go out, and the time it could have instead."""

    post: int
    version: int
    was: datetime | None
    at: datetime


async def proposals(channel: int) -> list[Proposal]:
    """The channel's failed posts with new times, in the order they were to go out. Three queries however many."""
    found = await sql.rows(FAILED, channel)
    if not found:
        return []
    gap = max((await seals.traits_of(channel)).spacing, NOTICE)
    taken = [record["due_at"] for record in await sql.rows(TAKEN, channel)]
    times = spread([record["publish_at"] for record in found], found[0]["now"], taken, gap)
    return [
        Proposal(record["id"], record["version"], record["publish_at"], at)
        for record, at in zip(found, times, strict=True)
    ]


def spread(
    wanted: Sequence[datetime | None], now: datetime, taken: Iterable[datetime], gap: timedelta
) -> list[datetime]:
    """A time for each, its own when that is still to come, none closer than `gap` to another or to one taken."""
    given, busy = [], sorted(taken)
    soonest = _rounded(now + NOTICE)
    for own in wanted:
        at = own if own and own > soonest else soonest
        while clash := next((other for other in busy if abs(other - at) < gap), None):
            at = clash + gap
        busy = sorted([*busy, at])
        given.append(at)
    return given


async def requeue(rows: Sequence[Seen], *, by: By) -> list[Done]:
    """Each post lined up at its time, through the verb of its own button; a refusal stops no other."""
    return [await tried(seen.post, _again(seen, by)) for seen in rows]


async def _again(seen: Seen, by: By) -> Post:
    row = await plan.load(seen.post)
    if row.version != seen.version or row.status != PostStatus.PUBLISH_FAILED:
        raise MovedMeanwhile
    return await clicks.perform(row, Click("schedule", at=seen.at), by=by)


def _rounded(at: datetime) -> datetime:
    """Up to the next five minutes."""
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at if not over else at - over + timedelta(minutes=5)
