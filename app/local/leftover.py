"""Servers a killed launcher may have left behind, where no kernel ended them yet. Used inside app/local."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from app.local.trouble import LocalTrouble


def first_pid(file: Path) -> int | None:
    """The process id on the first line of a lock file, None when there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def last_line(file: Path) -> str:
    """What a lock file ends with; PostgreSQL writes its state there."""
    return file.read_text().strip().rsplit("\n", 1)[-1].strip()


async def end_leftover(lock: Path, mark: Path, how: signal.Signals, within: float = 30.0) -> None:
    """End the process a lock file names, if its command line shows `mark`: process ids are used again."""
    pid, deadline = first_pid(lock), time.monotonic() + within
    while pid and str(mark) in command_of(pid):
        if time.monotonic() > deadline:
            raise LocalTrouble(f"A server from an earlier start (process {pid}) still uses {mark}; end it first.")
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        await asyncio.sleep(0.1)


def command_of(pid: int) -> str:
    """A process's command line, empty when it is gone (or a zombie)."""
    proc = Path("/proc")
    if (proc / "self").exists():
        with suppress(OSError):
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    said = subprocess.run(("/bin/ps", "-p", str(pid), "-o", "command="), capture_output=True, text=True)  # noqa: S603
    return said.stdout
