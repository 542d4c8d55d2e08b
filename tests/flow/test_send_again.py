"""Send it again: a second copy where one stayed live, only where a person ticked it (invariant xiii)."""

import pytest

from app import facts, sql
from app.flow import recall, review, schedule
from app.moves import Refused
from app.tables import Channel, Post
from tests.flow.stage import live, moves_of, of, rehearsal, somebody, soon, status, statuses, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def taken_down(receiver: Receiver) -> tuple[Post, Channel, Channel]:
    """Unpublished: gone from the first channel, still live on the second, which lets nothing be taken down."""
    goes, stays = await rehearsal(receiver), await rehearsal(receiver, removes=False)
    post = await live(goes, stays)
    post = await work(await recall.unpublish(post, by=await somebody()))
    assert post.status == "unpublished"
    return post, goes, stays


async def aside(post: Post) -> list[int]:
    found = await sql.rows("SELECT id FROM delivery WHERE post = $1 AND set_aside_at IS NOT NULL ORDER BY id", post.id)
    return [record["id"] for record in found]


async def test_without_a_tick_what_stayed_live_is_left_out(receiver: Receiver) -> None:
    post, _, stays = await taken_down(receiver)
    await work(await schedule.line_up(post, None, by=await somebody()))
    assert await status(post) == "published"
    assert [d.status for d in await of(post) if d.channel == stays.id] == ["published"]
    assert await aside(post) == []


async def test_a_tick_sends_a_second_copy_and_the_first_stays_live(receiver: Receiver) -> None:
    post, _, stays = await taken_down(receiver)
    before = len(receiver.log.effects())
    post = await work(await schedule.line_up(post, None, by=await somebody(), again=frozenset({stays.id})))
    copies = [d for d in await of(post) if d.channel == stays.id]
    assert (post.status, [d.status for d in copies]) == ("published", ["published", "published"])
    assert await aside(post) == [copies[0].id]
    assert copies[0].key != copies[1].key and copies[0].remote_id != copies[1].remote_id
    assert len(receiver.log.effects()) == before + 2
    assert "set_aside" in await moves_of(post, "delivery")


async def test_a_tick_is_enough_where_nothing_else_is_left_to_send(receiver: Receiver) -> None:
    post, goes, stays = await taken_down(receiver)
    await sql.run("DELETE FROM post_channel WHERE post = $1 AND channel = $2", post.id, goes.id)
    with pytest.raises(Refused, match="Tick the channels"):
        await schedule.line_up(post, soon(), by=await somebody())
    fresh = await schedule.line_up(post, soon(), by=await somebody(), again=frozenset({stays.id}))
    assert fresh.status == "scheduled"


async def test_only_a_channel_that_is_live_takes_a_second_copy(receiver: Receiver) -> None:
    post, goes, _ = await taken_down(receiver)
    await work(await schedule.line_up(post, None, by=await somebody(), again=frozenset({goes.id, 99_999})))
    assert await aside(post) == []
    assert [d.status for d in await of(post) if d.channel == goes.id] == ["withdrawn", "published"]


async def test_a_second_copy_that_is_canceled_leaves_the_first_as_it_was(receiver: Receiver) -> None:
    post, _, stays = await taken_down(receiver)
    by = await somebody()
    post = await schedule.line_up(post, soon(), by=by, again=frozenset({stays.id}))
    post = await schedule.unschedule(post, by=by)
    assert await aside(post) == []
    target = next(t for t in (await facts.of(post.id)).targets if t.channel == stays.id)
    assert (target.delivery, target.also_live) == ("published", False)


async def test_a_second_copy_that_fails_does_not_hide_the_first(receiver: Receiver) -> None:
    post, _, stays = await taken_down(receiver)
    receiver.play(Fault("status", status=422, on=("POST",), times=2))
    post = await work(await schedule.line_up(post, None, by=await somebody(), again=frozenset({stays.id})))
    known = await facts.of(post.id)
    assert post.status == "publish_failed"
    assert [t.channel for t in known.live] == [stays.id]
    with pytest.raises(Refused, match="Something is live"):
        await review.reopen(post, by=await somebody())
    post = await review.accept(post, "One copy is enough.", by=await somebody())
    assert (post.status, await aside(post)) == ("published", [])


async def test_taking_down_asks_for_both_copies(receiver: Receiver) -> None:
    post, _, stays = await taken_down(receiver)
    post = await work(await schedule.line_up(post, None, by=await somebody(), again=frozenset({stays.id})))
    await sql.run("UPDATE channel SET settings = settings || '{\"removes\": true}' WHERE id = $1", stays.id)
    post = await work(await recall.unpublish(post, by=await somebody()))
    assert post.status == "unpublished"
    assert set(await statuses(post)) == {"withdrawn"}
