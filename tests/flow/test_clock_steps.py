"""Clock steps: what a clock that ran ahead had put far away is brought back once it is right again."""

from datetime import timedelta

from app import sql
from app.flow import clock_steps, publish
from tests.flow.stage import only, queued, soon, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now

AHEAD = timedelta(days=1)


async def test_a_channel_is_free_again_no_later_than_it_keeps_its_posts_apart(receiver: Receiver) -> None:
    stranded, spaced = await webhook(receiver), await webhook(receiver)
    await sql.run("UPDATE channel SET next_free_at = now() + $1::interval", AHEAD)
    await sql.run(
        "UPDATE channel SET settings = settings || '{\"spacing\": \"3600\"}', next_free_at = now() + interval '50 min'"
        " WHERE id = $1",
        spaced.id,
    )
    assert await clock_steps.mend() == 1
    waits = {row["id"]: row["waits"] for row in await sql.rows("SELECT id, next_free_at > now() AS waits FROM channel")}
    assert waits == {stranded.id: False, spaced.id: True}


async def test_a_wait_that_the_platform_asked_for_is_no_clock_that_was_ahead(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    receiver.play(Fault("status", status=429, headers={"retry-after": "600"}))
    await work(await queued(channel))
    assert await clock_steps.mend() == 0
    free_at = await sql.value("SELECT next_free_at FROM channel WHERE id = $1", channel.id)
    assert free_at > now(minutes=9), "the channel stays closed as long as it was asked to"
    await sql.run("UPDATE attempt SET ended_at = ended_at - $1::interval", 2 * AHEAD)
    assert await clock_steps.mend() == 1, "who asked two days ago does not explain it"


async def test_a_claim_made_by_a_clock_that_was_ahead_ends_in_its_usual_time(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    delivery = await only(post)
    assert await publish.begin(delivery.id) is not None, "a worker holds it, and dies"
    await sql.run("UPDATE attempt SET lease_until = lease_until + $1::interval", AHEAD)
    await sql.run("UPDATE delivery SET next_at = next_at + $1::interval", AHEAD)
    assert await clock_steps.mend() == 1
    assert (await only(post)).next_at < soon(minutes=1)
    assert await sql.value("SELECT lease_until < now() + interval '1 minute' FROM attempt")
    assert await clock_steps.mend() == 0, "a claim that is right is left alone"


async def test_a_place_in_the_queue_is_called_again_and_a_later_time_is_left_alone(receiver: Receiver) -> None:
    due, later = await queued(await webhook(receiver)), await queued(await webhook(receiver), at=soon(hours=5))
    for post in (due, later):
        await publish.advance(post.id)
    await sql.run("UPDATE delivery SET progress = '{\"queued\": true}', next_at = now() + $1::interval", AHEAD)
    assert await clock_steps.mend() == 1
    assert (await only(due)).next_at < soon(minutes=1)
    assert later.publish_at and (await only(later)).next_at >= later.publish_at
