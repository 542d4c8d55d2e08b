"""The worker: real arq Workers end to end, a Redis that dies under it, and a SIGTERM that lets work finish."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis, RedisSettings, create_pool

from app import doorbell, sql, worker
from app.flow import generate
from app.local.binaries import find_valkey
from app.moves import Refused
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import acting, approved, plan, queued, schedule, somebody, status, webhook
from tests.makers import make_channel, make_person, make_post
from tests.platforms.faults import Fault
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


async def until(true: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.05)
    raise AssertionError(what)


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


def test_jobs_travel_as_json_and_leave_nothing_behind() -> None:
    made = worker.arq_worker(worker.PUBLISHING, doorbell.PUBLISHING, 30)
    assert (made.job_serializer, made.job_deserializer) == (doorbell.dumps, doorbell.loads)
    assert (made.keep_result_s, made.max_tries) == (0, 1)


def test_every_job_has_a_sweep_or_a_row_that_one_finds() -> None:
    assert {verb.__module__ for verb in worker.SWEEPS} == {"app.flow.publish", "app.flow.recall", "app.flow.generate"}
    assert {verb.__name__ for verb in worker.DAILY} == {"daily"}


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


# A private Valkey that may die


class Valkey:
    """One server on a port of its own, killed and started at will."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        self.child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.child = await asyncio.create_subprocess_exec(
            str(find_valkey(embedded=True).server), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--dir", str(self.folder), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await until(self._answers, "Valkey is up")

    async def kill(self) -> None:
        if self.child and self.child.returncode is None:
            self.child.kill()
            await self.child.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.2).close()
        except OSError:
            return False
        return True

    async def ring(self, job: str, row: int) -> None:
        pool: ArqRedis = await create_pool(self.settings, job_serializer=doorbell.dumps)
        await pool.enqueue_job(job, row, _queue_name="private")
        await pool.aclose()

    @property
    def settings(self) -> RedisSettings:
        return RedisSettings(port=self.port, conn_timeout=1, conn_retries=0)


@pytest.fixture
async def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Valkey]:
    server = Valkey(tmp_path)
    await server.start()
    monkeypatch.setattr("app.worker.doorbell.redis_settings", lambda: server.settings)
    monkeypatch.setattr(worker, "RESTART_SECONDS", 0.1)
    yield server
    await server.kill()


class Bench:
    """Jobs that are begun, held and finished, written down in order."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go_on = asyncio.Event()

    async def quick(self, context: dict[str, Any], row: int) -> None:
        await asyncio.sleep(0)
        self.seen.append(f"quick {row}")

    async def slow(self, context: dict[str, Any], row: int) -> None:
        self.seen.append(f"began {row}")
        await self.go_on.wait()
        self.seen.append(f"ended {row}")


@asynccontextmanager
async def serving(bench: Bench) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    jobs = {"quick": bench.quick, "slow": bench.slow}
    served = asyncio.create_task(worker.serve(jobs, "private", 30, stop))
    try:
        yield stop
    finally:
        stop.set()
        bench.go_on.set()
        async with asyncio.timeout(15):
            await served


async def test_a_redis_that_restarts_does_not_end_the_worker(valkey: Valkey) -> None:
    bench = Bench()
    async with serving(bench):
        await valkey.ring("quick", 1)
        await until(lambda: "quick 1" in bench.seen, "the first job")
        await valkey.kill()
        await asyncio.sleep(0.5)
        await valkey.start()
        await valkey.ring("quick", 2)
        await until(lambda: "quick 2" in bench.seen, "a job after the restart")


async def test_a_redis_that_dies_does_not_take_the_work_in_hand_along(valkey: Valkey) -> None:
    bench = Bench()
    async with serving(bench):
        await valkey.ring("slow", 1)
        await until(lambda: "began 1" in bench.seen, "the job has begun")
        await valkey.kill()
        await asyncio.sleep(0.5)
        await valkey.start()
        await valkey.ring("quick", 2)
        await until(lambda: "quick 2" in bench.seen, "another worker serves meanwhile")
        assert "ended 1" not in bench.seen
        bench.go_on.set()
        await until(lambda: "ended 1" in bench.seen, "the job in hand ends well")


async def test_started_without_redis_it_waits_for_one(valkey: Valkey) -> None:
    bench = Bench()
    await valkey.kill()
    async with serving(bench):
        await asyncio.sleep(0.5)
        await valkey.start()
        await valkey.ring("quick", 1)
        await until(lambda: "quick 1" in bench.seen, "the first job")


async def test_told_to_stop_it_finishes_what_is_in_hand_and_takes_nothing_new(valkey: Valkey) -> None:
    bench = Bench()
    async with serving(bench) as stop:
        await valkey.ring("slow", 1)
        await until(lambda: "began 1" in bench.seen, "the job has begun")
        stop.set()
        await asyncio.sleep(0.3)
        await valkey.ring("quick", 2)
        await asyncio.sleep(0.5)
        assert bench.seen == ["began 1"]
    assert bench.seen == ["began 1", "ended 1"]


async def test_what_does_not_finish_in_the_drain_time_is_dropped_for_the_next_worker(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DRAIN_SECONDS", 0.3)
    bench = Bench()
    stop = asyncio.Event()
    served = asyncio.create_task(worker.serve({"slow": bench.slow}, "private", 30, stop))
    await valkey.ring("slow", 1)
    await until(lambda: "began 1" in bench.seen, "the job has begun")
    stop.set()
    async with asyncio.timeout(5):
        await served
    assert bench.seen == ["began 1"]


async def test_sigterm_lets_a_real_worker_finish_its_call_and_exit_well(receiver: Receiver) -> None:
    by = acting(await make_person("editor"))
    post = await schedule.line_up(await approved(await webhook(receiver), by=by), None, by=by)
    receiver.play(Fault("slow", seconds=2))
    environment = os.environ | {"ALLOW_PRIVATE_HOSTS": f"127.0.0.1:{receiver.port}", "LOG_LEVEL": "WARNING"}
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "app.commands", "worker", env=environment)
    try:
        await until(lambda: len(receiver.requests()) == 1, "the call is being made", 20)
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(25):
            assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert (await plan.load(post.id)).status == "published"
    assert len(receiver.requests()) == 1
