"""Publishing: written down, called once, settled; the post follows its deliveries."""

import asyncio

import pytest
from asyncpg import UniqueViolationError

from app import seals, sql
from app.flow import plan, publish, schedule, turns
from app.platforms.contract import Published
from tests.flow.stage import (
    attempts,
    live,
    of,
    only,
    pass_time,
    queued,
    rehearsal,
    runs,
    somebody,
    soon,
    status,
    statuses,
    webhook,
    work,
)
from tests.makers import make_channel
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def test_a_queued_post_goes_to_every_channel_and_is_published(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await rehearsal(receiver), await make_channel("site"))
    post = await work(post)
    assert post.status == "published"
    assert await runs(post) == ["completed"]
    assert len(receiver.log.effects("publish")) == 2
    assert all(row.remote_id and row.remote_url and row.live_seal for row in await of(post))


async def test_every_call_is_written_down_with_the_digest_of_what_it_carried(receiver: Receiver) -> None:
    post = await live(await webhook(receiver))
    (attempt,) = await attempts(post)
    assert (attempt["intent"], attempt["outcome"], attempt["http_status"]) == ("create", "published", 200)
    assert attempt["request_sha256"].hex() == receiver.log.effects("publish")[0]["sha256"]


async def test_the_attempt_is_committed_before_the_call_is_made(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    assert [a["ended_at"] for a in await attempts(post)] == [None]
    assert not receiver.requests()
    assert await status(post) == "publishing"


async def test_what_is_scheduled_waits_for_its_time(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), at=soon(hours=2))
    assert (await work(post)).status == "scheduled"
    assert not receiver.requests()
    await pass_time(post, hours=2)
    assert (await work(post)).status == "published"


async def test_nothing_starts_before_its_time_whoever_rings(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), at=soon(minutes=1))
    await publish.advance(post.id)
    await sql.run("UPDATE delivery SET next_at = now() WHERE post = $1", post.id)
    for _ in range(3):
        await publish.send((await only(post)).id)
    assert not receiver.requests()
    assert await statuses(post) == ["pending"]


async def test_jobs_that_come_twice_make_one_call(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    for _ in range(2):
        await publish.advance(post.id)
    number = (await only(post)).id
    await asyncio.gather(*(asyncio.create_task(publish.send(number)) for _ in range(4)))
    assert len(receiver.requests()) == 1
    assert await status(post) == "published"


async def test_two_deliveries_that_settle_at_once_complete_exactly_once(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver), await webhook(receiver))
    await publish.advance(post.id)
    calls = [await publish.begin(row.id) for row in await of(post)]
    answered = Published("r", "https://there.example/p")
    settling = [asyncio.create_task(publish.settle(c.delivery, c.fence, answered)) for c in calls if c]
    await asyncio.gather(*settling)
    assert await status(post) == "published"
    found = "SELECT count(*) FROM event WHERE post = $1 AND move = 'complete'"
    assert await sql.value(found, post.id) == 2, "one of the post, one of the publication"


async def test_some_live_and_some_not_is_a_failed_publication_that_says_how_many(receiver: Receiver) -> None:
    well, ill = await webhook(receiver), await rehearsal(receiver)
    receiver.play(Fault("status", status=422, on=("POST",)))
    post = await work(await queued(ill, well))
    assert post.status == "publish_failed"
    assert sorted(await statuses(post)) == ["failed", "published"]
    assert await runs(post) == ["completed"]


async def test_a_retry_leaves_the_live_and_the_unconfirmed_alone(receiver: Receiver) -> None:
    by = await somebody()
    lost, bad, fine = await rehearsal(receiver, "blind"), await rehearsal(receiver), await webhook(receiver)
    receiver.play(Fault("drop_after", on=("POST",)), Fault("status", status=422, on=("POST",)))
    post = await queued(lost, bad, fine, by=by)
    post = await work(post)
    assert {row.channel: row.status for row in await of(post)} == {
        fine.id: "published", lost.id: "unconfirmed", bad.id: "failed",
    }  # fmt: skip
    post = await work(await schedule.line_up(post, None, by=by))
    again = (await of(post))[-1]
    assert len(await of(post)) == 4
    assert (again.channel, again.status) == (bad.id, "published")
    assert post.status == "publish_failed", "one is not confirmed yet"


