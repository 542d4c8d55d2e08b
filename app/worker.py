"""The worker process: two arq Workers (publishing, generation), a sweep loop and a heartbeat. Jobs call one verb."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, cast

from arq.connections import ArqRedis
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from app import blobs, channels, clocks, doorbell, idempotency, self_check, sessions, sql, standstills, throttles
from app.database import ANSWER_SECONDS, pooled
from app.flow import (
    announcing,
    callbacks,
    clock_steps,
    digests,
    draw,
    freeze,
    generate,
    links,
    lookups,
    news,
    notices,
    onward,
    plan,
    presence,
    publish,
    recall,
    reminders,
    turns,
    webhook_sending,
    zone_rules,
)
from app.moves import Refused

log = logging.getLogger("galley.worker")
PUBLISHING_SECONDS = 60  # a call takes at most 20, and its outcome is kept for as long as 30 while PostgreSQL is away
SWEEP_SECONDS = 2.0
DAILY_SECONDS = 60.0
HOURLY_SECONDS = 3600.0
ASIDE_SECONDS = 5.0
WEBHOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
DRAIN_SECONDS = 20
LAST_SECONDS = 24.0  # then what still hangs is left behind: whoever stops us kills us soon after
LINE_SECONDS = 5.0  # without an answer, after which the line to Redis counts as dead
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
    "advance": job(onward.take_on), "send": job(onward.send), "look": job(lookups.look),
    "recall": job(recall.work), "renew": job(channels.renew),
    "hear": job(callbacks.apply),
}  # fmt: skip
GENERATION: dict[str, Job] = {"write": job(generate.write), "draw": job(draw.draw)}


async def compare_clocks() -> None:
    if warning := await clocks.warning():
        log.warning(warning)


SWEEPS: tuple[Callable[[], Awaitable[Any]], ...] = (
    publish.sweep, turns.sweep, recall.sweep, channels.sweep, generate.sweep, news.sweep, callbacks.sweep,
)  # fmt: skip
DAILY: tuple[Callable[[], Awaitable[Any]], ...] = (
    compare_clocks, clock_steps.mend, zone_rules.follow, freeze.sweep, plan.daily, generate.daily,
    reminders.sweep, self_check.look_lately, sessions.forget_old, throttles.forget_old, idempotency.forget_old,
    links.enlist, presence.forget_old, notices.forget_old, webhook_sending.forget_old, announcing.forget_old,
    callbacks.forget_old,
)  # fmt: skip
ASIDE: tuple[Callable[[], Awaitable[Any]], ...] = (links.sweep, digests.sweep, announcing.sweep)  # nobody waits
WEBHOOKS: tuple[Callable[[], Awaitable[Any]], ...] = (webhook_sending.sweep,)  # slow endpoints hold up nothing else
HOURLY: tuple[Callable[[], Awaitable[Any]], ...] = (self_check.look_over, blobs.forget_unused)


async def run() -> None:
    """Work until SIGTERM or SIGINT; then finish what is in hand within the drain time."""
    stop = asyncio.Event()
    _stop_at_a_signal(stop)
    async with pooled(answers_within=ANSWER_SECONDS):
        working = asyncio.gather(
            serve(PUBLISHING, doorbell.PUBLISHING, PUBLISHING_SECONDS, stop),
            serve(GENERATION, doorbell.GENERATION, 600, stop),
            every(SWEEP_SECONDS, SWEEPS, stop),
            every(DAILY_SECONDS, DAILY, stop),
            every(HOURLY_SECONDS, HOURLY, stop),
            every(ASIDE_SECONDS, ASIDE, stop),
            *(every(WEBHOOK_SECONDS, WEBHOOKS, stop) for _ in range(webhook_sending.LANES)),
            every(BEAT_SECONDS, (beat, standstills.end), stop),
        )
        await _drained(working, stop, DRAIN_SECONDS + 1)


def _stop_at_a_signal(stop: asyncio.Event) -> None:
    """Python's own handler: it runs even while something holds up the loop, and starts the last clock."""
    loop = asyncio.get_running_loop()

    def told(*_: object) -> None:
        loop.call_soon_threadsafe(stop.set)
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))  # a thread that hangs cannot be cancelled
        last.daemon = True
        last.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


async def _drained(working: "asyncio.Future[Any]", stop: asyncio.Event, seconds: float) -> None:
    """Until everything has ended, at most so long after `stop`; then it is cut off."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await asyncio.wait({working}, timeout=seconds)
    if not working.done():
        log.warning("Something did not end within %s s and is cut off; the next worker goes on with it.", seconds)
        working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


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
        queue_name=queue, redis_pool=_line(), handle_signals=False, burst=burst,
        job_timeout=seconds, keep_result=0, max_tries=1, max_jobs=10, poll_delay=0.1, health_check_interval=30,
        job_completion_wait=DRAIN_SECONDS, job_serializer=doorbell.dumps, job_deserializer=doorbell.loads,
    )  # fmt: skip


def _line() -> ArqRedis:
    """As arq would connect, but a Redis that says nothing at all is given up, and another line is tried."""
    known = doorbell.redis_settings()
    line: ArqRedis = ArqRedis(
        host=cast(str, known.host), port=known.port, unix_socket_path=known.unix_socket_path, db=known.database,
        username=known.username, password=known.password, ssl=known.ssl, encoding="utf8",
        socket_connect_timeout=known.conn_timeout, socket_timeout=LINE_SECONDS,
    )  # fmt: skip
    line.job_serializer, line.job_deserializer = doorbell.dumps, doorbell.loads
    return line


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
    drained = asyncio.create_task(_drain_time(stop))
    while not drained.done() and (in_hand := [task for task in worker.tasks.values() if not task.done()]):
        await asyncio.wait({*in_hand, drained}, return_when=asyncio.FIRST_COMPLETED)
    drained.cancel()
    while not running.done():  # wait_for of Python 3.11 may swallow a cancel, and redis-py sends through it
        running.cancel()
        await asyncio.wait({running}, timeout=0.5)
    await asyncio.gather(running, drained, return_exceptions=True)
    await close(worker)
    log.info("The worker on %s has ended.", worker.queue_name)


async def _drain_time(stop: asyncio.Event) -> None:
    await stop.wait()
    await asyncio.sleep(DRAIN_SECONDS)


async def close(worker: Worker) -> None:
    """What arq's own close is for; that one gives up on a dead Redis and leaves its connections open."""
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    if worker._pool is None:
        return
    with contextlib.suppress(*doorbell.DEAD):
        await worker._pool.delete(worker.health_check_key)
    with contextlib.suppress(*doorbell.DEAD):
        await worker._pool.aclose(close_connection_pool=True)
