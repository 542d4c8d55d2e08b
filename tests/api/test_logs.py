"""The publishing log over the API: domain events with their attempts inside, filtered, every one once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app import sql
from app.flow import recall, schedule
from tests.api.programs import Program, connect
from tests.flow import stage
from tests.makers import make_channel
from tests.pages.counting import counted
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def entries(program: Program, query: str = "") -> list[dict[str, Any]]:
    answer = await program.get(f"/publish/logs{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def test_what_was_published_stands_there_with_its_post_profile_and_attempt(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    by = await stage.somebody()
    post = await stage.live(channel, by=by)
    published, queued = await entries(program)
    assert (published["event"], published["result"], published["post_id"]) == ("published", "published", post.id)
    assert published["title"] == "Tides" and published["by"] == "worker" and published["url"].startswith("http")
    assert published["profiles"] == [{"id": channel.id, "name": channel.name, "provider": "sandbox"}]
    assert published["delivery_id"] == (await stage.only(post)).id and published["tries"] == 1
    [attempt] = published["attempts"]
    assert (attempt["number"], attempt["outcome"], attempt["http_status"]) == (1, "published", 201)
    assert attempt["intent"] == "create" and attempt["began_at"] <= attempt["ended_at"]
    assert (queued["event"], queued["by"], queued["by_name"]) == ("queued", "person", by.name)
    assert queued["delivery_id"] is None and queued["attempts"] == []
    assert queued["profiles"] == published["profiles"]


async def test_a_workers_own_tries_are_no_entries_and_a_retry_by_hand_is_one(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    """Seed 002: "queue/schedule, published, failed, and manual retry domain events. It does not show every internal
    worker retry attempt as a separate row." """
    program, by = await connect(client), await stage.somebody()
    channel = await stage.rehearsal(receiver)
    receiver.play(Fault("status", status=503), Fault("status", status=422))
    post = await stage.queued(channel, by=by)
    for _ in range(3):
        await stage.work(post)
        await stage.pass_time(post, minutes=2)
    [failed, queued] = await entries(program)
    assert (failed["event"], failed["result"], queued["event"]) == ("failed", "failed", "queued")
    assert failed["tries"] == 2 and [one["http_status"] for one in failed["attempts"]] == [503, 422]
    assert failed["note"] and failed["attempts"][0]["next_action"]
    await schedule.line_up(await stage.plan.load(post.id), None, by=by)
    assert (await entries(program))[0]["event"] == "retried"
    assert (await entries(program, "?result=queued"))[0]["result"] == "queued"


