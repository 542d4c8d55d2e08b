"""Unknown outcomes: keyed ones get the same key again, lookup ones are asked, blind ones wait for a person."""

import asyncio

import pytest

from app import sql
from app.flow import calls, lookups, plan, publish, review, schedule, steps
from app.flow.hearing import hear
from app.lifecycles.machine import PLATFORM
from app.platforms.contract import Absent, Published, Refused, Unknown
from tests.flow.stage import attempts, live, of, only, pass_time, queued, rehearsal, somebody, status, webhook, work
from tests.flow.test_publish_changes import changed
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now

UNCLEAR = [Fault("drop_after"), Fault("status_after", status=500), Fault("hold"), Fault("nonsense"), Fault("cut")]


def named(fault: Fault) -> str:
    return fault.kind


async def knock(post: int, receiver: Receiver, times: int = 4) -> None:
    for _ in range(times):
        await pass_time(post, seconds=61)
        await work(post)


@pytest.mark.parametrize("fault", UNCLEAR, ids=named)
@pytest.mark.parametrize("signed", [True, False], ids=["webhook", "sandbox"])
async def test_a_keyed_platform_gets_the_same_key_again_and_acts_once(
    receiver: Receiver, fault: Fault, signed: bool
) -> None:
    receiver.play(fault)
    post = await work(await queued(await (webhook(receiver) if signed else rehearsal(receiver))))
    assert (await only(post)).status == "retrying"
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1
    assert len({request["key"] for request in receiver.requests()}) == 1


async def test_a_keyed_platform_that_never_answers_is_unconfirmed_after_three_tries(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", times=9))
    post = await work(await queued(await webhook(receiver)))
    await knock(post.id, receiver)
    row = await only(post)
    assert (row.status, row.error_kind) == ("unconfirmed", "outcome_unknown")
    assert len(receiver.requests()) == 3
    assert await status(post) == "publish_failed"


async def test_a_lookup_platform_is_asked_and_what_it_has_is_adopted(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "lookup")))
    row = await only(post)
    assert row.status == "retrying"
    await pass_time(post, seconds=11)
    assert (await work(post)).status == "published"
    assert (await only(post)).remote_id == receiver.log.effects("publish")[0]["id"]
    assert len(receiver.log.effects("publish")) == 1
    assert len(await attempts(post)) == 1, "a lookup is no attempt: it changes nothing"


async def test_a_lookup_platform_that_surely_has_nothing_is_sent_it_again(receiver: Receiver) -> None:
    receiver.play(Fault("drop_before", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "lookup")))
    await pass_time(post, seconds=11)
    assert (await work(post)).status == "published"
    assert [request["method"] for request in receiver.requests()] == ["POST", "GET", "POST"]
    assert len(receiver.log.effects("publish")) == 1


async def test_a_lookup_platform_that_loses_every_try_fails_certainly(receiver: Receiver) -> None:
    receiver.play(Fault("drop_before", on=("POST",), times=9))
    post = await work(await queued(await rehearsal(receiver, "lookup")))
    await knock(post.id, receiver)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "platform_unavailable")
    assert len([request for request in receiver.requests() if request["method"] == "POST"]) == 3


async def test_lookups_without_an_answer_become_unconfirmed(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)), Fault("status", status=500, on=("GET",), times=9))
    post = await work(await queued(await rehearsal(receiver, "lookup")))
    for _ in range(5):
        await pass_time(post, minutes=6)
        await work(post)
    assert (await only(post)).status == "unconfirmed"
    assert len([request for request in receiver.requests() if request["method"] == "GET"]) == len(steps.LOOKS)


@pytest.mark.parametrize("fault", UNCLEAR, ids=named)
async def test_a_blind_platform_is_never_asked_to_do_it_again(receiver: Receiver, fault: Fault) -> None:
    receiver.play(fault)
    post = await work(await queued(await rehearsal(receiver, "blind")))
    assert (await only(post)).status == "unconfirmed"
    for _ in range(100):
        await pass_time(post, minutes=10)
        await publish.sweep()
        await publish.send((await only(post)).id)
        await lookups.look((await only(post)).id)
    assert len(receiver.requests()) == 1
    assert await status(post) == "publish_failed"


