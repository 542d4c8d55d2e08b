"""A private Valkey (or Redis) in the data folder: a foreground child behind a socket. Used by app.local."""

import asyncio
import shutil
import signal
from functools import partial
from pathlib import Path

from app.local.binaries import Valkey
from app.local.folder import Folder
from app.local.identity import Identity
from app.local.leftover import end_leftover
from app.local.programs import Program


def program(folder: Folder, binaries: Valkey, identity: Identity) -> Program:
    """The doorbell: no TCP port, an append-only file so that a restart keeps the queue."""
    options = {
        "port": "0",
        "unixsocket": str(folder.redis_socket),
        "unixsocketperm": "700",
        "dir": str(folder.valkey),
        "pidfile": str(_lock(folder)),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    switches = (word for name, value in options.items() for word in (f"--{name}", value))
    return Program(
        "Valkey",
        (str(binaries.server), *switches),
        identity=identity,
        cwd=Path("/"),
        log=folder.logs / "valkey.log",
        before=partial(_clear, folder),
        ready=partial(_ready, folder.redis_socket),
        ready_within=30.0,
        stop_within=10.0,
    )


def forget(folder: Folder) -> None:
    """Empty the append-only files."""
    shutil.rmtree(folder.valkey / "appendonlydir", ignore_errors=True)
    (folder.valkey / "appendonly.aof").unlink(missing_ok=True)


async def _clear(folder: Folder) -> None:
    await end_leftover(_lock(folder), folder.redis_socket, signal.SIGTERM)
    folder.redis_socket.unlink(missing_ok=True)


async def _ready(socket: Path, pid: int) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await asyncio.wait_for(reader.readline(), 2) == b"+PONG\r\n"
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()


def _lock(folder: Folder) -> Path:
    return folder.valkey / "valkey.pid"
