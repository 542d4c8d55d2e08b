"""A channel whose account is dead: one delivery fails, the others wait for its repair, and go on when it comes."""

import asyncio

import pytest

from app import channels, sql
from app.channels import Typed
from app.flow import publish
from app.platforms.contract import Connected
from app.tables import Channel, Post
from tests.flow.stage import only, pass_time, queued, rehearsal, somebody, soon, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def died_under(receiver: Receiver, channel: Channel, code: int, posts: int) -> list[Post]:
    """So many calls were open when the account died."""
    receiver.play(Fault("status", status=code, times=posts))
    made = [await queued(channel) for _ in range(posts)]
    for post in made:
        await publish.advance(post.id)
    begun = [await publish.begin((await only(post)).id) for post in made]
    await asyncio.gather(*[publish.carry_out(one) for one in begun])
    return made


async def reconnect(channel: Channel, receiver: Receiver) -> None:
    typed = Typed(channel.name, {"url": f"{receiver.origin}/hook"}, {"secret": receiver.shelf.secret})
    assert isinstance(await channels.change(channel.id, typed, by=await somebody("admin")), Connected)


@pytest.mark.parametrize(("code", "kind"), [(401, "expired_token"), (403, "permission_revoked")])
async def test_of_those_under_way_one_fails_and_the_others_wait(receiver: Receiver, code: int, kind: str) -> None:
    posts = await died_under(receiver, await webhook(receiver), code, 4)
    rows = [await only(post) for post in posts]
    assert sorted(row.status for row in rows) == ["failed", "retrying", "retrying", "retrying"]
    assert {row.error_kind for row in rows} == {kind}


async def test_what_comes_due_later_waits_untried(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await died_under(receiver, channel, 401, 1)
    later = await work(await queued(channel))
    assert ((await only(later)).status, later.status) == ("pending", "scheduled")
    assert len(receiver.requests()) == 1


async def test_reconnected_it_rings_for_everything_that_waited(receiver: Receiver, bells: list[str]) -> None:
    channel = await webhook(receiver)
    posts = await died_under(receiver, channel, 401, 3)
    posts.append(await work(await queued(channel)))
    bells.clear()
    await reconnect(channel, receiver)
    assert bells == ["send"] * 3
    for post in posts:
        await work(post)
    assert sorted([(await only(post)).status for post in posts]) == ["failed", "published", "published", "published"]
    assert len(receiver.log.effects("publish")) == 3


async def test_a_good_test_rings_for_them_too(receiver: Receiver, bells: list[str]) -> None:
    channel = await webhook(receiver)
    await died_under(receiver, channel, 401, 2)
    bells.clear()
    await channels.test(channel.id, by=await somebody("admin"))
    assert bells == ["send"]


async def test_not_repaired_in_time_they_fail_certainly_unsent(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    posts = await died_under(receiver, channel, 401, 3)
    posts.append(await work(await queued(channel)))
    sent = len(receiver.requests())
    for post in posts:
        await pass_time(post, minutes=61)
        await work(post)
    assert {(await only(post)).status for post in posts} == {"failed"}
    assert len(receiver.requests()) == sent


async def test_a_hand_over_to_a_dead_channel_is_made_after_its_repair(receiver: Receiver) -> None:
    channel = await rehearsal(receiver, schedules=True)
    receiver.play(Fault("status", status=401))
    post = await work(await queued(channel, at=soon()))
    assert ((await only(post)).status, (await only(post)).error_kind) == ("pending", "expired_token")
    await channels.test(channel.id, by=await somebody("admin"))
    await work(post)
    assert (await only(post)).status == "handed_off"


async def test_somebody_elses_channel_goes_on(receiver: Receiver) -> None:
    await died_under(receiver, await webhook(receiver), 401, 2)
    assert (await work(await queued(await webhook(receiver)))).status == "published"
    assert await sql.value("SELECT count(*) FROM channel WHERE broken_kind IS NOT NULL") == 1
