"""Two simulated years in six zones, every gap and fold among them, and clocks that step: none early, twice or skipped.

`python -m tests.faults.clock [--months M] [--seed S] [--plain]`. PostgreSQL's own clock is moved by libfaketime while
it runs (Debian: apt-get install faketime); `--plain` shadows now() by a function instead, where that is missing.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests import servers

# It reads the environment, which has to name this run's servers before anything of the product is imported.
if __name__ == "__main__":
    PLACE = servers.announce()

from app import doorbell, seals, sql, worker
from app.content import Text
from app.flow import clock_steps, plan, publish, review, schedule, zone_rules
from app.tables import Channel
from app.times import TimeGap, planned
from tests.faults.clocks import Clock, Faketime, Shadowed
from tests.faults.ground import Ground, ground, tell
from tests.faults.tally import Tally
from tests.flow.stage import webhook
from tests.platforms.receiver import Receiver

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")
MONTHS = 24
STEPS = (3600, -3600, 86_400, -86_400)
LATE = 30.0  # seconds: more than channels that keep their posts apart need
WINDOW = 3600.0  # a clock an hour ahead makes everything an hour late, which still goes out by itself
BEFORE = timedelta(seconds=2)
DUE = """
SELECT p.id AS post, u.due_at, d.key FROM post p JOIN publication u ON u.post = p.id JOIN delivery d ON d.post = p.id
ORDER BY u.due_at, p.id
"""
HELD = "SELECT post FROM publication WHERE held_for IS NOT NULL AND post = ANY($1)"
UNPUBLISHED = "SELECT id, status FROM post WHERE status <> 'published' ORDER BY id"


@dataclass
class Drill:
    """One walk through time."""

    here: Ground
    clock: Clock
    tally: Tally
    receiver: Receiver
    channels: tuple[Channel, ...]
    chance: random.Random
    offsets: list[tuple[float, float]] = field(default_factory=list)
    steps: list[tuple[float, float]] = field(default_factory=list)  # while the clock was wrong
    dues: dict[str, tuple[int, datetime]] = field(default_factory=dict)  # by delivery key
    released: set[int] = field(default_factory=set)

    async def at(self, moment: datetime) -> None:
        by = moment - datetime.now(UTC)
        await self.clock.move(by)
        self.offsets.append((time.time(), by.total_seconds()))

    async def plan(self, zone: str, wall: datetime, expected: datetime | None = None) -> int:
        """Planned for that wall time and approved, which schedules it; the instant must be the expected one."""
        when = planned(wall.date(), wall.time(), zone)
        if expected is not None and when.at != expected:
            self.tally.fail(f"{zone} {wall}", [f"means {when.at}, not {expected}"])
        text = Text(f"{zone} {wall}", "Twice a day.")
        post = await plan.create(
            plan.Plan(text.title, when, channels=tuple(channel.id for channel in self.channels), text=text),
            by=self.here.by,
        )
        digest = (await seals.sealable(post.id)).digest
        await review.approve(post, digest, by=self.here.by)
        return post.id

    async def work(self, posts: list[int]) -> None:
        """A sweep, and what it rang for; until all of `posts` are out, or nothing moves any more."""
        for _ in range(60):
            await publish.sweep()
            left = await sql.value("SELECT count(*) FROM post WHERE id = ANY($1) AND status <> 'published'", posts)
            if not left:
                return
            await asyncio.sleep(0.05)

    def then(self, moment: float) -> float:
        """What PostgreSQL's clock said at a moment of ours."""
        return moment + next(by for since, by in reversed(self.offsets) if since <= moment)

    async def due(self, moment: datetime, posts: list[int]) -> None:
        """Nothing just before its time, whatever the clock does; everything at it."""
        await self.at(moment - BEFORE)
        if self.chance.random() < 0.15:
            await self._step(moment)
        await self.work([])
        await self.at(moment + timedelta(milliseconds=20))
        await clock_steps.mend()
        if await zone_rules.follow():
            self.tally.fail(str(moment), ["the zone rules were said to have changed"])
        for row in await sql.rows(HELD, posts):
            await schedule.send_now(await plan.load(row["post"]), by=self.here.by)
            self.released.add(row["post"])
        await self.work(posts)

    def _stepped(self, sent: float) -> bool:
        return any(since <= sent <= until for since, until in self.steps)

    async def _step(self, moment: datetime) -> None:
        """The clock goes wrong for a moment, the workers look, and it is put right again."""
        since = time.time()
        await self.at(moment - BEFORE + timedelta(seconds=self.chance.choice(STEPS)))
        for _ in range(4):
            await publish.sweep()
            await asyncio.sleep(0.1)
        self.steps.append((since, time.time()))
        await self.at(moment - BEFORE)

    async def judge(self) -> None:
        made = Counter(effect["key"] for effect in self.receiver.log.effects("publish"))
        first = {effect["key"]: effect["at"] for effect in reversed(self.receiver.log.effects("publish"))}
        for key, (post, due) in self.dues.items():
            wrong = ["twice"] * (made[key] > 1) + ["skipped"] * (made[key] == 0)
            sent = first.get(key, 0.0)
            late = self.then(sent) - due.timestamp() if sent else 0.0
            if post not in self.released and not -0.001 < late < (WINDOW if self._stepped(sent) else LATE):
                wrong.append(f"{late:.1f} s late")
            self.tally.count(f"post {post} due {due}", wrong)
        for row in await sql.rows(UNPUBLISHED):
            self.tally.fail(f"post {row['id']}", [f"is {row['status']} in the end"])
        self.tally.extra |= {"held": len(self.released), "steps": len(self.steps)}


