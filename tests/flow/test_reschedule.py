"""Changing the time, sending now and unscheduling while nothing is at a platform."""

import pytest

from app import sql
from app.flow import plan, publish, schedule
from app.moves import IllegalMove, MovedMeanwhile, Refused
from tests.flow.stage import (
    a_key,
    live,
    moves_of,
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
from tests.makers import make_channel, make_post
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def due(post: int) -> object:
    return await sql.value("SELECT due_at FROM publication WHERE post = $1 ORDER BY number DESC LIMIT 1", post)


async def test_the_new_time_is_the_posts_and_the_publications_and_the_approval_stays(bells: list[str]) -> None:
    post, at = await queued(await make_channel(), at=soon()), soon(hours=5)
    bells.clear()
    post = await schedule.reschedule(post, at, by=await somebody())
    assert (post.status, post.publish_at, await due(post.id)) == ("scheduled", at, at)
    assert (await moves_of(post))[-1] == "reschedule"
    assert bells == ["advance"]
    assert await sql.value("SELECT count(*) FROM seal WHERE voided_at IS NULL") == 1


async def test_it_goes_out_at_the_new_time_and_not_at_the_old(receiver: Receiver) -> None:
    by = await somebody()
    post = await work(await queued(await webhook(receiver), by=by, at=soon()))
    post = await schedule.reschedule(post, soon(hours=5), by=by)
    await pass_time(post, hours=3)
    assert (await work(post)).status == "scheduled"
    await pass_time(post, hours=2)
    assert (await work(post)).status == "published"


async def test_before_a_worker_has_taken_it_on_the_time_can_change_too(receiver: Receiver) -> None:
    by = await somebody()
    post = await schedule.reschedule(await queued(await webhook(receiver), by=by), soon(hours=5), by=by)
    assert (await work(post)).status == "scheduled"
    assert not receiver.requests()


async def test_a_refused_hand_off_is_offered_again_with_the_new_time(receiver: Receiver) -> None:
    by = await somebody()
    receiver.play(Fault("status", status=422))
    post = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    assert await statuses(post) == ["pending"]
    await work(await schedule.reschedule(post, soon(hours=5), by=by))
    assert await statuses(post) == ["handed_off"]


async def test_a_past_time_is_refused() -> None:
    post = await queued(await make_channel(), at=soon())
    with pytest.raises(Refused, match="That time has passed"):
        await schedule.reschedule(post, soon(minutes=-5), by=await somebody())
    assert await due(post.id) == post.publish_at


@pytest.mark.parametrize(("scope", "may"), [("publish", True), ("write", False), ("read", False)])
async def test_a_key_needs_the_scope_publish(scope: str, may: bool) -> None:
    post, at = await queued(await make_channel(), at=soon()), soon(hours=5)
    try:
        post = await schedule.reschedule(post, at, by=await a_key(scope))
    except Refused as refused:
        assert refused.forbidden
    assert (await due(post.id) == at) == may


@pytest.mark.parametrize("verb", ["reschedule", "unschedule", "send_now"])
async def test_a_writer_may_not_touch_the_schedule(verb: str) -> None:
    post = await queued(await make_channel(), at=soon())
    arguments = [soon(hours=5)] if verb == "reschedule" else []
    with pytest.raises(Refused) as refused:
        await getattr(schedule, verb)(post, *arguments, by=await somebody("writer"))
    assert refused.value.forbidden


@pytest.mark.parametrize("verb", ["reschedule", "unschedule", "send_now"])
async def test_of_two_clicks_the_second_changes_nothing(verb: str) -> None:
    by = await somebody()
    post = await queued(await make_channel(), by=by, at=soon())
    arguments = [soon(hours=5)] if verb == "reschedule" else []
    await schedule.reschedule(await plan.load(post.id), soon(hours=7), by=by)
    with pytest.raises(MovedMeanwhile):
        await getattr(schedule, verb)(post, *arguments, by=by)
    assert await status(post) == "scheduled"


@pytest.mark.parametrize("verb", ["unschedule", "reschedule"])
async def test_while_it_is_being_sent_the_schedule_is_closed(receiver: Receiver, verb: str) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    await publish.begin((await only(post)).id)
    arguments = [soon(hours=5)] if verb == "reschedule" else []
    with pytest.raises(IllegalMove):
        await getattr(schedule, verb)(await plan.load(post.id), *arguments, by=await somebody())


async def test_send_now_sends_what_was_scheduled(receiver: Receiver, bells: list[str]) -> None:
    by = await somebody()
    post = await work(await queued(await webhook(receiver), by=by, at=soon()))
    bells.clear()
    post = await schedule.send_now(post, by=by)
    assert bells == ["advance"]
    assert (await work(post)).status == "published"


async def test_unscheduled_nothing_goes_out_and_the_approval_stays(receiver: Receiver) -> None:
    by = await somebody()
    post = await work(await queued(await webhook(receiver), by=by, at=soon()))
    post = await schedule.unschedule(post, by=by)
    assert (post.status, await runs(post), await statuses(post)) == ("approved", ["canceled"], ["canceled"])
    await pass_time(post, hours=3)
    assert (await work(post)).status == "approved"
    assert not receiver.requests()
    assert (await work(await schedule.line_up(post, None, by=by))).status == "published"


async def test_unscheduled_by_a_person_before_any_worker_came(receiver: Receiver) -> None:
    by = await somebody()
    post = await schedule.unschedule(await queued(await webhook(receiver), by=by), by=by)
    assert (post.status, await runs(post)) == ("approved", ["canceled"])
    assert await moves_of(post, "publication") == ["create", "advance", "cancel"]


async def test_a_key_cancels_only_what_a_worker_has_taken_on(receiver: Receiver) -> None:
    key = await a_key("publish")
    post = await queued(await webhook(receiver), at=soon())
    with pytest.raises(Refused, match="not on the schedule yet") as refused:
        await schedule.unschedule(post, by=key)
    assert not refused.value.forbidden
    post = await work(post)
    assert (await schedule.unschedule(post, by=key)).status == "approved"


async def test_a_retry_taken_back_is_a_failure_again(receiver: Receiver) -> None:
    by = await somebody()
    receiver.play(Fault("status", status=422))
    post = await work(await queued(await rehearsal(receiver), await webhook(receiver), by=by))
    post = await schedule.line_up(post, soon(), by=by)
    assert (await schedule.unschedule(post, by=by)).status == "publish_failed"


async def test_what_is_live_has_no_schedule_to_change(receiver: Receiver) -> None:
    post = await live(await webhook(receiver))
    with pytest.raises(IllegalMove):
        await schedule.unschedule(post, by=await somebody())


@pytest.mark.parametrize("state", ["approved", "to_be_generated", "published"])
async def test_only_a_scheduled_post_can_be_rescheduled(state: str) -> None:
    with pytest.raises(IllegalMove):
        await schedule.reschedule(await make_post(state), soon(), by=await somebody())
