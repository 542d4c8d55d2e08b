"""Webhooks out: what an endpoint hears of moves, how it is believed, and what becomes of it whatever it answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from app import sql, worker
from app.atomic import atomic
from app.flow import onward, review, schedule, webhook_calls, webhook_sending, webhooks
from app.flow.webhook_sending import WAITS
from app.flow.webhook_types import TEST, types
from app.flow.webhooks import Wanted
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.tables import Post
from tests.flow.listener import Answer, Listener
from tests.flow.stage import approved, digest, rehearsal, somebody, webhook, work
from tests.makers import make_campaign, make_channel, make_post
from tests.platforms.receiver import Receiver


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> AsyncIterator[Listener]:
    """An endpoint, and a fake platform, on ports that the operator opened."""
    async with Listener() as listener:
        opened = frozenset({f"127.0.0.1:{listener.port}", f"127.0.0.1:{receiver.port}"})
        monkeypatch.setattr("app.safe_http.client.opened", lambda: opened)
        yield listener


async def endpoint(listener: Listener, *types: str, **more: Any) -> tuple[int, str]:
    return await webhooks.add(Wanted("Ours", listener.url, types, **more), by=await somebody("admin"))


async def approving(**values: Any) -> Post:
    """One move: a post gets approved. Two more that are none, and no words of theirs."""
    post = await make_post("generated_pending_review", channels=[await make_channel()], **values)
    await review.approve(post, by=await somebody(), digest=await digest(post))
    return post


async def sends(number: int) -> list[Any]:
    return await sql.rows("SELECT *, next_at - now() AS wait FROM webhook_send WHERE endpoint = $1 ORDER BY id", number)


async def one(number: int) -> Any:
    found = await sends(number)
    assert len(found) == 1
    return found[0]


async def row(number: int) -> Any:
    found = await sql.row("SELECT *, next_free_at - now() AS rest FROM endpoint WHERE id = $1", number)
    assert found is not None
    return found


async def pass_by(**delta: float) -> None:
    """Everything that waits lies that much further back."""
    for statement in (
        "UPDATE webhook_send SET next_at = next_at - make_interval(secs => $1) WHERE next_at IS NOT NULL",
        "UPDATE endpoint SET next_free_at = next_free_at - make_interval(secs => $1),"
        " failing_since = failing_since - make_interval(secs => $1),"
        " rotated_at = rotated_at - make_interval(secs => $1)",
    ):
        await sql.run(statement, delta.get("seconds", 0) + 3600 * delta.get("hours", 0) + 86_400 * delta.get("days", 0))


# What is said


async def test_a_move_is_told_signed_and_the_reference_library_believes_it(listener: Listener) -> None:
    number, secret = await endpoint(listener)
    post = await approving()
    await webhook_sending.sweep()
    [heard] = listener.heard
    assert heard.believed(secret) and not heard.believed("whsec_" + "A" * 43 + "=")
    assert heard.headers["content-type"] == "application/json" and heard.path == "/hook"
    assert heard.said["type"] == "post.approve" and heard.said["timestamp"].endswith("Z")
    data = heard.said["data"]
    assert (data["move"], data["from"], data["to"]) == ("approve", "generated_pending_review", "approved")
    assert data["by"] == "person" and data["post"]["id"] == post.id and data["post"]["status"] == "approved"
    assert data["post"]["url"].endswith(f"/posts/{post.id}") and data["post"]["title"] == "Tides"
    sent = await one(number)
    assert (sent["result"], sent["tries"], sent["next_at"], sent["fence"]) == ("delivered", 1, None, None)


async def test_a_whole_run_is_told_in_order_with_its_outcomes_and_no_persons_address(
    listener: Listener, receiver: Receiver
) -> None:
    await endpoint(listener)
    by = await somebody()
    channel = await rehearsal(receiver)
    post = await schedule.line_up(await approved(channel, by=by), None, by=by)
    await work(post)
    await webhook_sending.sweep()
    told = listener.types()
    lined_up = [found["type"] for found in await sql.rows("SELECT type FROM webhook_send ORDER BY id")]
    assert told == lined_up and told[0] == "post.publish_now" and "post.complete" in told
    assert [kind for kind in told if kind.startswith("delivery.")] == ["delivery.sending", "delivery.published"]
    assert "publication.completed" in told and set(told) <= {kind.name for kind in types()}
    [published] = [one.said["data"] for one in listener.heard if one.said["type"] == "delivery.published"]
    assert published["delivery"]["remote_url"] and published["delivery"]["channel"] == channel.id
    assert published["delivery"]["status"] == published["to"] == "published"
    assert not any(b"@" in one.body for one in listener.heard)


async def test_every_message_has_an_id_of_its_own(listener: Listener) -> None:
    await endpoint(listener)
    await approving()
    await approving()
    await webhook_sending.sweep()
    assert len({one.id for one in listener.heard}) == 2 and all(one.id.startswith("msg_") for one in listener.heard)


async def test_what_is_rolled_back_is_never_told(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            await approving()
            raise ZeroDivisionError
    await webhook_sending.sweep()
    assert await sends(number) == [] and listener.heard == []


async def test_votes_comments_and_settings_are_no_moves(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    await webhooks.pause(number, by=await somebody("admin"))
    await webhooks.resume(number, by=await somebody("admin"))
    await make_post("generated_pending_review")
    assert await sends(number) == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [((), 1), (("post.*",), 1), (("post.approve", "media.*"), 1), (("post.reject",), 0), (("delivery.*",), 0)],
)
async def test_a_filter_lets_through_what_it_names(listener: Listener, wanted: tuple[str, ...], told: int) -> None:
    number, _ = await endpoint(listener, *wanted)
    await approving()
    assert len(await sends(number)) == told


async def test_an_endpoint_of_one_campaign_hears_of_no_other(listener: Listener) -> None:
    mine, other = await make_campaign(), await make_campaign(title="Autumn")
    number, _ = await endpoint(listener, campaign=mine.id)
    await approving(campaign=other)
    await approving()
    assert await sends(number) == []
    await approving(campaign=mine)
    await webhook_sending.sweep()
    assert [one.said["data"]["post"]["campaign"] for one in listener.heard] == [mine.id]


async def test_every_endpoint_is_told_and_one_that_fails_holds_up_no_other(listener: Listener) -> None:
    first, _ = await endpoint(listener)
    async with Listener() as closed:
        second, _ = await endpoint(closed)  # a port that nobody opened
        await approving()
        await webhook_sending.sweep()
        assert closed.heard == []
    assert (await one(first))["result"] == "delivered"
    waiting = await one(second)
    assert waiting["result"] is None and "ALLOW_PRIVATE_HOSTS" in waiting["log"]


# What it answers


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_heard(listener: Listener, status: int) -> None:
    number, _ = await endpoint(listener)
    listener.usual = Answer(status)
    await approving()
    await webhook_sending.sweep()
    assert (await one(number))["result"] == "delivered" and (await row(number))["delivered_at"]


@pytest.mark.parametrize(
    "answer", [Answer(302, {"location": "/elsewhere"}), Answer(400), Answer(404), Answer(500), Answer(drop=True)]
)
async def test_everything_else_is_tried_again_and_a_redirect_is_not_followed(
    listener: Listener, answer: Answer
) -> None:
    number, _ = await endpoint(listener)
    listener.usual = answer
    await approving()
    await webhook_sending.sweep()
    waiting = await one(number)
    assert len(listener.heard) == 1 and waiting["result"] is None and waiting["next_at"]
    assert (await row(number))["failing_since"]


async def test_a_2xx_whose_body_is_too_long_or_broken_was_heard(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    listener.answers.append(Answer(200, body=b"x" * (webhook_calls.CAP + 1)))
    await approving()
    await webhook_sending.sweep()
    assert (await one(number))["result"] == "delivered"


async def test_the_schedule_is_followed_to_its_end_with_one_id_and_new_signatures(listener: Listener) -> None:
    number, secret = await endpoint(listener)
    listener.usual = Answer(500)
    await approving()
    for wait in WAITS:
        await webhook_sending.sweep()
        waiting = await one(number)
        assert 0.89 * wait <= waiting["wait"].total_seconds() <= 1.11 * wait
        await webhook_sending.sweep()  # nothing before its time
        await sql.run("UPDATE endpoint SET failing_since = now()")  # five days of it would be another story
        await pass_by(seconds=1.11 * wait + 300)
    assert len(listener.heard) == len(WAITS)
    await webhook_sending.sweep()
    ended = await one(number)
    assert (ended["result"], ended["tries"], ended["next_at"]) == ("given_up", len(WAITS) + 1, None)
    assert len({one.id for one in listener.heard}) == 1 and len({one.body for one in listener.heard}) == 1
    assert all(one.believed(secret) for one in listener.heard)
    assert len(msgspec.json.decode(ended["log"])) == len(WAITS) + 1


async def test_a_retry_signs_the_time_of_the_retry(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    await endpoint(listener)
    listener.answers.append(Answer(500))
    await approving()
    await webhook_sending.sweep()
    await pass_by(seconds=10)
    await asyncio.sleep(1.1)
    await webhook_sending.sweep()
    first, second = listener.heard
    assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"])
    assert second.headers["webhook-signature"] != first.headers["webhook-signature"] and first.id == second.id


async def test_what_it_says_stays_the_same_although_the_post_goes_on(listener: Listener) -> None:
    await endpoint(listener, "post.approve")
    listener.answers.append(Answer(500))
    post = await approving()
    await webhook_sending.sweep()
    await sql.run("UPDATE post SET title = 'Ebbs' WHERE id = $1", post.id)
    await pass_by(seconds=10)
    await webhook_sending.sweep()
    assert [one.said["data"]["post"]["title"] for one in listener.heard] == ["Tides", "Tides"]


async def test_retry_after_is_honoured_and_the_endpoint_left_alone_so_long(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    listener.answers.append(Answer(429, {"retry-after": "600"}))
    await approving()
    await webhook_sending.sweep()
    assert (await one(number))["wait"].total_seconds() > 590 and (await row(number))["rest"].total_seconds() > 590
    await approving()
    await webhook_sending.sweep()
    assert len(listener.heard) == 1


@pytest.mark.parametrize("status", [429, 502, 504])
async def test_an_endpoint_that_is_overrun_gets_a_rest(listener: Listener, status: int) -> None:
    number, _ = await endpoint(listener)
    listener.answers.append(Answer(status))
    await approving()
    await webhook_sending.sweep()
    assert (await row(number))["rest"].total_seconds() > 25


async def test_410_pauses_the_endpoint_and_ends_what_waits(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    listener.usual = Answer(410)
    await approving()
    await approving()
    await webhook_sending.sweep()
    assert (await row(number))["paused_for"] == "gone" and len(listener.heard) == 1
    assert [found["result"] for found in await sends(number)] == ["given_up", "paused"]
    assert await sql.value("SELECT note FROM event WHERE about = 'endpoint' AND move = 'pause'") == "gone"


async def test_five_days_of_failures_only_pause_it_and_one_success_in_between_does_not(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    listener.usual = Answer(500)
    await approving()
    await webhook_sending.sweep()
    await pass_by(days=4)
    listener.answers.append(Answer())
    await webhook_sending.sweep()
    assert (await row(number))["failing_since"] is None
    await approving()
    await webhook_sending.sweep()
    await pass_by(days=5)
    assert (await row(number))["paused_at"] is None
    await webhook_sending.sweep()
    assert (await row(number))["paused_for"] == "failing"


async def test_an_answer_that_repeats_the_secret_or_the_addresss_token_is_kept_masked(listener: Listener) -> None:
    listener.url += "?token=open-sesame"
    number, secret = await endpoint(listener)
    listener.answers.append(Answer(401, body=f"no {secret} open-sesame".encode()))
    await approving()
    await webhook_sending.sweep()
    [tried] = msgspec.json.decode((await one(number))["log"])
    assert tried["answer"] == "no [hidden] [hidden]" and tried["status"] == 401 and tried["ms"] >= 0


# Workers


async def test_two_workers_never_send_one_claim_twice_nor_call_one_endpoint_at_once(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    for _ in range(6):
        await approving()
    await asyncio.gather(*(webhook_sending.sweep() for _ in range(3)))
    assert len(listener.heard) == 6 == len({one.id for one in listener.heard}) and listener.most_at_once == 1
    assert {found["tries"] for found in await sends(number)} == {1}


async def test_a_slow_endpoint_holds_up_no_other(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    await endpoint(listener)
    async with Listener() as quick:
        opened = frozenset({f"127.0.0.1:{listener.port}", f"127.0.0.1:{quick.port}"})
        monkeypatch.setattr("app.safe_http.client.opened", lambda: opened)
        await endpoint(quick)
        listener.usual = Answer(hold=True)
        for _ in range(3):
            await approving()
        sweeping = asyncio.gather(*(webhook_sending.sweep() for _ in range(webhook_sending.LANES)))
        await quick.until(3)
        assert len(listener.heard) == 1 and not sweeping.done()
        listener.let_go.set()
        await sweeping


async def test_killed_between_call_and_settlement_the_same_id_is_sent_again(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = await endpoint(listener)
    await approving()

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr(webhook_sending, "_settle", dies)
        with pytest.raises(asyncio.CancelledError):
            await webhook_sending.sweep()
    await webhook_sending.sweep()  # its lease lasts
    assert len(listener.heard) == 1 and (await one(number))["fence"]
    await pass_by(seconds=61)
    await webhook_sending.sweep()
    assert len(listener.heard) == 2 and listener.heard[0].id == listener.heard[1].id
    assert ((await one(number))["result"], (await one(number))["tries"]) == ("delivered", 2)


async def test_who_was_too_slow_and_taken_for_dead_changes_nothing(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    await approving()
    found = await sql.row(webhook_sending.CLAIM)
    assert found is not None
    slow = webhook_sending._claim(found)
    await pass_by(seconds=61)
    await webhook_sending.sweep()
    await webhook_sending._settle(slow, webhook_calls.Tried(datetime.now(UTC), 500, 1, "Late."))
    assert (await one(number))["result"] == "delivered" and (await row(number))["failing_since"] is None


# What people do


async def test_one_that_ended_is_sent_again_under_its_id(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await approving()
    await webhook_sending.sweep()
    assert await webhooks.send_again((await one(number))["id"], by=by) == number
    with pytest.raises(Refused, match="on its way"):
        await webhooks.send_again((await one(number))["id"], by=by)
    await webhook_sending.sweep()
    assert len(listener.heard) == 2 and listener.heard[0].id == listener.heard[1].id
    assert listener.heard[0].body == listener.heard[1].body


async def test_while_paused_nothing_goes_out_and_what_was_missed_can_be_sent_afterwards(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await approving()
    await webhooks.pause(number, by=by)
    await approving()
    await webhook_sending.sweep()
    assert listener.heard == [] and [found["result"] for found in await sends(number)] == ["paused", "paused"]
    with pytest.raises(Refused, match="Resume it first"):
        await webhooks.send_missed(number, by=by)
    await webhooks.resume(number, by=by)
    await webhook_sending.sweep()
    assert listener.heard == []
    assert await webhooks.send_missed(number, by=by) == 2
    await webhook_sending.sweep()
    assert len(listener.heard) == 2 and await webhooks.send_missed(number, by=by) == 0


async def test_a_test_is_said_at_once_even_to_a_paused_one_and_leaves_its_answer(listener: Listener) -> None:
    number, secret = await endpoint(listener)
    by = await somebody("admin")
    await webhooks.pause(number, by=by)
    listener.answers.append(Answer(503, body=b"Not today"))
    tried = await webhooks.test(number, by=by)
    assert (tried.heard, tried.status, tried.answer) == (False, 503, "Not today")
    assert (await webhooks.test(number, by=by)).heard
    assert listener.types() == [TEST, TEST] and all(one.believed(secret) for one in listener.heard)
    assert [found["result"] for found in await sends(number)] == ["given_up", "delivered"]
    await webhooks.resume(number, by=by)
    assert await webhooks.send_missed(number, by=by) == 0  # a test is nothing that could be missed


async def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(listener: Listener) -> None:
    number, old = await endpoint(listener)
    by = await somebody("admin")
    new = await webhooks.new_secret_for(number, by=by)
    await webhooks.test(number, by=by)
    assert listener.heard[-1].believed(old) and listener.heard[-1].believed(new)
    await pass_by(hours=24)
    await webhooks.test(number, by=by)
    assert not listener.heard[-1].believed(old) and listener.heard[-1].believed(new)


async def test_another_secret_key_pauses_it_until_a_new_secret_is_made(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await sql.run("UPDATE endpoint SET secret = convert_to('00000000', 'UTF8') || substr(secret, 9)")
    await approving()
    await webhook_sending.sweep()
    assert (await row(number))["paused_for"] == "sealed" and listener.heard == []
    with pytest.raises(Refused, match="SECRET_KEY"):
        await webhooks.test(number, by=by)
    new = await webhooks.new_secret_for(number, by=by)
    await webhooks.resume(number, by=by)
    await webhooks.send_missed(number, by=by)
    await webhook_sending.sweep()
    assert listener.heard[-1].believed(new)


async def test_the_same_form_sent_twice_makes_one_endpoint(listener: Listener) -> None:
    wanted, token, by = Wanted("Ours", listener.url), uuid4(), await somebody("admin")
    first, second = [await webhooks.add(wanted, by=by, form_token=token) for _ in range(2)]
    assert first == second and await sql.value("SELECT count(*) FROM endpoint") == 1


async def test_a_secret_is_stored_sealed(listener: Listener) -> None:
    number, secret = await endpoint(listener)
    assert secret.encode() not in (await row(number))["secret"]


async def test_somebody_elses_change_meanwhile_is_not_overwritten(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await webhooks.change(number, 1, Wanted("Renamed", listener.url), by=by)
    with pytest.raises(MovedMeanwhile):
        await webhooks.change(number, 1, Wanted("Mine", listener.url), by=by)
    assert (await row(number))["name"] == "Renamed"


async def test_a_removed_one_hears_nothing_more_and_its_secret_is_forgotten(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await approving()
    await webhooks.remove(number, by=by)
    await approving()
    await webhook_sending.sweep()
    assert listener.heard == [] and (await one(number))["result"] == "paused"
    assert (await row(number))["secret"] is None
    with pytest.raises(LookupError):
        await webhooks.test(number, by=by)


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_admins_look_after_endpoints(listener: Listener, role: str) -> None:
    number, _ = await endpoint(listener)
    by: By = await somebody(role)
    for verb in (webhooks.test, webhooks.new_secret_for, webhooks.pause, webhooks.resume, webhooks.remove):
        with pytest.raises(Refused) as refused:
            await verb(number, by=by)
        assert refused.value.forbidden
    with pytest.raises(Refused):
        await webhooks.add(Wanted("Theirs", listener.url), by=by)


async def test_a_desk_has_so_many_endpoints_and_no_more(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST", 1)
    await endpoint(listener)
    with pytest.raises(Refused, match="Remove one"):
        await endpoint(listener)


# After a restore, and later


async def test_after_a_restore_old_ones_wait_for_a_person_and_new_ones_for_the_lifting(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    by = await somebody("admin")
    await approving()
    await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'restore', restored_at = now()")
    await approving()
    await webhook_sending.sweep()
    assert listener.heard == []
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    await webhook_sending.sweep()
    await webhook_sending.forget_old()
    assert len(listener.heard) == 1
    assert [found["result"] for found in await sends(number)] == ["restored", "delivered"]
    assert await webhooks.send_missed(number, by=by) == 1
    await webhook_sending.sweep()
    assert len(listener.heard) == 2


async def test_events_that_a_backup_brings_back_are_no_news(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    await sql.run(
        "INSERT INTO event (at, about, about_id, move, to_status, by_kind)"
        " VALUES (now() - interval '1 minute', 'post', 1, 'approve', 'approved', 'worker')"
    )
    assert await sends(number) == []


async def test_a_freeze_of_publishing_does_not_keep_programs_from_hearing(listener: Listener) -> None:
    await endpoint(listener)
    await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'person'")
    await approving()
    await webhook_sending.sweep()
    assert len(listener.heard) == 1


async def test_what_ended_a_month_ago_is_forgotten_and_what_waits_is_not(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    await approving()
    await webhook_sending.sweep()
    await approving()
    await sql.run("UPDATE webhook_send SET ended_at = now() - interval '31 days' WHERE ended_at IS NOT NULL")
    await webhook_sending.forget_old()
    assert (await one(number))["ended_at"] is None


async def test_the_log_of_one_send_stays_short(listener: Listener) -> None:
    number, _ = await endpoint(listener)
    await approving()
    by = await somebody("admin")
    for _ in range(webhook_sending.KEPT_TRIES + 2):
        await webhook_sending.sweep()
        await webhooks.send_again((await one(number))["id"], by=by)
    assert len(msgspec.json.decode((await one(number))["log"])) == webhook_sending.KEPT_TRIES


async def test_publishing_goes_on_with_an_endpoint_that_is_down(listener: Listener, receiver: Receiver) -> None:
    await endpoint(listener)
    listener.usual = Answer(drop=True)
    by = await somebody()
    post = await schedule.line_up(await approved(await webhook(receiver), by=by), None, by=by)
    await onward.take_on(post.id)
    assert (await work(post)).status == "published"


async def test_the_worker_calls_several_endpoints_at_once_and_apart_from_publishing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert webhook_sending.sweep in worker.WEBHOOKS
    assert webhook_sending.sweep not in (*worker.SWEEPS, *worker.ASIDE, *worker.DAILY)
    assert webhook_sending.forget_old in worker.DAILY
    assert webhook_calls.SECONDS + webhook_sending.TURN < worker.DRAIN_SECONDS
    loops: list[Any] = []

    async def every(_: float, verbs: Any, __: asyncio.Event) -> None:
        loops.append(verbs)

    async def serve(*_: Any) -> None: ...

    monkeypatch.setattr(worker, "every", every)
    monkeypatch.setattr(worker, "serve", serve)
    monkeypatch.setattr(worker, "pooled", lambda **_: nullcontext())
    monkeypatch.setattr(worker, "_stop_at_a_signal", lambda _: None)
    await worker.run()
    assert loops.count(worker.WEBHOOKS) == webhook_sending.LANES
