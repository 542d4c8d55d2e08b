"""The nine flows whose every boundary is crossed under fire: how each is prepared, set going, and known to be over."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from app import channels, sql
from app.flow import callbacks, generate, plan, recall
from app.flow.callbacks import Arrived
from app.flow.parcels import progress_of
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.platforms.contract import Published
from app.tables import Channel, Delivery
from app.times import planned
from tests.faults import posts
from tests.faults.oracle import Oracle
from tests.flow import stage
from tests.hooks.calling import hear_all
from tests.rows import now

ENDS = {"published", "unpublished", "publish_failed", "generated_pending_review", "generation_failed"}


@dataclass(frozen=True, slots=True)
class Job:
    """One prepared case. `click` is what a person sends to the web; a machine sends the rest by itself."""

    post: int
    channel: int
    by: By
    click: dict[str, str] | None = None
    callback: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """`victim` is the process that is struck. `over` tells when the product has come to an end with it."""

    name: str
    victim: str
    prepare: Callable[[Oracle, str, By], Awaitable[Job]]
    over: Callable[[Job], Awaitable[bool]]
    happened: Callable[[Job], Awaitable[bool]]  # what must be true in the end, unless a blind one waits for a person
    sends: bool = True  # False: no platform takes part, so its class makes no difference


async def _channel(oracle: Oracle, plays: str, **more: Any) -> Channel:
    channel = await stage.rehearsal(oracle, plays, **more)
    digest = sha256(channels.hook_token(channel.id).encode()).digest()
    await sql.run("UPDATE channel SET hook_token_sha256 = $2 WHERE id = $1", channel.id, digest)
    return channel


async def _generate(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays)
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    wanted = Plan("Paper bags", planned(day, None, "UTC"), brief="Bags rose to 6 cents.", channels=(channel.id,))
    post = await generate.start(await plan.create(wanted, by=by), by=by)
    return Job(post.id, channel.id, by)


async def _image(oracle: Oracle, plays: str, by: By) -> Job:
    job = await _generate(oracle, plays, by)
    await generate.write(job.post)
    return job


async def _approve(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays)
    post = await posts.in_review([channel], by, posts.in_days(2))
    return Job(post.id, channel.id, by, click={"name": "approve"})


async def _schedule(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays)
    post = await posts.approved([channel], by)
    at = now(days=3).strftime("%Y-%m-%dT%H:%M")
    return Job(post.id, channel.id, by, click={"name": "schedule", "at": at})


async def _hand_off(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays, schedules=True)
    post = await posts.queued([channel], by, stage.soon(minutes=90))
    return Job(post.id, channel.id, by)


async def _publish(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays)
    post = await posts.queued([channel], by)
    return Job(post.id, channel.id, by)


async def _unpublish(oracle: Oracle, plays: str, by: By) -> Job:
    channel = await _channel(oracle, plays)
    live = await stage.work(await posts.queued([channel], by))
    post = await recall.unpublish(live, by=by)
    return Job(post.id, channel.id, by)


async def _callback(oracle: Oracle, plays: str, by: By) -> Job:
    """The platform holds it, its time has come, and it says so."""
    channel = await _channel(oracle, plays, schedules=True)
    post = await posts.queued([channel], by, stage.soon(minutes=10))
    await stage.work(post)
    await stage.pass_time(post, oracle, minutes=11)
    row = await stage.only(post)
    item = oracle.shelf._shown(oracle.shelf.items[str(row.remote_id)])
    return Job(post.id, channel.id, by, callback={"type": "item.live", "data": item | {"key": row.key}})


async def _hearing(oracle: Oracle, plays: str, by: By) -> Job:
    """The platform said so, and was answered."""
    job = await _callback(oracle, plays, by)
    assert job.callback
    item, body = job.callback["data"], json.dumps(job.callback)
    await callbacks.keep(
        Arrived(
            job.channel, f"call-{job.post}", "standard", "item.live", datetime.now(UTC), body,
            sha256(body.encode()).digest(), {}, Published(item["id"], item["url"]), (item["key"],),
        )
    )  # fmt: skip
    return replace(job, callback=None)


async def _stored(job: Job) -> bool:
    return bool(await sql.value("SELECT 1 FROM callback WHERE channel = $1", job.channel))


async def _stored_once(job: Job) -> bool:
    """One row, and the post is live as soon as anybody hears it."""
    await hear_all()
    return await _live(job) and await sql.value("SELECT count(*) FROM callback WHERE channel = $1", job.channel) == 1


async def _post_status(job: Job) -> str:
    return (await plan.load(job.post)).status


async def _ended(job: Job) -> bool:
    open_recall = await sql.value("SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL", job.post)
    return await _post_status(job) in ENDS and not open_recall


async def _handed(job: Job) -> bool:
    """Taken by the platform, waiting for a person, or kept to be sent by ourselves at its time."""
    row = await _delivery(job)
    return row.status in ("handed_off", "unconfirmed", "published") or "hand_off_refused" in progress_of(row.progress)


async def _delivery(job: Job) -> Delivery:
    return await stage.only(job.post)


async def _scheduled(job: Job) -> bool:
    return await _post_status(job) == "scheduled"


async def _lined_up_once(job: Job) -> bool:
    counted = await sql.row(
        "SELECT (SELECT count(*) FROM publication WHERE post = $1) AS runs, (SELECT count(*) FROM delivery"
        " WHERE post = $1) AS deliveries, (SELECT count(*) FROM seal WHERE post = $1) AS seals,"
        " (SELECT count(*) FROM approval WHERE post = $1) AS votes,"
        " (SELECT count(*) FROM event WHERE about = 'post' AND about_id = $1 AND move = 'schedule') AS moves",
        job.post,
    )
    assert counted is not None
    return tuple(counted) == (1, 1, 1, 1, 1)


async def _drafted(job: Job) -> bool:
    pictures = await sql.value("SELECT count(*) FROM media WHERE post = $1 AND status = 'processed'", job.post)
    charges = await sql.value("SELECT count(*) FROM charge")
    return await _post_status(job) == "generated_pending_review" and (pictures, charges) == (1, 1)


async def _is(job: Job, status: str) -> bool:
    return await _post_status(job) == status


async def _live(job: Job) -> bool:
    return await _is(job, "published")


async def _down(job: Job) -> bool:
    return await _is(job, "unpublished")


async def _taken(job: Job) -> bool:
    return (await _delivery(job)).status in ("handed_off", "published")


FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Flow("generate", "worker", _generate, _ended, _drafted, sends=False),
        Flow("image", "worker", _image, _ended, _drafted, sends=False),
        Flow("approve", "web", _approve, _scheduled, _lined_up_once),
        Flow("schedule", "web", _schedule, _scheduled, _lined_up_once),
        Flow("hand-off", "worker", _hand_off, _handed, _taken),
        Flow("publish", "worker", _publish, _ended, _live),
        Flow("unpublish", "worker", _unpublish, _ended, _down),
        Flow("callback", "web", _callback, _stored, _stored_once),
        Flow("hearing", "worker", _hearing, _ended, _live),
    )
}
