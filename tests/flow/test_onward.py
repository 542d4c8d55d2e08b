"""What a worker that is awake goes on with: accepted and due rows, each taken once, whatever was rung for them."""

import asyncio

import pytest

from app import platforms, sql
from app.atomic import atomic
from app.flow import onward, publish
from app.moves import lock
from app.platforms.contract import Outcome, Parcel, Published, WentOn
from tests.flow.stage import queued, rehearsal, soon, status, webhook
from tests.platforms.receiver import Receiver


async def test_one_job_takes_on_whatever_was_accepted(receiver: Receiver) -> None:
    posts = [await queued(await webhook(receiver)) for _ in range(4)]
    await onward.take_on(posts[0].id)
    assert [await status(post) for post in posts] == ["published"] * 4
    assert len(receiver.log.effects("publish")) == 4
    another = await queued(await webhook(receiver))
    await onward.take_on(posts[0].id)  # its lane was shared, and the post it names is done already
    assert await status(another) == "published"


async def test_one_job_sends_whatever_is_due_and_nothing_before_its_time(receiver: Receiver) -> None:
    first, second, later = [await queued(await webhook(receiver), at=soon()) for _ in range(3)]
    for post in (first, second, later):
        await publish.advance(post.id)
    due = "UPDATE publication SET due_at = now() WHERE post = $1"
    for post in (first, second):
        await sql.run(due, post.id)
        await sql.run("UPDATE delivery SET next_at = now() WHERE post = $1", post.id)
    await onward.send(await sql.value("SELECT id FROM delivery WHERE post = $1", first.id))
    assert [await status(post) for post in (first, second, later)] == ["published", "published", "scheduled"]


async def test_steps_that_take_longer_than_a_job_go_on_in_the_next_one(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    """Cut off by its time limit, a job would leave a call without an answer, and that would cost a try."""
    monkeypatch.setattr(publish, "ENOUGH", -1.0)
    made = iter(range(99))

    async def step(platform: object, parcel: Parcel) -> Outcome:
        return WentOn(f"step {at}", {"at": at}) if (at := next(made)) < 3 else Published("7", "https://there.example/7")

    monkeypatch.setattr(type(platforms.platform("webhook")), "publish", step)
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    delivery = await sql.value("SELECT id FROM delivery WHERE post = $1", post.id)
    for number in range(4):
        bells.clear()
        await publish.send(delivery)
        assert bells == (["send"] if number < 3 else [])
    assert await status(post) == "published"
    assert await sql.value("SELECT tries FROM delivery WHERE id = $1", delivery) == 1


async def test_several_jobs_at_once_send_each_row_once(receiver: Receiver) -> None:
    channels = [await webhook(receiver), await rehearsal(receiver, "blind")]
    posts = [await queued(channels[number % 2]) for number in range(12)]
    await asyncio.gather(*(onward.take_on(post.id) for post in posts))
    while await sql.value("SELECT count(*) FROM delivery WHERE next_at <= now()"):
        await onward.take_on(posts[0].id)
    assert {await status(post) for post in posts} == {"published"}
    assert len(receiver.log.effects("publish")) == 12
    assert await sql.value("SELECT count(*) FROM attempt") == 12


async def test_what_a_person_holds_at_this_moment_is_left_to_them(receiver: Receiver) -> None:
    held, free = await queued(await webhook(receiver)), await queued(await webhook(receiver))

    async def hold(done: asyncio.Event, begun: asyncio.Event) -> None:
        async with atomic():
            await lock(held.id)
            begun.set()
            await done.wait()

    done, begun = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold(done, begun))
    await begun.wait()
    await onward.take_on(free.id)
    assert (await status(free), await status(held)) == ("published", "scheduled")
    done.set()
    await holding
