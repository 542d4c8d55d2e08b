"""Child processes that never outlive us: what to run, how to start and end it. Used by app/local and up."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.local.identity import Identity
from app.local.trouble import LocalTrouble

PR_SET_PDEATHSIG = 1
STDERR = 2
LONGEST_LOG = 5_000_000
LIBC = ctypes.CDLL(None)


async def at_once(pid: int) -> bool:
    """The readiness of a program nobody waits for."""
    return True


async def nothing() -> None:
    """What most programs need before a start."""


def ourselves() -> Identity:
    return Identity(os.geteuid(), os.getegid())


@dataclass(frozen=True, slots=True)
class Program:
    """One child: its command, who runs it, where it talks to, when it counts as ready and how it ends."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    identity: Identity = field(default_factory=ourselves)
    cwd: Path | None = None
    log: Path | None = None
    ready: Callable[[int], Awaitable[bool]] = at_once
    ready_within: float = 60.0
    before: Callable[[], Awaitable[None]] = nothing
    stop_with: signal.Signals = signal.SIGTERM
    stop_within: float = 25.0
    dies_with_us: signal.Signals = signal.SIGKILL


async def spawn(program: Program, *, stdin: int = subprocess.DEVNULL, stdout: int = STDERR) -> Process:
    """Start `program` in its own process group. Call from the main thread: the kernel's death signal
    fires when the *thread* that forked ends."""
    await program.before()
    log = _open_log(program.log) if program.log else None
    try:
        return await asyncio.create_subprocess_exec(
            *program.argv,
            env=program.env,
            cwd=program.cwd,
            stdin=stdin,
            stdout=log or stdout,
            stderr=log,
            process_group=0,
            user=program.identity.uid if program.identity.drops else None,
            group=program.identity.gid if program.identity.drops else None,
            extra_groups=[] if program.identity.drops else None,
            preexec_fn=_between_fork_and_exec(program),
        )
    finally:
        if log:
            log.close()


async def run_once(program: Program, told: bytes = b"") -> str:
    """Run a program to its end, `told` on its input; what it printed, or LocalTrouble when it fails."""
    process = await spawn(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        printed, _ = await process.communicate(told)
    finally:
        await end(process, signal.SIGKILL, within=5)
    if process.returncode != 0:
        raise LocalTrouble(f"{program.name} ended with code {process.returncode}.{last_words(program)}")
    return printed.decode(errors="replace") if printed else ""


async def end(process: Process, how: signal.Signals, *, within: float) -> None:
    """Ask a process to end, and kill it when it has not after `within` seconds."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        await asyncio.wait_for(process.wait(), within)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def last_words(program: Program, lines: int = 8) -> str:
    """The end of a program's log, for the message that says it failed."""
    if program.log is None or not program.log.exists():
        return ""
    tail = program.log.read_text(errors="replace").splitlines()[-lines:]
    return f" {program.log} ends with:\n" + "\n".join(f"  {line}" for line in tail)


def _open_log(path: Path) -> BinaryIO:
    """Append; a log that grew long makes room first."""
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def _between_fork_and_exec(program: Program) -> Callable[[], None]:
    parent, linux = os.getpid(), sys.platform == "linux"

    def prepare() -> None:
        program.identity.enter()
        if not linux:
            return
        # After every change of credentials, which clears it; and we may have been orphaned before it was set.
        LIBC.prctl(PR_SET_PDEATHSIG, int(program.dies_with_us), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
