"""A file that nothing names is forgotten a day later, its object too; one that anything names never is."""

import asyncio
from contextvars import Context

import pytest

from app import blobs, seals, sql, worker
from app.atomic import atomic
from app.blobs import StoreTrouble
from app.flow import imports
from app.images import Image
from app.lifecycles.machine import CLOCK, WORKER
from app.tables import Media
from tests.blobs.pictures import flat, noisy
from tests.blobs.stores import Bucket, Faulty, error, set_store
from tests.makers import make_channel, make_picture, make_post, make_revision

YESTERDAY = "UPDATE blob SET kept_at = now() - interval '25 hours'"


async def brought(data: bytes) -> Image:
    image = await blobs.take(data)
    assert isinstance(image, Image)
    await blobs.keep(image)
    return image


async def shelved(image: Image) -> Media:
    """A picture of the library shows it."""
    return await imports.keep(image, "The sea", source="uploaded", by=WORKER)


async def count() -> int:
    return int(await sql.value("SELECT count(*) FROM blob"))


async def test_an_upload_that_nothing_names_is_forgotten_after_a_day() -> None:
    await brought(flat())
    assert await blobs.forget_unused() == 0 and await count() == 1
    await sql.run(YESTERDAY)
    assert await blobs.forget_unused() == 1 and await count() == 0


async def test_its_object_goes_with_it(bucket: Bucket) -> None:
    await brought(flat())
    await sql.run(YESTERDAY)
    await blobs.forget_unused()
    assert await bucket.keys() == [] and await count() == 0


async def test_what_was_sealed_is_never_forgotten(bucket: Bucket) -> None:
    image = await brought(noisy(400, 300))
    post = await make_post("generated_pending_review", channels=[await make_channel()])
    await make_picture(await make_revision(post), await shelved(image))
    await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    await make_revision(post)
    await sql.run(YESTERDAY)
    assert await blobs.forget_unused() == 0
    assert await bucket.keys() == [image.key]


async def test_a_copy_lives_as_long_as_its_picture() -> None:
    image = await brought(noisy())
    media = await shelved(image)
    copy = await blobs.within(media.blob, 100_000)
    await sql.run(YESTERDAY)
    await sql.run("UPDATE variant SET made_at = now() - interval '25 hours'")
    assert await blobs.forget_unused() == 0
    assert await blobs.within(media.blob, 100_000) == copy


async def test_a_copy_of_what_nothing_names_goes_with_its_source() -> None:
    image = await brought(noisy())
    await blobs.within(bytes.fromhex(image.sha256), 100_000)
    await sql.run(YESTERDAY)
    await sql.run("UPDATE variant SET made_at = now() - interval '25 hours'")
    assert await blobs.forget_unused() == 2 and await count() == 0


async def test_what_a_channel_holds_is_remembered() -> None:
    image, channel = await brought(flat()), await make_channel()
    await sql.run(
        "INSERT INTO upload (channel, blob, remote_id) VALUES ($1, $2, 'r')", channel.id, bytes.fromhex(image.sha256)
    )
    await sql.run(YESTERDAY)
    assert await blobs.forget_unused() == 0


async def test_a_file_that_is_brought_again_is_new_again() -> None:
    await brought(flat())
    await sql.run(YESTERDAY)
    await brought(flat())
    assert await blobs.forget_unused() == 0


async def test_a_store_that_does_not_answer_keeps_its_object_and_we_the_row(
    faulty: Faulty, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = await brought(flat())
    await sql.run(YESTERDAY)
    set_store(monkeypatch, faulty.store)
    faulty.says = error(500, "InternalError")
    with pytest.raises(StoreTrouble):
        await blobs.forget_unused()
    assert await count() == 1 and await bucket.keys() == [image.key]
    set_store(monkeypatch, bucket.store)
    assert await blobs.forget_unused() == 1 and await bucket.keys() == []


async def test_an_object_of_a_store_that_is_set_no_more_stays_known(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    await brought(flat())
    await sql.run(YESTERDAY)
    set_store(monkeypatch, None)
    assert await blobs.forget_unused() == 0 and await count() == 1


async def test_who_brings_the_file_that_is_just_being_forgotten_writes_it_anew(bucket: Bucket) -> None:
    """The row is locked from the decision until the object is gone; whoever brings it waits for that."""
    image = await brought(flat())
    await sql.run(YESTERDAY)
    async with atomic():
        await sql.run("DELETE FROM blob")
        bringing = asyncio.create_task(brought(flat()), context=Context())  # not inside this transaction
        await asyncio.sleep(0.8)
        assert not bringing.done()
        await bucket.ask("DELETE", image.key)
    await bringing
    assert await bucket.keys() == [image.key] and await count() == 1


def test_the_worker_forgets_by_itself() -> None:
    assert blobs.forget_unused in worker.HOURLY
