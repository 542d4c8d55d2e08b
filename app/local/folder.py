"""The data folder of one installation: where its servers keep data and sockets, its lock and its secret."""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.local.trouble import LocalTrouble

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # sun_path holds 108 bytes on Linux, 104 on macOS, with the closing zero
PLAIN = re.compile(r"[\w./ -]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths and addresses that follow from the data folder's place alone; nothing needs to run or exist."""

    path: Path
    run: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def redis_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def database_url(self) -> str:
        """Read alike by asyncpg and by libpq (psql, pg_dump)."""
        return f"postgresql://galley@/galley?host={self.run}".replace(" ", "%20")

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}?db=0"


def at(path: Path) -> Folder:
    """The folder at `path`; sockets move to a short place when its own name is too long or odd for them."""
    path = path.expanduser().resolve()
    run = path / "run"
    fits = len(os.fsencode(run / SOCKET)) <= LONGEST_SOCKET and PLAIN.fullmatch(str(run))
    return Folder(path, run if fits else _short_place(path))


@contextmanager
def claimed(folder: Folder) -> Iterator[Folder]:
    """Make the folder and hold it: one Galley per data folder. The kernel drops the lock when we die."""
    with _make(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalTrouble(
                f"Another Galley (process {lock.read().strip() or 'unknown'}) runs in {folder.path}.\n"
                "Stop it first, or give this one its own folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder


def keep_secret(folder: Folder) -> str:
    """The installation's SECRET_KEY: made once, readable by its owner alone."""
    path = folder.path / "secret_key"
    if path.exists():
        return path.read_text().strip()
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    return path.read_text().strip()


def note_address(folder: Folder, origin: str) -> None:
    """Leave a word where the desk answers, for commands that run beside it."""
    (folder.path / "address").write_text(origin)


def environment(folder: Folder) -> dict[str, str]:
    """What a command needs to join the Galley that runs in this folder; empty when none runs."""
    try:
        if not (folder.run / SOCKET).exists():
            return {}
        return {
            "DATABASE_URL": folder.database_url,
            "REDIS_URL": folder.redis_url,
            "SECRET_KEY": (folder.path / "secret_key").read_text().strip(),
            "PUBLIC_URL": (folder.path / "address").read_text().strip(),
        }
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise LocalTrouble(f"You may not read {error.filename}: run this as the user that started Galley.") from error


def _make(folder: Folder) -> TextIO:
    """The folder's places, and its lock file opened."""
    try:
        _make_places(folder)
        _refuse_strangers(folder)
        return (folder.path / "lock").open("a+")
    except PermissionError as error:
        raise LocalTrouble(
            f"Galley may not write to {error.filename}: make it yours, or choose another folder with --data."
        ) from error


def _make_places(folder: Folder) -> None:
    if not folder.path.exists():
        folder.path.mkdir(parents=True)
        # Root's servers run as another user, who must pass through the folder but not list it.
        folder.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for place in (folder.run, folder.logs, folder.valkey):
        place.mkdir(mode=0o700, exist_ok=True)


def _refuse_strangers(folder: Folder) -> None:
    """A folder in the shared temporary place may have been laid there by somebody else."""
    if folder.run.parent == folder.path:
        return
    found = folder.run.lstat()
    trusted = {os.geteuid(), folder.postgres.stat().st_uid if folder.postgres.exists() else os.geteuid()}
    if folder.run.is_symlink() or found.st_mode & 0o077 or found.st_uid not in trusted:
        raise LocalTrouble(f"{folder.run} belongs to somebody else; use a shorter --data path.")


def _short_place(path: Path) -> Path:
    # Not TMPDIR or XDG_RUNTIME_DIR: `galley doctor` in another session must come to the same place.
    return Path("/tmp") / f"galley-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"  # noqa: S108
