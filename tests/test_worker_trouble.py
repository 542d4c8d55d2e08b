"""The worker when Redis dies under it, and when it is told to stop with work in hand."""

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
import uvloop
from arq.connections import ArqRedis, RedisSettings, create_pool

from app import doorbell, worker
from app.local.binaries import find_valkey
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import acting, approved, plan, schedule, webhook
from tests.makers import make_person
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.silence import point_at, torn_port

__all__ = ["impatient", "receiver", "rehearsals", "team"]


async def until(true: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.05)
    raise AssertionError(what)


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


@pytest.mark.pure
def test_a_line_that_is_torn_while_the_worker_leaves_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code would say that it broke, and jobs in the other queue's hands would be cut off."""

    async def leave() -> None:
        for _ in range(150):
            await worker.close(worker.arq_worker(worker.GENERATION, doorbell.GENERATION, 5))

    with torn_port() as port:
        point_at(port, monkeypatch)
        uvloop.run(leave())
