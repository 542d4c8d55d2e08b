"""Files a platform holds already: uploaded once per channel, whatever becomes of the post they came with."""

from dataclasses import replace

import pytest

from app import platforms, sql
from app.flow import calls, publish, review, schedule, uploads
from app.platforms.contract import Account, Outcome, Parcel, Published, Refused, Traits, WentOn
from app.platforms.webhook import Webhook
from app.tables import Channel, Media, Post, Revision
from tests.flow.stage import attempts, digest, only, somebody, webhook, work
from tests.makers import make_media, make_picture, make_post
from tests.platforms.receiver import Receiver


class Uploading(Webhook):
    """A platform that takes each picture in a step of its own, and then refuses or takes the post."""

    def __init__(self) -> None:
        self.put: list[str] = []
        self.refuses = False

    def traits(self, account: Account) -> Traits:
        return replace(super().traits(account), at_once=1)

    async def publish(self, parcel: Parcel) -> Outcome:
        for picture in parcel.content.pictures:
            if picture.sha256 not in parcel.uploads:
                self.put.append(picture.sha256)
                return WentOn("picture", {}, uploads={picture.sha256: f"file-{len(self.put)}"})
        if self.refuses:
            return Refused("content_rejected", "No.")
        return Published("item-1", "https://there.example/p")


@pytest.fixture
def uploading(monkeypatch: pytest.MonkeyPatch) -> Uploading:
    platform = Uploading()
    monkeypatch.setitem(platforms.PLATFORMS, "webhook", platform)
    return platform


async def with_pictures(channel: Channel, *media: Media) -> Post:
    """Approved with these pictures, and due."""
    by = await somebody()
    post = await make_post("generated_pending_review", channels=[channel])
    text = await Revision.objects().get(Revision.id == post.revision)
    assert text is not None
    for position, each in enumerate(media):
        await make_picture(text, each, position)
    return await review.approve_and_send(post, await digest(post), None, by=by)


async def held(channel: Channel) -> dict[str, str]:
    found = await sql.rows("SELECT blob, remote_id FROM upload WHERE channel = $1", channel.id)
    return {record["blob"].hex(): record["remote_id"] for record in found}


async def test_a_file_is_uploaded_in_a_step_of_its_own_and_kept_before_the_next(
    uploading: Uploading, receiver: Receiver
) -> None:
    channel, media = await webhook(receiver), await make_media()
    post = await work(await with_pictures(channel, media))
    assert post.status == "published"
    assert [attempt["outcome"] for attempt in await attempts(post)] == ["went_on", "published"]
    assert await held(channel) == {media.blob.hex(): "file-1"}


async def test_what_was_uploaded_for_a_post_that_was_refused_is_used_when_it_is_sent_again(
    uploading: Uploading, receiver: Receiver
) -> None:
    channel, media = await webhook(receiver), await make_media()
    uploading.refuses = True
    post = await work(await with_pictures(channel, media))
    assert post.status == "publish_failed"
    uploading.refuses = False
    post = await work(await schedule.line_up(post, None, by=await somebody(), again=True))
    assert post.status == "published"
    assert uploading.put == [media.blob.hex()]


async def test_another_post_of_the_channel_uploads_nothing_twice(uploading: Uploading, receiver: Receiver) -> None:
    channel, media = await webhook(receiver), await make_media()
    for _ in range(2):
        await work(await with_pictures(channel, media))
    assert len(uploading.put) == 1
    await work(await with_pictures(await webhook(receiver), media))
    assert len(uploading.put) == 2


async def test_a_worker_that_dies_after_an_upload_was_kept_does_not_repeat_it(
    uploading: Uploading, receiver: Receiver
) -> None:
    channel, media = await webhook(receiver), await make_media()
    post = await with_pictures(channel, media)
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    assert await publish.settle(call.delivery, call.fence, await calls.make(call))
    post = await work(post)
    assert (post.status, len(uploading.put)) == ("published", 1)


async def test_a_file_that_is_gone_there_is_forgotten_and_a_strange_one_never_kept(receiver: Receiver) -> None:
    channel, media = await webhook(receiver), await make_media()
    await uploads.keep(channel.id, {media.blob.hex(): "file-1", "ab" * 32: "file-2"})
    assert await held(channel) == {media.blob.hex(): "file-1"}
    await uploads.keep(channel.id, {media.blob.hex(): "file-3"})
    assert await held(channel) == {media.blob.hex(): "file-3"}
    await uploads.keep(channel.id, {media.blob.hex(): ""})
    assert await held(channel) == {}
