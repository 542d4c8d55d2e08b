"""The backup file: whole, checked, and refused when it is not."""

import json
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from app.backups.archive import FORMAT, Archive, BackupTrouble, Manifest, Pour, Writer

pytestmark = pytest.mark.pure
LINES = b"id,title\n1,Tides\n"


def about() -> Manifest:
    return Manifest(FORMAT, "0.1.0", datetime(2026, 11, 20, 12, tzinfo=UTC), "18.4", ("first",), ("ab12cd34",))


async def pour(take: Pour) -> int:
    await take(LINES[:5])
    await take(LINES[5:])
    return 1


async def written(path: Path) -> Path:
    manifest = about()
    with path.open("wb") as file:
        writer = Writer(file)
        manifest.tables["post"] = await writer.table("post", pour, ("id", "title"))
        writer.finish(manifest)
    return path


async def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    with Archive(await written(tmp_path / "desk.galley")) as archive:
        assert b"".join([data async for data in archive.chunks("post")]) == LINES
        assert (archive.manifest.rows, archive.manifest.tables["post"].columns) == (1, ("id", "title"))
        assert archive.manifest.made_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_it_can_be_written_into_a_pipe(tmp_path: Path) -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError("a pipe has no place")

        def seek(self, *_: int) -> int:
            raise OSError("a pipe has no place")

    pipe, manifest = Pipe(), about()
    writer = Writer(pipe)
    manifest.tables["post"] = await writer.table("post", pour, ("id", "title"))
    writer.finish(manifest)
    (tmp_path / "piped").write_bytes(pipe.getvalue())
    with Archive(tmp_path / "piped") as archive:
        assert b"".join([data async for data in archive.chunks("post")]) == LINES


async def test_a_file_that_was_cut_off_is_no_backup(tmp_path: Path) -> None:
    path = await written(tmp_path / "desk.galley")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BackupTrouble, match="not a whole backup"):
        Archive(path)


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupTrouble, match=r"nowhere cannot be read"):
        Archive(tmp_path / "nowhere")


async def test_another_format_is_refused(tmp_path: Path) -> None:
    path = await written(tmp_path / "desk.galley")
    _rewrite(path, lambda manifest: manifest | {"format": 2}, LINES)
    with pytest.raises(BackupTrouble, match="format 2"):
        Archive(path)


async def test_a_table_that_was_changed_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = await written(tmp_path / "desk.galley")
    _rewrite(path, lambda manifest: manifest, LINES.replace(b"Tides", b"Tolls"))
    with Archive(path) as archive, pytest.raises(BackupTrouble, match="damaged or changed"):
        [data async for data in archive.chunks("post")]


async def test_a_file_that_rotted_is_refused_and_not_a_riddle(tmp_path: Path) -> None:
    """Every byte of a table and of the manifest, wrong: whatever the unpacking stumbles over, people read one line."""
    path = await written(tmp_path / "desk.galley")
    sound = path.read_bytes()
    for at in range(30, len(sound), 7):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
        try:
            with Archive(path) as archive:
                assert b"".join([data async for data in archive.chunks("post")]) == LINES
        except BackupTrouble as why:
            assert any(word in str(why) for word in ("backup", "format", "cannot be read"))


def _rewrite(path: Path, change: object, lines: bytes) -> None:
    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("manifest.json"))
    with zipfile.ZipFile(path, "w") as new:
        new.writestr("post.csv", lines)
        new.writestr("manifest.json", json.dumps(change(manifest)))  # type: ignore[operator]
