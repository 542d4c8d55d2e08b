"""Live by a person's word, under a number that nobody knows: what cannot be reached is never called taken down."""

from collections.abc import AsyncIterator

import pytest

from app import channels
from app.flow import plan, recall
from app.flow.resolve import resolve
from app.tables import Channel, Post
from tests.flow.stage import only, pass_time, queued, rehearsal, somebody, work
from tests.makers import make_channel
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.platforms.wordpress_peer import ours
from tests.platforms.wordpress_site import PASSWORD, WordPressSite


@pytest.fixture
async def site(database: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    async with ours(monkeypatch) as site:
        yield site


async def wordpress(site: WordPressSite) -> Channel:
    channel = await make_channel("wordpress", settings={"url": site.origin, "user": "editor"})
    await channels._keep_secrets(channel.id, {"password": PASSWORD})
    return channel


async def said_to_be_live(post: Post, url: str) -> Post:
    assert (await only(post)).status == "unconfirmed"
    await resolve(await only(post), "confirm", by=await somebody(), url=url)
    return await plan.load(post.id)


async def test_without_a_number_it_stays_live_and_says_so(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind")))
    post = await said_to_be_live(post, "https://there.example/p")
    post = await work(await recall.unpublish(post, by=await somebody()))
    assert (post.status, (await only(post)).status) == ("published", "published")
    assert not receiver.shelf.items["item-1"]["removed"]


async def test_the_number_of_an_earlier_step_is_the_items_own(site: WordPressSite) -> None:
    """The draft was reserved; of the write that published it, and of every look after it, the answer was lost."""
    post = await queued(await wordpress(site))
    site.play(Fault("slow", seconds=0, on=("POST",)), Fault("drop_after", on=("POST",)))
    post = await work(post)
    site.play(Fault("status", status=500, on=("GET",), times=99))
    for _ in range(4):
        await pass_time(post, minutes=6)
        await work(post)
    site.script.clear()
    number, there = next(iter(site.posts.items()))
    post = await said_to_be_live(post, f"{site.origin}/{there['slug']}/")
    assert (await only(post)).remote_id == str(number)
    post = await work(await recall.unpublish(post, by=await somebody()))
    assert (post.status, site.posts[number]["status"]) == ("unpublished", "draft")
