"""Campaigns over the API: made, read with where their posts stand, changed, put away; no key goes beyond its role."""

import asyncio
from typing import Any

import httpx
import pytest

from app import sql
from tests.api.programs import Program, connect
from tests.makers import make_campaign, make_channel, make_post


async def made(program: Program, **fields: Any) -> dict[str, Any]:
    answer = await program.post("/campaigns", {"campaign": {"title": "Cold brew season", **fields}})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def events(campaign: int) -> list[tuple[str, str]]:
    found = await sql.rows(
        "SELECT move, by_kind FROM event WHERE about = 'campaign' AND about_id = $1 ORDER BY id", campaign
    )
    return [tuple(record) for record in found]


async def test_a_campaign_is_made_and_read(client: httpx.AsyncClient) -> None:
    program = await connect(client, ("read", "write"), role="writer")
    campaign = await made(program, brief="Twelve hours in the fridge.")
    assert (campaign["title"], campaign["brief"]) == ("Cold brew season", "Twelve hours in the fridge.")
    assert (campaign["mode"], campaign["approvals_needed"], campaign["archived_at"]) == ("nothing", None, None)
    assert (campaign["state"], campaign["label"]) == ("draft", "Draft")
    assert campaign["posts"] == {} and campaign["next_at"] is None
    assert campaign["url"].endswith(f"/campaigns/{campaign['id']}")
    read = await program.get(f"/campaigns/{campaign['id']}")
    assert read.json() == campaign
    assert (await program.get(f"/campaigns/{campaign['id']}", if_none_match=read.headers["etag"])).status_code == 304
    assert await events(campaign["id"]) == [("create", "key")]
    [listed] = (await program.get("/campaigns")).json()["campaigns"]
    assert listed.items() <= campaign.items()


async def test_it_says_where_its_posts_stand(client: httpx.AsyncClient) -> None:
    program, campaign, channel = await connect(client), await make_campaign(), await make_channel("site")
    for status in ("published", "published", "scheduled", "approved", "rejected"):
        await make_post(status, campaign=campaign, channels=[channel])
    for _ in range(2):
        await make_post("approved", campaign=campaign, archived_at=(await sql.value("SELECT now()")))
    shown = (await program.get(f"/campaigns/{campaign.id}")).json()
    assert shown["posts"] == {"published": 2, "scheduled": 1, "approved": 1, "rejected": 1}
    assert (shown["state"], shown["label"], shown["archived_posts"]) == ("review", "Review, 2 of 4 live", 2)
    assert shown["next_at"] == (await sql.value("SELECT due_at FROM publication WHERE status = 'scheduled'")).isoformat(
        timespec="auto"
    ).replace("+00:00", "Z")


