"""The worker: real arq Workers take rings from the click to live; sweeps, jobs and the heartbeat."""

import asyncio

import pytest

from app import doorbell, sql, worker
from app.flow import generate
from app.moves import Refused
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import queued, somebody, status, webhook
from tests.makers import make_channel, make_post
from tests.platforms.receiver import Receiver

__all__ = ["impatient", "receiver", "rehearsals", "team"]


async def drained() -> None:
    """Both workers, until nothing is in their queues."""
    for _ in range(4):
        for jobs, queue, seconds in (
            (worker.PUBLISHING, doorbell.PUBLISHING, 30), (worker.GENERATION, doorbell.GENERATION, 600),
        ):  # fmt: skip
            burst = worker.arq_worker(jobs, queue, seconds, burst=True)
            await burst.async_run()
            await worker.close(burst)


async def test_rings_alone_take_a_post_from_the_click_to_live(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await make_channel("site"))
    await drained()
    assert await status(post) == "published"
    assert len(receiver.log.effects("publish")) == 1


async def test_rings_alone_take_a_plan_to_review() -> None:
    post = await generate.start(await make_post("to_be_generated"), by=await somebody())
    await drained()
    assert await status(post) == "generated_pending_review"


async def test_the_same_ring_twice_is_one_job(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    bell = doorbell.Bell("advance", post.id, 99)
    for _ in range(3):
        await doorbell.doorbell.ring([bell, bell])
    await drained()
    await doorbell.doorbell.ring([bell])
    await drained()
    assert len(receiver.requests()) == 1


async def test_jobs_travel_as_json_and_leave_nothing_behind() -> None:
    made = worker.arq_worker(worker.PUBLISHING, doorbell.PUBLISHING, 30)
    assert (made.job_serializer, made.job_deserializer) == (doorbell.dumps, doorbell.loads)
    assert (made.keep_result_s, made.max_tries) == (0, 1)


def test_every_job_has_a_sweep_or_a_row_that_one_finds() -> None:
    assert {verb.__module__ for verb in worker.SWEEPS} >= {"app.flow.publish", "app.flow.recall", "app.flow.generate"}
    daily = {f"{verb.__module__}.{verb.__name__}" for verb in worker.DAILY}
    assert daily >= {"app.flow.plan.daily", "app.flow.generate.daily", "app.flow.zone_rules.follow"}


async def test_a_refusal_means_that_somebody_was_faster_and_a_bug_is_a_bug() -> None:
    async def verb(row: int) -> None:
        await asyncio.sleep(0)
        raise {1: Refused("Somebody was faster."), 2: LookupError(2)}.get(row) or RuntimeError("a bug")

    for row in (1, 2):
        await worker.job(verb)({}, row)
    with pytest.raises(RuntimeError):
        await worker.job(verb)({}, 3)


async def test_one_verb_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    called, stop = [], asyncio.Event()

    async def broken() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("a bug")

    async def fine() -> None:
        called.append(1)
        if len(called) == 3:
            stop.set()

    async with asyncio.timeout(5):
        await worker.every(0.01, (broken, fine), stop)
    assert len(called) == 3
    assert "broken failed" in caplog.text


async def test_a_worker_says_that_it_lives() -> None:
    await sql.run("INSERT INTO beat (worker, kind, seen_at) VALUES ('gone', 'worker', now() - interval '2 days')")
    for _ in range(2):
        await worker.beat()
    assert [r["worker"] for r in await sql.rows("SELECT worker FROM beat")] == [worker.NAME]
