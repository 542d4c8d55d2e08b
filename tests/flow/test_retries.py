"""The retry policy, cell by cell, while the outcome is certain: what is tried again, when, and when it ends."""

from datetime import timedelta

import pytest

from app import sql
from app.flow import publish
from app.tables import Channel, Delivery, Post
from tests.flow.stage import attempts, only, pass_time, queued, rehearsal, status, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def at_once(receiver: Receiver, *faults: Fault) -> tuple[Post, Delivery]:
    """A post on one signed webhook that meets these faults; and what became of its delivery."""
    receiver.play(*faults)
    post = await work(await queued(await webhook(receiver)))
    return post, await only(post)


async def closed_door(receiver: Receiver) -> Channel:
    """A webhook whose address nobody listens at."""
    channel = await webhook(receiver)
    await receiver.stop()
    return channel


async def test_429_without_a_time_is_tried_again_after_the_delay(receiver: Receiver) -> None:
    post, row = await at_once(receiver, Fault("status", status=429))
    assert (row.status, row.error_kind, row.tries) == ("retrying", "rate_limited", 1)
    assert timedelta(seconds=55) < row.next_at - now() <= timedelta(seconds=60)
    assert len(receiver.requests()) == 1
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"


async def test_429_without_a_time_ends_after_three_tries(receiver: Receiver) -> None:
    post, row = await at_once(receiver, Fault("status", status=429, times=9))
    for _ in range(5):
        await pass_time(post, seconds=61)
        await work(post)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "rate_limited")
    assert len(receiver.requests()) == 3
    assert await status(post) == "publish_failed"


async def test_a_wait_the_platform_names_wins_when_longer_and_costs_no_try(receiver: Receiver) -> None:
    post, row = await at_once(receiver, Fault("status", status=429, headers={"retry-after": "600"}, times=5))
    assert timedelta(seconds=590) < row.next_at - now() <= timedelta(seconds=601)
    for _ in range(4):
        await pass_time(post, seconds=602)
        await work(post)
    assert (await only(post)).tries == 0
    assert len(receiver.requests()) == 5
    await pass_time(post, seconds=602)
    assert (await work(post)).status == "published"


async def test_a_shorter_wait_than_ours_is_not_taken(receiver: Receiver) -> None:
    _, row = await at_once(receiver, Fault("status", status=429, headers={"retry-after": "1"}))
    assert row.next_at - now() > timedelta(seconds=50)


async def test_a_named_wait_of_days_is_shortened_to_one(receiver: Receiver) -> None:
    _, row = await at_once(receiver, Fault("status", status=429, headers={"retry-after": "99999999"}))
    assert row.next_at - now() <= timedelta(hours=24)


async def test_no_wait_is_longer_than_what_is_left_of_the_day(receiver: Receiver) -> None:
    post, _ = await at_once(receiver, Fault("status", status=429, headers={"retry-after": "72000"}, times=9))
    await pass_time(post, hours=20, seconds=1)
    await work(post)
    assert timedelta(hours=3, minutes=55) < (await only(post)).next_at - now() < timedelta(hours=4, minutes=5)
    await pass_time(post, hours=4)
    await work(post)
    assert ((await only(post)).status, len(receiver.requests())) == ("failed", 3)


async def test_being_told_to_wait_ends_after_a_day(receiver: Receiver) -> None:
    wait = Fault("status", status=429, headers={"retry-after": "3600"}, times=99)
    post, row = await at_once(receiver, wait)
    for _ in range(30):
        await pass_time(post, minutes=61)
        await work(post)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "rate_limited")
    assert 24 <= len(receiver.requests()) <= 26


async def test_waiting_days_ago_does_not_shorten_todays_patience(receiver: Receiver) -> None:
    wait = Fault("status", status=429, headers={"retry-after": "600"}, times=1)
    post, _ = await at_once(receiver, wait)
    await sql.run("UPDATE attempt SET opened_at = opened_at - interval '3 days'")
    receiver.play(Fault("drop_after"), Fault("status", status=429, headers={"retry-after": "600"}))
    await pass_time(post, seconds=601)
    await work(post)
    await pass_time(post, seconds=61)
    await work(post)
    assert (await only(post)).status == "retrying"


