"""Smaller copies: in three widths for pages, light enough for a channel; made once, the same for whoever asks."""

import asyncio

import pytest

from app import blobs, images, sql
from app.blobs import StoreTrouble, TooHeavy
from app.flow import imports
from app.images import Bad, Image
from app.lifecycles.machine import WORKER
from app.tables import Media
from tests.blobs.pictures import flat, made, noisy, size, striped
from tests.blobs.stores import Bucket, set_store
from tests.makers import make_media


async def asset(data: bytes) -> Media:
    """A processed picture of the library."""
    image = await blobs.take(data)
    assert isinstance(image, Image), image
    return await imports.keep(image, "The sea", source="uploaded", by=WORKER)


async def purposes() -> list[str]:
    return [found["purpose"] for found in await sql.rows("SELECT purpose FROM variant ORDER BY id")]


@pytest.mark.parametrize("width", blobs.WIDTHS)
async def test_a_copy_for_pages_is_that_wide_and_lighter(width: int) -> None:
    media = await asset(noisy())
    source, copy = await blobs.of_asset(media.asset_id), await blobs.at_width(media.asset_id, width)
    assert source is not None and copy is not None
    data = await blobs.opened(copy)
    assert (size(data), copy.mime) == ((width, width * 9 // 16), "image/webp")
    assert copy.size == len(data) < source.size


async def test_a_picture_that_is_no_wider_is_itself() -> None:
    media = await asset(flat(300, 200))
    copy = await blobs.at_width(media.asset_id, 320)
    assert copy is not None and copy.sha256 == media.blob and await purposes() == []


async def test_where_a_copy_would_weigh_more_the_picture_is_its_own_copy() -> None:
    media = await asset(striped(1300, 200))
    copy = await blobs.at_width(media.asset_id, 1280)
    assert copy is not None and copy.sha256 == media.blob
    assert await purposes() == ["width 1280"]


async def test_a_copy_is_made_once_for_many_who_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    media, asked = await asset(noisy()), []
    narrowed = images.narrowed

    async def counted(data: bytes, width: int) -> Image | Bad:
        asked.append(width)
        return await narrowed(data, width)

    monkeypatch.setattr(images, "narrowed", counted)
    found = await asyncio.gather(*(blobs.at_width(media.asset_id, 320) for _ in range(5)))
    assert len({copy.sha256 for copy in found if copy}) == 1 and asked == [320]
    await blobs.at_width(media.asset_id, 320)
    assert asked == [320]


async def test_an_asset_that_is_not_there_has_no_copies() -> None:
    media = await make_media(status="pending")
    assert await blobs.at_width(media.asset_id, 320) is None


@pytest.mark.parametrize("limit", [2_000_000, 500_000, 100 * 1024])
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("WEBP", "RGBA")])
async def test_a_copy_for_a_channel_fits_its_limit(limit: int, kind: str, mode: str) -> None:
    media = await asset(noisy(2400, 1800, kind=kind, mode=mode))
    copy = await blobs.within(media.blob, limit)
    assert copy.size <= limit and copy.size == len(await blobs.opened(copy))
    assert copy.mime == ("image/jpeg" if mode == "RGB" else "image/webp")


async def test_a_copy_gives_up_no_more_than_it_must() -> None:
    """A little over the limit costs sharpness, not size."""
    image = await made(noisy(2000, 1500))
    media = await asset(noisy(2000, 1500))
    copy = await blobs.within(media.blob, len(image.bytes) - 1)
    assert size(await blobs.opened(copy)) == (2000, 1500)


async def test_a_picture_that_is_light_enough_is_itself() -> None:
    media = await asset(flat())
    assert (await blobs.within(media.blob, 2_000_000)).sha256 == media.blob and await purposes() == []


async def test_the_same_picture_and_limit_always_make_the_same_copy() -> None:
    data = noisy()
    one, other = await images.lightened(data, 100_000), await images.lightened(data, 100_000)
    assert isinstance(one, Image) and one == other


async def test_a_copy_that_is_there_is_sent_whatever_the_encoder_makes_today(monkeypatch: pytest.MonkeyPatch) -> None:
    media = await asset(noisy())
    first = await blobs.within(media.blob, 100_000)

    async def otherwise(data: bytes, most: int) -> Image | Bad:
        raise AssertionError("made again")

    monkeypatch.setattr(images, "lightened", otherwise)
    assert await blobs.within(media.blob, 100_000) == first


async def test_what_cannot_be_made_light_enough_says_so() -> None:
    media = await asset(noisy())
    with pytest.raises(TooHeavy, match="smaller than 10 bytes"):
        await blobs.within(media.blob, 10)
    assert await purposes() == []


async def test_copies_lie_in_the_store_too(bucket: Bucket) -> None:
    media = await asset(noisy())
    copy = await blobs.at_width(media.asset_id, 320)
    assert copy is not None and copy.key in await bucket.keys()
    assert len(await bucket.keys()) == 2


async def test_where_the_copy_cannot_be_kept_the_picture_itself_is_shown(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_store(monkeypatch, None)
    media = await asset(noisy())
    set_store(monkeypatch, bucket.store.__class__("http://127.0.0.1:1", "b", bucket.store.keys))
    shown = await blobs.at_width(media.asset_id, 320)
    assert shown is not None and (shown.sha256, shown.width) == (media.blob, 1600)
    set_store(monkeypatch, bucket.store)
    again = await blobs.at_width(media.asset_id, 320)
    assert again is not None and again.sha256 != media.blob


async def test_a_picture_whose_store_is_away_is_not_copied(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    media = await asset(noisy())
    set_store(monkeypatch, bucket.store.__class__("http://127.0.0.1:1", "b", bucket.store.keys))
    with pytest.raises(StoreTrouble):
        await blobs.at_width(media.asset_id, 320)
