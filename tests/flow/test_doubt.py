"""A refusal after a call without a clear answer proves nothing: the delivery is not confirmed, and a person decides.

Found by the state machine: the effect took place and its answer was lost, the same key was refused at the next try
(a token, a limit, a changed rule), and “failed, certainly not there” let Retry publish a second copy.
"""

from datetime import UTC, datetime

import pytest

from app import sql
from app.flow import plan, publish, schedule
from app.flow.hearing import hear
from app.flow.resolve import resolve
from app.moves import Refused
from app.platforms import contract
from tests.flow.stage import moves_of, only, pass_time, queued, rehearsal, somebody, soon, status, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

LOST = Fault("drop_after")
REFUSALS = [
    Fault("status", status=422),
    Fault("status", status=401, times=9),
    Fault("status", status=403),
    Fault("status", status=503, times=9),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda fault: str(fault.status))
async def test_refused_after_a_lost_answer_it_is_not_confirmed(receiver: Receiver, refusal: Fault) -> None:
    receiver.play(LOST)
    receiver.play(refusal)
    post = await work(await queued(await webhook(receiver)))
    for _ in range(4):
        await pass_time(post, seconds=61)
        await work(post)
    row = await only(post)
    assert (row.status, row.error_kind) == ("unconfirmed", "outcome_unknown")
    assert "may be there all the same" in str(row.error_note)
    assert await status(post) == "publish_failed"
    assert len(receiver.log.effects("publish")) == 1


async def test_refused_without_doubt_it_has_failed(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=503))
    receiver.play(Fault("status", status=422))
    post = await work(await queued(await webhook(receiver)))
    await pass_time(post, seconds=61)
    await work(post)
    assert (await only(post)).status == "failed"


async def test_a_dead_worker_leaves_the_same_doubt(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    assert await publish.begin((await only(post)).id) is not None
    receiver.play(Fault("status", status=422))
    await pass_time(post, seconds=61)
    await work(post)
    assert (await only(post)).status == "unconfirmed"


async def test_a_channel_that_stays_dead_until_too_late_leaves_it_unconfirmed(receiver: Receiver) -> None:
    receiver.play(LOST)
    channel = await webhook(receiver)
    post = await work(await queued(channel))
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", channel.id)
    await pass_time(post, seconds=61)
    await work(post)
    assert (await only(post)).status == "unconfirmed"


async def test_an_unclear_hand_off_whose_channel_dies_is_unconfirmed_at_its_time(receiver: Receiver) -> None:
    receiver.play(LOST)
    channel = await rehearsal(receiver, schedules=True)
    post = await work(await queued(channel, at=soon()))
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", channel.id)
    await pass_time(post, hours=2)
    await work(post)
    assert (await only(post)).status == "unconfirmed"


async def test_stopping_the_tries_by_hand_leaves_the_doubt(receiver: Receiver) -> None:
    by = await somebody()
    receiver.play(LOST)
    post = await work(await queued(await webhook(receiver), by=by))
    await resolve(await only(post), "refuse", by=by)
    assert (await only(post)).status == "unconfirmed"
    assert "stop_trying" in await moves_of(post, "delivery")


async def test_stopped_while_the_platform_is_asked_what_it_has_it_is_not_confirmed(receiver: Receiver) -> None:
    """Called failed, Retry would send it under another key beside the one that is there."""
    by = await somebody()
    receiver.play(LOST)
    post = await work(await queued(await rehearsal(receiver, "lookup"), by=by))
    await resolve(await only(post), "refuse", by=by)
    row = await only(post)
    assert (row.status, row.error_kind) == ("unconfirmed", "outcome_unknown")
    assert "may be there all the same" in str(row.error_note)
    assert await status(post) == "publish_failed"


async def test_accepted_at_the_next_try_there_is_no_doubt(receiver: Receiver) -> None:
    receiver.play(LOST)
    post = await work(await queued(await webhook(receiver)))
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1


async def test_a_platform_that_calls_to_say_no_ends_the_doubt(receiver: Receiver) -> None:
    receiver.play(LOST)
    post = await work(await queued(await rehearsal(receiver)))
    row = await only(post)
    assert row.status == "retrying"
    told = contract.Refused("content_rejected", "We do not take this.")
    assert await hear(row.channel, row.key, told, at=datetime.now(UTC))
    assert (await only(post)).status == "failed"


async def test_a_hand_off_in_doubt_is_not_taken_back_unasked_and_its_key_acts_once(receiver: Receiver) -> None:
    """Taken back and sent again under another key, it would be there twice when the platform holds it after all."""
    receiver.play(*[Fault("status_after", status=502)] * 3)
    by = await somebody()
    post = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    for _ in range(2):
        await pass_time(post, seconds=61)
        await work(post)
    assert (await only(post)).status == "pending"
    post = await plan.load(post.id)
    for take_back in (schedule.unschedule(post, by=by), schedule.reopen(post, by=by)):
        with pytest.raises(Refused, match="may hold it already"):
            await take_back
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert len(receiver.shelf.items) == 1
