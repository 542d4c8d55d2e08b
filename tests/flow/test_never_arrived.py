"""A hand-off that a look did not find has not been sent: it waits for its time like any other that was not taken."""

from app import sql
from app.flow import plan, schedule
from app.tables import Post
from tests.flow.stage import only, pass_time, queued, rehearsal, somebody, soon, status, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def handed_over(receiver: Receiver) -> Post:
    return await work(await queued(await rehearsal(receiver, "lookup", schedules=True), at=soon()))


async def never_arrived(receiver: Receiver) -> Post:
    """Handed over three times to a platform that surely has nothing of it."""
    receiver.play(Fault("drop_before", times=3, on=("POST",)))
    post = await handed_over(receiver)
    for _ in range(4):
        await pass_time(post, receiver, seconds=61)
        await work(post)
    return post


async def test_it_is_sent_at_its_time(receiver: Receiver) -> None:
    post = await never_arrived(receiver)
    row = await only(post)
    assert (row.status, row.error_kind) == ("pending", "platform_unavailable")
    assert len(receiver.requests()) == 6, "three tries, each looked up once"
    assert await status(post) == "scheduled"
    await pass_time(post, receiver, hours=2)
    assert (await work(post)).status == "published"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["publish"]


async def test_it_can_be_taken_back_and_moved(receiver: Receiver) -> None:
    by, post = await somebody(), await never_arrived(receiver)
    post = await schedule.reschedule(await plan.load(post.id), soon(hours=5), by=by)
    assert (await work(post)).status == "scheduled"
    assert [effect["verb"] for effect in receiver.log.effects()] == ["hand_off"], "offered again for the new time"

    other = await never_arrived(receiver)
    assert (await schedule.unschedule(await plan.load(other.id), by=by)).status == "approved"


async def test_send_now_sends_it(receiver: Receiver) -> None:
    post = await never_arrived(receiver)
    post = await schedule.send_now(await plan.load(post.id), by=await somebody())
    assert (await work(post)).status == "published"


async def test_found_too_late_it_is_held(receiver: Receiver) -> None:
    post = await never_arrived(receiver)
    await pass_time(post, receiver, hours=9)
    assert (await work(post)).status == "scheduled"
    assert await sql.value("SELECT held_for FROM publication WHERE post = $1", post.id) == "late"
    assert not receiver.log.effects()


async def test_a_worker_that_comes_back_too_late_finds_it_absent_and_asks_somebody(receiver: Receiver) -> None:
    receiver.play(Fault("drop_before", on=("POST",)))
    post = await handed_over(receiver)
    assert (await only(post)).status == "retrying"
    await pass_time(post, receiver, hours=9)
    assert (await work(post)).status == "scheduled"
    assert await sql.value("SELECT held_for FROM publication WHERE post = $1", post.id) == "late"
    assert not receiver.log.effects()
