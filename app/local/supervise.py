"""Keeps programs running: starts them, awaits readiness, restarts what dies. Used by app.local and up."""

import asyncio
import signal
import subprocess
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import suppress

from app.local.programs import Program, end, last_words, spawn
from app.local.trouble import LocalTrouble

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STABLE_AFTER = 20.0
Say = Callable[[str], None]


class Kept:
    """One program that is started again whenever it ends, until `stop`."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program = program
        self._say = say
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, None between two lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start and wait until ready. A program that ends by itself before that is broken: LocalTrouble."""
        self._process = await spawn(self.program)
        try:
            async with asyncio.timeout(self.program.ready_within):
                await self._until_ready()
        except TimeoutError:
            late = f"{self.program.name} is not ready after {self.program.ready_within:.0f} s."
            raise LocalTrouble(late + last_words(self.program)) from None
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def stop(self) -> None:
        """End the program for good, however far it came."""
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        if self._process:
            await end(self._process, self.program.stop_with, within=self.program.stop_within)

    async def _until_ready(self) -> None:
        while (process := self._process) and not await self.program.ready(process.pid):
            if process.returncode is None:
                await asyncio.sleep(0.02)
            elif process.returncode < 0:
                # Killed from outside while starting: no fault of its own.
                self._process = await self._again(process, FIRST_PAUSE)
            else:
                raise LocalTrouble(f"{self.program.name} {_how(process)} at start.{last_words(self.program)}")

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while process := self._process:
            born = time.monotonic()
            await process.wait()
            pause = FIRST_PAUSE if time.monotonic() - born >= STABLE_AFTER else pause
            self._process = await self._again(process, pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _again(self, process: Process, pause: float) -> Process:
        reason = _how(process)
        while True:
            self._say(f"{self.program.name} {reason}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            try:
                return await spawn(self.program)
            except (OSError, subprocess.SubprocessError, LocalTrouble) as error:
                reason, pause = f"cannot start: {error}", min(pause * 2, LONGEST_PAUSE)


def _how(process: Process) -> str:
    code = process.returncode or 0
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
