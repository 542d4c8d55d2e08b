"""The drawn cover: the embedded illustrator. A headline and quiet geometry in the brand's colours, no network."""

import asyncio
import random
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

from app.illustrators import lettering
from app.illustrators.colours import Palette, palette
from app.illustrators.contract import Drawn, Failed, Wish
from app.illustrators.lettering import HEAVY, LINE_HEIGHT, MEDIUM, Headline
from app.illustrators.shapes import art, disc

WIDTH, HEIGHT, MARGIN = 1600, 900, 96
SIGNATURE = 30
GOOD_ENOUGH = 0.8  # a layout is open to chance while its headline is nearly as large as the largest


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the art and the words go: boxes of left, top, right, bottom. The words stand on their box's floor."""

    art: tuple[int, int, int, int]
    words: tuple[int, int, int, int]
    largest: int

    def set(self, title: str) -> Headline:
        left, top, right, bottom = self.words
        return lettering.fit(title, right - left, bottom - top, self.largest)


BESIDE = Layout((1000, 0, WIDTH, HEIGHT), (MARGIN, 200, 1000 - 72, HEIGHT - MARGIN), 160)
BELOW = Layout((0, 580, WIDTH, HEIGHT), (MARGIN, 176, WIDTH - MARGIN, 580 - 80), 148)
ABOVE = Layout((640, 0, WIDTH, 384), (MARGIN, 384 + 72, WIDTH - MARGIN, HEIGHT - MARGIN), 148)
WHOLE = (0, 0, WIDTH, HEIGHT)


class Cover:
    """Draws the same picture for the same wish, different ones for different titles."""

    name = "cover"
    label = "Drawn cover"

    async def draw(self, wish: Wish) -> Drawn | Failed:
        return Drawn(await asyncio.to_thread(_drawn, wish), "image/png")


def _drawn(wish: Wish) -> bytes:
    chance = random.Random(sha256(f"{wish.title}\n{wish.prompt}".encode("utf-8", "replace")).digest())  # noqa: S311
    colours = palette(wish, chance)
    image = Image.new("RGB", (WIDTH, HEIGHT), colours.ground)
    title = lettering.writable(wish.title)
    layout = _layout(title, chance) if title else None
    left, top, right, bottom = layout.art if layout else WHOLE
    image.paste(art(right - left, bottom - top, colours, chance), (left, top))
    if layout:
        _sign(image, wish.team, colours, layout)
        _write(image, layout.set(title), colours, layout)
    return _encoded(image, wish, colours)


def _layout(title: str, chance: random.Random) -> Layout:
    """Any layout that shows the title well; which one, chance decides."""
    sizes = {layout: layout.set(title).size for layout in (BESIDE, BELOW, ABOVE)}
    return chance.choice([layout for layout, size in sizes.items() if size >= GOOD_ENOUGH * max(sizes.values())])


def _write(image: Image.Image, headline: Headline, colours: Palette, layout: Layout) -> None:
    draw = ImageDraw.Draw(image)
    left, _, _, floor = layout.words
    face = lettering.font(headline.size, HEAVY)
    for place, line in enumerate(reversed(headline.lines)):
        baseline = floor - round(place * headline.size * LINE_HEIGHT)
        draw.text((left, baseline), line, colours.words, face, anchor="ls")


def _sign(image: Image.Image, team: str, colours: Palette, layout: Layout) -> None:
    """The team's name beside a small disc, at the top left; nothing when the font cannot write it."""
    name = lettering.writable(team)
    image.paste(colours.mark, (MARGIN, MARGIN), disc(22))
    room = (layout.art[0] or WIDTH) - MARGIN - 36 - 48
    face = lettering.font(SIGNATURE, MEDIUM)
    while name and face.getlength(name) > room:
        name = name[:-2].rstrip() + "…"
    ImageDraw.Draw(image).text((MARGIN + 36, MARGIN + 22), name, colours.words, face, anchor="ls")


def _encoded(image: Image.Image, wish: Wish, colours: Palette) -> bytes:
    wanted = (min(max(wish.width, 64), 4096), min(max(wish.height, 64), 4096))
    if image.size != wanted:  # padded, never cropped: words stay whole
        image = ImageOps.pad(image, wanted, Image.Resampling.LANCZOS, colours.ground)
    out = BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()
