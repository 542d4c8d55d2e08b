"""A worker that dies: what its open attempt means for each class, and that every row is found again."""

import asyncio
import os

import pytest
from redis.asyncio import from_url

from app import doorbell, sql
from app.flow import calls, publish, recall, schedule
from app.flow import generate as generation
from app.platforms.contract import NotSent, Published
from app.worker import DAILY, SWEEPS
from tests.flow.stage import (
    approved,
    attempts,
    only,
    pass_time,
    queued,
    rehearsal,
    somebody,
    soon,
    status,
    statuses,
    webhook,
    work,
)
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def died(receiver: Receiver, plays: str, *, after: bool) -> int:
    """A post whose worker died with an open attempt, `after` its request was answered or before it left."""
    post = await queued(await rehearsal(receiver, plays))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    if after:
        await publish.calls.make(call)
    return post.id


async def test_an_attempt_under_lease_is_left_alone(receiver: Receiver) -> None:
    post = await died(receiver, "keyed", after=False)
    await work(post)
    assert await statuses(post) == ["sending"]
    assert not receiver.requests()


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
@pytest.mark.parametrize("plays", ["keyed", "lookup"])
async def test_keyed_and_lookup_platforms_are_brought_to_one_effect(
    receiver: Receiver, plays: str, after: bool
) -> None:
    post = await died(receiver, plays, after=after)
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
async def test_a_blind_platform_waits_for_a_person(receiver: Receiver, after: bool) -> None:
    post = await died(receiver, "blind", after=after)
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "publish_failed"
    assert await statuses(post) == ["unconfirmed"]
    assert len(receiver.log.effects("publish")) == after
    assert (await attempts(post))[0]["why"] == publish.INTERRUPTED


async def test_a_zombie_that_comes_back_writes_nothing_over_the_resumed_work(receiver: Receiver) -> None:
    post = await queued(await rehearsal(receiver, "keyed"))
    await publish.advance(post.id)
    zombie = await publish.begin((await only(post)).id)
    assert zombie is not None
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"
    await publish.settle(zombie.delivery, zombie.fence, Published("other", "https://there.example/other"))
    assert (await only(post)).remote_id != "other"


async def test_a_worker_that_dies_between_accepting_and_advancing_loses_nothing(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    found = await sql.rows("SELECT post FROM publication WHERE next_at <= now()")
    assert [record["post"] for record in found] == [post.id]


async def swept(bells: list[str]) -> list[str]:
    bells.clear()
    for sweep in (publish.sweep, recall.sweep, generation.sweep):
        await sweep()
    return list(bells)


async def test_sweeps_find_everything_when_every_bell_was_lost(receiver: Receiver, bells: list[str]) -> None:
    post = await queued(await webhook(receiver))
    assert await swept(bells) == ["advance"]
    await publish.advance(post.id)
    assert await swept(bells) == ["send"]
    await work(post)
    assert await status(post) == "published"
    assert await swept(bells) == []


async def test_a_sweep_finds_a_run_whose_deliveries_settled_without_anybody_closing_it(
    receiver: Receiver, bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await queued(await webhook(receiver))

    async def forgotten(*_: object, **__: object) -> None:
        await asyncio.sleep(0)

    with monkeypatch.context() as patched:
        patched.setattr(publish, "close_up", forgotten)
        await work(post, rounds=2)
    assert await statuses(post) == ["published"] and await status(post) == "publishing"
    assert await swept(bells) == ["advance"]
    await publish.advance(post.id)
    assert await status(post) == "published"


async def test_a_sweep_rings_for_what_waits_no_longer_and_for_nothing_else(
    receiver: Receiver, bells: list[str]
) -> None:
    post = await queued(await webhook(receiver), at=soon())
    await publish.advance(post.id)
    assert await swept(bells) == []
    await pass_time(post, hours=2)
    assert await swept(bells) == ["send"]


async def test_flushing_redis_at_any_moment_loses_nothing(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await rehearsal(receiver))
    for _ in range(4):
        async with from_url(os.environ["REDIS_URL"]) as redis:
            await redis.flushdb()
        await work(post, rounds=1)
    assert await status(post) == "published"


async def test_with_redis_away_every_verb_still_commits(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "settings", lambda: type("Away", (), {"redis_url": "redis://127.0.0.1:1"})())
    monkeypatch.setattr("app.atomic.doorbell", doorbell.Doorbell())
    receiver.play(Fault("status", status=429))
    post = await work(await queued(await webhook(receiver)))
    assert await statuses(post) == ["retrying"]
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"


async def test_the_attempt_is_committed_before_its_call_leaves(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    number, before = (await only(post)).id, len(receiver.requests())
    receiver.play(Fault("hold_before"))
    sending = asyncio.create_task(publish.send(number))
    while len(receiver.requests()) == before and not sending.done():  # noqa: ASYNC110 - the wire tells nobody
        await asyncio.sleep(0.01)
    (attempt,) = await attempts(post)  # on a connection of its own: it sees what is committed
    assert (attempt["ended_at"], (await only(post)).status) == (None, "sending")
    receiver.release.set()
    await sending


async def test_no_sweep_schedules_what_a_person_has_not(receiver: Receiver) -> None:
    due = now(hours=-1)
    left = await approved(await webhook(receiver), planned_on=due.date(), planned_time=due.time(), publish_at=due)
    taken_off = await queued(await webhook(receiver), at=soon())
    await schedule.unschedule(taken_off, by=await somebody())
    for verb in (*SWEEPS, *DAILY):
        await verb()
    for post in (left, taken_off):
        await work(post)
        assert await status(post) == "approved"
    assert receiver.log.effects() == []


@pytest.mark.parametrize(
    "stood", ["lease_until = now() + interval '15 seconds'", "ended_at = now(), outcome = 'unknown'"]
)
async def test_a_worker_that_stood_still_before_its_call_makes_none(receiver: Receiver, stood: str) -> None:
    """Somebody else may have taken over while it was suspended; what it had packed stays here."""
    post = await queued(await rehearsal(receiver, "lookup"))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    await sql.run(f"UPDATE attempt SET {stood}")
    outcome = await calls.make(call)
    assert isinstance(outcome, NotSent) and outcome.note == calls.TOO_SLOW
    assert not receiver.requests()


async def test_a_worker_that_stood_still_while_it_asked_makes_no_call(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease was long enough when the database looked; the answer was read much later."""
    post = await queued(await rehearsal(receiver, "lookup"))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    clock = iter((0.0, 31.0))
    monkeypatch.setattr(calls, "monotonic", lambda: next(clock))
    assert isinstance(await calls.make(call), NotSent)
    assert not receiver.requests()
