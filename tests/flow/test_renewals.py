"""A token that runs out in the middle of things: one renewal, one repetition, and a channel that waits for people."""

import asyncio

import pytest

from app import channels, sql
from app.flow import lookups, parcels, publish, recall
from app.flow import renewals as module
from app.platforms.contract import Answer, Unknown
from app.tables import Channel, Post
from tests.flow.stage import attempts, live, of, only, pass_time, queued, rehearsal, somebody, soon, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def expiring(receiver: Receiver, plays: str = "keyed", **settings: object) -> Channel:
    return await rehearsal(receiver, plays, expires="on", **settings)


async def sent_together(*posts: Post) -> None:
    """Each by a worker of its own."""
    for post in posts:
        await publish.advance(post.id)
    await asyncio.gather(*[publish.send((await only(post)).id) for post in posts])


def renewals(receiver: Receiver) -> int:
    return len(receiver.log.of("renewal"))


@pytest.mark.parametrize("plays", ["keyed", "lookup", "blind"])
async def test_a_token_that_ran_out_is_renewed_and_the_call_made_again(receiver: Receiver, plays: str) -> None:
    channel = await expiring(receiver, plays)
    receiver.shelf.run_out = True
    post = await work(await queued(channel))
    assert post.status == "published"
    first, second = await attempts(post)
    assert (first["outcome"], first["error_kind"], first["http_status"]) == ("not_sent", "expired_token", 401)
    assert first["next_action"] == "next step: the same again with its new token"
    assert second["outcome"] == "published"
    assert (await only(post)).tries == 1
    assert len(receiver.log.effects("publish")) == 1


async def test_the_new_token_is_kept_sealed_with_its_end(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.shelf.run_out = True
    await work(await queued(channel))
    assert (await channels.account(channel.id)).secrets == {"token": receiver.shelf.token}
    known = await sql.row("SELECT secret, token_expires_at - now() AS left, next_at - now() AS due FROM channel")
    assert known is not None and receiver.shelf.token.encode() not in known["secret"]
    assert 590 < known["left"].total_seconds() <= 600
    assert 470 < known["due"].total_seconds() <= 480


async def test_many_that_find_it_out_at_once_ask_for_one_new_token(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.shelf.run_out = True
    posts = [await queued(channel) for _ in range(4)]
    await sent_together(*posts)
    assert renewals(receiver) == 1
    assert {(await only(post)).status for post in posts} == {"published"}
    assert len(receiver.log.effects("publish")) == 4


async def test_a_new_token_that_is_refused_too_ends_it(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("status", status=401, times=9, on=("items",)))
    post = await work(await queued(channel))
    assert post.status == "publish_failed"
    assert [attempt["outcome"] for attempt in await attempts(post)] == ["not_sent", "refused"]
    assert renewals(receiver) == 1
    assert await sql.value("SELECT broken_kind FROM channel") == "expired_token"


async def test_a_refused_renewal_fails_one_and_keeps_the_others_waiting(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.shelf.run_out = True
    receiver.play(Fault("status", status=401, times=9, on=("token",)))
    posts = [await queued(channel) for _ in range(4)]
    await sent_together(*posts)
    rows = [await only(post) for post in posts]
    assert sorted(row.status for row in rows) == ["failed", "retrying", "retrying", "retrying"]
    assert {row.error_kind for row in rows} == {"expired_token"}
    assert {row.tries for row in rows if row.status == "retrying"} == {0}
    asked = [row for row in receiver.requests() if row["target"].endswith("/token")]
    assert len(asked) == 1
    assert not receiver.log.effects()


@pytest.mark.parametrize(("code", "kind"), [(401, "expired_token"), (503, None)])
async def test_a_look_that_is_not_let_in_breaks_a_channel_only_when_its_renewal_is_refused(
    receiver: Receiver, code: int, kind: str | None
) -> None:
    channel = await expiring(receiver, "lookup")
    receiver.play(Fault("drop_after", on=("items",)))
    post = await work(await queued(channel))
    receiver.shelf.run_out = True
    receiver.play(Fault("status", status=code, times=9, on=("token",)))
    await pass_time(post, seconds=61)
    await work(post)
    assert (await only(post)).status == "retrying" and renewals(receiver) == 0
    assert await sql.value("SELECT broken_kind FROM channel") == kind


async def test_a_look_of_secrets_that_a_person_has_replaced_meanwhile_breaks_nothing(receiver: Receiver) -> None:
    channel = await rehearsal(receiver, "lookup")
    row = await only(await work(await queued(channel)))
    platform, parcel = await parcels.packed(row.id, files=False)
    await channels._keep_secrets(channel.id, {"token": "another"})
    refused = Unknown("The platform answered 401.", Answer(401))
    for sent, kind in ((parcel, None), ((await parcels.packed(row.id, files=False))[1], "expired_token")):
        assert await module.looked(platform, sent, refused) is refused
        assert await sql.value("SELECT broken_kind FROM channel") == kind


async def test_a_renewal_nobody_answers_is_tried_again_later(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.shelf.run_out = True
    receiver.play(Fault("status", status=503, on=("token",)))
    post = await work(await queued(channel))
    row = await only(post)
    assert (row.status, row.error_kind, row.tries) == ("retrying", "platform_unavailable", 1)
    assert await sql.value("SELECT broken_kind FROM channel") is None
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"


async def test_a_hand_over_is_repeated_with_the_new_token(receiver: Receiver) -> None:
    channel = await expiring(receiver, schedules="on")
    receiver.shelf.run_out = True
    post = await work(await queued(channel, at=soon()))
    assert (await only(post)).status == "handed_off"
    assert [attempt["intent"] for attempt in await attempts(post)] == ["hand_off", "hand_off"]


async def test_a_look_is_taken_again_with_the_new_token(receiver: Receiver) -> None:
    channel = await expiring(receiver, "lookup", schedules="on")
    post = await work(await queued(channel, at=soon()))
    await pass_time(post, receiver, hours=3)
    receiver.shelf.run_out = True
    await lookups.look((await only(post)).id)
    assert (await only(post)).status == "published"
    assert renewals(receiver) == 1


async def test_what_is_taken_down_gets_its_new_token_too(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    post = await live(channel)
    receiver.shelf.run_out = True
    await recall.unpublish(post, by=await somebody())
    await work(post)
    await sql.run("UPDATE recall SET next_at = now() WHERE ended_at IS NULL")
    await work(post)
    assert (await of(post))[0].status == "withdrawn"


async def test_platforms_without_renewals_are_never_asked_for_one(receiver: Receiver) -> None:
    channel = await rehearsal(receiver)
    receiver.shelf.run_out = True
    assert (await work(await queued(channel))).status == "publish_failed"
    assert len(receiver.requests()) == 1