async def test_bytes_that_certainly_never_left_are_no_unknown_on_a_blind_platform(receiver: Receiver) -> None:
    channel = await rehearsal(receiver, "blind")
    post = await queued(channel)
    await receiver.stop()
    post = await work(post)
    assert (await only(post)).status == "retrying"


async def test_an_answer_after_another_settled_is_kept_and_changes_nothing(receiver: Receiver) -> None:
    post = await queued(await rehearsal(receiver, "blind"))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    await pass_time(post, seconds=60)
    await publish.begin(call.delivery)
    assert (await only(post)).status == "unconfirmed"
    version = (await only(post)).version
    assert not await publish.settle(call.delivery, call.fence, Published("r-1", "https://there.example/r-1"))
    row = await only(post)
    assert (row.status, row.version, row.remote_id) == ("unconfirmed", version, None)
    assert "published" in (await attempts(post))[0]["late_answer"]


async def test_a_late_answer_gives_way_to_what_was_sent_since(receiver: Receiver) -> None:
    """The platform called to say no, a person sent it again, and then our first call is answered with yes."""
    by = await somebody()
    post = await queued(await webhook(receiver), by=by)
    await publish.advance(post.id)
    row = await only(post)
    opened = await publish.begin(row.id)
    assert opened is not None
    assert await hear(row.channel, row.key, Refused("content_rejected", "No."), at=now())
    post = await schedule.line_up(await plan.load(post.id), None, by=by)
    await publish.settle(row.id, opened.fence, Published("r", "https://there.example/r"))
    first, second = await of(post)
    assert (first.status, second.status) == ("failed", "pending")
    assert (await attempts(post))[0]["outcome"] == "published", "what was heard is kept"


async def test_an_unclear_answer_on_what_others_settled_ends_the_attempt(receiver: Receiver) -> None:
    """A callback said failed while our call was open; the call's own answer must not blow up on that."""
    post = await queued(await webhook(receiver), await webhook(receiver))
    await publish.advance(post.id)
    call = await publish.begin((await of(post))[0].id)
    assert call is not None
    await publish.refuse(await calls.load(call.delivery), "unexpected", "It says so.", by=PLATFORM)
    await publish.settle(call.delivery, call.fence, Unknown("No answer."))
    assert [a["outcome"] for a in await attempts(post)] == ["unknown"]
    assert (await of(post))[0].status == "failed"


async def test_a_lookup_that_was_overtaken_changes_nothing(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "lookup")))
    row = await only(post)
    await lookups.heard(row.id, Published("r", "https://there.example/r"), by=publish.WORKER, claimed=row)
    await lookups.heard(row.id, Absent(), by=publish.WORKER, claimed=row)
    assert (await only(post)).status == "published"


async def test_an_update_of_unknown_outcome_is_repeated_only_where_that_is_harmless(receiver: Receiver) -> None:
    by = await somebody()
    for plays, expected in (("keyed", "retrying"), ("lookup", "retrying"), ("blind", "unconfirmed")):
        post = await live(await rehearsal(receiver, plays), by=by)
        post = await review.save(post, await changed(post), by=by)
        receiver.play(Fault("drop_after", on=("PUT",)))
        post = await work(await schedule.publish_changes(post, by=by))
        assert (await of(post))[-1].status == expected, plays


async def test_a_platform_whose_code_breaks_leaves_an_unknown_outcome(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("app.platforms.sandbox.do", broken)
    post = await work(await queued(await rehearsal(receiver, "blind")))
    assert (await only(post)).status == "unconfirmed"
    assert await sql.value("SELECT count(*) FROM attempt WHERE ended_at IS NULL") == 0
