"""Archiving beside the platforms: nothing that turns out to be live at that moment is hidden."""

import asyncio

import pytest

from app.atomic import atomic
from app.flow import calls, plan, settled
from app.lifecycles.machine import PLATFORM, By
from app.moves import Refused, lock
from app.platforms.contract import Published
from app.tables import Post
from tests.flow.stage import of, queued, somebody, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def archive(post: Post, by: By, when: asyncio.Event) -> Post:
    await when.wait()
    return await plan.archive(post, by=by)


async def test_what_turns_out_to_be_live_meanwhile_stays_in_sight(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=422, times=2))
    post = await work(await queued(await webhook(receiver), await webhook(receiver)))
    first, _ = await of(post)
    locked = asyncio.Event()
    archiving = asyncio.create_task(archive(post, await somebody(), locked))
    async with atomic():
        await lock(post.id)
        locked.set()
        await asyncio.sleep(0.3)
        published = Published("7", "https://there.example/7")
        await settled.confirm(await calls.load(first.id), published, by=PLATFORM)
    with pytest.raises(Refused, match="It is live"):
        await archiving
    assert (await plan.load(post.id)).archived_at is None
