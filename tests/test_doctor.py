"""`galley doctor`: a healthy installation is well, and each thing that is wrong comes with its fix."""

import os
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app import sql
from app.blobs.store import Store
from app.doctor import look_at_folder, look_at_port, look_at_public_url, look_at_python, look_at_secret, look_for
from app.doctor.finding import Finding
from app.doctor.servers import look_at_clock, look_at_migrations, look_at_queue, look_at_version, look_at_worker
from app.doctor.store import look_at_store, look_for_lost_store
from app.local.folder import at
from app.local.trouble import LocalTrouble
from app.settings import read
from tests.blobs.conftest import bucket, faulty, moto
from tests.blobs.stores import Bucket, Faulty, elsewhere, error
from tests.local.drill import free_port
from tests.test_commands import galley

__all__ = ["bucket", "faulty", "moto"]

LONG = "0123456789abcdef0123456789abcdef"
WELL = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "SECRET_KEY": LONG}


def expect_wrong(finding: Finding, said: str, fix: str) -> None:
    assert not finding.good
    assert said in finding.said
    assert fix in finding.fix
    assert "Fix: " in str(finding)


@pytest.fixture
async def worker_seen() -> AsyncIterator[None]:
    await sql.run("insert into beat (worker, kind, started_at, seen_at) values ('w', 'worker', now(), now())")
    yield


async def test_a_healthy_installation_ends_with_0(worker_seen: Any, tmp_path: Path) -> None:
    code, out, err = await galley("doctor", "--data", str(tmp_path / "data"), PORT=str(free_port()), HOST="127.0.0.1")
    assert code == 0, out + err
    assert "WRONG" not in out
    assert "All 10 are well." in out


async def test_anything_wrong_ends_with_1_and_is_counted(tmp_path: Path) -> None:
    environ = {"PORT": str(free_port()), "HOST": "127.0.0.1", "SECRET_KEY": "changeme"}
    code, out, _ = await galley("doctor", "--data", str(tmp_path / "data"), **environ)
    assert code == 1
    assert "WRONG  SECRET_KEY" in out
    assert "No worker was ever seen" in out
    assert "2 of 10 need attention." in out


async def test_servers_that_do_not_answer_are_named_with_their_variable(tmp_path: Path) -> None:
    gone = free_port()
    given = {"DATABASE_URL": f"postgresql://x@127.0.0.1:{gone}/x", "REDIS_URL": f"redis://127.0.0.1:{gone}"}
    code, out, err = await galley("doctor", "--data", str(tmp_path), PORT=str(free_port()), HOST="127.0.0.1", **given)
    assert code == 1, err
    assert "The database at DATABASE_URL cannot be used" in out
    assert "The queue at REDIS_URL cannot be used" in out


async def test_before_the_first_start_everything_is_well(tmp_path: Path) -> None:
    bare = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL"), "")
    code, out, err = await galley("doctor", "--data", str(tmp_path / "d"), PORT=str(free_port()), HOST="", **bare)
    assert "galley up would start version" in out, err
    assert "PUBLIC_URL is not set" in out
    assert code == 1  # every address is open, and nobody said under which name


@pytest.mark.pure
def test_an_old_python_is_wrong() -> None:
    expect_wrong(look_at_python((3, 10, 4)), "Python 3.10.4", "3.11 or newer")
    assert look_at_python((3, 14, 0)).good


@pytest.mark.pure
def test_a_secret_others_may_read_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(LONG)
    (tmp_path / "secret_key").chmod(0o644)
    expect_wrong(look_at_folder(at(tmp_path)), "Others may read", "chmod 600")
    (tmp_path / "secret_key").chmod(0o600)
    assert look_at_folder(at(tmp_path)).good


@pytest.mark.pure
def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    expect_wrong(look_at_folder(at(tmp_path / "not" / "yet")), "cannot be written", "--data")


@pytest.mark.pure
def test_a_deployment_needs_a_secret_and_a_local_one_does_not(tmp_path: Path) -> None:
    expect_wrong(look_at_secret(read({"DATABASE_URL": "postgresql://x"}), at(tmp_path)), "SECRET_KEY", "token_urlsafe")
    assert look_at_secret(read({}), at(tmp_path)).good
    assert look_at_secret(read(WELL), at(tmp_path)).good


@pytest.mark.pure
@pytest.mark.parametrize(
    ("environ", "fix"),
    [
        ({"PORT": "5000"}, "https://desk.example.com"),
        ({"PUBLIC_URL": "desk.example.com"}, "without a path"),
        ({"PUBLIC_URL": "https://desk.example.com/galley"}, "without a path"),
        ({"PUBLIC_URL": "http://desk.example.com"}, "certificate"),
    ],
)
def test_a_public_url_that_cannot_be_right_is_wrong(environ: dict[str, str], fix: str) -> None:
    expect_wrong(look_at_public_url(read(environ)), "PUBLIC_URL", fix)


@pytest.mark.pure
def test_a_public_url_on_https_or_on_this_machine_is_well() -> None:
    for good in ({}, {"PUBLIC_URL": "https://desk.example.com"}, {"PUBLIC_URL": "http://localhost:8000"}):
        assert look_at_public_url(read(good)).good


