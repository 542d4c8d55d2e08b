"""Much going on at once, for the runs that break things meanwhile: an oracle process, due posts, several workers."""

import asyncio
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from app import channels, sql
from app.atomic import atomic
from app.flow.publish import INTERRUPTED
from app.tables import Channel
from tests.faults import posts, verdict
from tests.faults.ground import Ground, ground, kill, tell
from tests.faults.oracle import TOKEN, effects, read
from tests.faults.tally import Tally
from tests.makers import make_channel
from tests.rows import now
from tests.servers import Place

CLASSES = ("keyed", "lookup", "blind")
AT_ONCE = 4  # posts lined up side by side
PREPARED = 0.06  # seconds that lining one up may take
SPARE = 5.0
LATER = (
    "UPDATE delivery SET next_at = next_at - $1::interval WHERE next_at IS NOT NULL",
    "UPDATE attempt SET lease_until = lease_until - $1::interval WHERE ended_at IS NULL",
    "UPDATE publication SET next_at = next_at - $1::interval WHERE next_at IS NOT NULL",
)

OF_POSTS = (
    "attempt", "event", "delivery", "publication", "approval", "seal", "post_channel", "address", "recall",
    "revision", "post",
)  # fmt: skip


@dataclass
class World:
    """One run: the ground, the platforms' log, and one channel of each class beside a signed webhook."""

    here: Ground
    log: Path
    origin: str  # of the platforms
    targets: list[Channel]
    environment: dict[str, str] = field(default_factory=dict)  # of the workers
    workers: list[Process] = field(default_factory=list)

    async def line_up(self, count: int, seconds: float) -> datetime:
        """Posts on every channel, due one after another over `seconds`; when the first one is due."""
        first = now(seconds=count * PREPARED + SPARE)
        step = timedelta(seconds=seconds / max(count, 1))
        for start in range(0, count, AT_ONCE):
            due = [first + step * number for number in range(start, min(start + AT_ONCE, count))]
            await asyncio.gather(*(posts.queued(self.targets, self.here.by, at) for at in due))
        return first

    async def begin_work(self, count: int) -> None:
        for number in range(count):
            self.workers.append(await self.here.worker(f"worker-{number}", **self.environment))

    async def working(self, number: int, patience: float = 30.0) -> None:
        """Wait until that worker has said that it works: before, it may be ended like any program that starts."""
        began, pid = time.monotonic(), self.workers[number].pid
        while not await sql.value("SELECT 1 FROM beat WHERE worker LIKE $1", f"%:{pid}"):
            if time.monotonic() - began > patience:
                log = self.here.logs / f"worker-{number}.log"
                raise RuntimeError(f"it does not work: {log.read_text()[-1500:]}")
            await asyncio.sleep(0.1)

    async def replace(self, number: int, how: signal.Signals, within: float = 30.0) -> float:
        """End that worker and start another in its place; how long the end took. 999: it had to be killed."""
        began, leaving = time.monotonic(), self.workers[number]
        leaving.send_signal(how)
        try:
            await asyncio.wait_for(leaving.wait(), within)
            took = time.monotonic() - began
        except TimeoutError:
            await kill(leaving)
            took = 999.0
        self.workers[number] = await self.here.worker(f"worker-{number}", **self.environment)
        return took

    async def settled(self, patience: float, *, hurry: bool = False) -> int:
        """Wait until nothing is on its way any more; how much still is."""
        began, shifted, left = time.monotonic(), False, 0
        while (left := await patiently(verdict.unsettled)) and time.monotonic() - began < patience:
            if hurry and not shifted and time.monotonic() - began > 1:
                shifted = True
                for statement in LATER:
                    await sql.run(statement, timedelta(seconds=31))
            await asyncio.sleep(0.3)
        return left

    async def start_over(self) -> None:
        """Forget the posts; channels, people and workers stay."""
        async with atomic():
            await sql.run("SET LOCAL session_replication_role = replica")  # events are append-only
            for table in OF_POSTS:
                await sql.run(f"DELETE FROM {table}")

    async def judge(self, tally: Tally, name: str, trials: int) -> None:
        """Everything that must hold, said of all deliveries together."""
        wrong = await patiently(verdict.breaches) + await verdict.against(effects(read(self.log)))
        told = await sql.row(
            "SELECT count(*) FILTER (WHERE why = $1) AS interrupted, coalesce(max(extract(epoch FROM ended_at -"
            " opened_at)) FILTER (WHERE why = $1), 0)::float AS slowest FROM attempt",
            INTERRUPTED,
        )
        assert told is not None
        by_end = await sql.rows("SELECT status, count(*) AS n FROM delivery GROUP BY status ORDER BY status")
        tally.extra |= {row["status"]: row["n"] for row in by_end} | {"interrupted": told["interrupted"]}
        tally.count(name, wrong, seconds=told["slowest"], trials=trials)


@asynccontextmanager
async def world(
    place: Place, seed: int, *, lag: float = 0.2, durable: bool = False, **environment: str
) -> AsyncIterator[World]:
    """`lag`: the platforms take up to that many seconds before and after the effect."""
    async with ground(place, durable=durable, **environment) as here:
        log = here.logs / "effects.log"
        words = ("-m", "tests.faults.oracle", "--log", str(log), "--lag", str(lag), "--seed", str(seed))
        oracle = await here.start("oracle", words, {}, stdout=PIPE)
        assert oracle.stdout
        _, origin, secret = (await oracle.stdout.readline()).decode().split()
        tell(PUBLIC_URL=origin, ALLOW_PRIVATE_HOSTS=origin.removeprefix("http://"))
        made = World(here, log, origin, await _targets(origin, secret))
        try:
            yield made
        finally:
            for process in (*made.workers, oracle):
                await kill(process)


async def _targets(origin: str, secret: str) -> list[Channel]:
    made = []
    for plays in CLASSES:
        made.append(await make_channel("sandbox", settings={"plays": plays}))
        await channels._keep_secrets(made[-1].id, {"token": TOKEN})
    made.append(await make_channel("webhook", settings={"url": f"{origin}/hook"}))
    await channels._keep_secrets(made[-1].id, {"secret": secret})
    return made


async def patiently(ask: Any, patience: float = 20.0) -> Any:
    """Our own questions outlive a database that is being restarted."""
    began = time.monotonic()
    while True:
        try:
            return await ask()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            if time.monotonic() - began > patience:
                raise
            await asyncio.sleep(0.2)
