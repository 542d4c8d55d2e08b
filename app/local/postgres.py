"""A private PostgreSQL in the data folder: a foreground child behind a socket. Used by app.local."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app.local.binaries import Postgres
from app.local.folder import SOCKET, Folder
from app.local.identity import Identity, hand_over
from app.local.leftover import command_of, end_leftover, first_pid, last_line
from app.local.programs import Program, run_once
from app.local.trouble import LocalTrouble

BUILT_IN_LOCALES = 17  # from this version on PostgreSQL brings C.UTF-8 itself
NO_PROCESS = 2**31 - 1
# Unsafe on purpose: for databases that are thrown away after a test run.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def made_by(folder: Folder) -> int | None:
    """The major version that made the data folder, None when there is no data yet."""
    try:
        return int((folder.postgres / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LocalTrouble(f"{folder.postgres}/PG_VERSION cannot be read: {error}") from error


async def make(folder: Folder, binaries: Postgres, identity: Identity) -> None:
    """The cluster and its database, made beside the final place and moved there whole, never by halves."""
    fresh = folder.path / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    hand_over(fresh, identity)
    tool = partial(_tool, folder, binaries, identity, fresh)
    await _init(tool, binaries.major)
    await run_once(tool("postgres", "postgres", before=("--single",)), told=b"CREATE DATABASE galley\n")
    await run_once(tool("initdb", "--sync-only"))
    fresh.rename(folder.postgres)


def program(folder: Folder, binaries: Postgres, identity: Identity, *, durable: bool) -> Program:
    """PostgreSQL as a foreground child that listens on its socket alone."""
    return Program(
        "PostgreSQL",
        (str(binaries.tool("postgres")), "-D", str(folder.postgres), *_options(folder, durable)),
        env=_environment(),
        identity=identity,
        cwd=Path("/"),
        log=folder.logs / "postgres.log",
        before=partial(_clear, folder),
        ready=partial(_ready, folder.postgres / "postmaster.pid"),
        ready_within=120.0,
        stop_with=signal.SIGINT,
        stop_within=20.0,
        dies_with_us=signal.SIGINT,
    )


def _options(folder: Folder, durable: bool) -> Iterator[str]:
    options = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(folder.run),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "64MB",
        "log_checkpoints": "off",
        "log_timezone": "UTC",
        "timezone": "UTC",
        **({} if durable else HASTY),
    }
    yield from (word for name, value in options.items() for word in ("-c", f"{name}={value}"))


async def _ready(lock: Path, pid: int) -> bool:
    # A stale file says ready as well; only the first line tells whose it is.
    return first_pid(lock) == pid and last_line(lock) == "ready"


async def _clear(folder: Folder) -> None:
    """Before a start: end what still runs in our folder, disown locks whose process is now a stranger."""
    lock = folder.postgres / "postmaster.pid"
    await end_leftover(lock, folder.postgres, signal.SIGINT)
    for name in (SOCKET, f"{SOCKET}.lock"):
        (folder.run / name).unlink(missing_ok=True)
    pid = first_pid(lock)
    if pid and command_of(pid):
        # The rest of the file stays: by it PostgreSQL notices backends that outlived a killed postmaster.
        lock.write_text(lock.read_text().replace(str(pid), str(NO_PROCESS), 1))


async def _init(tool: Callable[..., Program], major: int) -> None:
    switches = (
        "-U",
        "galley",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--data-checksums",
        "--no-sync",
        "--no-instructions",
    )
    if major >= BUILT_IN_LOCALES:
        builtin = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        await run_once(tool("initdb", *switches, *builtin))
        return
    try:
        await run_once(tool("initdb", *switches, "--locale=C.UTF-8"))
    except LocalTrouble:
        # Not every system has C.UTF-8; without it only the case of letters beyond ASCII suffers.
        await run_once(tool("initdb", *switches, "--no-locale"))


def _tool(
    folder: Folder,
    binaries: Postgres,
    identity: Identity,
    data: Path,
    name: str,
    *switches: str,
    before: tuple[str, ...] = (),
) -> Program:
    argv = (str(binaries.tool(name)), *before, "-D", str(data), *switches)
    log = folder.logs / "postgres.log"
    return Program(name, argv, env=_environment(), identity=identity, cwd=Path("/"), log=log)


def _environment() -> dict[str, str]:
    """Ours without PGPORT, PGDATA and their kin, which would quietly change what the server does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
