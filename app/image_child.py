"""The fenced-in child of `app.images`: picture on stdin, one JSON line and the new file on stdout.

Without words it writes a stranger's file anew; with `narrow 320` or `lighten 2000000` it copies one of ours smaller.
"""

import json
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageCms

from app.images import NOT_A_PICTURE, sniff

MEMORY = 512 << 20
CPU_SECONDS = 5
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2400
HEAVY_PNG = 2_000_000  # a photograph saved as PNG; nobody gains from serving it so
QUALITY, QUALITY_ON_PAGES = 88, 80
# What is given up first where a picture has to be lighter: a little sharpness, then size. (longest side, quality)
STEPS = (
    (2400, 85), (2400, 75), (1920, 80), (1920, 70), (1600, 75), (1280, 75), (960, 75), (640, 70), (320, 60),
)  # fmt: skip
HOPE = 3  # how much better than by its pixels alone the next step may do
ORIENTATION = 274
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unfit(Exception):
    """The answer is a refusal: an HTTP status and a sentence."""

    def __init__(self, status: int, note: str) -> None:
        super().__init__(note)
        self.said: dict[str, str | int] = {"status": status, "note": note}


def main() -> None:
    _fence()
    try:
        said, encoded = _made(sys.stdin.buffer.read(), sys.argv[1:])
    except Unfit as unfit:
        said, encoded = unfit.said, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + encoded)


def _fence() -> None:
    Image.MAX_IMAGE_PIXELS = None  # we count ourselves, frames included
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
        with suppress(ValueError, OSError):  # macOS cannot limit memory
            resource.setrlimit(limit, (most, most))


def _made(data: bytes, wish: Sequence[str]) -> tuple[dict[str, str | int], bytes]:
    try:
        picture = _opened(data)
        match wish:
            case ["narrow", width]:
                return _narrowed(_drawn(picture), int(width))
            case ["lighten", most]:
                return _lightened(_drawn(picture), int(most))
        return _written(_drawn(picture), lossless=picture.format in ("PNG", "GIF"))
    except Unfit:
        raise
    except MemoryError as error:
        raise Unfit(413, "The picture needs too much memory to open. Save a smaller copy.") from error
    except Exception as error:  # a hostile file makes Pillow raise nearly anything
        raise Unfit(422, "The picture is damaged. Save it again in an image editor and try that.") from error


def _opened(data: bytes) -> Image.Image:
    """The header is read, no pixel yet."""
    kind = sniff(data)
    if kind is None:
        raise Unfit(NOT_A_PICTURE.status, NOT_A_PICTURE.note)
    picture = Image.open(BytesIO(data), formats=(kind,))
    if picture.width * picture.height * int(getattr(picture, "n_frames", 1)) > MOST_PIXELS:
        raise Unfit(413, "The picture has over 40 million pixels, frames counted. Save a smaller copy.")
    picture.seek(0)
    return picture


def _drawn(picture: Image.Image) -> Image.Image:
    """The first frame, shrunk before anything copies it, then in sRGB and upright."""
    turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
    picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    drawn = _blendable(picture)
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    drawn = _coloured(drawn)
    return drawn if turn is None else drawn.transpose(turn)


def _blendable(picture: Image.Image) -> Image.Image:
    """Pixels that may be averaged: a palette's numbers may not; 16 bits are scaled, convert() clips."""
    if picture.mode.startswith("I"):
        return picture.point(lambda level: level / 256).convert("L")
    if picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
        return picture.convert(_mode(picture))
    return picture


def _coloured(picture: Image.Image) -> Image.Image:
    """RGB, or RGBA where something shows through."""
    mode = _mode(picture)
    drawn = _in_srgb(picture, mode) or picture.convert(mode)
    if mode == "RGBA" and drawn.getchannel("A").getextrema() == (255, 255):
        return drawn.convert("RGB")
    return drawn


def _mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


def _in_srgb(picture: Image.Image, mode: str) -> Image.Image | None:
    """Colours of a wide-gamut or CMYK file as screens show them, since its profile is not kept."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
        return None
    with suppress(ImageCms.PyCMSError, ValueError, OSError):
        theirs, ours = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, theirs, ours, outputMode=mode)
    return None


def _written(drawn: Image.Image, *, lossless: bool) -> tuple[dict[str, str | int], bytes]:
    """PNG for what came lossless, WebP for other transparency, JPEG for the rest."""
    kind = "PNG" if lossless else "WEBP" if drawn.mode == "RGBA" else "JPEG"
    encoded = _encoded(drawn, kind, QUALITY)
    if kind == "PNG" and drawn.mode == "RGB" and len(encoded) > HEAVY_PNG:
        kind, encoded = "JPEG", _encoded(drawn, "JPEG", QUALITY)
    return _told(drawn, kind), encoded


def _narrowed(drawn: Image.Image, width: int) -> tuple[dict[str, str | int], bytes]:
    """WebP, which every browser reads and no channel is sent."""
    drawn.thumbnail((width, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _told(drawn, "WEBP"), _encoded(drawn, "WEBP", QUALITY_ON_PAGES)


def _lightened(drawn: Image.Image, most: int) -> tuple[dict[str, str | int], bytes]:
    """JPEG, or WebP where something shows through: what every channel takes that takes pictures."""
    kind, room = "WEBP" if drawn.mode == "RGBA" else "JPEG", float(LONGEST_SIDE**2)
    for side, quality in STEPS:
        if side**2 > room and side > STEPS[-1][0]:
            continue
        smaller = drawn.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        encoded = _encoded(smaller, kind, quality, effort=2)
        if len(encoded) <= most:
            return _told(smaller, kind), encoded
        # Half the weight is about half the pixels; encoding each step on the way there would take too long.
        room = HOPE * max(smaller.size) ** 2 * most / len(encoded)
    raise Unfit(413, "No copy of the picture is light enough.")


def _told(drawn: Image.Image, kind: str) -> dict[str, str | int]:
    return {"mime": f"image/{kind.lower()}", "width": drawn.width, "height": drawn.height}


def _encoded(drawn: Image.Image, kind: str, quality: int, *, effort: int = 4) -> bytes:
    """`effort` is WebP's `method`, 4 by default."""
    drawn.info.clear()
    out = BytesIO()
    options = {"PNG": {}, "JPEG": {"quality": quality}, "WEBP": {"quality": quality, "method": effort}}[kind]
    drawn.save(out, kind, **options)
    return out.getvalue()


if __name__ == "__main__":
    main()
