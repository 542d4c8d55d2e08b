"""Taking back, played against a platform: agreed to, refused, half done, and what is closed meanwhile."""

import pytest
from asyncpg import UniqueViolationError

from app import facts, sql
from app.flow import asking, plan, publish, recall, schedule
from app.moves import Refused
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import (
    a_key,
    live,
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
from tests.stories.taking_back import ENDS, LIVE, SCHEDULED, TAKES_BACK, ask, ended, standing

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]


@pytest.mark.parametrize("name", [*SCHEDULED, *LIVE])
async def test_agreed_to_the_move_happens_in_the_askers_name(receiver: Receiver, name: str) -> None:
    by = await somebody()
    post = await standing(receiver, name, by)
    before = post.status
    post = await ask(post, name, by)
    assert (post.status, (await facts.of(post.id)).recall is not None) == (before, True)
    post = await work(post)
    assert post.status == ENDS[name]
    assert (await ended(post))[0] == "done"
    move = {"send_now": "publish_now"}.get(name, name)
    found = "SELECT person FROM event WHERE about = 'post' AND post = $1 AND move = $2 ORDER BY id DESC LIMIT 1"
    assert await sql.value(found, post.id, move) == by.person


async def test_a_post_taken_off_a_platforms_schedule_does_not_go_live_there(receiver: Receiver) -> None:
    by = await somebody()
    post = await work(await ask(await standing(receiver, "unschedule", by), "unschedule", by))
    await pass_time(post, receiver, hours=3)
    post = await work(post)
    assert (post.status, await statuses(post), await runs(post)) == ("approved", ["canceled"], ["canceled"])
    assert receiver.shelf.items["item-1"]["removed"]


async def test_a_platform_that_was_given_the_new_time_publishes_then(receiver: Receiver) -> None:
    by, earliest = await somebody(), soon(hours=6)
    post = await work(await ask(await standing(receiver, "reschedule", by), "reschedule", by))
    row = await only(post)
    assert (row.status, row.remote_at) == ("handed_off", post.publish_at)
    assert post.publish_at and earliest <= post.publish_at <= soon(hours=6)
    await pass_time(post, receiver, hours=3)
    assert (await work(post)).status == "scheduled"
    await pass_time(post, receiver, hours=3)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 0


async def test_sent_now_it_leaves_their_schedule_and_goes_out_once_under_a_new_key(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "send_now", by)
    key = (await only(post)).key
    post = await work(await ask(post, "send_now", by))
    row = await only(post)
    assert (post.status, row.status, row.generation) == ("published", "published", 2)
    assert row.key != key and row.remote_id == "item-2"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["hand_off", "remove", "publish"]


async def test_a_key_that_asked_is_named_too(receiver: Receiver) -> None:
    post, key = await standing(receiver, "reschedule", await somebody()), await a_key("publish")
    at = soon(hours=6)
    post = await work(await schedule.reschedule(post, at, by=key))
    assert post.publish_at == at
    assert await sql.value("SELECT key FROM event WHERE move = 'reschedule'") == key.key


@pytest.mark.parametrize("name", [*SCHEDULED, *LIVE])
async def test_refused_it_ends_with_the_reason_and_nothing_moved(receiver: Receiver, name: str) -> None:
    by = await somebody()
    post = await standing(receiver, name, by)
    before = (post.status, await statuses(post))
    receiver.play(Fault("status", status=403, on=TAKES_BACK))
    post = await work(await ask(post, name, by))
    assert (post.status, await statuses(post)) == before
    result, note = await ended(post)
    assert result == "refused" and note and "does not allow" in note
    assert await sql.value("SELECT broken_kind FROM channel WHERE broken_kind IS NOT NULL") == "permission_revoked"
    found = await sql.row("SELECT person, note FROM event WHERE about = 'recall' AND move LIKE 'refuse_%'")
    assert found and (found["person"], found["note"]) == (by.person, note)


async def test_half_down_is_a_failed_post_that_says_which(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by, twice=True)
    receiver.play(Fault("status", status=422, on=("DELETE",)))
    post = await work(await ask(post, "unpublish", by))
    assert (post.status, await statuses(post)) == ("publish_failed", ["published", "withdrawn"])
    assert (await moves_of(post))[-1] == "fail_recall"
    post = await work(await ask(post, "set_back", by))
    assert (post.status, await statuses(post)) == ("unpublished", ["withdrawn", "withdrawn"])


