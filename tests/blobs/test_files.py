"""A file is kept once, in PostgreSQL or in the store; never is there a row without its file."""

import pytest

from app import blobs, images, sql
from app.atomic import atomic
from app.blobs import StoreTrouble, files, held, store
from app.images import Bad, Image
from tests.blobs import pictures
from tests.blobs.pictures import flat, noisy
from tests.blobs.stores import Bucket, Faulty, error, set_store


async def taken(data: bytes) -> Image:
    image = await blobs.take(data)
    assert isinstance(image, Image), image
    await blobs.keep(image)
    return image


async def rows() -> list[tuple[bool, str | None]]:
    return [
        (found["bytes"] is not None, found["key"]) for found in await sql.rows("SELECT bytes, key FROM blob ORDER BY 1")
    ]


async def test_without_a_store_the_bytes_lie_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    set_store(monkeypatch, None)
    image = await taken(flat())
    assert await rows() == [(True, None)] and image.key == ""
    assert await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256))) == image.bytes


async def test_with_a_store_the_object_is_there_and_the_row_names_it(bucket: Bucket) -> None:
    image = await taken(flat())
    assert image.key == f"blobs/{image.sha256[:2]}/{image.sha256[2:]}.png"
    assert await rows() == [(False, image.key)]
    assert (await bucket.ask("GET", image.key)).body == image.bytes
    assert await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256))) == image.bytes


async def test_the_same_picture_twice_is_one_row_and_one_object(bucket: Bucket) -> None:
    one, other = await taken(flat()), await taken(flat())
    assert one == other
    assert await bucket.keys() == [one.key] and len(await rows()) == 1


async def test_pictures_that_become_the_same_are_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata is stripped before the digest is taken, so two exports of one picture are one file."""
    set_store(monkeypatch, None)
    plain = await taken(flat())
    said = await taken(flat().replace(b"IEND", b"IEND") + b"anything behind the end")
    assert said.sha256 == plain.sha256 and len(await rows()) == 1


async def test_a_picture_is_written_again_so_that_a_lost_object_comes_back(bucket: Bucket) -> None:
    image = await taken(flat())
    await bucket.empty()
    await taken(flat())
    assert await bucket.keys() == [image.key]


async def test_what_was_kept_in_the_database_before_a_store_was_set_stays_there(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_store(monkeypatch, None)
    old = await taken(flat())
    set_store(monkeypatch, bucket.store)
    again, new = await taken(flat()), await taken(flat(colour="red"))
    assert again.key == "" and await bucket.keys() == [new.key]
    for image in (old, new):
        assert await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256))) == image.bytes


async def test_what_lies_in_a_store_that_is_not_set_any_more_is_said_to_be_elsewhere(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = await taken(flat())
    set_store(monkeypatch, None)
    with pytest.raises(StoreTrouble, match="Nothing was lost"):
        await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256)))


async def test_an_object_that_is_not_what_was_put_there_is_never_handed_on(bucket: Bucket) -> None:
    image = await taken(flat())
    await bucket.ask("PUT", image.key, b"something else")
    with pytest.raises(StoreTrouble, match="damaged"):
        await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256)))


@pytest.mark.parametrize(
    ("says", "status"),
    [
        (error(403, "AccessDenied"), 503), (error(500, "InternalError"), 503), (error(507, "XMinioStorageFull"), 507),
        (b"", 503), (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx", 503),
    ],
)  # fmt: skip
async def test_a_store_that_does_not_take_it_leaves_nothing_behind(faulty: Faulty, says: bytes, status: int) -> None:
    faulty.says = says
    with pytest.raises(StoreTrouble) as found:
        await blobs.take(flat())
    assert found.value.status == status
    assert faulty.heard[0].startswith("PUT /galley-media/blobs/") and await rows() == []


async def test_what_is_no_picture_is_never_sent_to_the_store(faulty: Faulty) -> None:
    assert await blobs.take(b"<svg/>") == images.NOT_A_PICTURE
    assert isinstance(await blobs.take(b""), Bad)
    assert faulty.heard == []


async def test_a_write_that_is_undone_leaves_a_file_that_the_same_picture_finds(bucket: Bucket) -> None:
    image = await blobs.take(flat())
    assert isinstance(image, Image)
    with pytest.raises(ZeroDivisionError):
        async with atomic():
            await blobs.keep(image)
            raise ZeroDivisionError
    assert await rows() == [(False, image.key)]
    assert (await taken(flat())).key == image.key and len(await rows()) == 1


async def test_an_object_whose_row_was_never_written_is_found_again(bucket: Bucket) -> None:
    """Killed between the store's answer and the row: the same picture has the same name there."""
    image = await pictures.made(flat())
    await store.put(bucket.store, files.key(image), image.bytes, image.mime)
    assert await rows() == []
    assert (await taken(flat())).key == files.key(image)
    assert await bucket.keys() == [files.key(image)] and len(await rows()) == 1


async def test_a_file_read_from_the_store_is_asked_for_once(bucket: Bucket) -> None:
    image = await taken(flat())
    file = await blobs.of_digest(bytes.fromhex(image.sha256))
    assert await blobs.opened(file) == image.bytes
    await bucket.empty()
    assert await blobs.opened(file) == image.bytes
    held.forget()
    with pytest.raises(StoreTrouble):
        await blobs.opened(file)


def test_files_held_never_grow_past_their_bound() -> None:
    held.forget()
    for number in range(40):
        held.hold(number.to_bytes(32, "big"), bytes(1 << 20))
    assert sum(len(data) for data in held._HELD.values()) <= held.MOST
    assert held.recall((0).to_bytes(32, "big")) is None
    assert held.recall((39).to_bytes(32, "big")) is not None
    held.forget()


async def test_the_key_is_made_of_content_and_type(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image(b"", "image/jpeg", 1, 1, "ab" + "cd" * 31)
    assert files.key(image) == f"blobs/ab/{'cd' * 31}.jpg"


async def test_a_heavy_picture_goes_there_whole(bucket: Bucket) -> None:
    image = await taken(noisy())
    assert len((await bucket.ask("GET", image.key)).body) == len(image.bytes) > 100_000
