"""Colours of a cover: parsed, mixed, and kept readable whatever the brand's are. For the cover."""

import random
import re
from dataclasses import dataclass

from app.illustrators.contract import Wish

RGB = tuple[int, int, int]
BLACK: RGB = (0, 0, 0)
SOFT_BLACK: RGB = (17, 17, 17)
WHITE: RGB = (255, 255, 255)
READABLE = 4.5  # WCAG asks 3 of large letters
VISIBLE = 1.35  # between two plain shapes


@dataclass(frozen=True, slots=True)
class Palette:
    """`ground` is behind the words, `words` is readable on it, `shapes` can be told from it and one another."""

    ground: RGB
    words: RGB
    mark: RGB
    shapes: tuple[RGB, ...]


def palette(wish: Wish, chance: random.Random) -> Palette:
    """Light, dark or coloured ground, as chance has it, from the three brand colours."""
    ink, paper, accent = (parsed(text, spare) for text, spare in _wanted(wish))
    ground, other = chance.choices([(paper, ink), (ink, paper), (accent, paper)], weights=[5, 4, 2])[0]
    words = readable(ground, (other, ink, paper))
    strong = accent if ground != accent else readable(ground, (ink, paper))
    shapes = (strong, mixed(ground, words, 0.86), mixed(ground, words, 0.16), mixed(ground, strong, 0.42))
    mark = readable(ground, (strong, words), least=3.0)
    return Palette(ground, words, mark, tuple(apart(shape, ground) for shape in shapes))


def parsed(text: str, spare: str) -> RGB:
    """`#rrggbb` or `#rgb`; `spare` when it is neither."""
    found = re.fullmatch(r"#([0-9a-f]{6}|[0-9a-f]{3})", text.strip().lower())
    digits = found.group(1) if found else spare.removeprefix("#")
    full = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    return int(full[:2], 16), int(full[2:4], 16), int(full[4:], 16)


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """`share` of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: RGB, other: RGB) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(ground: RGB, wanted: tuple[RGB, ...], least: float = READABLE) -> RGB:
    """The first wanted colour that reads on `ground`; else black or white, one of which always does."""
    candidates = (*wanted, SOFT_BLACK, WHITE, BLACK)
    return next(colour for colour in candidates if contrast(colour, ground) >= least)


def apart(colour: RGB, ground: RGB) -> RGB:
    """`colour`, moved away from `ground` until both can be told apart."""
    goal = max((BLACK, WHITE), key=lambda end: contrast(end, ground))
    steps = (mixed(colour, goal, step / 20) for step in range(21))
    return next((shade for shade in steps if contrast(shade, ground) >= VISIBLE), goal)


def _wanted(wish: Wish) -> tuple[tuple[str, str], ...]:
    plain = Wish("", "", "")
    return (wish.ink, plain.ink), (wish.paper, plain.paper), (wish.accent, plain.accent)


def _luminance(colour: RGB) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