async def test_what_waits_says_for_when_and_what_is_taken_down_says_so(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    program, by = await connect(client), await stage.somebody()
    at = stage.soon(days=1)
    await stage.queued(await stage.webhook(receiver), by=by, at=at)
    [scheduled] = await entries(program)
    assert scheduled["event"] == "scheduled" and datetime.fromisoformat(scheduled["scheduled_at"]) == at
    post = await stage.live(await make_channel("site"), by=by)
    await stage.work(await recall.unpublish(post, by=by))
    [down] = await entries(program, "?result=taken_down")
    assert (down["event"], down["post_id"]) == ("taken_down", post.id)


async def test_filters_narrow_it(client: httpx.AsyncClient, receiver: Receiver) -> None:
    program = await connect(client)
    one, other = await stage.rehearsal(receiver), await stage.rehearsal(receiver)
    first, second = await stage.live(one), await stage.live(other)
    assert {found["post_id"] for found in await entries(program, f"?profile_id={one.id}")} == {first.id}
    assert {found["post_id"] for found in await entries(program, f"?post_id={second.id}")} == {second.id}
    assert [found["event"] for found in await entries(program, f"?result=published&post_id={first.id}")] == [
        "published"
    ]
    assert await entries(program, "?result=canceled") == [] and await entries(program, "?post_id=999999") == []


async def test_since_and_until_bound_it_whatever_the_offset(client: httpx.AsyncClient, receiver: Receiver) -> None:
    program = await connect(client)
    await stage.live(await stage.rehearsal(receiver))
    published, queued = await entries(program)
    at = published["at"]
    assert [one["id"] for one in await entries(program, f"?since={quote(at)}")] == [published["id"]]
    assert [one["id"] for one in await entries(program, f"?until={quote(at)}")] == [queued["id"]]
    elsewhere = datetime.fromisoformat(at).astimezone(datetime.fromisoformat("2026-01-01T00:00:00-09:30").tzinfo)
    assert len(await entries(program, f"?since={quote(elsewhere.isoformat())}")) == 1
    tomorrow = quote((datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert await entries(program, f"?since={tomorrow}") == [] and len(await entries(program, f"?until={tomorrow}")) == 2


async def test_a_bound_finds_what_lies_years_apart(client: httpx.AsyncClient, receiver: Receiver) -> None:
    """The walk along ids begins and ends near the bound; what lies just inside must not be cut off."""
    program = await connect(client)
    posts = [await stage.live(await stage.rehearsal(receiver)) for _ in range(4)]
    await sql.run("ALTER TABLE event DISABLE TRIGGER event_append_only")
    for days, post in zip((900, 600, 300, 0), posts, strict=True):
        await sql.run("UPDATE event SET at = at - make_interval(days => $2) WHERE post = $1", post.id, days)
    await sql.run("ALTER TABLE event ENABLE TRIGGER event_append_only")

    async def found(since: int, until: int) -> list[int]:
        edges = [quote((datetime.now(UTC) - timedelta(days=days)).isoformat()) for days in (since, until)]
        shown = await entries(program, f"?result=published&since={edges[0]}&until={edges[1]}")
        return [one["post_id"] for one in shown]

    newest_first = [post.id for post in posts[::-1]]
    assert await found(1000, -1) == newest_first
    assert await found(700, 200) == newest_first[1:3]
    assert await found(901, 899) == newest_first[3:]
    assert await found(100, -1) == newest_first[:1]


async def test_the_pages_hold_every_entry_once_and_keep_the_question(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    for _ in range(3):
        await stage.live(channel)
    everything = [one["id"] for one in await entries(program)]
    seen: list[int] = []
    path: str | None = f"/publish/logs?limit=2&profile_id={channel.id}"
    while path:
        page = (await program.get(path)).json()
        assert len(page["entries"]) <= 2
        seen += [one["id"] for one in page["entries"]]
        path = page["next"] and page["next"].partition("/api")[2]
        assert path is None or f"profile_id={channel.id}" in path
    assert seen == everything and len(seen) == 6


@pytest.mark.parametrize(
    "query",
    ["result=live", "since=yesterday", "since=2026-03-27", "until=2026-03-27T10:30:00", "until=9999-12-31T23:59:59Z",
     "since=1970-01-01T00:00:00Z", "before=-1", "limit=0", "limit=101", "post_id=x", "profile_id=1e3",
     "since=2026-03-27T10:30:00 02:00", "since="],
)  # fmt: skip
async def test_a_filter_that_cannot_be_is_400_and_says_what_to_write(client: httpx.AsyncClient, query: str) -> None:
    answer = await (await connect(client)).get(f"/publish/logs?{query}")
    assert answer.status_code == 400, answer.text
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_it_takes_a_key_that_may_read_and_answers_304_to_whoever_has_it(client: httpx.AsyncClient) -> None:
    program = await connect(client, ("write",), role="writer")
    assert (await program.get("/publish/logs")).status_code == 403
    assert (await client.get("/api/publish/logs")).status_code == 401
    reader = await connect(client, ("read",), role="viewer")
    first = await reader.get("/publish/logs")
    assert first.json() == {"entries": [], "next": None}
    assert (await reader.get("/publish/logs", if_none_match=first.headers["etag"])).status_code == 304


async def test_a_longer_page_costs_no_more_statements(
    client: httpx.AsyncClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    await stage.live(channel)
    await entries(program)  # the first request also writes down that the key was used
    few = await counted(monkeypatch, lambda: entries(program))
    for _ in range(4):
        await stage.live(channel)
    assert await counted(monkeypatch, lambda: entries(program)) == few
