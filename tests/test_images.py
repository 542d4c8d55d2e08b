"""Hostile and honest pictures: what comes out is ours, upright, small and without a word of the sender's."""

import asyncio
import resource
import struct
import time
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image as Pillow

from app import images
from app.images import Bad, Image, reencode, sniff

PNG = b"\x89PNG\r\n\x1a\n"


def file(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *extra: bytes, frames: int = 0) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    animated = chunk(b"acTL", struct.pack(">II", frames, 0)) if frames else b""
    pixels = chunk(b"IDAT", zlib.compress(bytes(min(height * (width * 3 + 1), 1_000_000))))
    return PNG + head + animated + b"".join(extra) + pixels + chunk(b"IEND", b"")


def gradient(width: int, height: int, mode: str = "RGB") -> Pillow.Image:
    return Pillow.linear_gradient("L").resize((width, height)).convert(mode)


def frames(count: int, side: int) -> list[Pillow.Image]:
    return [Pillow.new("L", (side, side), at * 97 % 256) for at in range(count)]


def film(kind: str, count: int, side: int) -> bytes:
    first, *rest = frames(count, side)
    return file(first, kind, save_all=True, append_images=rest)


async def good(data: bytes) -> Image:
    made = await reencode(data)
    assert isinstance(made, Image), made
    return made


@pytest.mark.parametrize(
    ("source", "mode", "mime"),
    [
        ("JPEG", "RGB", "image/jpeg"), ("JPEG", "L", "image/jpeg"), ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"), ("PNG", "RGBA", "image/png"), ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"), ("PNG", "I;16", "image/png"), ("PNG", "LA", "image/png"),
        ("GIF", "P", "image/png"), ("WEBP", "RGB", "image/jpeg"), ("WEBP", "RGBA", "image/webp"),
    ],
)  # fmt: skip
async def test_every_kind_of_picture_comes_out_as_one_platforms_take(source: str, mode: str, mime: str) -> None:
    picture = Pillow.new(mode, (60, 40)) if mode in ("I;16", "LA", "RGBA") else gradient(60, 40, mode)
    made = await good(file(picture, source))
    assert (made.mime, made.width, made.height) == (mime, 60, 40)
    with Pillow.open(BytesIO(made.bytes)) as out:
        assert f"image/{(out.format or '').lower()}" == mime
        assert out.mode in ("RGB", "RGBA")
    assert len(made.sha256) == 64


async def test_transparency_survives_and_an_opaque_alpha_channel_does_not() -> None:
    clear = await good(file(Pillow.new("RGBA", (9, 9), (255, 0, 0, 100)), "PNG"))
    solid = await good(file(Pillow.new("RGBA", (9, 9), (255, 0, 0, 255)), "PNG"))
    with Pillow.open(BytesIO(clear.bytes)) as one, Pillow.open(BytesIO(solid.bytes)) as other:
        assert one.getpixel((4, 4)) == (255, 0, 0, 100)
        assert other.getpixel((4, 4)) == (255, 0, 0)


async def test_sixteen_bits_are_scaled_not_clipped() -> None:
    made = await good(file(Pillow.new("I;16", (9, 9), 0x8000), "PNG"))
    with Pillow.open(BytesIO(made.bytes)) as out:
        assert out.getpixel((4, 4)) == (128, 128, 128)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_the_camera_was_held_any_way_and_the_picture_is_upright(orientation: int) -> None:
    upright = Pillow.new("RGB", (64, 32), "blue")
    upright.paste("red", (0, 0, 32, 16))  # top left
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose values that undo each orientation
    stored = upright.transpose(Pillow.Transpose(turn[orientation])) if orientation > 1 else upright
    exif = Pillow.Exif()
    exif[274] = orientation
    made = await good(file(stored, "JPEG", exif=exif, quality=95))
    with Pillow.open(BytesIO(made.bytes)) as out:
        assert out.size == (64, 32)
        red, _, blue = out.getpixel((8, 4))  # type: ignore[misc]
        assert red > 200 > blue
        red, _, blue = out.getpixel((56, 28))  # type: ignore[misc]
        assert blue > 200 > red


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_the_sender_wrote_beside_the_picture_is_kept(kind: str) -> None:
    exif = Pillow.Exif()
    exif[270], exif[0x8825] = "canary-description", {1: "N", 2: (52.0, 31.0, 0.0)}
    said = {"exif": exif, "icc_profile": b"canary-profile" * 9, "comment": b"canary", "xmp": b"<canary/>"}
    data = file(gradient(50, 50), kind, **said) + b"<script>canary()</script>"
    assert b"canary" in data
    made = await good(data)
    assert b"canary" not in made.bytes and b"script" not in made.bytes
    with Pillow.open(BytesIO(made.bytes)) as out:
        assert not out.getexif()
        assert not {"icc_profile", "comment", "xmp"} & set(out.info)