async def test_what_is_sent_is_changed_and_the_rest_stays(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    campaign = await made(program, brief="Old words.", mode="approval", approvals_needed=2)
    path = f"/campaigns/{campaign['id']}"
    blind = await program.patch(path, {"campaign": {"title": "New"}})
    assert (blind.status_code, blind.json()["code"]) == (428, "version_missing")
    sent = {"campaign": {"title": "New", "version": campaign["version"]}}
    after = (await program.patch(path, sent)).json()
    assert (after["title"], after["brief"], after["mode"], after["approvals_needed"]) == (
        "New", "Old words.", "approval", 2,
    )  # fmt: skip
    assert after["version"] == campaign["version"] + 1
    late = await program.patch(path, sent)
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    tag = (await program.get(path)).headers["etag"]
    back = await program.patch(path, {"campaign": {"mode": "team", "approvals_needed": None}}, if_match=tag)
    assert (back.json()["mode"], back.json()["approvals_needed"], back.json()["title"]) == ("team", None, "New")


@pytest.mark.parametrize("fields", [{"mode": "autopilot"}, {"mode": "team"}, {"approvals_needed": 1}])
async def test_how_it_is_approved_is_no_writers_decision(client: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    """The owner is an editor, the key may only write: the lesser of the two counts."""
    program = await connect(client, ("read", "write"))
    refused = await program.post("/campaigns", {"campaign": {"title": "T", **fields}})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert await sql.value("SELECT count(*) FROM campaign") == 0
    campaign = await made(program)
    changed = {"campaign": {**fields, "version": campaign["version"]}}
    assert (await program.patch(f"/campaigns/{campaign['id']}", changed)).status_code == 403


async def test_it_is_put_away_and_brought_back_by_a_key_that_may_publish(client: httpx.AsyncClient) -> None:
    program, writer = await connect(client), await connect(client, ("read", "write"))
    campaign = await made(program)
    path, seen = f"/campaigns/{campaign['id']}", {"version": campaign["version"]}
    assert (await writer.post(f"{path}/archive", seen)).status_code == 403
    assert (await program.post(f"{path}/archive")).status_code == 428
    away = (await program.post(f"{path}/archive", seen)).json()
    assert away["archived_at"] and away["version"] == campaign["version"] + 1
    assert (await program.post(f"{path}/archive", seen)).status_code == 409
    tag = (await program.get(path)).headers["etag"]
    back = await program.post(f"{path}/unarchive", if_match=tag)
    assert back.status_code == 200 and back.json()["archived_at"] is None
    assert await events(campaign["id"]) == [("create", "key"), ("archive", "key"), ("unarchive", "key")]


async def test_the_same_request_again_makes_no_second_one(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    wish = {"campaign": {"title": "Once"}}
    asked = [program.post("/campaigns", wish, idempotency_key="order-7") for _ in range(8)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} <= {201, 409}
    again = await program.post("/campaigns", wish, idempotency_key="order-7")
    assert again.status_code == 201 and await sql.value("SELECT count(*) FROM campaign") == 1
    other = await program.post("/campaigns", {"campaign": {"title": "Twice"}}, idempotency_key="order-7")
    assert (other.status_code, other.json()["code"]) == (422, "key_used")


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"title": ""}, "campaign.title"), ({"title": "\u200b"}, "campaign.title"), ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "campaign.title"), ({"title": "T", "brief": "b" * 50_001}, "campaign.brief"),
        ({"title": "T", "mode": "manual"}, "mode"), ({"title": "T", "approvals_needed": 0}, "approvals_needed"),
        ({"title": "T", "approvals_needed": 10}, "approvals_needed"), ({"title": "T", "state": "published"}, "state"),
        ({"brief": "No title."}, "title"),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_422_and_named(client: httpx.AsyncClient, wish: dict[str, Any], named: str) -> None:
    answer = await (await connect(client)).post("/campaigns", {"campaign": wish})
    assert answer.status_code == 422, answer.text
    assert any(named in name or named in text for name, text in answer.json()["fields"].items()), answer.text
    assert await sql.value("SELECT count(*) FROM campaign") == 0


async def test_one_that_is_not_there_is_404_everywhere(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    assert (await program.get("/campaigns/999999")).status_code == 404
    assert (await program.patch("/campaigns/999999", {"campaign": {"version": 1}})).status_code == 404
    for name in ("archive", "unarchive"):
        assert (await program.post(f"/campaigns/999999/{name}", {"version": 1})).status_code == 404


async def test_a_reader_makes_none(client: httpx.AsyncClient) -> None:
    program = await connect(client, ("read",), role="viewer")
    assert (await program.post("/campaigns", {"campaign": {"title": "T"}})).status_code == 403


async def test_the_pages_of_the_list_hold_every_campaign_once(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    ids = [(await make_campaign(title=f"C {n}")).id for n in range(5)]
    found: list[int] = []
    path: str | None = "/campaigns?limit=2"
    while path:
        page = (await program.get(path)).json()
        found += [campaign["id"] for campaign in page["campaigns"]]
        path = page["next"] and page["next"].partition("/api")[2]
    assert found == ids[::-1]


async def test_posts_are_filtered_by_their_campaign(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    campaign = await made(program)
    post = await make_post(campaign=campaign["id"])
    await make_post()
    shown = (await program.get(f"/posts?campaign_id={campaign['id']}")).json()["posts"]
    assert [one["id"] for one in shown] == [post.id]


async def test_a_version_beyond_what_a_row_can_have_is_a_wrong_field(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    campaign = await make_campaign()
    for path in ("archive", "unarchive"):
        answer = await program.post(f"/campaigns/{campaign.id}/{path}", {"version": 2**31})
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("path", ["/campaigns?limit=", "/campaigns?before=", "/posts?limit=", "/publish/logs?post_id="])
async def test_an_empty_number_is_no_number(client: httpx.AsyncClient, path: str) -> None:
    program = await connect(client)
    assert (await program.get(path)).status_code == 400
