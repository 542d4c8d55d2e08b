"""Real scheduling: handed over at once, confirmed at the time, and never fought over."""

import json
from datetime import timedelta

import pytest

from app import sql
from app.flow import lookups
from app.lifecycles.machine import PLATFORM
from app.platforms.contract import Published
from app.tables import Delivery, Post
from tests.flow.stage import attempts, of, only, pass_time, queued, rehearsal, soon, status, statuses, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def handed_over(receiver: Receiver, plays: str = "keyed") -> Post:
    return await work(await queued(await rehearsal(receiver, plays, schedules=True), at=soon()))


async def refused(receiver: Receiver, *faults: Fault) -> tuple[Post, Delivery]:
    """A post whose hand-off met these faults."""
    receiver.play(*faults)
    post = await handed_over(receiver)
    return post, await only(post)


async def test_it_is_handed_over_at_once_and_the_post_stays_scheduled(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    row = await only(post)
    assert (post.status, row.status) == ("scheduled", "handed_off")
    assert row.remote_at == post.publish_at
    assert abs(row.next_at - now(hours=1)) < timedelta(seconds=30)
    assert [effect["verb"] for effect in receiver.log.effects()] == ["hand_off"]


async def test_at_its_time_it_is_found_live_and_nothing_is_sent_again(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["hand_off"]
    assert len(await attempts(post)) == 1


async def test_what_is_too_near_is_kept_and_sent_at_its_time(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon(minutes=1)))
    assert await statuses(post) == ["pending"]
    await pass_time(post, minutes=1)
    assert (await work(post)).status == "published"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["publish"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault("status", status=422), "content_rejected"), (Fault("status", status=404), "invalid_settings")],
)
async def test_a_refused_hand_off_waits_with_its_error_and_is_sent_at_its_time(
    receiver: Receiver, fault: Fault, kind: str
) -> None:
    post, row = await refused(receiver, fault)
    assert (row.status, row.error_kind, row.next_at) == ("pending", kind, post.publish_at)
    assert post.status == "scheduled"
    assert await sql.value("SELECT status FROM publication") == "scheduled"
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["publish"]
    assert (await only(post)).error_kind is None


async def test_a_busy_platform_is_offered_it_again_a_few_times(receiver: Receiver) -> None:
    post, row = await refused(receiver, Fault("status", status=429, times=9))
    assert row.status == "pending" and row.next_at - now() <= timedelta(seconds=60)
    for _ in range(5):
        await sql.run("UPDATE delivery SET next_at = now() WHERE next_at < now() + interval '90 seconds'")
        await work(post)
    row = await only(post)
    assert len(receiver.requests()) == 3
    assert (row.status, row.next_at, row.tries) == ("pending", post.publish_at, 0)


async def test_a_hand_off_of_unknown_outcome_is_repeated_under_its_key(receiver: Receiver) -> None:
    post, row = await refused(receiver, Fault("drop_after"))
    assert row.status == "retrying"
    await pass_time(post, receiver, seconds=61)
    await work(post)
    assert await statuses(post) == ["handed_off"]
    assert len(receiver.log.effects()) == 1


async def test_a_keyed_hand_off_without_any_answer_goes_out_at_its_time_once(receiver: Receiver) -> None:
    post, _ = await refused(receiver, Fault("drop_after", times=3))
    for _ in range(3):
        await pass_time(post, receiver, seconds=61)
        await work(post)
    assert await statuses(post) == ["pending"]
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects()) == 1


