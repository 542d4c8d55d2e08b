"""Seed 002, sentence by sentence: acceptance commands, three layers, cancel. The words in quotes are the seed's."""

from datetime import UTC, datetime, timedelta

import httpx

from app import sql
from tests.api.programs import ALL, connect, wish
from tests.flow import stage
from tests.makers import make_channel
from tests.platforms.receiver import Receiver


def later(hours: float = 24) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds").replace("+00:00", "Z")


async def test_save_a_draft_only(client: httpx.AsyncClient) -> None:
    """`POST /api/posts` with `post.draft: true` → `draft`: "Stored only. No publish workflow starts yet." """
    program, channel = await connect(client), await make_channel("sandbox")
    made = await program.post("/posts", wish(draft=True))
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["scheduled_at"], made.json()["deliveries"]) == ("draft", None, [])
    assert made.json()["editorial_status"] == "generated_pending_review"
    assert made.json()["profiles"] == [channel.id]
    assert await sql.value("SELECT count(*) FROM publication WHERE post = $1", made.json()["id"]) == 0


async def test_a_draft_cannot_have_a_time(client: httpx.AsyncClient) -> None:
    """ "Drafts cannot include scheduled_at." """
    program = await connect(client)
    refused = await program.post("/posts", wish(draft=True, scheduled_at=later()))
    assert refused.status_code == 422
    assert "post.scheduled_at" in refused.json()["fields"]
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0


async def test_create_and_publish_now(client: httpx.AsyncClient) -> None:
    """Without draft or scheduled_at → `pending`; all three layers can be pending at the same time."""
    program, channel = await connect(client), await make_channel("sandbox")
    made = (await program.post("/posts", wish())).json()
    assert (made["status"], made["editorial_status"]) == ("pending", "scheduled")
    assert [(d["provider"], d["status"], d["profile_id"]) for d in made["deliveries"]] == [
        ("sandbox", "pending", channel.id)
    ]


async def test_create_and_schedule_for_later(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    at = later()
    made = (await program.post("/posts", wish(scheduled_at=at))).json()
    assert made["status"] == "pending" and datetime.fromisoformat(made["scheduled_at"]) == datetime.fromisoformat(at)


async def test_publish_an_existing_draft_now(client: httpx.AsyncClient) -> None:
    """`POST /api/posts/{id}/publish` with empty body → `pending`."""
    program, _ = await connect(client), await make_channel("sandbox")
    draft = (await program.post("/posts", wish(draft=True))).json()
    answered = await program.post(f"/posts/{draft['id']}/publish")
    assert answered.status_code == 200, answered.text
    assert (answered.json()["status"], answered.json()["scheduled_at"]) == ("pending", None)


async def test_publish_an_existing_draft_later(client: httpx.AsyncClient) -> None:
    """With top-level `scheduled_at` → `pending`, then `scheduled` once the workflow advanced it."""
    program, _ = await connect(client), await make_channel("sandbox")
    draft, at = (await program.post("/posts", wish(draft=True))).json(), later()
    accepted = (await program.post(f"/posts/{draft['id']}/publish", {"scheduled_at": at})).json()
    assert accepted["status"] == "pending"
    await stage.work(draft["id"])
    read = (await program.get(f"/posts/{draft['id']}")).json()
    assert (read["status"], read["deliveries"][0]["status"]) == ("scheduled", "pending")
    assert datetime.fromisoformat(read["scheduled_at"]) == datetime.fromisoformat(at)


async def test_a_time_that_has_passed_means_now(client: httpx.AsyncClient) -> None:
    """ "If scheduled_at is null or in the past, the post dispatches as soon as the delivery worker picks it up." """
    program, _ = await connect(client), await make_channel("sandbox")
    made = (await program.post("/posts", wish(scheduled_at=later(-3)))).json()
    assert (made["status"], made["scheduled_at"]) == ("pending", None)


async def test_cancel_works_only_after_the_post_reached_scheduled(client: httpx.AsyncClient) -> None:
    """ "Only works after the post reached scheduled and while every delivery is still pending." """
    program, _ = await connect(client), await make_channel("sandbox")
    made = (await program.post("/posts", wish(scheduled_at=later()))).json()
    early = await program.post(f"/posts/{made['id']}/cancel")
    assert (early.status_code, early.json()["code"]) == (409, "not_scheduled_yet")
    await stage.work(made["id"])
    canceled = (await program.post(f"/posts/{made['id']}/cancel")).json()
    assert canceled["status"] == "canceled" and canceled["canceled_at"] is not None
    assert [d["status"] for d in canceled["deliveries"]] == ["pending"]
    again = await program.post(f"/posts/{made['id']}/cancel")
    assert again.status_code == 409


async def test_completed_says_nothing_about_success(client: httpx.AsyncClient, receiver: Receiver) -> None:
    """ "completed ≠ fully published": a mixed result is `completed` with a published and a failed delivery."""
    program = await connect(client)
    good, bad = await stage.webhook(receiver), await make_channel("webhook", settings={"url": "ftp://nowhere"})
    made = (await program.post("/posts", wish(profiles=[good.id, bad.id]))).json()
    await stage.work(made["id"])
    read = (await program.get(f"/posts/{made['id']}")).json()
    assert (read["status"], read["editorial_status"]) == ("completed", "publish_failed")
    found = {d["profile_id"]: (d["status"], d["error"] is None) for d in read["deliveries"]}
    assert found == {good.id: ("published", True), bad.id: ("failed", False)}


async def test_a_key_without_the_scope_stores_nothing(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client, ("read", "write")), await make_channel("sandbox")
    refused = await program.post("/posts", wish())
    assert refused.status_code == 403 and "post.draft: true" in refused.json()["detail"]
    assert refused.json()["code"] == "insufficient_scope"
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0
    assert (await program.post("/posts", wish(draft=True))).status_code == 201


async def test_no_key_approves(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client, (*ALL, "admin"), role="admin"), await make_channel("sandbox")
    draft = (await program.post("/posts", wish(draft=True))).json()
    refused = await program.post(f"/posts/{draft['id']}/moves", {"name": "approve", "version": draft["version"]})
    assert refused.status_code == 403
    assert (await program.get(f"/posts/{draft['id']}")).json()["editorial_status"] == "generated_pending_review"
