"""Live though it was taken back: heard of, raised, taken down or kept; and nothing is sent there again."""

from datetime import UTC, datetime, timedelta

import pytest

from app import facts, sql
from app.flow import recall, review, schedule
from app.flow.hearing import hear
from app.flow.resolve import resolve
from app.lifecycles.machine import By
from app.moves import Refused
from app.platforms.contract import Published, Removed
from app.tables import Channel, Delivery, Post
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import live, moves_of, of, only, pass_time, queued, rehearsal, somebody, soon, status, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.stories.taking_back import ended

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]

TAKEN_BACK = ("unscheduled", "reopened", "unpublished")


async def say_live(row: Delivery) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)
    await hear(row.channel, row.key, Published(row.remote_id or "", "https://there.example/1"), at=later)


async def taken_back(receiver: Receiver, how: str, by: By, **channel: bool) -> Post:
    """Off a platform's schedule, or taken down."""
    if how == "unpublished":
        post = await live(await rehearsal(receiver, **channel), by=by)
        return await work(await recall.unpublish(post, by=by))
    post = await work(await queued(await rehearsal(receiver, schedules=True, **channel), by=by, at=soon()))
    back = schedule.unschedule if how == "unscheduled" else review.reopen
    return await work(await back(post, by=by))


async def resurfaced(receiver: Receiver, how: str = "unscheduled", by: By | None = None) -> Post:
    """Taken back, and then reported live."""
    post = await taken_back(receiver, how, by or await somebody())
    receiver.shelf.items["item-1"]["removed"] = False
    await say_live(await only(post))
    return post


def effects(receiver: Receiver, verb: str) -> int:
    return len(receiver.log.effects(verb))


@pytest.mark.parametrize("how", TAKEN_BACK)
async def test_it_is_live_and_raised_and_the_post_does_not_move(receiver: Receiver, how: str) -> None:
    post = await resurfaced(receiver, how)
    row = await only(post)
    assert row.status == "published" and row.resurfaced_at is not None and row.removed_at is None
    assert await status(post) == post.status
    assert [target.resurfaced for target in (await facts.of(post.id)).targets] == [True]


@pytest.mark.parametrize("how", TAKEN_BACK)
async def test_nothing_is_sent_there_again(receiver: Receiver, how: str) -> None:
    post, by = await resurfaced(receiver, how), await somebody()
    sent = len(receiver.requests())
    if how == "reopened":
        post = (await review.approve(post, (await _digest(post)), by=by)).post
    with pytest.raises(Refused):
        await schedule.line_up(post, None, by=by)
    await work(post)
    assert len(receiver.requests()) == sent


async def _digest(post: Post) -> bytes:
    from_sheet = await sql.value("SELECT digest FROM seal WHERE post = $1 ORDER BY id DESC LIMIT 1", post.id)
    return bytes(from_sheet)


@pytest.mark.parametrize("how", TAKEN_BACK)
async def test_taken_down_it_is_withdrawn_in_the_persons_name_and_the_post_stays(receiver: Receiver, how: str) -> None:
    by = await somebody()
    post = await resurfaced(receiver, how, by)
    removed = effects(receiver, "remove")
    await resolve(await only(post), "take_down", by=by)
    assert (await facts.of(post.id)).recall == "take_down"
    version, fresh = post.version, await work(post)
    row = await only(post)
    assert (fresh.status, fresh.version) == (post.status, version)
    assert row.status == "withdrawn" and row.resurfaced_at is None and row.removed_at is not None
    assert effects(receiver, "remove") == removed + 1
    assert (await ended(post))[0] == "done"
    last = "SELECT person FROM event WHERE about = 'delivery' AND move = 'withdraw' ORDER BY id DESC LIMIT 1"
    assert await sql.value(last) == by.person


async def test_where_the_platform_refuses_it_says_so_and_the_question_stays(receiver: Receiver) -> None:
    by = await somebody()
    post = await resurfaced(receiver, "unpublished", by)
    receiver.play(Fault("status", status=422, on=("DELETE",)))
    await resolve(await only(post), "take_down", by=by)
    post = await work(post)
    result, note = await ended(post)
    row = await only(post)
    assert result == "refused" and note and (row.status, post.status) == ("published", "unpublished")
    assert row.resurfaced_at is not None
    assert await sql.value("SELECT note FROM event WHERE move = 'refuse_take_down'") == note
    await resolve(row, "take_down", by=by)
    assert (await only(await work(post))).status == "withdrawn"


async def test_only_the_one_that_came_back_is_taken_down(receiver: Receiver) -> None:
    by = await somebody()
    channels = [await rehearsal(receiver), await rehearsal(receiver, removes=False)]
    post = await work(await recall.unpublish(await live(*channels, by=by), by=by))
    first, second = await of(post)
    assert (first.status, second.status) == ("withdrawn", "published")
    receiver.shelf.items[first.remote_id]["removed"] = False
    await say_live(first)
    await sql.run("UPDATE channel SET settings = settings || '{\"removes\": true}'")
    await resolve((await of(post))[0], "take_down", by=by)
    await work(post)
    assert [row.status for row in await of(post)] == ["withdrawn", "published"]


