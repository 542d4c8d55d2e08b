"""`galley up`: servers, migrations, web and worker under one supervisor, from the first start to the last signal."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from app.local import Wanted, say_to_stderr, servers
from app.local.folder import Folder, at, claimed, keep_secret, note_address
from app.local.programs import Program, run_once
from app.local.supervise import Kept
from app.local.trouble import LocalTrouble
from app.settings import EVERY_ADDRESS, Settings, demand_secret, demand_store, read

# -P: a folder named app in the working directory must not be taken for ours.
GALLEY = (sys.executable, "-P", "-m", "app.commands")
SET_UP = "Set up your desk at "


@dataclass(frozen=True, slots=True)
class Parts:
    """The commands of the three parts; tests put others in their place."""

    migrate: tuple[str, ...] = (*GALLEY, "migrate")
    web: tuple[str, ...] = (*GALLEY, "web")
    worker: tuple[str, ...] = (*GALLEY, "worker")


ALL_PARTS = Parts()


def up(options: argparse.Namespace, parts: Parts = ALL_PARTS, *, embedded: bool = False) -> int:
    """Start everything, say where it is, and keep it running until a signal ends it."""
    folder = at(options.data)
    demand_free_port(options.host, options.port)
    with claimed(folder):
        environ = _environment(folder, options)
        here = read(environ)
        demand_secret(here)
        demand_store(here)
        note_address(folder, here.origin)
        asyncio.run(_until_told_to_stop(_live(folder, here, environ, parts, embedded)))
    return 0


def demand_free_port(host: str, port: int) -> None:
    """Say so at once when somebody else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LocalTrouble(
                f"Port {port} at {host} cannot be used: {error.strerror}.\n"
                f"Stop what listens there, or choose another:  galley up --port {port + 1}"
            ) from error


async def _until_told_to_stop(life: Coroutine[Any, Any, None]) -> None:
    """The first signal ends everything in order; more of them change nothing."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(life)
    told: list[signal.Signals] = []

    def stop(received: signal.Signals) -> None:
        if not told:
            task.cancel()
        told.append(received)

    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(wanted) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(wanted, stop, wanted)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise


async def _live(folder: Folder, here: Settings, environ: dict[str, str], parts: Parts, embedded: bool) -> None:
    given = _given()
    wanted = Wanted(postgres="DATABASE_URL" not in given, valkey="REDIS_URL" not in given, embedded=embedded)
    async with servers(folder, wanted):
        printed = await run_once(Program("galley migrate", parts.migrate, environ))
        async with _desk(here, environ, parts):
            print(f"Galley is ready at {here.origin}", flush=True)
            for line in printed.splitlines():
                if line.startswith(SET_UP):
                    print(line, flush=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def _desk(here: Settings, environ: dict[str, str], parts: Parts) -> AsyncIterator[None]:
    ready = partial(_healthy, here)
    web = Kept(Program("web", parts.web, environ, ready=ready), say_to_stderr)
    worker = Kept(Program("worker", parts.worker, environ), say_to_stderr)
    try:
        await asyncio.gather(web.start(), worker.start())
        yield
    finally:
        await asyncio.gather(web.stop(), worker.stop())


async def _healthy(here: Settings, pid: int) -> bool:
    return await answers(here)


async def answers(here: Settings) -> bool:
    """Whether a Galley says it is healthy at these settings' address."""
    request = f"GET /health HTTP/1.1\r\nHost: {urlsplit(here.origin).netloc}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(_reached_at(here.host), here.port)
            writer.write(request.encode())
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]


def _environment(folder: Folder, options: argparse.Namespace) -> dict[str, str]:
    """What the parts read: the caller's environment, with what we bring ourselves filled in."""
    ours = {"DATABASE_URL": folder.database_url, "REDIS_URL": folder.redis_url}
    environ = {**os.environ, **ours, **_given(), "HOST": options.host, "PORT": str(options.port)}
    if not environ.get("SECRET_KEY"):
        environ["SECRET_KEY"] = keep_secret(folder)
    return environ


def _given() -> dict[str, str]:
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name, "").strip()}


def _reached_at(host: str) -> str:
    return {EVERY_ADDRESS: "127.0.0.1", "::": "::1"}.get(host, host)
