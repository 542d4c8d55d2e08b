"""A `galley up` under observation: what it prints, which processes it has, and how it ends."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

LAUNCH = Path(__file__).with_name("launch.py")
PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare_environment() -> dict[str, str]:
    """Ours without what tests/servers.py announced: a fresh machine."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "PORT", "HOST"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def processes_of(folder: Path) -> dict[int, str]:
    """Every living process that works for this data folder, found by command line, environment or directory."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _mentions(entry, str(folder)):
            found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def _mentions(entry: Path, folder: str) -> bool:
    try:
        told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        return folder in told.decode(errors="replace") or os.readlink(entry / "cwd").startswith(folder)
    except OSError:
        return False


async def until(claim: Callable[[], bool], within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.05)


class Up:
    """One run of the launcher with stand-ins for web and worker."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process, port: int) -> None:
        self.folder, self.process, self.port = folder, process, port

    async def line(self) -> str:
        return (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)).decode().strip()

    async def rest(self) -> tuple[str, str]:
        out, err = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return out.decode(), err.decode()

    def pid_of(self, mark: str) -> int | None:
        """The child (not a grandchild) whose command line shows `mark`."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        shown = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in children}
        return next((pid for pid, command in shown.items() if mark in command), None)

    def healthy(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health").status_code == 200
        except httpx.TransportError:
            return False

    async def kill(self) -> None:
        self.process.kill()
        # Not wait(): that also waits for our pipes, which an orphan would hold open.
        await until(lambda: self.process.returncode is not None)

    async def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        await self.rest()
        return self.process.returncode or 0


async def _sweep(folder: Path, patience: float = 5.0) -> None:
    """Orphans of a launcher that failed its test must not outlive it; give the honest ones time to end."""
    deadline = time.monotonic() + patience
    while left := processes_of(folder):
        if time.monotonic() > deadline:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def launched(folder: Path, *words: str, port: int = 0, **environ: str) -> AsyncIterator[Up]:
    port = port or free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCH), str(folder), str(port), *words,
        env=bare_environment() | environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Up(folder, process, port)
    finally:
        if process.returncode is None:
            process.kill()
        await _sweep(folder)
        await process.communicate()