def turns(zone: str, start: datetime, months: int) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Every change of the zone's offset: its instant, the offset before and after."""
    half, at = timedelta(minutes=30), start.replace(minute=0, second=0, microsecond=0)
    for _ in range(months * 31 * 48):
        before, after = offset(zone, at), offset(zone, at + half)
        at += half
        if before != after:
            yield at, before, after


def offset(zone: str, at: datetime) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


async def edges(drill: Drill, zone: str, start: datetime, months: int) -> None:
    """Inside a gap: refused with the next valid time. In a fold: the first of both, and the second by moving it."""
    for at, before, after in turns(zone, start, months):
        middle = min(before, after) + abs(after - before) / 2
        wall = (at + middle).replace(tzinfo=None)
        if after < before:
            await drill.plan(zone, wall, (wall - before).replace(tzinfo=UTC))
            second = await plan.load(await drill.plan(zone, wall))
            await schedule.reschedule(second, (wall - after).replace(tzinfo=UTC), by=drill.here.by)
            continue
        try:
            planned(wall.date(), wall.time(), zone)
            drill.tally.fail(f"{zone} {wall}", ["a time that does not exist was taken"])
        except TimeGap as gap:
            await drill.plan(zone, gap.valid.replace(tzinfo=None), gap.valid.astimezone(UTC))


async def run(place: servers.Place, tally: Tally, *, n: int = 0, months: int = MONTHS, plain: bool = False) -> None:
    """`n` posts for each month and zone (0: two), beside those on the edges."""
    clock = Shadowed() if plain else Faketime(place.folder.path.parent / "clock")
    chance, start = random.Random(tally.seed), datetime.now(UTC) + timedelta(days=2)
    async with Receiver() as receiver:
        tell(ALLOW_PRIVATE_HOSTS=f"127.0.0.1:{receiver.port}")
        with clock.preloaded():
            grounded = ground(place)
            here = await grounded.__aenter__()
        try:
            await clock.begin()
            drill = Drill(here, clock, tally, receiver, await _channels(receiver), chance)
            await drill.at(datetime.now(UTC))
            async with _worker():
                await _fill(drill, start, months, n or 2)
                await _walk(drill)
            await drill.judge()
        finally:
            await grounded.__aexit__(None, None, None)


async def _channels(receiver: Receiver) -> tuple[Channel, ...]:
    """One that takes posts as they come, and one that keeps its posts five seconds apart."""
    free, spaced = [await webhook(receiver) for _ in range(2)]
    await sql.run('UPDATE channel SET settings = settings || \'{"spacing": "5"}\' WHERE id = $1', spaced.id)
    return free, spaced


async def _fill(drill: Drill, start: datetime, months: int, n: int) -> None:
    for zone in ZONES:
        await edges(drill, zone, start, months)
        for post in range(months * n):
            minutes = drill.chance.randrange(30 * 24 * 60)
            at = start + timedelta(days=30 * (post // n), minutes=minutes)
            wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
            with contextlib.suppress(TimeGap):
                await drill.plan(zone, wall)
    drill.dues = {row["key"]: (row["post"], row["due_at"]) for row in await sql.rows(DUE)}


@asynccontextmanager
async def _worker() -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.serve(worker.PUBLISHING, doorbell.PUBLISHING, 30, stop))
    try:
        yield
    finally:
        stop.set()
        await working


async def _walk(drill: Drill) -> None:
    waiting: dict[datetime, list[int]] = {}
    for post, due in drill.dues.values():
        waiting.setdefault(due, []).append(post)
    for moment in sorted(waiting):
        await drill.due(moment, waiting[moment])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.clock")
    parser.add_argument("--n", type=int, default=0)
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--plain", action="store_true")
    given = parser.parse_args()
    tally = Tally("clock", given.seed)
    try:
        asyncio.run(run(PLACE, tally, n=given.n, months=given.months, plain=given.plain))
    finally:
        servers.forget(PLACE)
    print(tally.line(), flush=True)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
