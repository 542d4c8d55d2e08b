"""Errors as people and machines meet them: never a trace, a query or a path; always a way on."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from litestar import get

from app import access, sql
from app.main import create_app
from app.piccolo_conf import DB
from tests.servers import Place
from tests.visitors import enter


@get("/boom")
async def boom() -> None:
    raise RuntimeError("select secret from /srv/inside where token='hunter2'")


@get("/api/boom")
async def api_boom() -> None:
    raise RuntimeError("select secret from inside")


@get("/away")
async def away() -> None:
    """Ask a PostgreSQL that is not there: a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    await asyncpg.connect(host="127.0.0.1", port=port, user="nobody", database="nowhere")


@get("/cut")
async def cut() -> None:
    """Lose a connection in the middle of a query; one of its own, so that no other test meets the corpse."""
    connection = await asyncpg.connect(**DB.config)
    await connection.fetch("select pg_terminate_backend(pg_backend_pid())")


@get("/mistaken")
async def mistaken() -> None:
    """A value too many: the driver refuses it before PostgreSQL hears anything."""
    await sql.value("select id from post where version = $1", 1, 2)


@get("/crossed")
async def crossed() -> None:
    """Two queries on one connection at once."""
    async with sql.connection() as one:
        first = asyncio.create_task(one.fetch("select pg_sleep(0.05)"))
        await asyncio.sleep(0.01)
        try:
            await one.fetch("select 1")
        finally:
            await first


@pytest.fixture
async def broken(database: object, place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The desk with six doors that fail."""
    for path in ("/boom", "/api/boom", "/away", "/cut", "/mistaken", "/crossed"):
        monkeypatch.setitem(access._BY_TEMPLATE, f"GET {path}", "anyone")
    transport = httpx.ASGITransport(app=create_app(boom, api_boom, away, cut, mistaken, crossed))
    async with httpx.AsyncClient(transport=transport, base_url=place.origin) as client:
        yield client


async def test_a_bug_is_a_code_on_the_page_and_the_whole_story_in_the_log(
    broken: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await broken.get("/boom")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text and "Nothing was published." in answer.text
    code = answer.text.split("Code ")[1][:4]
    assert f"Code {code}" in caplog.text and "RuntimeError" in caplog.text
    for inside in ("select", "hunter2", "Traceback", "/work", "RuntimeError", ".py"):
        assert inside not in answer.text


async def test_a_bug_for_machines_is_problem_json(broken: httpx.AsyncClient) -> None:
    answer = await broken.get("/api/boom")
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == 500 and len(body["code"]) == 4
    assert "select" not in answer.text


async def test_a_bug_under_htmx_keeps_the_page_and_says_it(broken: httpx.AsyncClient) -> None:
    answer = await broken.get("/boom", headers={"HX-Request": "true"})
    assert answer.status_code == 500
    assert answer.headers["hx-retarget"] == "#alert"
    assert "Code " in json.loads(answer.headers["hx-trigger"])["alert"]["text"]
    assert "<html" not in answer.text


@pytest.mark.parametrize("path", ["/away", "/cut"])
async def test_without_postgresql_it_is_503_and_comes_back(broken: httpx.AsyncClient, path: str) -> None:
    answer = await broken.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Nothing was lost" in answer.text
    assert (await broken.get("/ready")).json()["database"] is True


@pytest.mark.parametrize("path", ["/mistaken", "/crossed"])
async def test_a_mistake_of_ours_with_postgresql_is_not_told_as_its_absence(
    broken: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    answer = await broken.get(path)
    assert answer.status_code == 500
    assert "The database does not answer" not in answer.text and "is away" not in caplog.text


async def test_when_the_session_cannot_be_read_it_is_503_too(
    broken: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter(broken)

    async def gone(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("app.sessions.sql.row", gone)
    answer = await broken.get("/settings/me")
    assert answer.status_code == 503
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_address_is_a_page_for_people(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text and 'id="problem-home"' in answer.text


async def test_an_unknown_address_of_the_api_is_problem_json(client: httpx.AsyncClient) -> None:
    for path in ("/api/nothing", "/hooks/no/such/door"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.json() == {
            "type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found",
            "detail": "There is nothing at this address.",
        }  # fmt: skip


async def test_a_wrong_method_is_405_with_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/sign-in")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert (await client.request("TRACE", "/sign-in")).status_code == 405


async def test_whoever_asks_for_json_gets_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/settings/me", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (401, 401)


async def test_a_form_of_somebody_signed_out_is_401_and_goes_nowhere(client: httpx.AsyncClient) -> None:
    answer = await client.post("/settings/me", data={"name": "x"})
    assert answer.status_code == 401
    assert 'id="problem-sign-in"' in answer.text


async def test_a_malformed_id_looks_like_a_missing_one(client: httpx.AsyncClient) -> None:
    await enter(client, "admin")
    texts = set()
    for id in ("0", "-1", "99999999999999999999999", "x", "1.5", "%00"):
        answer = await client.get(f"/settings/people/{id}")
        assert answer.status_code == 404, id
        texts.add(answer.text)
    assert len(texts) == 1


async def test_an_address_with_markup_is_not_shown(client: httpx.AsyncClient) -> None:
    answer = await client.get("/<script>alert(1)</script>")
    assert answer.status_code == 404 and "<script>alert" not in answer.text


async def test_readiness_names_database_migrations_and_workers(client: httpx.AsyncClient) -> None:
    await sql.run("insert into beat (worker, kind, seen_at) values ('a', 'publishing', now() - interval '9 seconds')")
    body = (await client.get("/ready")).json()
    assert (body["status"], body["database"], body["migrations_pending"]) == ("ok", True, 0)
    assert 9 <= body["workers_seen_seconds_ago"]["publishing"] < 15


async def test_robots_may_read_the_blog_only(client: httpx.AsyncClient) -> None:
    assert "Allow: /blog\n" in (text := (await client.get("/robots.txt")).text) and "Disallow: /\n" in text


async def test_home_is_the_inbox(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/inbox"
