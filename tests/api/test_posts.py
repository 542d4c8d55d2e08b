"""Posts over the API: versions, changes, pages, ETags, moves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import sql
from tests.api.programs import Program, connect, wish
from tests.flow import stage
from tests.makers import make_campaign, make_channel


async def draft(program: Program, **fields: Any) -> dict[str, Any]:
    made = await program.post("/posts", wish(draft=True, **fields))
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def test_a_change_says_which_version_it_saw(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    post = await draft(program)
    blind = await program.patch(f"/posts/{post['id']}", {"post": {"excerpt": "E"}})
    assert (blind.status_code, blind.json()["code"]) == (428, "version_missing")
    seen = await program.patch(f"/posts/{post['id']}", {"post": {"excerpt": "E", "version": post["version"]}})
    assert seen.status_code == 200 and seen.json()["excerpt"] == "E" and seen.json()["version"] > post["version"]
    late = await program.patch(f"/posts/{post['id']}", {"post": {"excerpt": "F", "version": post["version"]}})
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")


async def test_the_etag_says_it_as_well(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    post = await draft(program)
    tag = (await program.get(f"/posts/{post['id']}")).headers["etag"]
    assert (await program.get(f"/posts/{post['id']}", if_none_match=tag)).status_code == 304
    changed = await program.patch(f"/posts/{post['id']}", {"post": {"title": "New"}}, if_match=tag)
    assert changed.status_code == 200 and changed.json()["title"] == "New"
    assert (await program.get(f"/posts/{post['id']}", if_none_match=tag)).status_code == 200
    assert (await program.patch(f"/posts/{post['id']}", {"post": {"title": "Newer"}}, if_match=tag)).status_code == 409


async def test_what_is_not_sent_stays_as_it_is(client: httpx.AsyncClient) -> None:
    program, channel, campaign = await connect(client), await make_channel("webhook"), await make_campaign()
    post = await draft(program, excerpt="E", keyword="k", captions={str(channel.id): "Hello"})
    sent = {"campaign_id": campaign.id, "version": post["version"]}
    after = (await program.patch(f"/posts/{post['id']}", {"post": sent})).json()
    kept = ("title", "body", "excerpt", "keyword", "captions", "profiles")
    assert {name: after[name] for name in kept} == {name: post[name] for name in kept}
    assert after["campaign_id"] == campaign.id


async def test_scheduled_at_moves_a_scheduled_post_and_no_other(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    post = (await program.post("/posts", wish(scheduled_at=(later - timedelta(days=1)).isoformat()))).json()
    await stage.work(post["id"])
    version = (await program.get(f"/posts/{post['id']}")).json()["version"]
    moved = await program.patch(
        f"/posts/{post['id']}", {"post": {"scheduled_at": later.isoformat(), "version": version}}
    )
    assert moved.status_code == 200 and datetime.fromisoformat(moved.json()["scheduled_at"]) == later
    other = await draft(program)
    change = {"scheduled_at": later.isoformat(), "version": other["version"]}
    assert (await program.patch(f"/posts/{other['id']}", {"post": change})).status_code == 409


async def test_planned_at_and_planned_on_are_the_time_of_a_draft(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    at = (datetime.now(UTC) + timedelta(days=5)).replace(second=0, microsecond=0)
    timed = await draft(program, planned_at=at.isoformat())
    assert datetime.fromisoformat(timed["planned_at"]) == at and timed["scheduled_at"] is None
    dated = await program.post("/posts", {"post": {"title": "Idea", "draft": True, "planned_on": f"{at:%Y-%m-%d}"}})
    assert (dated.json()["planned_on"], dated.json()["editorial_status"]) == (f"{at:%Y-%m-%d}", "to_be_generated")


async def test_the_pages_of_a_list_hold_every_post_once(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    campaign = await make_campaign()
    made = [(await draft(program, campaign_id=campaign.id, title=f"N {n}"))["id"] for n in range(7)]
    found: list[int] = []
    path: str | None = f"/posts?campaign_id={campaign.id}&limit=3"
    while path:
        page = (await program.get(path)).json()
        assert len(page["posts"]) <= 3
        found += [post["id"] for post in page["posts"]]
        path = page["next"] and page["next"].partition("/api")[2]
    assert found == made[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=live", "editorial_status=x", "after=zzz",
                                   "campaign_id=-1", "after=WyJ4Iiwx", "profile_id=1e3"])  # fmt: skip
async def test_a_filter_that_cannot_be_is_400(client: httpx.AsyncClient, query: str) -> None:
    answer = await (await connect(client)).get(f"/posts?{query}")
    assert answer.status_code == 400, answer.text


async def test_the_workflow_status_filters(client: httpx.AsyncClient) -> None:
    program, channel = await connect(client), await make_channel("sandbox")
    mine = f"profile_id={channel.id}"
    one = await draft(program, profiles=[channel.id])
    two = (await program.post("/posts", wish(profiles=[channel.id]))).json()
    for status, wanted in (("draft", one["id"]), ("pending", two["id"])):
        page = (await program.get(f"/posts?status={status}&{mine}")).json()
        assert [post["id"] for post in page["posts"]] == [wanted]


async def test_moves_say_what_is_open_and_why_not(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    post = await draft(program)
    told = (await program.get(f"/posts/{post['id']}/moves")).json()
    moves = {move["name"]: move for move in told["moves"]}
    assert not moves["approve"]["open"] and moves["approve"]["why_not"]
    assert moves["publish_now"]["open"] and moves["publish_now"]["why_not"] is None
    made = await program.post(f"/posts/{post['id']}/moves", {"name": "publish_now", "version": told["version"]})
    assert made.status_code == 200 and made.json()["status"] == "pending"


async def test_an_illegal_move_is_409_and_names_what_is_allowed(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    post = await draft(program)
    answer = await program.post(f"/posts/{post['id']}/moves", {"name": "unpublish", "version": post["version"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert "publish_now" in answer.json()["allowed"] and "approve" not in answer.json()["allowed"]


async def test_a_post_that_is_not_there_is_404_everywhere(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    for method, path in (
        ("GET", ""),
        ("POST", "/publish"),
        ("POST", "/cancel"),
        ("GET", "/moves"),
        ("GET", "/revisions"),
    ):
        assert (await program.ask(method, f"/posts/999999999{path}")).status_code == 404
    assert (await program.get("/posts/99999999999999999999")).status_code == 404


async def test_every_answer_says_how_much_of_the_rate_is_left(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    first = (await program.get("/profiles")).headers
    assert (first["ratelimit-limit"], first["ratelimit-remaining"]) == ("600", "599")
    await sql.run("UPDATE throttle SET hits = 600 WHERE key = $1", f"key:{program.key}")
    full = await program.get("/profiles")
    assert full.status_code == 429 and int(full.headers["retry-after"]) > 0


async def test_revisions_quota_profiles_and_lifecycle_read(client: httpx.AsyncClient) -> None:
    program, channel = await connect(client), await make_channel("webhook", name="Newsroom")
    post = await draft(program)
    await program.patch(f"/posts/{post['id']}", {"post": {"body": "Other words.", "version": post["version"]}})
    revisions = (await program.get(f"/posts/{post['id']}/revisions")).json()["revisions"]
    assert [(r["number"], r["body"]) for r in revisions] == [(2, "Other words."), (1, post["body"])]
    profiles = (await program.get("/profiles")).json()["profiles"]
    assert {"id": channel.id, "name": "Newsroom", "provider": "webhook", "connected": True, "healthy": True,
            "problem": None} in profiles  # fmt: skip
    assert (await program.get("/quota")).json()["used"] >= 0
    lifecycle = (await program.get("/lifecycle")).json()
    assert len(lifecycle["states"]) == 15 and any(move["scope"] == "publish" for move in lifecycle["moves"])
    assert (await program.get("/campaigns")).status_code == 200


async def test_publishing_what_waits_for_its_time_sends_it_now_and_asking_twice_changes_nothing(
    client: httpx.AsyncClient,
) -> None:
    """It was a 500: a second publication beside the open one."""
    program, _ = await connect(client), await make_channel("sandbox")
    post = (await program.post("/posts", wish(scheduled_at="2031-01-01T09:00:00Z"))).json()
    for body in (None, None, {"scheduled_at": "2020-01-01T00:00:00Z"}):
        sent = await program.post(f"/posts/{post['id']}/publish", body)
        assert sent.status_code == 200, sent.text
        assert sent.json()["status"] in ("pending", "scheduled")
    move = {"name": "schedule", "at": "2020-01-01T00:00:00Z", "version": sent.json()["version"]}
    assert (await program.post(f"/posts/{post['id']}/moves", move)).status_code == 200
    assert await sql.value("SELECT count(*) FROM publication WHERE post = $1", post["id"]) == 1
    later = await program.post(f"/posts/{post['id']}/publish", {"scheduled_at": "2031-01-01T09:00:00Z"})
    assert later.status_code == 409 and "reschedule" in later.json()["allowed"]
