"""The worker process: two arq Workers (publishing, generation), a sweep loop and a heartbeat. Jobs call one verb."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any, cast

from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app import doorbell, sql
from app.database import pooled
from app.flow import draw, generate, lookups, plan, publish, recall
from app.moves import Refused

log = logging.getLogger("galley.worker")
SWEEP_SECONDS = 2.0
DAILY_SECONDS = 60.0
BEAT_SECONDS = 5.0
DRAIN_SECONDS = 20
RESTART_SECONDS = 1.0
NAME = f"{socket.gethostname()}:{os.getpid()}"

Job = Callable[[dict[str, Any], int], Awaitable[None]]


def job(verb: Callable[[int], Awaitable[None]]) -> Job:
    """An arq function: load nothing, decide nothing, call one verb; a refusal means somebody was faster."""

    async def run(context: dict[str, Any], row: int) -> None:
        with contextlib.suppress(Refused, LookupError):
            await verb(row)

    return run


PUBLISHING: dict[str, Job] = {
    "advance": job(publish.advance), "send": job(publish.send), "look": job(lookups.look),
    "recall": job(recall.work),
}  # fmt: skip
GENERATION: dict[str, Job] = {"write": job(generate.write), "draw": job(draw.draw)}
SWEEPS: tuple[Callable[[], Awaitable[Any]], ...] = (publish.sweep, recall.sweep, generate.sweep)
DAILY: tuple[Callable[[], Awaitable[Any]], ...] = (plan.daily, generate.daily)


async def run() -> None:
    """Work until SIGTERM or SIGINT; then finish what is in hand within the drain time."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with pooled():
        await asyncio.gather(
            serve(PUBLISHING, doorbell.PUBLISHING, 30, stop),
            serve(GENERATION, doorbell.GENERATION, 600, stop),
            every(SWEEP_SECONDS, SWEEPS, stop),
            every(DAILY_SECONDS, DAILY, stop),
            every(BEAT_SECONDS, (beat,), stop),
        )


async def serve(jobs: dict[str, Job], queue: str, seconds: int, stop: asyncio.Event) -> None:
    """One arq Worker, another one whenever Redis went away; the jobs in hand are finished all the same."""
    leaving: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        worker = arq_worker(jobs, queue, seconds)
        running = asyncio.create_task(worker.async_run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        leaving = {task for task in leaving if not task.done()} | {asyncio.create_task(_end(worker, running, stop))}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RESTART_SECONDS)
    await asyncio.gather(*leaving)


def arq_worker(jobs: dict[str, Job], queue: str, seconds: int, *, burst: bool = False) -> Worker:
    """JSON jobs, no kept results, one try: retries and leases are rows, not Redis keys."""
    return Worker(
        functions=[func(cast(WorkerCoroutine, job), name=name) for name, job in jobs.items()],
        queue_name=queue, redis_settings=doorbell.redis_settings(), handle_signals=False, burst=burst,
        job_timeout=seconds, keep_result=0, max_tries=1, max_jobs=10, poll_delay=0.1, health_check_interval=30,
        job_completion_wait=DRAIN_SECONDS, job_serializer=doorbell.dumps, job_deserializer=doorbell.loads,
    )  # fmt: skip


async def every(seconds: float, verbs: tuple[Callable[[], Awaitable[Any]], ...], stop: asyncio.Event) -> None:
    """Call the verbs again and again; one that fails is told in the log and called again next time."""
    while not stop.is_set():
        for verb in verbs:
            try:
                await verb()
            except Exception:
                log.exception("%s failed; it is called again in %s s", verb.__qualname__, seconds)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def beat() -> None:
    """Say that this worker lives; pages warn when nobody has for a while."""
    await sql.run(
        "INSERT INTO beat (worker, kind) VALUES ($1, 'worker') ON CONFLICT (worker) DO UPDATE SET seen_at = now()",
        NAME,
    )
    await sql.run("DELETE FROM beat WHERE seen_at < now() - interval '1 day'")


async def _end(worker: Worker, running: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    """Let the jobs in hand finish, for as long as they may or, once we are stopping, the drain time; then close."""
    worker.allow_pick_jobs = False
    drained = asyncio.create_task(_drained(stop))
    while not drained.done() and (in_hand := [task for task in worker.tasks.values() if not task.done()]):
        await asyncio.wait({*in_hand, drained}, return_when=asyncio.FIRST_COMPLETED)
    drained.cancel()
    running.cancel()
    await asyncio.gather(running, drained, return_exceptions=True)
    await close(worker)
    log.info("The worker on %s has ended.", worker.queue_name)


async def _drained(stop: asyncio.Event) -> None:
    await stop.wait()
    await asyncio.sleep(DRAIN_SECONDS)


async def close(worker: Worker) -> None:
    """What arq's own close is for; that one gives up on a dead Redis and leaves its connections open."""
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    if worker._pool is None:
        return
    with contextlib.suppress(OSError, RedisError):
        await worker._pool.delete(worker.health_check_key)
    with contextlib.suppress(OSError, RedisError):
        await worker._pool.aclose(close_connection_pool=True)