async def test_the_longest_side_is_2400_at_most() -> None:
    made = await good(file(gradient(5000, 1000), "JPEG"))
    assert (made.width, made.height) == (2400, 480)


async def test_a_forty_megapixel_photograph_is_taken() -> None:
    made = await good(file(gradient(7700, 5190), "JPEG", quality=30))
    assert (made.width, made.mime) == (2400, "image/jpeg")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_a_film_becomes_its_first_frame(kind: str) -> None:
    made = await good(film(kind, 5, 40))
    with Pillow.open(BytesIO(made.bytes)) as out:
        assert getattr(out, "n_frames", 1) == 1


NOT_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "eicar": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    "bmp": file(Pillow.new("RGB", (4, 4)), "BMP"),
    "tiff": file(Pillow.new("RGB", (4, 4)), "TIFF"),
    "ico": file(Pillow.new("RGB", (16, 16)), "ICO"),
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "bom": b"\xef\xbb\xbf" + PNG,
    "half magic": PNG[:5],
}


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_what_is_no_picture_is_415(name: str) -> None:
    outcome = await reencode(NOT_PICTURES[name])
    assert isinstance(outcome, Bad)
    assert outcome.status == 415
    assert sniff(NOT_PICTURES[name]) is None


def hostile() -> dict[str, tuple[bytes, int]]:
    """Name, file, status."""
    photo = file(gradient(800, 600), "JPEG")
    sparse = chunk(b"iCCP", b"x\x00\x00" + zlib.compress(bytes(80_000_000)))
    text = chunk(b"zTXt", b"x\x00\x00" + zlib.compress(bytes(80_000_000)))
    return {
        "pixel bomb": (png(50_000, 50_000), 413),
        "pixel bomb as gif": (b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(20), 422),
        "frames of a gif": (film("GIF", 10_000, 64), 413),
        "frames of a webp": (film("WEBP", 300, 400), 413),
        "frames an apng claims": (png(2000, 2000, frames=10_000), 413),
        "truncated jpeg": (photo[: len(photo) // 2], 422),
        "jpeg magic alone": (photo[:3], 422),
        "truncated png": (png(100, 100)[:-30], 422),
        "png of nothing": (PNG, 422),
        "profile bomb": (png(50, 50, sparse), 422),
        "text bomb": (png(50, 50, text), 422),
        "gif that is a script": (b"GIF89a/*" + bytes(300) + b"*/=1;alert(1)//", 422),
        "webp magic alone": (b"RIFF\x00\x00\x00\x00WEBP", 422),
        "empty": (b"", 422),
        "21 MB": (PNG + bytes(21_000_000), 413),
        "0 by 0": (png(0, 0), 422),
    }


HOSTILE = hostile()


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_quickly_and_costs_us_nothing(name: str) -> None:
    data, status = HOSTILE[name]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    outcome = await reencode(data)
    assert isinstance(outcome, Bad), outcome
    assert outcome.status == status, outcome
    assert outcome.note.endswith(".")
    assert time.perf_counter() - began < 40
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


async def test_damage_anywhere_in_a_file_gives_a_picture_or_a_refusal() -> None:
    whole = file(gradient(64, 64), "PNG")
    for at in range(0, len(whole), max(1, len(whole) // 12)):
        outcome = await reencode(whole[:at] + b"\xff\x00\xff" + whole[at + 3 :])
        assert isinstance(outcome, Image | Bad)


async def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "WALL_SECONDS", 0.01)
    began = time.perf_counter()
    assert await reencode(png(10, 10)) == images.TOO_COMPLEX
    assert time.perf_counter() - began < 40


async def test_a_cancelled_upload_leaves_no_child_and_no_lock() -> None:
    tasks = [asyncio.create_task(reencode(png(10, 10))) for _ in range(4)]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    assert all(isinstance(each, BaseException) for each in await asyncio.gather(*tasks, return_exceptions=True))
    assert isinstance(await reencode(png(10, 10)), Image)


async def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    async def spawn(*args: object, **options: object) -> None:
        asked.update(options)
        raise OSError

    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    with pytest.raises(OSError):
        await reencode(png(10, 10))
    assert "canary" not in str(asked["env"]) and set(asked["env"]) <= set(images.NEEDED)
