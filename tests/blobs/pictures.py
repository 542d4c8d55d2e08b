"""Pictures of every weight, made here: a flat field, a photograph's noise, something to see through."""

import random
from io import BytesIO

from PIL import Image as Pillow

from app import images
from app.images import Image


def flat(width: int = 40, height: int = 30, colour: str = "teal") -> bytes:
    return written(Pillow.new("RGB", (width, height), colour), "PNG")


def striped(width: int, height: int) -> bytes:
    """Next to nothing as PNG, and heavier in any other size or format."""
    picture = Pillow.new("RGB", (width, height), "white")
    for at in range(0, width, 4):
        picture.paste("black", (at, 0, at + 2, height))
    return written(picture, "PNG")


def noisy(width: int = 1600, height: int = 900, *, mode: str = "RGB", kind: str = "JPEG", seed: int = 1) -> bytes:
    """As heavy as a photograph: soft shapes under grain, so that no coder finds it easy."""
    chance = random.Random(seed)
    small = (width // 4, height // 4)
    grain = Pillow.frombytes("RGB", small, chance.randbytes(small[0] * small[1] * 3))
    picture = grain.resize((width, height), Pillow.Resampling.BICUBIC)
    if mode == "RGBA":
        picture.putalpha(Pillow.linear_gradient("L").resize((width, height)))
    return written(picture, kind, **({"quality": 95} if kind != "PNG" else {}))


def written(picture: Pillow.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


async def made(data: bytes) -> Image:
    image = await images.reencode(data)
    assert isinstance(image, Image), image
    return image


def size(data: bytes) -> tuple[int, int]:
    with Pillow.open(BytesIO(data)) as picture:
        return picture.size
