"""Taking back, played against a platform: done, refused, half done, overtaken, crashed half-way, out of time."""

import json

import pytest
from asyncpg import UniqueViolationError

from app import facts, sql
from app.flow import asking, calls, lookups, plan, publish, recall, review, schedule
from app.lifecycles.machine import PLATFORM, By
from app.moves import Refused
from app.platforms.contract import Published
from app.tables import Post
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import (
    a_key,
    attempts,
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

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]

SCHEDULED = ("unschedule", "reopen", "reschedule", "send_now")
LIVE = ("unpublish", "set_back")
ENDS = {
    "unschedule": "approved", "reopen": "generated_pending_review", "reschedule": "scheduled", "send_now": "published",
    "unpublish": "unpublished", "set_back": "unpublished",
}  # fmt: skip
TAKES_BACK = ("DELETE", "PATCH")


async def standing(receiver: Receiver, name: str, by: By, *, twice: bool = False) -> Post:
    """A post with something at a platform that `name` has to ask about first; on two channels when `twice`."""
    if name == "set_back":
        targets = [await rehearsal(receiver) for _ in range(1 + twice)] + [await webhook(receiver)]
        receiver.play(Fault("status", status=422, on=("post.publish",)))
        return await work(await queued(*targets, by=by))
    schedules = name in SCHEDULED
    targets = [await rehearsal(receiver, schedules=schedules) for _ in range(1 + twice)]
    return await work(await queued(*targets, by=by, at=soon() if schedules else None))


async def ask(post: Post, name: str, by: By) -> Post:
    match name:
        case "reschedule":
            return await schedule.reschedule(post, soon(hours=6), by=by)
        case "unschedule" | "send_now":
            return await getattr(schedule, name)(post, by=by)
        case "reopen":
            return await review.reopen(post, by=by)
        case _:
            return await getattr(recall, name)(post, by=by)


async def ended(post: Post) -> tuple[str, str | None]:
    found = await sql.row("SELECT result, note FROM recall WHERE post = $1 ORDER BY id DESC LIMIT 1", post.id)
    assert found is not None
    return found["result"], found["note"]


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
    by = await somebody()
    post = await work(await ask(await standing(receiver, "reschedule", by), "reschedule", by))
    row = await only(post)
    assert (row.status, row.remote_at, post.publish_at) == ("handed_off", soon(hours=6), soon(hours=6))
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
    post = await work(await schedule.reschedule(post, soon(hours=6), by=key))
    assert post.publish_at == soon(hours=6)
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


@pytest.mark.parametrize("name", SCHEDULED)
async def test_overtaken_what_is_live_already_is_shown_and_the_move_does_not_happen(
    receiver: Receiver, name: str
) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by), name, by)
    item = {"id": "item-1", "url": f"{receiver.origin}/p/item-1", "status": "live"}
    receiver.play(Fault("status", status=409, body=json.dumps(item), on=TAKES_BACK))
    post = await work(post)
    assert (post.status, await statuses(post)) == ("published", ["published"])
    result, note = await ended(post)
    assert result == "overtaken" and note and "already" in note


@pytest.mark.parametrize("name", SCHEDULED)
async def test_overtaken_by_a_callback_before_anybody_was_asked(receiver: Receiver, name: str) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by, twice=True), name, by)
    row = (await of(post))[0]
    await lookups.heard(row.id, Published("item-1", "https://there.example/1"), by=PLATFORM)
    post = await work(post)
    assert (await ended(post))[0] == "overtaken"
    assert (await of(post))[0].status == "published"
    # The other one was canceled there, or is there (or with us) for its time.
    assert post.status == ("scheduled" if name in ("reschedule", "send_now") else "publish_failed")


@pytest.mark.parametrize("when", ["before the call", "after the call"])
@pytest.mark.parametrize("name", [*SCHEDULED, *LIVE])
async def test_crashed_half_way_it_is_taken_up_again_and_done_once(receiver: Receiver, name: str, when: str) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by, twice=True), name, by)
    claimed = await recall._claim(post.id)
    assert claimed is not None
    first = (await recall._concerned(claimed))[0]
    opened = await recall._write_down(claimed, first.id)
    assert opened is not None
    if when == "after the call":
        await calls.make(opened)
    await work(post)
    assert (await facts.of(post.id)).recall is not None, "its lease has not run out"
    await pass_time(post, receiver, seconds=31)
    post = await work(post)
    assert post.status == ENDS[name]
    assert len(receiver.log.effects("remove")) <= 2
    assert not [attempt for attempt in await attempts(post) if attempt["ended_at"] is None]


async def test_answers_already_given_are_not_asked_for_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by, twice=True)
    receiver.play(Fault("drop_before", on=("DELETE",)))
    post = await work(await ask(post, "unpublish", by), rounds=1)
    assert await statuses(post) == ["published", "withdrawn"]
    await pass_time(post, seconds=11)
    assert (await work(post)).status == "unpublished"
    assert len([request for request in receiver.requests() if request["method"] == "DELETE"]) == 3


async def test_silence_is_asked_three_times_and_then_told(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    receiver.play(Fault("drop_before", on=("DELETE",), times=9))
    post = await ask(post, "unpublish", by)
    for _ in range(5):
        post = await work(post)
        await pass_time(post, seconds=11)
    assert (post.status, (await ended(post))[0]) == ("published", "refused")
    assert len([request for request in receiver.requests() if request["method"] == "DELETE"]) == 3


async def test_a_wait_that_the_platform_names_is_kept_and_costs_no_try(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    receiver.play(Fault("status", status=429, headers={"retry-after": "300"}, on=("DELETE",), times=4))
    post = await ask(post, "unpublish", by)
    for _ in range(4):
        await work(post)
        await pass_time(post, seconds=60)
        assert await recall._claim(post.id) is None
        await pass_time(post, seconds=245)
    assert (await work(post)).status == "unpublished"


@pytest.mark.parametrize("name", ["unschedule", "reopen", "reschedule"])
async def test_without_an_answer_by_the_time_the_recall_ends_and_the_post_goes_out(
    receiver: Receiver, name: str
) -> None:
    by = await somebody()
    post = await standing(receiver, name, by)
    receiver.play(Fault("drop_before", on=TAKES_BACK, times=9))
    post = await work(await ask(post, name, by))
    assert (await facts.of(post.id)).recall == name
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    assert await ended(post) == ("refused", recall.TOO_LATE)
    assert post.status == "published"


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