async def test_the_database_refuses_a_second_standing_delivery(receiver: Receiver) -> None:
    post = await live(await webhook(receiver))
    before = await only(post)
    with pytest.raises(UniqueViolationError):
        await sql.run(
            "INSERT INTO publication (post, number, kind, seal, status, next_at)"
            " VALUES ($1, 9, 'create', $2, 'pending', now())", post.id, before.live_seal,
        )  # fmt: skip
        await sql.run(
            "INSERT INTO delivery (publication, post, channel, kind, status, key) SELECT max(id), $1, $2, 'create',"
            " 'pending', 'another' FROM publication WHERE post = $1", post.id, before.channel,
        )  # fmt: skip


async def test_a_changed_derivation_still_sends_what_was_approved(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await rehearsal(receiver, caption=True)
    post = await queued(channel)
    sealed = await sql.value("SELECT content FROM seal WHERE post = $1", post.id)
    monkeypatch.setattr(seals, "derive", lambda *_: {"text": "What a later version would say."})
    assert (await work(post)).status == "published"
    live = await sql.value("SELECT content FROM seal WHERE id = $1", (await only(post)).live_seal)
    sent = await seals.unsealed(live, channel.id)
    assert sent.fields["text"] == "Twice a day."
    assert sent.fields["text"] in sealed
    assert receiver.log.effects("publish")[0]["sha256"] == (await attempts(post))[0]["request_sha256"].hex()


@pytest.mark.parametrize("at", [None, "later"])
async def test_nothing_is_sent_without_the_seal_that_was_approved(receiver: Receiver, at: str | None) -> None:
    hands_over = await rehearsal(receiver, schedules=True)
    post = await queued(hands_over, at=soon() if at else None)
    await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1", post.id)
    post = await work(post)
    assert not receiver.requests()
    assert post.status == "generated_pending_review"
    assert await runs(post) == ["canceled"]


async def test_a_seal_lost_while_sending_fails_the_rest(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver))
    await publish.advance(post.id)
    first, second = await of(post)
    await publish.send(first.id)
    await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1", post.id)
    await publish.send(second.id)
    assert len(receiver.requests()) == 1
    assert await status(post) == "publish_failed"


async def test_one_writer_at_a_time_on_a_lane(receiver: Receiver) -> None:
    one, other = await webhook(receiver, lane="site-1"), await webhook(receiver, lane="site-1")
    posts = [await queued(one), await queued(other)]
    for post in posts:
        await publish.advance(post.id)
    first = await publish.begin((await only(posts[0])).id)
    assert first is not None
    assert await publish.begin((await only(posts[1])).id) is None
    waiting = await only(posts[1])
    assert waiting.status == "pending" and waiting.next_at is not None
    await publish.settle(first.delivery, first.fence, Published("r", "https://there.example/p"))
    await turns.call(one.id)
    assert (await work(posts[1])).status == "published"


async def test_what_cannot_be_packed_was_certainly_not_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await queued(await rehearsal(receiver, "blind"))

    async def unsealed(*_: object) -> None:
        raise LookupError("the picture has no file")

    monkeypatch.setattr(seals, "unsealed", unsealed)
    await work(post)
    assert await statuses(post) == ["retrying"]
    assert (await attempts(post))[0]["outcome"] == "not_sent"


async def test_a_secret_sealed_under_another_key_asks_to_reconnect(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await sql.run("UPDATE channel SET secret = 'deadbeef' || substring(secret FROM 9) WHERE id = $1", channel.id)
    post = await work(await queued(channel))
    assert post.status == "publish_failed"
    assert (await only(post)).error_kind == "expired_token"
    assert await sql.value("SELECT broken_kind FROM channel WHERE id = $1", channel.id) == "expired_token"


async def test_what_settled_early_without_being_live_waits_for_the_time_and_a_sweep_finds_it(
    receiver: Receiver,
) -> None:
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind", schedules=True), at=soon()))
    assert post.status == "scheduled"
    assert await statuses(post) == ["unconfirmed"]
    await pass_time(post, hours=3)
    await publish.advance(post.id)
    assert (await plan.load(post.id)).status == "publish_failed"