async def test_a_closed_door_is_knocked_at_three_times_a_delay_apart(receiver: Receiver) -> None:
    post = await work(await queued(await closed_door(receiver)))
    for _ in range(4):
        row = await only(post)
        if row.status == "retrying":
            assert timedelta(seconds=50) < row.next_at - now() <= timedelta(seconds=60)
        await pass_time(post, seconds=61)
        await work(post)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "platform_unavailable")
    assert [a["outcome"] for a in await attempts(post)] == ["not_sent"] * 3
    assert await status(post) == "publish_failed"


@pytest.mark.parametrize(("code", "kind"), [(401, "expired_token"), (403, "permission_revoked")])
async def test_a_dead_account_fails_at_once_and_breaks_the_channel(receiver: Receiver, code: int, kind: str) -> None:
    post, row = await at_once(receiver, Fault("status", status=code))
    assert (row.status, row.error_kind) == ("failed", kind)
    assert len(receiver.requests()) == 1
    assert await sql.value("SELECT broken_kind FROM channel WHERE id = $1", row.channel) == kind
    assert post.status == "publish_failed"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(400, "content_rejected"), (413, "content_rejected"), (415, "content_rejected"), (422, "content_rejected"),
     (404, "invalid_settings"), (418, "invalid_settings"), (301, "invalid_settings")],
)  # fmt: skip
async def test_other_refusals_are_final_and_leave_the_channel_alone(receiver: Receiver, code: int, kind: str) -> None:
    post, row = await at_once(receiver, Fault("status", status=code))
    assert (row.status, row.error_kind) == ("failed", kind)
    assert row.error_note
    assert len(receiver.requests()) == 1
    assert await sql.value("SELECT broken_kind FROM channel WHERE id = $1", row.channel) is None
    assert post.status == "publish_failed"


async def test_success_heals_a_channel(receiver: Receiver) -> None:
    channel = await webhook(receiver, last_success_at=None)
    await work(await queued(channel))
    assert await sql.value("SELECT last_success_at FROM channel WHERE id = $1", channel.id) is not None


async def test_a_channel_found_dead_at_the_time_waits_for_its_repair(receiver: Receiver) -> None:
    channel = await webhook(receiver, broken_kind="expired_token", broken_at=now())
    post = await work(await queued(channel))
    assert (await only(post)).status == "pending"
    assert not receiver.requests()
    await sql.run("UPDATE channel SET broken_kind = NULL, broken_at = NULL")
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"


async def test_a_channel_that_stays_dead_fails_after_the_late_window(receiver: Receiver) -> None:
    channel = await webhook(receiver, broken_kind="expired_token", broken_at=now())
    post = await work(await queued(channel))
    await pass_time(post, minutes=61)
    post = await work(post)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "expired_token")
    assert post.status == "publish_failed"
    assert not receiver.requests()


async def test_a_channel_that_was_disconnected_fails_its_delivery(receiver: Receiver) -> None:
    channel, other = await webhook(receiver), await rehearsal(receiver)
    post = await queued(channel, other)
    await sql.run("UPDATE channel SET disconnected_at = now(), secret = NULL WHERE id = $1", channel.id)
    await publish.advance(post.id)
    assert (await work(post)).status == "publish_failed"
    kinds = {r["channel"]: r["error_kind"] for r in await sql.rows("SELECT channel, error_kind FROM delivery")}
    assert kinds == {channel.id: "invalid_settings", other.id: None}


async def test_a_paused_channel_waits_and_goes_on(receiver: Receiver) -> None:
    channel = await webhook(receiver, paused_at=now())
    post = await work(await queued(channel))
    assert (await only(post)).status == "pending"
    await sql.run("UPDATE channel SET paused_at = NULL")
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"
