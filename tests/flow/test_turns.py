"""Turns on a channel: how many calls at once, how far apart, one writer per site, and who is called next."""

import asyncio
from datetime import timedelta

import pytest

from app import sql
from app.atomic import doorbell
from app.doorbell import Bell
from app.flow import calls, onward, parcels, publish, recall, turns
from app.platforms.contract import Published, TryLater
from app.tables import Channel, Post
from tests.flow.stage import live, of, only, pass_time, queued, rehearsal, somebody, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now

OUTCOME = Published("r", "https://there.example/p")


async def due(*channels: Channel, posts: int = 1) -> list[Post]:
    """Posts whose deliveries may be sent now."""
    made = [await queued(channel) for channel in channels for _ in range(posts)]
    for post in made:
        await publish.advance(post.id)
    return made


async def spaced(receiver: Receiver) -> Channel:
    """At most one post a minute."""
    channel = await webhook(receiver)
    await sql.run("""UPDATE channel SET settings = settings || '{"spacing": "60"}'""")
    return channel


async def begin_all(posts: list[Post]) -> list[calls.Open]:
    """As many workers at once as there are posts."""
    numbers = [(await only(post)).id for post in posts]
    begun = await asyncio.gather(*(publish.begin(number) for number in numbers))
    return [call for call in begun if call]


async def waiting(channel: Channel) -> int:
    return int(await sql.value("SELECT count(*) FROM delivery WHERE channel = $1 AND progress ? 'queued'", channel.id))


@pytest.fixture
def ringing(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.Task[None]]:
    """A worker that answers each ring at once."""
    jobs: list[asyncio.Task[None]] = []

    async def ring(bells: list[Bell]) -> None:
        verbs = {"send": onward.send, "advance": onward.take_on}
        jobs.extend(asyncio.create_task(verbs[bell.job](bell.row)) for bell in bells)

    monkeypatch.setattr(doorbell, "ring", ring)
    return jobs


