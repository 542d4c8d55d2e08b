"""Resolving by hand: it is live, it is not there, stop trying."""

import pytest

from app import sql
from app.flow.resolve import resolve
from app.moves import MovedMeanwhile, Refused
from app.tables import Post
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
    webhook,
    work,
)
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def lost(receiver: Receiver, *more: object) -> Post:
    """Not confirmed on a blind channel."""
    receiver.play(Fault("drop_after", on=("POST",)))
    return await work(await queued(await rehearsal(receiver, "blind"), *more))  # type: ignore[arg-type]


async def test_said_to_be_live_it_is_published_with_the_address_given(receiver: Receiver) -> None:
    post, by = await lost(receiver), await somebody()
    await resolve(await only(post), "confirm", by=by, url="https://there.example/p")
    row = await only(post)
    assert (row.status, row.remote_url, row.error_kind) == ("published", "https://there.example/p", None)
    assert await status(post) == "published"
    assert await sql.value("SELECT person FROM event WHERE move = 'confirm_live'") == by.person


async def test_said_to_be_live_while_another_is_not_the_post_stays_failed(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)), Fault("status", status=422, on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind"), await rehearsal(receiver)))
    await resolve((await of(post))[0], "confirm", by=await somebody())
    assert await status(post) == "publish_failed"


async def test_what_a_person_says_does_not_heal_a_channel(receiver: Receiver) -> None:
    post = await lost(receiver)
    await sql.run("UPDATE channel SET broken_kind = 'expired_token', broken_at = now()")
    await resolve(await only(post), "confirm", by=await somebody())
    assert await sql.value("SELECT broken_kind FROM channel") == "expired_token"


async def test_said_to_be_absent_it_is_sent_again_under_another_key(receiver: Receiver) -> None:
    post = await lost(receiver)
    first = await only(post)
    await resolve(first, "deny", by=await somebody())
    assert await status(post) == "scheduled"
    assert (await work(post)).status == "published"
    before, again = await of(post)
    assert (before.status, again.status) == ("failed", "published")
    assert before.key != again.key
    assert await runs(post) == ["completed", "completed"]


async def test_said_to_be_absent_while_others_go_out_it_just_failed(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)), Fault("status", status=429, on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind"), await rehearsal(receiver)))
    assert post.status == "publishing"
    await resolve((await of(post))[0], "deny", by=await somebody())
    assert [row.status for row in await of(post)] == ["failed", "retrying"]
    assert await status(post) == "publishing"


async def test_said_to_be_absent_before_its_time_it_waits_for_that(receiver: Receiver) -> None:
    """A hand-off nobody heard of leaves its run open: a second one beside it would be one too many."""
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind", schedules=True), at=soon()))
    assert (post.status, (await only(post)).status) == ("scheduled", "unconfirmed")
    await resolve(await only(post), "deny", by=await somebody())
    assert (await status(post), (await only(post)).status) == ("scheduled", "failed")
    await pass_time(post, hours=2)
    assert (await work(post)).status == "publish_failed"
    assert await runs(post) == ["completed"]


async def test_stop_trying_settles_it_and_ends_the_run(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=429))
    post = await work(await queued(await webhook(receiver)))
    await resolve(await only(post), "refuse", by=await somebody())
    row = await only(post)
    assert (row.status, row.error_kind, row.error_note) == ("failed", "rate_limited", "Stopped by hand.")
    assert await status(post) == "publish_failed"
    assert await runs(post) == ["completed"]


async def test_stop_trying_beside_what_is_live_leaves_it_partly_published(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=429))
    post = await work(await queued(await webhook(receiver), await webhook(receiver)))
    await resolve((await of(post))[0], "refuse", by=await somebody())
    assert await status(post) == "publish_failed"


@pytest.mark.parametrize("name", ["confirm", "deny"])
async def test_only_the_unconfirmed_can_be_said_to_be_anything(receiver: Receiver, name: str) -> None:
    receiver.play(Fault("status", status=429))
    post = await work(await queued(await webhook(receiver)))
    with pytest.raises(Refused):
        await resolve(await only(post), name, by=await somebody())
    assert (await only(post)).status == "retrying"


async def test_a_writer_may_not_decide(receiver: Receiver) -> None:
    post = await lost(receiver)
    with pytest.raises(Refused) as refused:
        await resolve(await only(post), "confirm", by=await somebody("writer"))
    assert refused.value.forbidden
    assert await moves_of(post, "delivery") == ["send", "lose"]


async def test_of_two_who_decide_the_second_changes_nothing(receiver: Receiver) -> None:
    post, by = await lost(receiver), await somebody()
    seen = await only(post)
    await resolve(await only(post), "confirm", by=by)
    with pytest.raises(MovedMeanwhile):
        await resolve(seen, "deny", by=by)
    assert await status(post) == "published"


async def test_an_unknown_word_is_refused(receiver: Receiver) -> None:
    with pytest.raises(Refused):
        await resolve(await only(await lost(receiver)), "explode", by=await somebody())
