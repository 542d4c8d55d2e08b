"""Publishing's health over the API: a word for monitors, numbers, and what to do about each thing that is wrong."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app import self_check, sql
from app.channels import mark_broken
from app.worker import beat
from tests.api.programs import Program, connect
from tests.flow import stage
from tests.makers import make_channel, make_post, make_team
from tests.pages.counting import counted
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def health(program: Program) -> dict[str, Any]:
    answer = await program.get("/publish/health")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(found: dict[str, Any]) -> list[str]:
    for one in found["advice"]:
        assert one["message"].endswith(".") and one["url"].startswith("http"), one
    return [one["code"] for one in found["advice"]]


@pytest.fixture
async def worker(database: object) -> None:
    await beat()


async def test_while_all_is_well_it_says_so(client: httpx.AsyncClient, worker: None, receiver: Receiver) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    post = await stage.live(channel)
    found = await health(program)
    assert (found["status"], found["advice"], found["frozen"], found["breaches"]) == ("ok", [], None, [])
    assert found["publisher"]["alive"] and found["publisher"]["seen_seconds_ago"] < 30
    assert found["queue"] == {
        "due": 0, "late": 0, "held": 0, "retrying": 0, "unconfirmed": 0, "next_at": None
    }  # fmt: skip
    assert found["last_24_hours"] == {"published": 1, "failed": 0, "not_confirmed": 0}
    [profile] = found["profiles"]
    assert (profile["id"], profile["state"], profile["waiting"]) == (channel.id, "connected", 0)
    assert profile["last_success_at"] and profile["next_post_id"] is None
    assert found["forecast"] == {"green": 0, "amber": 0, "red": 0, "more": False}
    assert (await stage.status(post)) == "published"


async def test_without_a_publisher_it_is_trouble(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    never = await health(program)
    assert never["status"] == "trouble" and never["publisher"] == {"alive": False, "seen_seconds_ago": None}
    await beat()
    await sql.run("UPDATE beat SET seen_at = now() - interval '5 minutes'")
    gone = await health(program)
    assert codes(gone) == ["publisher_missing"] and "5 min" in gone["advice"][0]["message"]


async def test_what_is_due_and_late_is_counted(client: httpx.AsyncClient, worker: None, receiver: Receiver) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    later, soon = await stage.queued(channel, at=stage.soon(days=2)), await stage.queued(channel, at=stage.soon())
    waiting = await health(program)
    assert waiting["queue"]["due"] == 0 and waiting["profiles"][0]["waiting"] == 2
    assert waiting["queue"]["next_at"] == waiting["profiles"][0]["next_at"]
    assert waiting["profiles"][0]["next_post_id"] == soon.id and waiting["forecast"]["green"] == 2
    await stage.pass_time(soon, hours=2, minutes=1)
    due = await health(program)
    assert (due["queue"]["due"], due["queue"]["late"], codes(due)) == (1, 0, [])
    await stage.pass_time(soon, minutes=2)
    late = await health(program)
    assert (late["status"], late["queue"]["due"], late["queue"]["late"]) == ("trouble", 1, 1)
    assert codes(late)[0] == "late" and later.id != soon.id


async def test_what_is_held_not_confirmed_or_failed_asks_for_attention(
    client: httpx.AsyncClient, worker: None, receiver: Receiver
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver, "blind")
    receiver.play(Fault("drop_after"), Fault("status", status=422))
    lost = await stage.live(channel)
    await stage.live(await stage.rehearsal(receiver))
    held = await stage.queued(await stage.rehearsal(receiver), at=stage.soon())
    await stage.pass_time(held, hours=5)
    await stage.work(held)
    found = await health(program)
    assert (await stage.only(lost)).status == "unconfirmed"
    assert (found["queue"]["unconfirmed"], found["queue"]["held"]) == (1, 1)
    assert found["last_24_hours"] == {"published": 0, "failed": 1, "not_confirmed": 1}
    assert found["status"] == "attention"
    assert {"held", "not_confirmed", "failed_lately"} <= set(codes(found))
    await sql.run("ALTER TABLE event DISABLE TRIGGER event_append_only")
    await sql.run("UPDATE event SET at = at - interval '25 hours'")
    await sql.run("ALTER TABLE event ENABLE TRIGGER event_append_only")
    assert (await health(program))["last_24_hours"]["failed"] == 0


async def test_a_channel_that_does_not_work_is_trouble_once_something_needs_it(
    client: httpx.AsyncClient, worker: None, receiver: Receiver
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    await mark_broken(channel.id, "expired_token")
    idle = await health(program)
    assert (idle["status"], codes(idle)) == ("attention", ["profile_not_working"])
    assert idle["profiles"][0]["problem"] == "expired_token" and idle["profiles"][0]["state"] == "not_working"
    assert "sign-in has expired" in idle["advice"][0]["message"]
    await stage.queued(channel, at=stage.soon())
    needed = await health(program)
    assert needed["status"] == "trouble" and needed["advice"][0]["code"] == "profile_not_working"
    assert needed["forecast"]["red"] == 1 and "forecast_red" in codes(needed)


async def test_a_paused_channel_is_told_while_something_waits(client: httpx.AsyncClient, worker: None) -> None:
    program, channel = await connect(client), await make_channel("site", paused_at=now())
    assert (await health(program))["profiles"][0]["state"] == "paused"
    await make_post("scheduled", channels=[channel])
    assert "profile_paused" in codes(await health(program))


async def test_a_disconnected_channel_is_no_news(client: httpx.AsyncClient, worker: None) -> None:
    program, _ = await connect(client), await make_channel("webhook", disconnected_at=now(), broken_kind="unexpected")
    found = await health(program)
    assert (found["profiles"], found["status"]) == ([], "ok")


@pytest.mark.parametrize("cause", ["person", "restore"])
async def test_a_freeze_is_told_with_its_cause(client: httpx.AsyncClient, worker: None, cause: str) -> None:
    program = await connect(client)
    await make_team(frozen_at=now(), frozen_for=cause, frozen_note="Wrong prices")
    found = await health(program)
    assert (found["status"], codes(found)) == ("attention", ["frozen"])
    assert (found["frozen"]["cause"], found["frozen"]["note"]) == (cause, "Wrong prices")


async def test_a_broken_rule_of_our_own_is_trouble(client: httpx.AsyncClient, worker: None) -> None:
    program = await connect(client)
    post = await make_post()
    await sql.run("UPDATE post SET version = version + 3 WHERE id = $1", post.id)
    await self_check.look_over()
    found = await health(program)
    assert found["status"] == "trouble" and "breaches" in codes(found)
    assert any(breach["about"] == f"post {post.id}" and breach["means"] for breach in found["breaches"])


async def test_it_takes_a_key_that_may_read(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/publish/health")).status_code == 401
    program = await connect(client, ("write",), role="writer")
    assert (await program.get("/publish/health")).status_code == 403


async def test_it_costs_the_same_however_many_posts_wait(
    client: httpx.AsyncClient, worker: None, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, channel = await connect(client), await stage.rehearsal(receiver)
    await stage.queued(channel, at=stage.soon())
    await health(program)
    few = await counted(monkeypatch, lambda: health(program))
    for days in range(4):
        await stage.queued(channel, at=stage.soon(days=days + 1) + timedelta(minutes=days))
    await health(program)  # what a seal says is read once and kept
    assert await counted(monkeypatch, lambda: health(program)) == few
