"""The stream of live updates: names of posts within two seconds, for people who are signed in, bounded."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app import live as hub
from app import sessions, sql
from app.live import ALL, EACH, Crowded, Live, Reader
from tests.flow import stage
from tests.makers import make_channel, make_person, make_post, make_team


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "EVERY", 0.05)
    monkeypatch.setattr(hub, "BEAT", 0.3)
    monkeypatch.setattr(hub, "CHECKS", 4)


async def a_session() -> tuple[int, str]:
    """Somebody signed in: the session's id and its token."""
    await make_team()
    token = await sessions.start((await make_person("viewer")).id, ip="127.0.0.1", agent="tests")
    return await sql.value("SELECT max(id) FROM session"), token


async def heard(lines: AsyncIterator[str], wanted: str) -> None:
    async with asyncio.timeout(5):
        async for line in lines:
            if wanted in line:
                return
    raise AssertionError(f"{wanted!r} was never told")


async def test_whoever_listens_is_told_which_post_moved(quick: None) -> None:
    session, _ = await a_session()
    here = Live()
    lines = here.stream(here.join(1, session))
    assert await anext(lines) == "retry: 3000\n\n"
    moved = await stage.queued(await make_channel("sandbox"))
    await heard(lines, f"data: post-{moved.id}\n\n")
    await lines.aclose()
    with pytest.raises(AssertionError, match="never told"):
        await heard(lines, "anything")


async def test_what_commits_late_is_told_as_well(quick: None) -> None:
    """Ids do not commit in order: a smaller one may come after a larger one was seen."""
    session, _ = await a_session()
    late, early = await make_post(), await make_post()
    here = Live()
    lines = here.stream(here.join(1, session))
    await anext(lines)
    insert = (
        "INSERT INTO event (id, about, about_id, post, move, by_kind) VALUES ($1, 'post', $2, $2, 'told', 'worker')"
    )
    smaller, larger = [await sql.value("SELECT nextval(pg_get_serial_sequence('event', 'id'))") for _ in range(2)]
    await sql.run(insert, larger, early.id)
    await heard(lines, f"post-{early.id}\n")
    await sql.run(insert, smaller, late.id)
    await heard(lines, f"post-{late.id}\n")
    await lines.aclose()


async def test_a_writer_that_comes_to_another_stage_is_told(quick: None) -> None:
    session, _ = await a_session()
    post = await make_post("generating")
    here = Live()
    lines = here.stream(here.join(1, session))
    await anext(lines)
    await asyncio.sleep(0.3)
    await sql.run("UPDATE generation SET tries = tries + 1 WHERE post = $1", post.id)
    await heard(lines, f"post-{post.id}\n")
    await lines.aclose()


async def test_silence_is_filled_with_comments(quick: None) -> None:
    session, _ = await a_session()
    here = Live()
    lines = here.stream(here.join(1, session))
    await heard(lines, ":\n\n")
    await lines.aclose()


async def test_a_page_that_is_far_behind_is_told_that_everything_changed() -> None:
    reader = Reader(1, 1)
    reader.tell(f"post-{n}" for n in range(1000))
    assert await reader.told() == "data: all\n\n"


async def test_one_person_and_one_process_have_so_many_streams_and_no_more() -> None:
    here = Live()
    for _ in range(EACH):
        here.join(1, 1)
    with pytest.raises(Crowded) as own:
        here.join(1, 1)
    assert own.value.own
    for person in range(2, 2 + ALL - EACH):
        here.join(person, 1)
    with pytest.raises(Crowded) as full:
        here.join(9999, 1)
    assert not full.value.own
    here.end()


async def test_the_end_ends_every_stream_at_once(quick: None) -> None:
    session, _ = await a_session()
    here = Live()
    lines = here.stream(here.join(1, session))
    await anext(lines)
    here.end()
    async with asyncio.timeout(1):
        assert [line async for line in lines if line.startswith("data")] == []


async def test_a_stranger_and_a_question_about_it_get_no_stream(client: httpx.AsyncClient, address: str) -> None:
    assert (await client.get("/events", headers={"accept": "text/event-stream"})).status_code == 401
    _, token = await a_session()
    async with httpx.AsyncClient(cookies={"session": token}, timeout=5) as visitor:
        answer = await visitor.head(f"{address}/events")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")


async def test_the_door_streams_and_stops_when_the_session_ends(address: str, quick: None) -> None:
    session, token = await a_session()
    person = await sql.value("SELECT person FROM session WHERE id = $1", session)
    async with (
        httpx.AsyncClient(cookies={"session": token}, timeout=10) as visitor,
        visitor.stream("GET", f"{address}/events") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["x-accel-buffering"], answer.headers["cache-control"]) == ("no", "no-store")
        lines = answer.aiter_text()
        post = await stage.queued(await make_channel("sandbox"))
        await heard(lines, f"data: post-{post.id}")
        await sessions.end_all(person)
        async with asyncio.timeout(5):
            async for _ in lines:
                pass
