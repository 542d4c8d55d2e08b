"""The fenced-in child of `app.images`: picture on stdin, one JSON line and the new file on stdout."""

import json
import resource
import sys
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageCms

from app.images import NOT_A_PICTURE, sniff

MEMORY = 512 << 20
CPU_SECONDS = 5
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2400
HEAVY_PNG = 2_000_000  # a photograph saved as PNG; nobody gains from serving it so
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
        said, encoded = _made(sys.stdin.buffer.read())
    except Unfit as unfit:
        said, encoded = unfit.said, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + encoded)


def _fence() -> None:
    Image.MAX_IMAGE_PIXELS = None  # we count ourselves, frames included
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
        with suppress(ValueError, OSError):  # macOS cannot limit memory
            resource.setrlimit(limit, (most, most))


def _made(data: bytes) -> tuple[dict[str, str | int], bytes]:
    try:
        picture = _opened(data)
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
    drawn.info.clear()
    kind = "PNG" if lossless else "WEBP" if drawn.mode == "RGBA" else "JPEG"
    encoded = _encoded(drawn, kind)
    if kind == "PNG" and drawn.mode == "RGB" and len(encoded) > HEAVY_PNG:
        kind, encoded = "JPEG", _encoded(drawn, "JPEG")
    said: dict[str, str | int] = {
        "mime": f"image/{kind.lower()}",
        "width": drawn.width,
        "height": drawn.height,
    }
    return said, encoded


def _encoded(drawn: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    drawn.save(out, kind, **({"quality": 88} if kind != "PNG" else {}))
    return out.getvalue()


if __name__ == "__main__":
    main()
