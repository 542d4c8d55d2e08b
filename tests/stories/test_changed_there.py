"""Moved or canceled at the platform before its time: what a person may answer, and what comes of each answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app import sql
from app.flow import changed_there, lookups, review
from app.flow.hearing import hear
from app.flow.resolve import resolve
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.platforms.contract import HandedOff, Outcome, Published, Removed
from app.tables import Delivery, Post
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import (
    attempts,
    moves_of,
    of,
    only,
    pass_time,
    queued,
    rehearsal,
    somebody,
    soon,
    status,
    statuses,
    webhook,
    work,
)
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.stories.taking_back import ended

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]
THEIRS = soon(hours=9).replace(second=0)  # the time the platform prefers, in whole minutes as platforms keep it


async def say(row: Delivery, told: Outcome) -> None:
    await hear(row.channel, row.key, told, at=datetime.now(UTC))  # type: ignore[arg-type]


async def handed_over(receiver: Receiver, by: By, *more: object) -> Post:
    channel = await rehearsal(receiver, schedules=True)
    return await work(await queued(channel, *more, by=by, at=soon()))  # type: ignore[arg-type]


async def moved_there(receiver: Receiver, by: By, *more: object) -> Post:
    """Handed over, then moved by somebody at the platform, which called to say so."""
    post, at = await handed_over(receiver, by, *more), THEIRS
    receiver.shelf.items["item-1"]["live_at"] = at.isoformat()
    await say(await moved(post), HandedOff("item-1", "", at))
    return post


async def canceled_there(receiver: Receiver, by: By) -> Post:
    post = await handed_over(receiver, by)
    receiver.shelf.items["item-1"]["removed"] = True
    await say(await only(post), Removed())
    return post


async def moved(post: Post) -> Delivery:
    """The delivery that its platform has differently."""
    return next(row for row in await of(post) if row.remote_id == "item-1")


def effects(receiver: Receiver) -> list[str]:
    return [effect["verb"] for effect in receiver.log.effects()]


async def test_their_time_becomes_ours_and_nothing_is_asked_of_the_platform(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by)
    await resolve(await only(post), "use_their_time", by=by, seen=THEIRS)
    post, row = await work(post), await only(post)
    assert (post.status, post.publish_at, row.remote_at) == ("scheduled", *[THEIRS] * 2)
    assert row.next_at < THEIRS, "watched until then, as before"
    assert (row.status, row.error_kind, row.error_note) == ("handed_off", None, None)
    assert await sql.value("SELECT due_at FROM publication") == THEIRS
    assert await sql.value("SELECT person FROM event WHERE move = 'reschedule'") == by.person
    assert effects(receiver) == ["hand_off"] and len(receiver.requests()) == 1


async def test_a_post_that_took_their_time_goes_live_then_and_not_before(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by)
    await resolve(await only(post), "use_their_time", by=by, seen=THEIRS)
    await pass_time(post, receiver, hours=3)
    assert (await work(post)).status == "scheduled"
    await pass_time(post, receiver, hours=7)
    assert (await work(post)).status == "published"
    assert effects(receiver) == ["hand_off"]


async def test_what_we_send_ourselves_follows_to_their_time(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by, await webhook(receiver))
    await resolve(await moved(post), "use_their_time", by=by, seen=THEIRS)
    assert max(row.next_at for row in await of(post)) == THEIRS
    assert not await sql.value("SELECT count(*) FROM recall")


async def test_another_platform_that_holds_it_is_asked_to_follow_first(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by, await rehearsal(receiver, schedules=True))
    await resolve(await moved(post), "use_their_time", by=by, seen=THEIRS)
    assert (await moved(post)).error_kind == "changed_there", "it is agreed on once everybody has agreed"
    post = await work(post)
    assert (await ended(post))[0] == "done"
    assert [(row.status, row.remote_at, row.error_kind) for row in await of(post)] == [("handed_off", THEIRS, None)] * 2
    assert post.publish_at == THEIRS
    assert effects(receiver) == ["hand_off", "hand_off", "reschedule"]


async def test_when_another_platform_will_not_follow_the_question_stays(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by, await rehearsal(receiver, schedules=True))
    receiver.play(Fault("status", status=422, on=("PATCH",)))
    await resolve(await moved(post), "use_their_time", by=by, seen=THEIRS)
    ours = post.publish_at
    post = await work(post)
    assert ((await ended(post))[0], post.publish_at) == ("refused", ours)
    assert (await moved(post)).error_kind == "changed_there"
    await resolve(await moved(post), "hand_over_again", by=by)


async def test_a_time_the_person_did_not_see_is_not_taken(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by)
    await say(await only(post), HandedOff("item-1", "", THEIRS + timedelta(hours=1)))
    for seen in (THEIRS, None):
        with pytest.raises(Refused, match="once more"):
            await resolve(await only(post), "use_their_time", by=by, seen=seen)
    assert (await only(post)).error_kind == "changed_there"
    assert not await sql.value("SELECT count(*) FROM event WHERE move = 'reschedule'")


async def test_what_was_moved_there_is_asked_back_to_our_time(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by, await rehearsal(receiver, schedules=True))
    version = post.version
    await resolve(await moved(post), "hand_over_again", by=by)
    post = await work(post)
    first = await moved(post)
    assert (first.status, first.remote_at, first.error_kind, first.generation) == (
        "handed_off", post.publish_at, None, 1,
    )  # fmt: skip
    assert datetime.fromisoformat(receiver.shelf.items["item-1"]["live_at"]) == post.publish_at
    assert effects(receiver) == ["hand_off", "hand_off", "reschedule"], "only the moved one is asked"
    assert post.version == version and "reschedule" not in await moves_of(post), "the post was not moved"
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"


async def test_a_platform_that_keeps_its_own_time_is_told_of_and_the_answers_stay(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by)
    receiver.play(Fault("status", status=403, on=("PATCH",)))
    await resolve(await only(post), "hand_over_again", by=by)
    post = await work(post)
    result, note = await ended(post)
    assert result == "refused" and note and "does not allow" in note
    row = await only(post)
    assert (row.status, row.error_kind, post.status) == ("handed_off", "changed_there", "scheduled")


async def test_what_was_canceled_there_is_handed_over_again_under_a_new_key(receiver: Receiver) -> None:
    by = await somebody()
    post = await canceled_there(receiver, by)
    key = (await only(post)).key
    await resolve(await only(post), "hand_over_again", by=by)
    assert await statuses(post) == ["pending"]
    row = await only(await work(post))
    assert (row.status, row.remote_id, row.generation, row.error_kind) == ("handed_off", "item-2", 2, None)
    assert row.key != key and row.remote_at == post.publish_at
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert effects(receiver) == ["hand_off", "hand_off"]


async def test_handing_over_again_rings_the_worker_and_names_the_person(receiver: Receiver, bells: list[str]) -> None:
    by = await somebody()
    post = await canceled_there(receiver, by)
    bells.clear()
    await resolve(await only(post), "hand_over_again", by=by)
    assert bells == ["send"]
    assert await sql.value("SELECT person FROM event WHERE move = 'release'") == by.person


async def test_back_to_editing_takes_a_moved_one_off_their_schedule(receiver: Receiver) -> None:
    by = await somebody()
    post = await work(await review.reopen(await moved_there(receiver, by), by=by))
    assert (post.status, await statuses(post)) == ("generated_pending_review", ["canceled"])
    assert receiver.shelf.items["item-1"]["removed"]


async def test_a_canceled_one_has_no_time_to_use(receiver: Receiver) -> None:
    by = await somebody()
    post = await canceled_there(receiver, by)
    with pytest.raises(Refused, match="not moved there"):
        await resolve(await only(post), "use_their_time", by=by)


@pytest.mark.parametrize("make", [moved_there, canceled_there])
async def test_unanswered_it_fails_at_its_time_as_changed_there(
    receiver: Receiver, make: Callable[..., object]
) -> None:
    post = await make(receiver, await somebody())  # type: ignore[misc]
    await pass_time(post, receiver, hours=2)
    post, row = await work(post), await only(post)
    assert (post.status, row.status, row.error_kind) == ("publish_failed", "failed", "changed_there")
    with pytest.raises(Refused, match="Nobody waits"):
        await resolve(row, "hand_over_again", by=await somebody())
    assert effects(receiver) == ["hand_off"]


async def test_what_a_look_noticed_can_be_answered_like_what_was_called(receiver: Receiver) -> None:
    by = await somebody()
    post = await handed_over(receiver, by)
    await lookups.heard((await only(post)).id, HandedOff("item-1", "", THEIRS), by=By("worker"))
    assert changed_there.their_time((await only(post)).error_note) == THEIRS
    await resolve(await only(post), "use_their_time", by=by, seen=THEIRS)
    assert (await only(post)).remote_at == THEIRS


async def test_moved_back_there_the_question_is_gone(receiver: Receiver) -> None:
    post = await moved_there(receiver, await somebody())
    row = await only(post)
    await say(row, HandedOff("item-1", "", row.remote_at))
    assert (await only(post)).error_kind is None


async def test_a_new_time_that_everybody_took_answers_it_too(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by)
    await resolve(await only(post), "hand_over_again", by=by)
    with pytest.raises(Refused, match="being asked first"):
        await resolve(await only(post), "use_their_time", by=by, seen=THEIRS)
    assert (await only(await work(post))).error_kind is None


@pytest.mark.parametrize("name", ["use_their_time", "hand_over_again"])
async def test_only_an_editor_answers_and_only_what_they_saw(receiver: Receiver, name: str) -> None:
    post = await moved_there(receiver, await somebody())
    with pytest.raises(Refused) as refused:
        await resolve(await only(post), name, by=await somebody("writer"), seen=THEIRS)
    assert refused.value.forbidden
    stale = await only(post)
    stale.version -= 1
    with pytest.raises(MovedMeanwhile):
        await resolve(stale, name, by=await somebody(), seen=THEIRS)
    assert (await status(post), len(await attempts(post))) == ("scheduled", 1)


async def test_another_channel_that_is_live_early_does_not_overtake_the_one_that_is_asked(receiver: Receiver) -> None:
    by = await somebody()
    post = await moved_there(receiver, by, await rehearsal(receiver, schedules=True))
    other = next(row for row in await of(post) if row.remote_id == "item-2")
    await say(other, Published("item-2", "https://there.example/2"))
    await resolve(await moved(post), "hand_over_again", by=by)
    post = await work(post)
    assert (await ended(post))[0] == "done"
    assert ((await moved(post)).status, (await moved(post)).remote_at) == ("handed_off", post.publish_at)