async def test_half_set_back_stays_failed_and_can_be_asked_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "set_back", by, twice=True)
    receiver.play(Fault("status", status=422, on=("DELETE",)))
    post = await work(await ask(post, "set_back", by))
    assert (post.status, await statuses(post)) == ("publish_failed", ["published", "withdrawn", "failed"])
    assert (await work(await ask(post, "set_back", by))).status == "unpublished"


@pytest.mark.parametrize("name", ["unschedule", "reopen"])
async def test_half_taken_off_their_schedules_the_rest_still_goes_out(receiver: Receiver, name: str) -> None:
    by = await somebody()
    post = await standing(receiver, name, by, twice=True)
    receiver.play(Fault("status", status=422, on=("DELETE",)))
    post = await work(await ask(post, name, by))
    assert (post.status, await statuses(post)) == ("scheduled", ["handed_off", "canceled"])
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    assert (post.status, await statuses(post)) == ("publish_failed", ["published", "canceled"])
    assert (await work(await schedule.line_up(post, None, by=by))).status == "published"


async def test_half_moved_each_platform_is_looked_at_at_the_time_it_has(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "reschedule", by, twice=True)
    receiver.play(Fault("status", status=422, on=("PATCH",)))
    post = await work(await ask(post, "reschedule", by))
    assert (await ended(post))[0] == "refused"
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    assert (post.status, await statuses(post)) == ("scheduled", ["published", "handed_off"])
    await pass_time(post, receiver, hours=4)
    assert (await work(post)).status == "published"


async def test_while_platforms_are_asked_other_moves_are_closed_and_nothing_new_is_sent(receiver: Receiver) -> None:
    by = await somebody()
    targets = await rehearsal(receiver, schedules=True), await webhook(receiver)
    post = await work(await queued(*targets, by=by, at=soon()))
    post = await ask(post, "unschedule", by)
    for name in ("unschedule", "reschedule", "reopen", "send_now"):
        with pytest.raises(Refused, match="being asked first"):
            await ask(post, name, by)
    with pytest.raises(Refused):
        await plan.set_time(post, post, by=by)  # type: ignore[arg-type]
    await pass_time(post, hours=2)
    for row in await of(post):
        await publish.send(row.id)
    assert await statuses(post) == ["handed_off", "pending"]
    assert len(receiver.log.effects("publish")) == 0


async def test_the_database_keeps_one_open_recall_a_post(receiver: Receiver) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, "unschedule", by), "unschedule", by)
    with pytest.raises(UniqueViolationError):
        await sql.run("INSERT INTO recall (post, move, next_at) VALUES ($1, 'reopen', now())", post.id)


@pytest.mark.parametrize("name", ["unschedule", "unpublish"])
async def test_who_may_not_make_the_move_may_not_ask_for_it(receiver: Receiver, name: str) -> None:
    post = await standing(receiver, name, await somebody())
    with pytest.raises(Refused) as refused:
        await ask(post, name, await somebody("writer"))
    assert refused.value.forbidden
    assert not await sql.value("SELECT count(*) FROM recall")


async def test_a_stale_page_asks_nothing(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    post.version -= 1
    with pytest.raises(Refused):
        await asking.ask(post, "unpublish", by=by)


async def test_the_bell_rings_after_the_asking_is_committed(receiver: Receiver, bells: list[str]) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    bells.clear()
    await ask(post, "unpublish", by)
    assert bells == ["recall"]
    bells.clear()
    await recall.sweep()
    assert bells == ["recall"]


async def test_what_cannot_come_down_stays_and_the_rest_is_taken_down(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await rehearsal(receiver, removes=False), await webhook(receiver), by=by)
    post = await work(await recall.unpublish(post, by=by))
    assert (post.status, await statuses(post)) == ("unpublished", ["published", "withdrawn"])


async def test_where_no_channel_can_take_it_down_there_is_no_such_move(receiver: Receiver) -> None:
    post = await live(await rehearsal(receiver, removes=False))
    with pytest.raises(Refused, match="No channel lets apps"):
        await recall.unpublish(post, by=await somebody())
    assert await status(post) == "published"


async def test_gone_there_already_counts_as_taken_down(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await rehearsal(receiver), by=by)
    receiver.shelf.items["item-1"]["removed"] = True
    assert (await work(await recall.unpublish(post, by=by))).status == "unpublished"
