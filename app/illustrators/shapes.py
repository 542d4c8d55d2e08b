"""The quiet geometry of a cover: a few patterns, each drawn into a rectangle from chance alone. For the cover."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

from app.illustrators.colours import RGB, Palette

FINE = 2  # drawn at this multiple and reduced, which smooths the edges
Art = Callable[[ImageDraw.ImageDraw, int, int, Palette, random.Random], None]


def art(width: int, height: int, colours: Palette, chance: random.Random) -> Image.Image:
    """One pattern of `width` by `height` pixels on the palette's ground."""
    image = Image.new("RGB", (width * FINE, height * FINE), colours.ground)
    pattern = chance.choice(PATTERNS if max(width, height) < 2 * min(width, height) else STRIPS)
    pattern(ImageDraw.Draw(image), width * FINE, height * FINE, colours, chance)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def disc(size: int) -> Image.Image:
    """A smooth disc of `size` pixels, as a mask."""
    mask = Image.new("L", (size * 4, size * 4))
    ImageDraw.Draw(mask).ellipse((0, 0, size * 4 - 1, size * 4 - 1), fill=255)
    return mask.resize((size, size), Image.Resampling.LANCZOS)


def tiles(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """A board of quarter circles, leaves, discs and rings."""
    cell = _cell(width, height, chance)
    for top in range(-(-height % cell) // 2, height, cell):
        for left in range(-(-width % cell) // 2, width, cell):
            fill, back = _pair(colours, chance)
            draw.rectangle((left, top, left + cell, top + cell), fill=back)
            chance.choice(TILES)(draw, left, top, cell, fill, chance)


def arcs(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """Rings around one corner or edge, like ripples."""
    centre = chance.choice([(width, 0), (width, height), (0, height), (width // 2, height)])
    reach = math.hypot(max(centre[0], width - centre[0]), max(centre[1], height - centre[1]))
    rings = chance.randint(6, 9)
    tones = [*colours.shapes, colours.ground]
    order = chance.sample(range(len(tones)), len(tones))
    for ring in range(rings, 0, -1):
        _disc(draw, centre, reach * ring / rings, tones[order[ring % len(order)]])


def hills(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """Layered waves under a sun."""
    strong, dark, faint, middle = colours.shapes
    draw.rectangle((0, 0, width, height), fill=faint)
    radius = min(width, height) * chance.uniform(0.2, 0.3)
    _disc(draw, (width * chance.uniform(0.25, 0.75), height * 0.36), radius, strong)
    for layer, tone in enumerate((middle, strong if radius % 2 > 1 else colours.ground, dark)):
        _wave(draw, width, height, height * (0.42 + 0.2 * layer), tone, chance)


def dots(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """A halftone: dots that swell towards one side."""
    back, fill = chance.choice([(colours.ground, colours.shapes[0]), (colours.shapes[0], colours.shapes[1])])
    draw.rectangle((0, 0, width, height), fill=back)
    short = min(width, height) / chance.choice([6, 8, 10])
    columns, rows = round(width / short), round(height / short)
    step, turn = width / columns, chance.uniform(0, 2 * math.pi)
    for place in range(columns * rows):
        x, y = (place % columns + 0.5) * step, (place // columns + 0.5) * height / rows
        slope = (x / width - 0.5) * math.cos(turn) + (y / height - 0.5) * math.sin(turn)
        _disc(draw, (x, y), step * min(max(0.26 + 0.38 * slope, 0.04), 0.44), fill)


def bars(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """Rounded columns of different heights, standing on the lower edge."""
    draw.rectangle((0, 0, width, height), fill=colours.shapes[2])
    count = max(5, round(width / height * chance.choice([4, 5, 6])))
    gap = width / count
    for place in range(count):
        tall = height * (0.25 + 0.65 * abs(math.sin(place * chance.uniform(0.55, 0.75) + 1)))
        tone = colours.shapes[chance.choice([0, 0, 1, 3])]
        left = place * gap + gap * 0.12
        box = (round(left), round(height - tall), round(left + gap * 0.76), height + round(gap))
        draw.rounded_rectangle(box, radius=gap * 0.38, fill=tone)


def orbit(draw: ImageDraw.ImageDraw, width: int, height: int, colours: Palette, chance: random.Random) -> None:
    """One large disc, a smaller one passing before it, and a ring."""
    strong, dark, faint, middle = colours.shapes
    draw.rectangle((0, 0, width, height), fill=faint)
    short, long = min(width, height), max(width, height)
    x, y = width * chance.uniform(0.4, 0.62), height * chance.uniform(0.4, 0.6)
    turn = chance.uniform(0, 2 * math.pi)
    _disc(draw, (x, y), short * 0.42 + long * 0.03, strong)
    for reach, radius, tone in ((0.5, 0.24, dark), (0.66, 0.12, colours.ground), (-0.5, 0.17, middle)):
        spot = (x + math.cos(turn) * short * reach, y + math.sin(turn) * short * reach)
        _disc(draw, spot, short * radius, tone)


def _quarter(draw: ImageDraw.ImageDraw, left: int, top: int, cell: int, fill: RGB, chance: random.Random) -> None:
    right, down = chance.choice([(0, 0), (1, 0), (0, 1), (1, 1)])
    x, y = left - cell * right, top - cell * down
    draw.pieslice((x, y, x + 2 * cell, y + 2 * cell), *_quadrant(right, down), fill=fill)


def _leaf(draw: ImageDraw.ImageDraw, left: int, top: int, cell: int, fill: RGB, chance: random.Random) -> None:
    corners = chance.choice([(True, False, True, False), (False, True, False, True)])
    draw.rounded_rectangle((left, top, left + cell, top + cell), radius=cell // 2, fill=fill, corners=corners)


def _round(draw: ImageDraw.ImageDraw, left: int, top: int, cell: int, fill: RGB, chance: random.Random) -> None:
    _disc(draw, (left + cell / 2, top + cell / 2), cell * chance.choice([0.5, 0.3, 0.14]), fill)


def _half(draw: ImageDraw.ImageDraw, left: int, top: int, cell: int, fill: RGB, chance: random.Random) -> None:
    start = chance.choice([0, 90, 180, 270])
    draw.pieslice((left, top, left + cell, top + cell), start, start + 180, fill=fill)


def _quadrant(right: int, down: int) -> tuple[int, int]:
    start = {(0, 0): 180, (1, 0): 270, (1, 1): 0, (0, 1): 90}[right, down]
    return start, start + 90


def _cell(width: int, height: int, chance: random.Random) -> int:
    """A square that fills the rectangle without a rest, one to four of them on its short side."""
    shared, short = math.gcd(width, height), min(width, height)
    whole = [shared // parts for parts in (1, 2, 3) if shared % parts == 0 and short <= 4 * shared // parts]
    return chance.choice(whole or [short // 4])


def _pair(colours: Palette, chance: random.Random) -> tuple[RGB, RGB]:
    """A shape's colour and what lies behind it, never the same."""
    tones = [*colours.shapes, colours.ground, colours.ground]
    fill, back = chance.sample(tones, 2)
    return (fill, back) if fill != back else (colours.shapes[0], colours.ground)


def _disc(draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, fill: RGB) -> None:
    x, y = centre
    draw.ellipse((round(x - radius), round(y - radius), round(x + radius), round(y + radius)), fill=fill)


def _wave(draw: ImageDraw.ImageDraw, width: int, height: int, level: float, fill: RGB, chance: random.Random) -> None:
    shift, length = chance.uniform(0, 6.28), chance.uniform(0.7, 1.3) * min(width, 2 * height) / 2
    swell = height * 0.09
    crest = [(x, level + swell * math.sin(shift + x / length * math.pi)) for x in range(0, width + 8, 8)]
    draw.polygon([(0, height), *crest, (width, height)], fill=fill)


TILES = (_quarter, _quarter, _leaf, _round, _half)
PATTERNS: tuple[Art, ...] = (tiles, tiles, arcs, hills, dots, bars, orbit, orbit)
STRIPS: tuple[Art, ...] = (tiles, tiles, arcs, hills, dots, bars)
