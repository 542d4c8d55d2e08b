"""Posts on their way to a WordPress through the real flow: steps, lost answers, there and back. Nothing twice."""

from collections.abc import AsyncIterator

import pytest

from app import channels, sql
from app.flow import recall, schedule
from app.flow.resolve import resolve
from app.tables import Channel, Post, Revision
from tests.flow.stage import attempts, only, pass_time, queued, somebody, work
from tests.makers import make_channel, make_media, make_picture, make_post, make_seal, make_team

from .faults import Fault
from .wordpress_peer import ours
from .wordpress_site import PASSWORD, WordPressSite


@pytest.fixture
async def site(database: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    await make_team()
    async with ours(monkeypatch) as site:
        yield site


async def wordpress(site: WordPressSite) -> Channel:
    settings = {"url": site.origin, "user": "editor", "categories": "Gardens", "tags": "roses"}
    channel = await make_channel("wordpress", settings=settings)
    await channels._keep_secrets(channel.id, {"password": PASSWORD})
    return channel


async def illustrated(channel: Channel) -> Post:
    """Approved with a cover, the same file each time."""
    post = await make_post("generated_pending_review", channels=[channel])
    revision = await Revision.objects().get(Revision.id == post.revision)
    assert revision is not None
    await make_picture(revision, await make_media(post))
    await make_seal(post)
    await sql.run("UPDATE post SET status = 'approved' WHERE id = $1", post.id)
    await post.refresh()
    return post


async def test_a_picture_is_uploaded_once_for_all_posts_of_the_channel(site: WordPressSite) -> None:
    channel = await wordpress(site)
    for _ in range(2):
        post = await work(await schedule.line_up(await illustrated(channel), None, by=await somebody()))
        assert post.status == "published", [dict(row) for row in await attempts(post)]
    assert len(site.log.effects("upload")) == 1
    assert await sql.value("SELECT remote_id FROM upload") == str(next(iter(site.library.media)))
    assert len({one["featured_media"] for one in site.posts.values()}) == 1


async def test_every_answer_lost_once_still_makes_one_post_with_one_picture(site: WordPressSite) -> None:
    post = await schedule.line_up(await illustrated(await wordpress(site)), None, by=await somebody())
    for _ in range(6):  # picture, two terms, draft, text; and a look in between
        site.play(Fault("drop_after", on=("POST",)))
        await work(post)
        site.script.clear()
        await pass_time(post, seconds=11)
        await sql.run("UPDATE delivery SET tries = 0")  # so many lost answers in a row would be given up
    post = await work(post)
    assert post.status == "published", [dict(row) for row in await attempts(post)]
    assert (len(site.posts), len(site.library.media), len(site.log.effects("publish"))) == (1, 1, 1)


async def test_what_is_taken_down_and_published_again_is_the_same_item(site: WordPressSite) -> None:
    post = await work(await queued(await wordpress(site)))
    before = await only(post)
    post = await recall.unpublish(post, by=await somebody())
    assert (await work(post)).status == "unpublished"
    assert site.posts[int(before.remote_id or 0)]["status"] == "draft"
    await work(await schedule.line_up(await work(post), None, by=await somebody()))
    again = await sql.row("SELECT remote_id, remote_url, status FROM delivery ORDER BY id DESC LIMIT 1")
    assert again is not None
    assert (again["remote_id"], again["remote_url"], again["status"]) == (
        before.remote_id, before.remote_url, "published",
    )  # fmt: skip
    assert len(site.posts) == 1


async def test_what_a_failed_try_had_begun_there_is_gone_on_with(site: WordPressSite) -> None:
    """The text is refused; the draft that was reserved before is not left lying about."""
    by, no = await somebody(), '{"code": "rest_invalid_param", "message": "No.", "data": {"status": 400}}'
    site.play(Fault("slow", seconds=0, on=("POST",)), Fault("slow", seconds=0, on=("POST",)))  # both terms
    site.play(Fault("slow", seconds=0, on=("POST",)), Fault("status", status=400, body=no, on=("POST",)))
    post = await work(await queued(await wordpress(site), by=by))
    assert (post.status, (await only(post)).status) == ("publish_failed", "failed")
    assert [there["status"] for there in site.posts.values()] == ["draft"]
    post = await work(await schedule.line_up(post, None, by=by))
    assert post.status == "published"
    (there,) = site.posts.values()
    assert (there["status"], len(there["categories"]), len(there["tags"])) == ("publish", 1, 1)


async def test_said_to_be_absent_by_mistake_it_is_not_there_twice(site: WordPressSite) -> None:
    by = await somebody()
    post = await queued(await wordpress(site), by=by)
    site.play(*[Fault("slow", seconds=0, on=("POST",))] * 3, Fault("drop_after", on=("POST",)))
    await work(post)
    site.play(Fault("status", status=500, on=("GET",), times=99))
    for _ in range(4):
        await pass_time(post, minutes=6)
        await work(post)
    site.script.clear()
    assert (await only(post)).status == "unconfirmed"
    await resolve(await only(post), "deny", by=by)
    assert (await work(post)).status == "published"
    assert [there["status"] for there in site.posts.values()] == ["publish"]