async def test_no_more_calls_are_open_at_once_than_the_channel_allows(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    posts = await due(channel, posts=9)
    begun = await begin_all(posts)
    assert len(begun) == 4
    assert await waiting(channel) == 5


async def test_who_waits_is_called_when_somebody_has_finished(receiver: Receiver, bells: list[str]) -> None:
    channel = await webhook(receiver)
    begun = await begin_all(await due(channel, posts=6))
    bells.clear()
    await turns.call(channel.id)
    assert await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()") == 1
    assert bells == ["send"]
    await publish.settle(begun[0].delivery, begun[0].fence, OUTCOME)
    called = await sql.value("SELECT id FROM delivery WHERE next_at <= now()")
    assert await publish.begin(called) is not None
    assert "queued" not in parcels.progress_of((await calls.load(called)).progress)


async def test_whoever_was_due_first_is_called_first(receiver: Receiver) -> None:
    channel = await webhook(receiver, next_free_at=now(minutes=5))
    first, second = await due(channel, posts=2)
    await sql.run("UPDATE publication SET due_at = created_at - interval '1 minute' WHERE post = $1", second.id)
    await begin_all([first, second])
    await sql.run("UPDATE channel SET next_free_at = now()")
    await turns.call(channel.id)
    assert await sql.value("SELECT post FROM delivery WHERE next_at <= now()") == second.id


async def test_thirty_due_at_once_never_burst_and_all_go_out(
    receiver: Receiver, ringing: list[asyncio.Task[None]]
) -> None:
    channel = await webhook(receiver)
    posts, most = await due(channel, posts=30), 0
    while running := [job for job in ringing if not job.done()]:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        most = max(most, await sql.value("SELECT count(*) FROM attempt WHERE ended_at IS NULL"))
    assert most <= 4 and receiver.busiest <= 4
    assert {(await only(post)).status for post in posts} == {"published"}
    assert len(receiver.log.effects("publish")) == 30


async def test_twenty_on_one_lane_follow_each_other_without_a_pause(
    receiver: Receiver, ringing: list[asyncio.Task[None]]
) -> None:
    """No sweep runs here, so every one of them was called by the one before."""
    one, other = await webhook(receiver, lane="site-1"), await webhook(receiver, lane="site-1")
    posts = await due(one, other, posts=10)
    while running := [job for job in ringing if not job.done()]:
        await asyncio.wait(running)
    assert {(await only(post)).status for post in posts} == {"published"}
    assert receiver.busiest == 1


async def test_sends_keep_their_distance_however_many_workers_ask(receiver: Receiver) -> None:
    channel = await spaced(receiver)
    posts = await due(channel, posts=5)
    assert len(await begin_all(posts)) == 1
    await sql.run("UPDATE delivery SET next_at = now() WHERE progress ? 'queued'")
    assert await begin_all(posts) == []
    assert await waiting(channel) == 4
    free = await sql.value("SELECT next_free_at - now() FROM channel")
    assert timedelta(seconds=55) < free <= timedelta(seconds=60)
    await turns.sweep()
    assert await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()") == 0
    await sql.run("UPDATE channel SET next_free_at = now()")
    await turns.sweep()
    assert await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()") == 1


async def test_the_distance_is_kept_between_posts_not_between_the_steps_of_one(receiver: Receiver) -> None:
    channel = await spaced(receiver)
    (post,) = await due(channel)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    await sql.run("UPDATE attempt SET ended_at = now(), outcome = 'went_on' WHERE fence = $1", call.fence)
    await sql.run("UPDATE delivery SET next_at = now() WHERE id = $1", call.delivery)
    assert await publish.begin(call.delivery) is not None


async def test_a_wait_the_platform_asks_for_is_kept_by_the_whole_channel(receiver: Receiver) -> None:
    channel, other = await webhook(receiver), await webhook(receiver)
    receiver.play(Fault("status", status=429, headers={"retry-after": "600"}))
    posts = await due(channel, posts=3)
    (elsewhere,) = await due(other)
    for post in [*posts, elsewhere]:
        await work(post)
    assert [(await only(post)).status for post in posts] == ["retrying", "pending", "pending"]
    assert (await only(elsewhere)).status == "published"
    assert len(receiver.requests()) == 2
    await pass_time(posts[0], seconds=601)
    await work(posts[0])
    for post in posts[1:]:
        await turns.call(channel.id)
        await work(post)
    assert {(await only(post)).status for post in posts} == {"published"}


async def test_an_absurd_wait_closes_the_channel_for_a_day_at_most(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    (post,) = await due(channel)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    await publish.settle(call.delivery, call.fence, TryLater("rate_limited", "Later.", now(days=400)))
    assert await sql.value("SELECT next_free_at - now() FROM channel") <= timedelta(hours=24)


async def test_whoever_waited_its_turn_past_the_late_window_is_not_held(receiver: Receiver) -> None:
    channel = await webhook(receiver, next_free_at=now(hours=2))
    (post,) = await due(channel)
    await begin_all([post])
    await sql.run("UPDATE publication SET created_at = created_at - interval '2 hours'")
    await sql.run("UPDATE channel SET next_free_at = now()")
    await turns.call(channel.id)
    assert (await work(post)).status == "published"


async def test_an_outage_while_waiting_its_turn_still_asks_somebody(receiver: Receiver) -> None:
    channel = await webhook(receiver, next_free_at=now(hours=2))
    (post,) = await due(channel)
    await begin_all([post])
    await pass_time(post, hours=3)
    await work(post)
    assert await sql.value("SELECT held_for FROM publication") == "late"


async def test_taking_down_is_not_kept_waiting_by_what_is_sent(receiver: Receiver) -> None:
    channel = await rehearsal(receiver, spacing="3600")
    post = await live(channel)
    await sql.run("UPDATE channel SET next_free_at = now() + interval '1 hour'")
    await recall.unpublish(post, by=await somebody())
    await work(post)
    assert (await of(post))[0].status == "withdrawn"


async def test_a_call_nobody_made_is_made_by_the_sweep(receiver: Receiver, bells: list[str]) -> None:
    channel = await webhook(receiver, lane="site-1")
    begun = await begin_all(await due(channel, posts=2))
    await publish.settle(begun[0].delivery, begun[0].fence, OUTCOME)
    bells.clear()
    await turns.sweep()
    assert bells == ["send"]
    assert await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()") == 1


async def test_nobody_is_called_while_the_site_is_written_to(receiver: Receiver) -> None:
    channel = await webhook(receiver, lane="site-1")
    await begin_all(await due(channel, posts=2))
    await turns.sweep()
    assert await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()") == 0
