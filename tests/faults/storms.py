"""Servers that break under load, again and again: Redis flushed and killed, PostgreSQL restarted, lines half-open."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import from_url

from app.local.supervise import Kept
from tests.faults.load import World, patiently, world
from tests.faults.onlookers import Onlooker
from tests.faults.proxy import Proxy
from tests.faults.tally import Tally
from tests.rows import now
from tests.servers import Place

Strike = Callable[[World], Awaitable[list[str]]]
PER_STRIKE = 8  # posts that become due between two strikes
BACK = 15.0  # seconds until pages are served again
DRAIN = 25.0


async def flush(place: Place, tally: Tally, *, n: int) -> None:
    """FLUSHALL: the queue forgets everything; pages never notice."""
    await _storm(place, tally, n or 50, 1.0, _flush, allowed={200})


async def redis(place: Place, tally: Tally, *, n: int) -> None:
    """kill -9 of Redis, which comes back empty-handed or not at all for a moment; pages never notice."""
    await _storm(place, tally, n or 20, 3.0, _kill_redis, allowed={200})


async def postgres(place: Place, tally: Tally, *, n: int) -> None:
    """An immediate shutdown of PostgreSQL, as a crash; pages say 503 meanwhile and nothing else."""
    await _storm(place, tally, n or 20, 6.0, _crash_postgres, allowed={200, 503}, durable=True)


async def half_open(place: Place, tally: Tally, *, n: int) -> None:
    """Every open connection to PostgreSQL and Redis stays open and says nothing more; new ones work."""
    database = Proxy(place.folder.run / ".s.PGSQL.5432")
    doorbell = Proxy(place.folder.redis_socket)

    async def silence(here: World) -> list[str]:
        return [] if database.silence() + doorbell.silence() else ["nothing was connected"]

    async with database, doorbell:
        through = {
            "DATABASE_URL": f"postgresql://galley@{database.host_port}/galley?sslmode=disable",
            "REDIS_URL": f"redis://{doorbell.host_port}/0",
        }
        await _storm(place, tally, n or 10, 50.0, silence, allowed={200, 503}, through=through)


async def sigterm(place: Place, tally: Tally, *, n: int) -> None:
    """A deploy under load: each worker finishes what it has in hand, within the drain time, and leaves clean."""
    dice = random.Random(tally.seed)

    async def leave(here: World) -> list[str]:
        number = dice.randrange(len(here.workers))
        leaving = here.workers[number]
        await here.working(number)
        took = await here.replace(number, signal.SIGTERM)
        tally.slowest = max(tally.slowest, took)
        wrong = [f"left after {took:.0f} s"] if took > DRAIN else []
        return wrong + ([f"left with code {leaving.returncode}"] if leaving.returncode else [])

    await _storm(place, tally, n or 50, 2.0, leave, allowed={200}, interrupted=False)


async def _storm(
    place: Place, tally: Tally, n: int, pause: float, strike: Strike, *, allowed: set[int], durable: bool = False,
    through: dict[str, str] | None = None, interrupted: bool = True,
) -> None:  # fmt: skip
    """`n` strikes, `pause` seconds apart, while posts become due and people look at pages and click."""
    async with world(place, tally.seed, durable=durable) as here:
        here.environment |= through or {}
        posts = PER_STRIKE * n
        first = await here.line_up(posts, n * pause)
        async with Onlooker.at_a_desk(here, through or {}) as person:
            await here.begin_work(2)
            await asyncio.sleep(max(0.0, (first - now()).total_seconds()))
            for number in range(1, n + 1):
                await asyncio.sleep(pause)
                began = time.monotonic()
                wrong = await strike(here)
                tally.count(f"strike {number}", wrong, seconds=time.monotonic() - began)
            await here.settled(90)
            wrong = await patiently(lambda: person.judged(allowed, BACK))
        tally.extra |= person.told()
        await here.judge(tally, "after the storm", 0)
        if not interrupted and tally.extra["interrupted"]:
            wrong.append(f"{tally.extra['interrupted']} calls were interrupted by a clean leave")
        tally.fail("people meanwhile", wrong)


async def _flush(here: World) -> list[str]:
    async with from_url(os.environ["REDIS_URL"]) as client:
        await client.flushall()
    return []


async def _kill_redis(here: World) -> list[str]:
    return await _restarted(here.here.running.valkey, signal.SIGKILL)


async def _crash_postgres(here: World) -> list[str]:
    return await _restarted(here.here.running.postgres, signal.SIGQUIT)


async def _restarted(kept: Kept | None, how: signal.Signals) -> list[str]:
    """The supervisor brings it back; the next strike waits until it has."""
    before = kept.pid if kept else None
    if kept is None or before is None:
        return ["it was not running"]
    os.kill(before, how)
    for _ in range(200):
        await asyncio.sleep(0.1)
        if kept.pid not in (None, before):
            return []
    return ["its supervisor did not bring it back"]
