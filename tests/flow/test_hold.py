"""Holding: due work found too late, or while sending is frozen, waits for a person and never bursts."""

import pytest

from app import sql
from app.flow import clicks, plan, publish, schedule
from app.flow.clicks import Click
from tests.flow.stage import (
    moves_of,
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
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def held_for(post: int) -> str | None:
    found: str | None = await sql.value("SELECT held_for FROM publication WHERE post = $1", post)
    return found


async def test_up_to_the_late_window_it_still_goes_out(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), at=soon())
    await pass_time(post, hours=2, minutes=59)
    assert (await work(post)).status == "published"


@pytest.mark.parametrize("at", ["later", None], ids=["scheduled", "at once"])
async def test_later_than_that_it_is_held(receiver: Receiver, at: str | None) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver), at=soon() if at else None)
    await pass_time(post, hours=4)
    assert (await work(post)).status == "scheduled"
    assert await held_for(post.id) == "late"
    assert not receiver.requests()
    assert [row.next_at for row in await of(post)] == [None, None]
    assert (await moves_of(post, "publication")).count("hold") == 1


async def test_a_held_post_is_never_looked_at_by_itself(receiver: Receiver, bells: list[str]) -> None:
    post = await queued(await webhook(receiver), at=soon())
    await pass_time(post, hours=4)
    await work(post)
    bells.clear()
    await publish.sweep()
    assert bells == []


async def test_send_now_releases_it(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), by=by, at=soon())
    await pass_time(post, hours=4)
    post = await work(post)
    post = await work(await schedule.send_now(post, by=by))
    assert post.status == "published"


async def test_a_new_time_releases_it(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), by=by, at=soon())
    await pass_time(post, hours=4)
    post = await work(post)
    post = await work(await schedule.reschedule(post, soon(hours=1), by=by))
    assert (post.status, await held_for(post.id)) == ("scheduled", None)
    await pass_time(post, hours=1)
    assert (await work(post)).status == "published"


async def test_it_may_be_dropped(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), by=by, at=soon())
    await pass_time(post, hours=4)
    post = await work(post)
    post = await schedule.unschedule(post, by=by)
    assert (post.status, await runs(post)) == ("approved", ["canceled"])


async def test_a_frozen_team_sends_nothing_that_has_not_begun(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), await rehearsal(receiver, schedules=True), by=by, at=soon())
    await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'person'")
    await work(post)
    assert await statuses(post) == ["pending", "pending"], "nothing is handed over either"
    await pass_time(post, hours=2)
    assert (await work(post)).status == "scheduled"
    assert await held_for(post.id) == "freeze"
    assert not receiver.requests()
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    post = await work(await clicks.perform(await plan.load(post.id), Click("publish_now"), by=by))
    assert post.status == "published"


async def test_a_freeze_lets_what_has_begun_settle_and_keeps_the_rest(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver))
    await publish.advance(post.id)
    first, second = await of(post)
    await publish.send(first.id)
    await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'person'")
    await publish.send(second.id)
    assert await statuses(post) == ["published", "pending"]
    assert await status(post) == "publishing"
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"


async def test_what_a_platform_published_while_we_were_away_is_found_and_the_rest_is_held(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver, schedules=True), await webhook(receiver), at=soon()))
    await pass_time(post, receiver, hours=4)
    post = await work(post)
    assert (post.status, await statuses(post)) == ("scheduled", ["published", "pending"])
    assert await held_for(post.id) == "late"
    post = await work(await schedule.send_now(post, by=await somebody()))
    assert (post.status, await statuses(post)) == ("published", ["published", "published"])


async def test_a_dead_channel_beside_a_healthy_one_is_held_with_it_after_an_outage(receiver: Receiver) -> None:
    dead = await webhook(receiver, broken_kind="expired_token", broken_at=now())
    post = await queued(dead, await webhook(receiver), at=soon())
    await publish.advance(post.id)
    await pass_time(post, hours=4)
    assert (await work(post)).status == "scheduled"
    assert await statuses(post) == ["pending", "pending"]
    assert await held_for(post.id) == "late"


async def test_an_unclear_hand_off_is_cleared_up_even_when_found_late(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after"))
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon()))
    assert await statuses(post) == ["retrying"]
    await pass_time(post, receiver, hours=4)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects()) == 1
    assert (await only(post)).tries == 2
