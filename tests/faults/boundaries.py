"""Crash at every commit and every send, N = 1, 2, …: each flow, each way to crash, each class of platform."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import Process
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults import verdict
from tests.faults.flows import FLOWS, Flow, Job
from tests.faults.gate import Gate, counted
from tests.faults.ground import kill
from tests.faults.knocks import Knocker
from tests.faults.lane import Lane, lane
from tests.faults.oracle import effects
from tests.faults.proxy import Cut
from tests.faults.tally import Tally
from tests.servers import Place

CRASHES = ("kill", "exception", "hang")
CLASSES = ("keyed", "lookup", "blind")
RESUMED, FLAGGED, NEVER = 45.0, 60.0, 75.0
LEASE = 31.0
AFTERLIFE = 3.0  # seconds in which a process that hung may still do harm once it goes on


@dataclass(frozen=True, slots=True)
class Combination:
    flow: Flow
    crash: str
    plays: str


@dataclass
class Case:
    """One strike at the Nth boundary, told by its name. `nth` 0 strikes nowhere and counts what there is."""

    what: Combination
    nth: int
    lane: Lane
    target: tuple[str, int] | None = None
    living: list[Process] = field(default_factory=list)
    seconds: float = 0.0  # from the strike to the end

    def __str__(self) -> str:
        what, (name, times) = self.what, self.target or ("nowhere", 1)
        again = f", time {times}" if times > 1 else ""
        return f"{what.flow.name} {what.crash} {what.plays} N={self.nth} ({name}{again})"

    @property
    def sends(self) -> bool:
        return self.target is not None and self.target[0].startswith("send ")

    @property
    def struck(self) -> bool:
        return self.lane.gate.struck.is_set()

    async def play(self) -> list[str]:
        """Prepare, strike, let it recover, judge. Sentences for what is wrong."""
        job = await self.what.flow.prepare(self.lane.oracle, self.what.plays, self.lane.here.by)
        try:
            return await self._under_fire(job)
        finally:
            await self._clear()

    async def _under_fire(self, job: Job) -> list[str]:
        self.lane.gate.arm(self.target, self._strike)
        await self._start(watched=True)
        knocker = Knocker(lambda: self.lane.address)
        knocking = asyncio.create_task(_knock(knocker, job))
        try:
            wrong = await self._awaited(job)
            if not wrong:
                await asyncio.wait_for(knocking, 30)
        finally:
            knocking.cancel()
        if self.struck and self.what.crash == "hang":
            await self._revive()
        return wrong + await self._judged(job, knocker)

    async def _start(self, *, watched: bool) -> None:
        self.living.append(await self.lane.start(self.what.flow.victim, watched=watched))

    async def _strike(self, gate: Gate) -> None:
        """Called by the proxy that holds the boundary's bytes back: they are lost, or wait with the process."""
        match self.what.crash:
            case "kill":
                os.kill(self.living[0].pid, signal.SIGKILL)
            case "hang":
                os.kill(self.living[0].pid, signal.SIGSTOP)
                if not self.sends:  # a request that was written is on its way: only the process stands still
                    await gate.freed.wait()
                return
        raise Cut

    async def _awaited(self, job: Job) -> list[str]:
        """Until the product has come to an end by itself, with a fresh process where the struck one is of no use."""
        began, rescued = time.monotonic(), False
        while not await self.what.flow.over(job) or (self.struck and not rescued):
            if self.struck and not rescued:
                rescued = True
                await self._rescue(job)
            elif self.struck and self.lane.hurry:
                await self.lane.pass_time(job, 1)
            if time.monotonic() - (self.lane.gate.when or began) > NEVER:
                return ["LOST: it never came to an end"]
            await asyncio.sleep(0.25)
        self.seconds = time.monotonic() - self.lane.gate.when if self.struck else 0.0
        return []

    async def _rescue(self, job: Job) -> None:
        if self.what.crash != "exception":
            await self._start(watched=False)
        if self.lane.hurry:
            await self.lane.pass_time(job, LEASE)

    async def _revive(self) -> None:
        """The one that hung goes on where it was, with what it had been told; it must change nothing any more."""
        self.lane.gate.freed.set()
        self.living[0].send_signal(signal.SIGCONT)
        await asyncio.sleep(AFTERLIFE)

    async def _judged(self, job: Job, knocker: Knocker) -> list[str]:
        made = effects(self.lane.oracle.log.rows)
        wrong = await verdict.breaches() + await verdict.against(made, all_settled=False)
        flagged = self.what.plays == "blind" and await verdict.waits_for_a_person(job.post)
        if not flagged and not await self.what.flow.happened(job):
            wrong.append(f"LOST: it did not come to the end it should have ({await verdict.told(job.post)})")
        limit = FLAGGED if flagged else RESUMED
        if self.seconds > limit and not self.lane.hurry:
            wrong.append(f"took {self.seconds:.0f} s")
        if 500 in knocker.statuses:
            wrong.append(f"somebody was answered 500: {knocker.statuses}")
        return wrong

    async def _clear(self) -> None:
        self.lane.gate.disarm()
        for process in self.living:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            await kill(process)
        await self.lane.clear()


async def _knock(knocker: Knocker, job: Job) -> None:
    if job.click:
        await knocker.click(job)
    elif job.callback:
        await knocker.call(job)


def combinations(words: str) -> list[Combination]:
    """Those that match every word of `words`, in an order that spreads the slow ones over the lanes."""
    every = [Combination(flow, crash, plays) for crash in CRASHES for plays in CLASSES for flow in FLOWS.values()
             if flow.sends or plays == CLASSES[0]]  # fmt: skip
    wanted = set(words.split())
    return [one for one in every if wanted <= {one.flow.name, one.crash, one.plays}]


async def run(
    place: Place, tally: Tally, *, only: str = "", part: str = "1/1", hurry: bool = False, most: int = 0
) -> None:
    """This part's share of all combinations; `most` bounds the cases of each, spread over its boundaries."""
    number, of = (int(word) for word in part.split("/"))
    async with lane(place, hurry=hurry) as here:
        for what in combinations(only)[number - 1 :: of]:
            await every_boundary(what, here, tally, most)


async def every_boundary(what: Combination, here: Lane, tally: Tally, most: int) -> None:
    """N = 1, 2, … until all that were met without a strike have been struck."""
    unharmed = Case(what, 0, here)
    await _played(unharmed)  # what it learns decides what the next one counts
    tally.fail(f"{unharmed}: not even without a strike", await _played(unharmed))
    targets = counted(here.gate.names)
    step = max(1, len(targets) // most) if most else 1
    for nth in range(1, len(targets) + 1, step):
        case = Case(what, nth, here, targets[nth - 1])
        wrong = await _played(case)
        missed = "" if case.struck else " NOT REACHED"
        tally.extra["unreached"] = tally.extra.get("unreached", 0) + bool(missed)
        tally.count(f"{case}{missed}", wrong, seconds=case.seconds)


async def _played(case: Case) -> list[str]:
    """One that breaks off is a failure as well, and the next one is played all the same."""
    try:
        return await case.play()
    except Exception as broke:
        return [f"the run itself broke off: {broke!r}"]
