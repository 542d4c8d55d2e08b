"""What a call carries of a post's pictures: the files where a platform sends them, none too heavy, always the same."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from app import blobs, platforms, sql
from app.blobs.store import Store
from app.flow import imports, parcels
from app.images import Image
from app.lifecycles.machine import WORKER
from app.platforms.contract import Account, Outcome, Parcel, Picture, Published, Sighting, Traits, Unknown, WentOn
from app.platforms.webhook import Webhook
from app.tables import Media, Post
from tests.blobs.conftest import bucket, moto
from tests.blobs.pictures import noisy
from tests.blobs.stores import Bucket, set_store
from tests.flow.stage import attempts, only, pass_time, webhook, work
from tests.flow.test_uploads import with_pictures
from tests.platforms.receiver import Receiver

__all__ = ["bucket", "moto"]
LIMIT = 100 * 1024


class Carrying(Webhook):
    """A platform that sends files of at most LIMIT bytes, each in a step of its own."""

    def __init__(self) -> None:
        self.carried: list[Picture] = []
        self.seen: list[Parcel] = []

    def traits(self, account: Account) -> Traits:
        return replace(super().traits(account), files=True, picture_limit=LIMIT, at_once=1)

    async def publish(self, parcel: Parcel) -> Outcome:
        self.seen.append(parcel)
        for picture in parcel.content.pictures:
            if picture.sha256 not in parcel.uploads:
                self.carried.append(picture)
                return WentOn("picture", {}, uploads={picture.sha256: f"file-{len(self.carried)}"})
        return Published("item-1", "https://there.example/p")

    async def look(self, parcel: Parcel) -> Sighting:
        self.seen.append(parcel)
        return Unknown("Nobody can be asked.")


@pytest.fixture
def carrying(monkeypatch: pytest.MonkeyPatch) -> Carrying:
    platform = Carrying()
    monkeypatch.setitem(platforms.PLATFORMS, "webhook", platform)
    return platform


async def photograph(seed: int = 1) -> Media:
    image = await blobs.take(noisy(seed=seed))
    assert isinstance(image, Image) and len(image.bytes) > 2 * LIMIT
    return await imports.keep(image, "The sea", source="uploaded", by=WORKER)


def away(store: Store) -> Store:
    return replace(store, endpoint="http://127.0.0.1:1")


async def test_a_heavy_picture_goes_out_as_a_copy_that_fits(carrying: Carrying, receiver: Receiver) -> None:
    media = await photograph()
    post = await work(await with_pictures(await webhook(receiver), media))
    [sent] = carrying.carried
    assert post.status == "published"
    assert len(sent.bytes) <= LIMIT and sha256(sent.bytes).hexdigest() == sent.sha256 != media.blob.hex()
    assert (sent.mime, sent.alt) == ("image/jpeg", "The sea") and sent.url.endswith(f"/media/{media.asset_id}")


async def test_the_seal_leads_to_what_was_sent(carrying: Carrying, receiver: Receiver) -> None:
    media = await photograph()
    post = await work(await with_pictures(await webhook(receiver), media))
    sealed = await sql.value("SELECT content FROM seal WHERE post = $1", post.id)
    assert f'"sha256":"{media.blob.hex()}"' in sealed
    copy = await sql.value("SELECT blob FROM variant WHERE source = $1", media.blob)
    assert copy.hex() == carrying.carried[0].sha256


async def test_every_attempt_carries_the_same_copy(carrying: Carrying, receiver: Receiver) -> None:
    post = await with_pictures(await webhook(receiver), await photograph())
    _, first = await parcels.packed(await _delivery(post))
    _, again = await parcels.packed(await _delivery(post))
    assert first.content == again.content
    assert carrying.digest(first, "create") == carrying.digest(again, "create")
    assert await sql.value("SELECT count(*) FROM variant") == 1


async def test_the_copy_is_uploaded_to_a_channel_once_for_all_its_posts(carrying: Carrying, receiver: Receiver) -> None:
    channel, media = await webhook(receiver), await photograph()
    for _ in range(2):
        assert (await work(await with_pictures(channel, media))).status == "published"
    assert len(carrying.carried) == 1
    assert await sql.value("SELECT blob FROM upload") == bytes.fromhex(carrying.carried[0].sha256)


async def test_a_platform_that_takes_addresses_is_handed_no_files(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = await photograph()
    post = await with_pictures(await webhook(receiver), media)
    monkeypatch.setattr(blobs, "opened", _nobody)
    _, parcel = await parcels.packed(await _delivery(post))
    [shown] = parcel.content.pictures
    assert (shown.bytes, shown.sha256) == (b"", media.blob.hex())


async def test_looking_there_needs_no_file(
    carrying: Carrying, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await with_pictures(await webhook(receiver), await photograph())
    monkeypatch.setattr(blobs, "opened", _nobody)
    _, parcel = await parcels.packed(await _delivery(post), files=False)
    assert parcel.content.pictures[0].bytes == b""


async def test_while_the_store_is_away_nothing_is_sent_and_later_everything(
    carrying: Carrying, receiver: Receiver, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await with_pictures(await webhook(receiver), await photograph())
    set_store(monkeypatch, away(bucket.store))
    post = await work(post)
    assert carrying.seen == [] and (await only(post)).status == "retrying"
    attempt = (await attempts(post))[0]
    assert attempt["outcome"] == "not_sent" and "media store does not answer" in attempt["why"]
    set_store(monkeypatch, bucket.store)
    await pass_time(post, minutes=2)
    assert (await work(post)).status == "published" and len(carrying.carried) == 1


async def test_a_copy_that_cannot_be_made_is_tried_again_and_then_said(
    carrying: Carrying, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "traits", _limited(carrying.traits, 10))
    post = await with_pictures(await webhook(receiver), await photograph())
    for _ in range(4):
        post = await work(post)
        await pass_time(post, minutes=2)
    assert post.status == "publish_failed" and carrying.seen == []
    assert "could not be made smaller than 10 bytes" in (await only(post)).error_note


def _limited(traits: Callable[[Account], Traits], limit: int) -> Callable[[Account], Traits]:
    return lambda account: replace(traits(account), picture_limit=limit)


async def _nobody(*_: object) -> bytes:
    raise AssertionError("a file was asked for")


async def _delivery(post: Post) -> int:
    return (await only(post)).id
