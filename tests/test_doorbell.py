"""The doorbell: real rings on a real Valkey, JSON only, and no harm when nobody answers."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import AsyncIterator

import pytest
import uvloop
from redis.asyncio import Redis, from_url

from app import doorbell as module
from app.doorbell import GENERATION, PUBLISHING, Bell, Doorbell
from app.lifecycles.post import POST
from tests.silence import closed_port, point_at, silent_port, torn_port


@pytest.fixture
async def redis(database: object) -> AsyncIterator[Redis]:
    async with from_url(os.environ["REDIS_URL"]) as connection:
        yield connection


@pytest.fixture
async def bell() -> AsyncIterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    await doorbell.close()


async def waiting(redis: Redis, queue: str) -> list[str]:
    return [name.decode() for name in await redis.zrange(queue, 0, -1)]


@pytest.mark.parametrize(
    ("job", "queue"),
    [("advance", PUBLISHING), ("send", PUBLISHING), ("recall", PUBLISHING), ("look", PUBLISHING),
     ("write", GENERATION), ("draw", GENERATION)],
)  # fmt: skip
async def test_a_ring_lands_in_the_queue_of_its_worker(job: str, queue: str, bell: Doorbell, redis: Redis) -> None:
    await bell.ring([Bell(job, 7, 3)])
    other = GENERATION if queue == PUBLISHING else PUBLISHING
    assert (await waiting(redis, queue), await waiting(redis, other)) == ([Bell(job, 7, 3).id], [])


async def test_the_worker_knows_every_job_that_is_rung() -> None:
    from app import worker

    rung = {job for line in POST.moves for job in line.rings}
    assert rung and rung <= {*worker.PUBLISHING, *worker.GENERATION}
    assert {*module.QUEUES} == {*worker.GENERATION}


async def test_what_travels_is_json(bell: Doorbell, redis: Redis) -> None:
    await bell.ring([Bell("advance", 7, 3)])
    job = json.loads(await redis.get("arq:job:advance:lane-7"))
    assert (job["f"], job["a"], job["k"]) == ("advance", [7], {})


async def test_jobs_are_read_as_they_were_written() -> None:
    assert module.loads(module.dumps({"f": "advance", "a": (7,), "t": None})) == {"f": "advance", "a": [7], "t": None}


async def test_the_same_ring_twice_is_one_job_and_another_version_another(bell: Doorbell, redis: Redis) -> None:
    await bell.ring([Bell("send", 7, 3), Bell("send", 7, 3)])
    await bell.ring([Bell("send", 7, 3), Bell("send", 7, 4)])
    assert sorted(await waiting(redis, PUBLISHING)) == ["send:7:3", "send:7:4"]


async def test_any_number_of_accepted_posts_share_a_few_jobs_and_a_sweep_rings_past_them(
    bell: Doorbell, redis: Redis
) -> None:
    await bell.ring([Bell("advance", row, 3) for row in range(100)])
    assert len(await waiting(redis, PUBLISHING)) == module.LANES
    await bell.ring([Bell("advance", 7, module.turn())])
    assert len(await waiting(redis, PUBLISHING)) == module.LANES + 1


async def test_no_bells_open_no_connection(bell: Doorbell, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_port() as port:
        point_at(port, monkeypatch)
        began = time.monotonic()
        await bell.ring([])
        assert time.monotonic() - began < 0.4


async def test_nobody_at_the_port_raises_nothing(
    bell: Doorbell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closed_port() as port:
        point_at(port, monkeypatch)
        with caplog.at_level(logging.WARNING, "galley.doorbell"):
            await bell.ring([Bell("advance", 7)])
        assert "the sweep finds the work" in caplog.text


async def test_a_silent_redis_costs_half_a_second_once(
    bell: Doorbell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """20 bells: the patience is for the whole ring, and afterwards it is left alone for a while."""
    with silent_port() as port:
        point_at(port, monkeypatch)
        began = time.monotonic()
        await bell.ring([Bell("advance", row) for row in range(20)])
        first = time.monotonic() - began
        for _ in range(20):
            await bell.ring([Bell("advance", 1)])
        assert first < module.PATIENCE * 5
        assert time.monotonic() - began - first < module.PATIENCE * 10
        assert len([record for record in caplog.records if record.name == "galley.doorbell"]) == 1


async def test_it_rings_again_when_redis_is_back(bell: Doorbell, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, closed_port() as port:
        point_at(port, patched)
        patched.setattr(module, "SILENCE", 0.0)
        await bell.ring([Bell("advance", 1)])
    await bell.close()
    await bell.ring([Bell("advance", 2)])
    assert await waiting(redis, PUBLISHING) == ["advance:lane-2"]


async def test_a_connection_that_redis_dropped_is_opened_again(bell: Doorbell, redis: Redis) -> None:
    await bell.ring([Bell("advance", 1)])
    await redis.client_kill_filter(skipme=True, _type="normal")
    await bell.ring([Bell("advance", 2)])
    assert sorted(await waiting(redis, PUBLISHING)) == ["advance:lane-1", "advance:lane-2"]


async def test_another_loop_gets_a_connection_of_its_own(redis: Redis) -> None:
    shared = Doorbell()

    async def ring(row: int) -> None:
        await shared.ring([Bell("advance", row)])
        await shared.close()

    await asyncio.to_thread(asyncio.run, ring(1))
    await ring(2)
    assert sorted(await waiting(redis, PUBLISHING)) == ["advance:lane-1", "advance:lane-2"]


async def test_a_cancelled_ring_stays_cancelled(bell: Doorbell, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_port() as port:
        point_at(port, monkeypatch)
        task = asyncio.create_task(bell.ring([Bell("advance", 1)]))
        await asyncio.sleep(0.1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()


async def test_the_worker_s_redis_is_the_doorbell_s() -> None:
    found = module.redis_settings()
    assert (found.conn_timeout, found.conn_retries) == (1, 0)
    socket_path = os.environ["REDIS_URL"].removeprefix("unix://").partition("?")[0]
    assert found.unix_socket_path == socket_path or found.host in os.environ["REDIS_URL"]


@pytest.mark.pure
def test_a_line_that_is_torn_the_moment_it_opened_costs_nobody_their_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """On uvloop, where web and worker run, about every tenth such line raises RuntimeError."""

    async def ring() -> None:
        for number in range(150):
            bell = Doorbell()
            await bell.ring([Bell("send", number)])
            await bell.close()

    with torn_port() as port:
        point_at(port, monkeypatch)
        uvloop.run(ring())
