"""What a callback does to a delivery: settles it once, whenever it comes, and never against people's later word."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import seals, sql
from app.flow import publish, recall
from app.flow.hearing import hear
from app.lifecycles.machine import By
from app.platforms.contract import HandedOff, Published, Refused, Removed
from app.tables import Delivery, Post, PostChannel, Seal
from tests.hooks.calling import call, events_of, live, make_caller, make_sent, status_of
from tests.makers import (
    make_attempt,
    make_channel,
    make_delivery,
    make_person,
    make_post,
    make_publication,
    make_seal,
    make_team,
)
from tests.rows import now

LIVE = Published("41", "https://example.com/p/41")
NOW = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture(autouse=True)
async def team(database: Any) -> None:
    await make_team()


async def field(delivery: Delivery, name: str) -> Any:
    found = await sql.row("SELECT * FROM delivery WHERE id = $1", delivery.id)
    assert found
    return found[name]


async def say(delivery: Delivery, told: Any, *, at: datetime = NOW) -> bool:
    return await hear(delivery.channel, delivery.key, told, at=at)


async def make_taken_back(status: str) -> tuple[Post, Delivery]:
    """A post whose only delivery was canceled, taken down or failed."""
    if status == "withdrawn":
        post = await make_post("unpublished")
    elif status == "failed":
        post = await make_post("publish_failed")
    else:
        post = await make_post("approved", channels=[channel := await make_channel()])
        await make_delivery(await make_publication(post, "canceled"), channel, "canceled")
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    assert delivery
    await make_attempt(delivery, "unknown")
    return post, delivery


@pytest.mark.parametrize("status", ["handed_off", "sending", "retrying", "unconfirmed"])
async def test_a_report_that_it_is_live_settles_delivery_publication_and_post(status: str) -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, status)
    assert await say(delivery, LIVE)
    assert await status_of(delivery) == "published"
    assert await field(delivery, "remote_id") == "41"
    assert await status_of(post) == "published"
    assert await sql.value("SELECT status FROM publication WHERE post = $1", post.id) == "completed"
    assert (await events_of(delivery))[-1] == "confirm"
    assert await sql.value("SELECT by_kind FROM event WHERE about = 'delivery' ORDER BY id DESC LIMIT 1") == "platform"


async def test_a_post_that_went_live_early_starts_and_completes_when_nothing_else_waits() -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, "handed_off")
    other = await make_channel()
    await PostChannel(post=post.id, channel=other.id).save()
    run = await sql.value("SELECT publication FROM delivery WHERE id = $1", delivery.id)
    waiting = await sql.value(
        "INSERT INTO delivery (publication, post, channel, kind, status, key) VALUES ($1, $2, $3, 'create', 'pending',"
        " 'other') RETURNING id",
        run, post.id, other.id,
    )  # fmt: skip
    await say(delivery, LIVE)
    assert (await status_of(delivery), await status_of(post)) == ("published", "scheduled")
    assert await sql.value("SELECT status FROM delivery WHERE id = $1", waiting) == "pending"


async def test_the_same_callback_twice_is_one_event(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    for _ in range(2):
        assert (await call(client, channel, secret, live(delivery, id="41"))).status_code == 200
    assert await events_of(delivery) == ["confirm"]


async def test_a_callback_before_our_own_answer_is_not_undone_by_it() -> None:
    channel, _ = await make_caller()
    post, delivery = await make_sent(channel)
    fence = await sql.value("SELECT fence FROM attempt WHERE delivery = $1", delivery.id)
    await say(delivery, LIVE)
    assert not await publish.settle(delivery.id, fence, Refused("content_rejected", "No."))
    assert await status_of(delivery) == "published" and await status_of(post) == "published"
    attempt = await sql.row("SELECT outcome, late_answer FROM attempt WHERE fence = $1", fence)
    assert attempt and attempt["outcome"] == "published" and attempt["late_answer"].startswith("refused")


async def test_a_callback_without_a_number_keeps_ours() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    await say(delivery, Published("", ""))
    assert await field(delivery, "remote_id") == delivery.key


@pytest.mark.parametrize("suffix", ["_update", "_remove", "_remove_12"])
async def test_the_message_id_of_a_later_call_finds_its_delivery(client: httpx.AsyncClient, suffix: str) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    said = {"type": "delivery.published", "data": {"idempotency_key": f"{delivery.key}{suffix}", "id": "41"}}
    assert (await call(client, channel, secret, said)).status_code == 200
    assert await status_of(delivery) == "published"


async def test_the_rehearsals_own_words_are_understood(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller("sandbox")
    _, delivery = await make_sent(channel)
    item = {"id": "item-9", "url": "https://desk.example.com/x", "status": "live", "live_at": "2026-01-02T03:04:05Z"}
    said = {"type": "item.live", "timestamp": "2026-01-02T03:04:05Z", "data": {**item, "key": delivery.key}}
    assert (await call(client, channel, secret, said)).status_code == 200
    assert await field(delivery, "remote_id") == "item-9"
    assert await field(delivery, "published_at") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def test_what_was_never_sent_cannot_be_live() -> None:
    channel, _ = await make_caller()
    post, delivery = await make_sent(channel, "pending")
    assert await say(delivery, LIVE)
    assert (await status_of(delivery), await status_of(post)) == ("pending", "scheduled")
    assert await events_of(delivery) == ["report_live"]


async def test_a_hand_off_that_was_given_up_may_still_have_happened() -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    _, delivery = await make_sent(channel, "pending")
    await make_attempt(delivery, "unknown", intent="hand_off")
    await say(delivery, LIVE)
    assert await status_of(delivery) == "published"


@pytest.mark.parametrize("status", ["canceled", "withdrawn"])
async def test_what_people_took_back_and_is_live_later_is_shown_live_and_the_post_stays(status: str) -> None:
    post, delivery = await make_taken_back(status)
    before = await status_of(post)
    await say(delivery, LIVE)
    assert await status_of(delivery) == "published"
    assert await field(delivery, "removed_at") is None
    assert await status_of(post) == before


@pytest.mark.parametrize("status", ["canceled", "withdrawn"])
async def test_an_old_message_does_not_bring_back_what_was_taken_back_after_it(status: str) -> None:
    _, delivery = await make_taken_back(status)
    assert await say(delivery, LIVE, at=now(minutes=-4))
    assert await status_of(delivery) == status


async def test_a_failed_delivery_that_is_live_after_all_is_live() -> None:
    post, delivery = await make_taken_back("failed")
    await say(delivery, LIVE)
    assert (await status_of(delivery), await status_of(post)) == ("published", "published")


async def make_retried(delivery: Delivery, post: Post, status: str) -> Delivery:
    """A newer delivery on the same channel, as a retry makes it."""
    channel = await sql.value("SELECT channel FROM delivery WHERE id = $1", delivery.id)
    await sql.run("UPDATE post SET status = 'scheduled' WHERE id = $1", post.id)
    run = await make_publication(post)
    number = await sql.value(
        "INSERT INTO delivery (publication, post, channel, kind, status, key, next_at) VALUES ($1, $2, $3, 'create',"
        " $4, 'newer', now() + interval '1 hour') RETURNING id",
        run.id, post.id, channel, status,
    )  # fmt: skip
    return await Delivery.objects().get(Delivery.id == number)  # type: ignore[return-value]


@pytest.mark.parametrize("newer", ["sending", "handed_off"])
async def test_a_failed_delivery_gives_way_to_a_newer_one_that_has_left(newer: str) -> None:
    post, delivery = await make_taken_back("failed")
    retry = await make_retried(delivery, post, newer)
    assert await say(delivery, LIVE)
    assert (await status_of(delivery), await status_of(retry)) == ("failed", newer)
    assert (await events_of(delivery))[-1] == "report_live"


async def test_a_retry_that_never_left_gives_way_to_the_one_that_is_live_after_all() -> None:
    post, delivery = await make_taken_back("failed")
    retry = await make_retried(delivery, post, "pending")
    assert await say(delivery, LIVE)
    assert (await status_of(delivery), await status_of(retry)) == ("published", "canceled")
    assert await field(delivery, "resurfaced_at") is None, "nobody took it back"
    assert await sql.value("SELECT note FROM event WHERE move = 'cancel' AND about = 'delivery'")


async def test_a_live_update_carries_its_seal_to_the_live_copy() -> None:
    post = await make_post("published")
    first = await Delivery.objects().get(Delivery.post == post.id)
    assert first
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    seal = await make_seal(post)
    await sql.run("UPDATE post SET status = 'publishing' WHERE id = $1", post.id)
    run = await make_publication(post, seal=seal, kind="update", due_at=None)
    channel = await sql.value("SELECT channel FROM delivery WHERE id = $1", first.id)
    update = Delivery(
        publication=run.id, post=post.id, channel=channel, kind="update", updates=first.id, status="sending",
        key="update", next_at=now(minutes=1),
    )  # fmt: skip
    await update.save()
    await make_attempt(update)
    await say(update, LIVE)
    assert await status_of(update) == "published"
    assert await field(first, "live_seal") == seal.id
    assert await status_of(post) == "published"


@pytest.mark.parametrize("status", ["handed_off", "sending", "retrying"])
async def test_a_report_of_failure_settles_what_was_on_its_way(status: str) -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, status)
    await sql.run("UPDATE publication SET due_at = now()")
    await say(delivery, Refused("content_rejected", "Too long."))
    assert await status_of(delivery) == "failed"
    assert await field(delivery, "error_kind") == "content_rejected"
    assert await status_of(post) == "publish_failed"


async def test_a_report_of_failure_over_http_names_kind_and_note(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    data = {"delivery_id": delivery.key, "kind": "made_up", "note": "No \x00 space" + "x" * 900}
    assert (await call(client, channel, secret, {"type": "delivery.failed", "data": data})).status_code == 200
    assert await field(delivery, "error_kind") == "unexpected"
    assert len(await field(delivery, "error_note")) == 500


@pytest.mark.parametrize("status", ["published", "withdrawn", "failed", "canceled"])
async def test_a_late_report_of_failure_changes_nothing_that_is_settled(status: str) -> None:
    if status == "published":
        post = await make_post("published")
        delivery = await Delivery.objects().get(Delivery.post == post.id)
        assert delivery
    else:
        _, delivery = await make_taken_back(status)
    version = await field(delivery, "version")
    await say(delivery, Refused("unexpected", "No."))
    assert (await status_of(delivery), await field(delivery, "version")) == (status, version)


async def test_an_answer_that_it_is_live_outweighs_an_earlier_report_of_failure() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    fence = await sql.value("SELECT fence FROM attempt WHERE delivery = $1", delivery.id)
    await say(delivery, Refused("unexpected", "No."))
    await publish.settle(delivery.id, fence, LIVE)
    assert await status_of(delivery) == "published"


async def test_what_others_removed_there_is_withdrawn_and_the_post_unchanged() -> None:
    post = await make_post("published")
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    assert delivery
    await say(delivery, Removed())
    await say(delivery, Removed())
    assert (await status_of(delivery), await status_of(post)) == ("withdrawn", "published")
    assert (await events_of(delivery)) == ["withdraw"]


async def test_nothing_fails_before_its_time_but_is_sent_by_ourselves_then() -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, "handed_off")
    await say(delivery, Refused("content_rejected", "Too long."))
    assert (await status_of(delivery), await status_of(post)) == ("pending", "scheduled")
    assert await field(delivery, "error_kind") == "content_rejected"
    assert await field(delivery, "next_at") == await sql.value("SELECT due_at FROM publication")
    assert await field(delivery, "remote_id") is None


@pytest.mark.parametrize("told", [Removed(), HandedOff("41", "", NOW + timedelta(days=9))])
async def test_what_was_changed_there_before_its_time_is_shown_and_not_fought(told: Any) -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, "handed_off")
    await say(delivery, told)
    assert (await status_of(delivery), await status_of(post)) == ("handed_off", "scheduled")
    assert await field(delivery, "error_kind") == "changed_there"


async def test_what_others_canceled_there_fails_as_changed_there_at_its_time() -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    _, delivery = await make_sent(channel, "handed_off")
    await sql.run("UPDATE publication SET due_at = now()")
    await say(delivery, Removed())
    assert (await status_of(delivery), await field(delivery, "error_kind")) == ("failed", "changed_there")


async def test_while_we_ask_for_removal_our_own_call_tells_how_it_went() -> None:
    post = await make_post("published")
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    assert delivery
    person = await make_person("editor")
    await recall.unpublish(post, by=By("person", person=person.id, role="editor"))
    await say(delivery, Removed())
    assert await status_of(delivery) == "published"


async def test_a_lost_hand_off_that_is_reported_waits_there() -> None:
    channel, _ = await make_caller("sandbox", schedules=True, plays="lookup")
    _, delivery = await make_sent(channel, "retrying")
    due = now(minutes=20)
    await say(delivery, HandedOff("41", "https://example.com/41", due))
    assert await status_of(delivery) == "handed_off"
    assert await field(delivery, "next_at") == due


async def test_a_channel_that_keeps_no_schedule_is_not_believed_to_hold_anything() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel, "retrying")
    await say(delivery, HandedOff("41", "", now(hours=2)))
    assert await status_of(delivery) == "retrying"


async def test_a_foreign_key_is_unknown() -> None:
    channel, _ = await make_caller()
    assert not await hear(channel.id, "dlv_nobody", LIVE, at=NOW)


async def test_the_seal_that_was_sent_is_the_one_that_is_live() -> None:
    channel, _ = await make_caller()
    post, delivery = await make_sent(channel)
    await say(delivery, LIVE)
    assert await field(delivery, "live_seal") == await seals.valid(post.id)