@pytest.mark.pure
def test_a_port_somebody_else_holds_is_wrong() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        visitor = threading.Thread(target=answer_rudely, args=(holder,))
        visitor.start()
        here = read({"PORT": str(holder.getsockname()[1]), "HOST": "127.0.0.1"})
        expect_wrong(look_at_port(here), f"Port {here.port}", "galley up --port")
        visitor.join()


def answer_rudely(holder: socket.socket) -> None:
    visitor, _ = holder.accept()
    visitor.sendall(b"220 mail.example.com\r\n")
    visitor.close()


@pytest.mark.pure
def test_missing_binaries_keep_the_launchers_words() -> None:
    def find() -> str:
        raise LocalTrouble("No PostgreSQL 14 or newer was found. Install it")

    expect_wrong(look_for("PostgreSQL", find), "No PostgreSQL", "Install it")


async def test_an_old_database_is_wrong() -> None:
    expect_wrong(look_at_version(13), "PostgreSQL 13", "14 or newer")


async def test_a_queue_that_is_no_address_is_wrong() -> None:
    expect_wrong(await look_at_queue("nonsense"), "REDIS_URL", "correct REDIS_URL")


async def test_an_address_that_cannot_be_read_is_not_quoted() -> None:
    finding = str(await look_at_queue("redis://:canary/2@host:6379/0"))
    assert "REDIS_URL cannot be used: it is no address" in finding and "canary" not in finding


async def test_migrations_that_have_not_run_or_are_unknown_are_wrong() -> None:
    assert (await look_at_migrations()).good
    note = "insert into migration (name, app_name, ran_on) values ('9999-01-01T00:00:00:000000', 'galley', now())"
    await sql.run(note)
    expect_wrong(await look_at_migrations(), "newer Galley", "newer version")
    await sql.run("delete from migration where name like '9999%'")
    await sql.run("update migration set app_name = 'hidden' where name = (select max(name) from migration)")
    expect_wrong(await look_at_migrations(), "1 migrations have not run", "galley migrate")
    await sql.run("update migration set app_name = 'galley'")


async def test_a_silent_worker_is_wrong(worker_seen: Any) -> None:
    assert (await look_at_worker()).good
    await sql.run("update beat set seen_at = now() - interval '2 minutes'")
    expect_wrong(await look_at_worker(), "120 s ago", "galley worker")


async def test_a_clock_that_is_wrong_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await look_at_clock()).good
    monkeypatch.setattr("time.time", lambda: 0.0)
    expect_wrong(await look_at_clock(), "s apart", "NTP")


async def store_finding(environ: dict[str, str]) -> list[Finding]:
    return [finding async for finding in look_at_store(read(environ))]


def named(store: Store) -> dict[str, str]:
    return {
        "S3_BUCKET": store.bucket, "S3_ENDPOINT": store.endpoint, "S3_REGION": store.keys.region,
        "S3_ACCESS_KEY": store.keys.access, "S3_SECRET_KEY": store.keys.secret,
    }  # fmt: skip


async def test_a_media_store_is_tried_with_a_probe_that_is_gone_afterwards(bucket: Bucket) -> None:
    [found] = await store_finding(named(bucket.store))
    assert found.good and "bucket galley-media at 127.0.0.1" in found.said
    assert await bucket.keys() == []
    assert await store_finding({}) == []


async def test_a_media_store_that_fails_comes_with_its_fix(bucket: Bucket, faulty: Faulty) -> None:
    [found] = await store_finding(named(bucket.store) | {"S3_BUCKET": "no-such-bucket"})
    expect_wrong(found, "NoSuchBucket", "correct S3_BUCKET")
    for code, fix in (("SignatureDoesNotMatch", "S3_SECRET_KEY"), ("AccessDenied", "put, get and delete")):
        faulty.says = error(403, code)
        [found] = await store_finding(named(faulty.store))
        expect_wrong(found, code, fix)
    [found] = await store_finding(named(elsewhere(bucket.store)))
    expect_wrong(found, "did not take the connection", "S3_ENDPOINT")
    [found] = await store_finding({"S3_BUCKET": "b"})
    expect_wrong(found, "without its keys", "S3_ACCESS_KEY")


async def test_a_store_that_gives_back_something_else_is_wrong(faulty: Faulty) -> None:
    faulty.says = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"
    [found] = await store_finding(named(faulty.store))
    expect_wrong(found, "gives back something else", "proxy")


async def test_pictures_in_a_store_that_is_set_no_more_are_told() -> None:
    assert [finding async for finding in look_for_lost_store(read({}))] == []
    await sql.run("insert into blob (sha256, key, size, mime) values ('x', 'blobs/x.png', 1, 'image/png')")
    [found] = [finding async for finding in look_for_lost_store(read({}))]
    expect_wrong(found, "1 picture lies in a media store", "set S3_BUCKET")
    assert [finding async for finding in look_for_lost_store(read({"S3_BUCKET": "b"}))] == []