async def test_kept_it_stays_and_nobody_is_asked_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await resurfaced(receiver, "unpublished", by)
    await resolve(await only(post), "keep", by=by)
    row = await only(post)
    assert row.status == "published" and row.resurfaced_at is None
    assert await status(post) == "unpublished"
    assert await sql.value("SELECT person FROM event WHERE about = 'delivery' AND move = 'keep'") == by.person
    for name in ("keep", "take_down"):
        with pytest.raises(Refused, match="decided this"):
            await resolve(await only(post), name, by=by)


async def half_canceled(receiver: Receiver, by: By) -> tuple[Post, Delivery]:
    """One platform gave it back, the other did not and published it: the post failed in part."""
    channels = [await rehearsal(receiver, schedules=True) for _ in range(2)]
    post = await work(await queued(*channels, by=by, at=soon()))
    receiver.play(Fault("status", status=422, on=("DELETE",)))
    post = await work(await schedule.unschedule(post, by=by))
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    assert post.status == "publish_failed"
    return post, (await of(post))[1]


async def test_a_failed_post_counts_as_published_once_what_came_back_is_kept(receiver: Receiver) -> None:
    by = await somebody()
    post, row = await half_canceled(receiver, by)
    await sql.run("UPDATE publication SET canceled_at = NULL")
    await say_live(row)
    assert await status(post) == "publish_failed", "it does not move on a report alone"
    await resolve((await of(post))[1], "keep", by=by)
    assert await status(post) == "published"
    assert await sql.value("SELECT person FROM event WHERE move = 'confirm_live'") == by.person


async def test_a_failed_post_stays_failed_when_what_came_back_is_taken_down(receiver: Receiver) -> None:
    by = await somebody()
    post, row = await half_canceled(receiver, by)
    receiver.shelf.items[row.remote_id]["removed"] = False
    await say_live(row)
    await resolve((await of(post))[1], "take_down", by=by)
    post = await work(post)
    assert (post.status, [row.status for row in await of(post)]) == ("publish_failed", ["published", "withdrawn"])


async def test_where_the_platform_removes_nothing_it_can_only_be_kept(receiver: Receiver) -> None:
    by = await somebody()
    post = await resurfaced(receiver, by=by)
    await sql.run("UPDATE channel SET settings = settings || '{\"removes\": false}'")
    with pytest.raises(Refused, match="delete it there by hand"):
        await resolve(await only(post), "take_down", by=by)
    await resolve(await only(post), "keep", by=by)
    assert (await only(post)).resurfaced_at is None


async def test_removed_there_by_hand_nobody_is_asked_any_more(receiver: Receiver) -> None:
    post = await resurfaced(receiver)
    row = await only(post)
    await hear(row.channel, row.key, Removed(), at=datetime.now(UTC))
    row = await only(post)
    assert row.status == "withdrawn" and row.resurfaced_at is None


async def waiting_again(receiver: Receiver, by: By) -> tuple[Post, Delivery]:
    """Taken off a platform's schedule, then lined up once more for a time at which we send it ourselves."""
    post = await taken_back(receiver, "unscheduled", by)
    await Channel.update({Channel.settings: {"plays": "keyed", "schedules": False}}, force=True)
    post = await work(await schedule.line_up(post, soon(hours=4), by=by))
    return post, (await of(post))[0]


async def test_what_waited_to_be_sent_there_again_gives_way_to_it(receiver: Receiver) -> None:
    by = await somebody()
    post, old = await waiting_again(receiver, by)
    await say_live(old)
    assert [(row.status, row.resurfaced_at is not None) for row in await of(post)] == [
        ("published", True), ("canceled", False),
    ]  # fmt: skip
    assert await status(post) == "scheduled"
    await pass_time(post, receiver, hours=4)
    assert (await work(post)).status == "publish_failed"
    assert effects(receiver, "publish") == 0
    await resolve((await of(post))[0], "keep", by=by)
    assert await status(post) == "published"


async def test_what_has_left_already_is_not_called_back_by_a_report(receiver: Receiver) -> None:
    by = await somebody()
    post, old = await waiting_again(receiver, by)
    await pass_time(post, receiver, hours=4)
    assert (await work(post)).status == "published"
    await say_live(old)
    assert [row.status for row in await of(post)] == ["canceled", "published"]
    assert (await moves_of(post, "delivery"))[-1] == "report_live"


@pytest.mark.parametrize("name", ["take_down", "keep"])
async def test_only_an_editor_decides(receiver: Receiver, name: str) -> None:
    post = await resurfaced(receiver)
    with pytest.raises(Refused) as refused:
        await resolve(await only(post), name, by=await somebody("writer"))
    assert refused.value.forbidden
    assert (await only(post)).resurfaced_at is not None


async def test_of_two_who_decide_the_second_hears_that_it_is_being_asked(receiver: Receiver) -> None:
    post, by = await resurfaced(receiver), await somebody()
    await resolve(await only(post), "take_down", by=by)
    for name in ("take_down", "keep"):
        with pytest.raises(Refused, match="being asked first"):
            await resolve(await only(post), name, by=by)
    assert await sql.value("SELECT count(*) FROM recall WHERE move = 'take_down'") == 1


async def test_an_earlier_copy_that_came_back_is_the_channels_own_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await taken_back(receiver, "unpublished", by)
    await sql.run("UPDATE delivery SET set_aside_at = now()")
    await say_live(await only(post))
    assert (await only(post)).set_aside_at is None
    with pytest.raises(Refused):
        await schedule.line_up(post, None, by=by)