async def test_a_lookup_hand_off_of_unknown_outcome_is_found(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after"))
    post = await handed_over(receiver, "lookup")
    await pass_time(post, receiver, seconds=11)
    await work(post)
    row = await only(post)
    assert row.status == "handed_off" and row.remote_id == receiver.log.effects()[0]["id"]


async def test_a_blind_hand_off_of_unknown_outcome_is_never_repeated_and_fails_at_its_time(
    receiver: Receiver,
) -> None:
    receiver.play(Fault("drop_after"))
    post = await handed_over(receiver, "blind")
    assert (post.status, await statuses(post)) == ("scheduled", ["unconfirmed"])
    await pass_time(post, receiver, hours=3)
    assert (await work(post)).status == "publish_failed"
    assert len(receiver.log.effects("publish")) == 0


async def test_live_early_it_is_published_at_once_and_the_post_with_it(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    live = Published("item-1", "https://there.example/1")
    await lookups.heard((await only(post)).id, live, by=PLATFORM)
    assert await status(post) == "published"
    assert await sql.value("SELECT by_kind FROM event WHERE move = 'start_publishing'") == "platform"


async def test_live_early_beside_others_that_wait_the_post_starts_at_its_time(receiver: Receiver) -> None:
    post = await queued(await rehearsal(receiver, schedules=True), await webhook(receiver), at=soon())
    post = await work(post)
    early = (await of(post))[0]
    await lookups.heard(early.id, Published("item-1", "https://there.example/1"), by=PLATFORM)
    assert (await status(post), await statuses(post)) == ("scheduled", ["published", "pending"])
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert await sql.value("SELECT by_kind FROM event WHERE move = 'start_publishing'") == "worker"


async def test_moved_there_is_shown_and_fails_only_when_unanswered_at_its_time(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    item = receiver.shelf.items["item-1"]
    item["live_at"] = soon(hours=9).isoformat()
    await sql.run("UPDATE delivery SET next_at = now()")
    await work(post, rounds=1)
    row = await only(post)
    assert (row.status, row.error_kind) == ("handed_off", "changed_there")
    assert "moved there to" in row.error_note
    assert await status(post) == "scheduled"
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    row = await only(post)
    assert (post.status, row.status, row.error_kind) == ("publish_failed", "failed", "changed_there")


async def test_a_change_there_is_noticed_within_the_hour_though_nobody_calls(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    receiver.shelf.items["item-1"]["live_at"] = soon(hours=9).isoformat()
    await pass_time(post, minutes=61)
    await work(post, rounds=1)
    assert (await only(post)).error_kind == "changed_there"


async def test_moved_back_there_in_time_it_is_forgotten(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    item, ours = receiver.shelf.items["item-1"], post.publish_at.isoformat()
    for at in (soon(hours=9).isoformat(), ours):
        item["live_at"] = at
        await sql.run("UPDATE delivery SET next_at = now()")
        await work(post, rounds=1)
    row = await only(post)
    assert (row.status, row.error_kind, row.error_note) == ("handed_off", None, None)


async def test_moved_earlier_there_it_is_looked_at_then(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    theirs = soon(minutes=20)
    receiver.shelf.items["item-1"]["live_at"] = theirs.isoformat()
    await sql.run("UPDATE delivery SET next_at = now()")
    await work(post, rounds=1)
    row = await only(post)
    assert (row.next_at, row.error_kind) == (theirs, "changed_there")
    assert "It was moved there to" in str(row.error_note), "people may still decide before that"
    await pass_time(post, receiver, minutes=21)
    assert (await work(post)).status == "published"


async def test_canceled_there_fails_at_its_time_and_is_not_posted_again(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    receiver.shelf.items["item-1"]["removed"] = True
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    row = await only(post)
    assert (post.status, row.error_kind, row.error_note) == (
        "publish_failed",
        "changed_there",
        "It was canceled there.",
    )
    assert [effect["verb"] for effect in receiver.log.effects()] == ["hand_off"]


def still_waiting(row: Delivery) -> Fault:
    """A platform that missed its own schedule: it still lists the item for a time that has passed."""
    item = {"id": row.remote_id, "status": "scheduled", "live_at": row.remote_at.isoformat()}
    return Fault("status", status=200, body=json.dumps(item), on=("GET",))


async def test_not_live_half_an_hour_after_its_time_it_failed(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    await pass_time(post, hours=2)
    for minutes in (0, 10, 19):
        await pass_time(post, minutes=minutes)
        receiver.play(still_waiting(await only(post)))
        await work(post, rounds=1)
        assert await statuses(post) == ["handed_off"]
    await pass_time(post, minutes=6)
    receiver.play(still_waiting(await only(post)))
    post = await work(post)
    row = await only(post)
    assert (post.status, row.status, row.error_kind) == ("publish_failed", "failed", "platform_unavailable")


async def test_when_nobody_can_say_whether_it_is_live_a_person_decides(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    receiver.play(Fault("status", status=500, on=("GET",), times=99))
    await pass_time(post, receiver, minutes=151)
    post = await work(post)
    assert (post.status, await statuses(post)) == ("publish_failed", ["unconfirmed"])


async def test_checks_back_off_while_the_platform_is_late(receiver: Receiver) -> None:
    post = await handed_over(receiver)
    await pass_time(post, hours=2)
    waits = []
    for _ in range(6):
        await sql.run("UPDATE delivery SET next_at = now()")
        receiver.play(still_waiting(await only(post)))
        await lookups.look((await only(post)).id)
        waits.append(round(((await only(post)).next_at - now()).total_seconds()))
        await pass_time(post, minutes=4)
    assert waits == sorted(waits)
    assert waits[0] <= 15 and waits[-1] >= 299
