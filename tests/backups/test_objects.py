"""A backup and the object store: the file says how many pictures lie elsewhere, and they are found again there."""

from pathlib import Path

import pytest

from app import blobs, sql
from app.backups.archive import Archive
from app.flow import imports
from app.images import Image
from app.lifecycles.machine import WORKER
from tests.backups.test_backups import dumped, loaded
from tests.blobs.conftest import bucket, moto
from tests.blobs.pictures import flat
from tests.blobs.stores import Bucket, set_store
from tests.makers import make_media, make_team
from tests.test_commands import galley

__all__ = ["bucket", "moto"]


async def shelved() -> Image:
    await make_team()
    image = await blobs.take(flat())
    assert isinstance(image, Image)
    await imports.keep(image, "The sea", source="uploaded", by=WORKER)
    return image


async def test_pictures_of_the_store_are_counted_and_not_in_the_file(bucket: Bucket, tmp_path: Path) -> None:
    image = await shelved()
    await make_media()
    assert (await dumped(tmp_path / "desk")).objects == 1
    assert image.bytes.hex().encode() not in (tmp_path / "desk").read_bytes()
    with Archive(tmp_path / "desk") as archive:
        assert archive.manifest.objects == 1


async def test_after_a_restore_they_are_read_from_the_same_bucket(bucket: Bucket, tmp_path: Path) -> None:
    image = await shelved()
    await dumped(tmp_path / "desk")
    await sql.run("DELETE FROM media")
    await sql.run("DELETE FROM blob")
    await loaded(tmp_path / "desk")
    assert await blobs.opened(await blobs.of_digest(bytes.fromhex(image.sha256))) == image.bytes


async def test_what_was_forgotten_since_is_put_there_again_with_the_same_picture(
    bucket: Bucket, tmp_path: Path
) -> None:
    """A restored row may name an object that was forgotten after the backup; whoever brings the picture mends it."""
    image = await blobs.take(flat())
    assert isinstance(image, Image)
    await make_team()
    await dumped(tmp_path / "desk")
    await sql.run("UPDATE blob SET kept_at = now() - interval '25 hours'")
    assert await blobs.forget_unused() == 1 and await bucket.keys() == []
    await loaded(tmp_path / "desk")
    await shelved()
    assert await bucket.keys() == [image.key]


async def test_whoever_backs_up_and_restores_is_told_to_keep_the_bucket(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelved()
    set_store(monkeypatch, None)
    file = str(tmp_path / "desk.galley")
    keys = {"S3_BUCKET": "galley-media", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"}
    code, _, err = await galley("backup", file, **keys)
    assert code == 0 and "Not in it either: 1 picture in the bucket galley-media." in err
    code, out, err = await galley("restore", file, "--replace", "--yes")
    assert code == 0, err
    assert "1 picture in an object store" in out and "Set the same S3_BUCKET" in out
