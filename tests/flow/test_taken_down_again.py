"""Taking down what came back, or what nobody may reach any more: asked anew, or said in plain words."""

from app import channels, sql
from app.flow import plan, recall, schedule
from app.flow.hearing import hear
from app.flow.resolve import resolve
from app.platforms.contract import Published
from tests.flow.stage import live, only, pass_time, queued, rehearsal, somebody, soon, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def test_what_came_back_is_taken_down_again_by_a_message_of_its_own(receiver: Receiver) -> None:
    """A receiver that remembers ids would take the same message for a repetition, and leave it live."""
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    post = await work(await recall.unpublish(post, by=by))
    row = await only(post)
    assert await hear(row.channel, row.key, Published("7", "https://there.example/7"), at=now(seconds=1))
    await resolve(await only(post), "take_down", by=by)
    await work(post)
    assert (await only(post)).status == "withdrawn"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["publish", "unpublish", "unpublish"]


async def test_asked_twice_by_one_recall_it_is_one_message(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    receiver.play(Fault("drop_after"))
    await work(await recall.unpublish(post, by=by))
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "unpublished"
    assert len(receiver.log.effects("unpublish")) == 1 and len(receiver.requests()) == 3


async def test_a_disconnected_channel_is_called_that_and_nothing_else(receiver: Receiver) -> None:
    by = await somebody()
    channel = await rehearsal(receiver)
    post = await live(channel, by=by)
    await channels.disconnect(channel.id, by=by)
    post = await work(await recall.unpublish(post, by=by))
    assert (post.status, (await only(post)).status) == ("published", "published")
    assert "is disconnected" in await sql.value("SELECT note FROM recall")
    assert await sql.value("SELECT broken_kind FROM channel WHERE id = $1", channel.id) is None


async def test_moved_to_a_new_time_it_is_watched_as_before(receiver: Receiver) -> None:
    by = await somebody()
    post = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    later = soon(days=2)
    await work(await schedule.reschedule(await plan.load(post.id), later, by=by))
    row = await only(post)
    assert (row.status, row.remote_at) == ("handed_off", later)
    assert row.next_at < now(hours=1, seconds=5), "what people do there in two days is not found out at its time only"
