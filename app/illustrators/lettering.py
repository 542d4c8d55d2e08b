"""Setting a headline: what the font can write, balanced lines, the largest size that fits. For the cover."""

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import ImageFont

from app.settings import ROOT

FONT = (ROOT / "static" / "cover.woff2").read_bytes()
HEAVY, MEDIUM = 700, 560
DISPLAY = 32.0  # the optical size drawn for headlines
REFERENCE = 200  # widths are measured once at this size and scale
MOST_LINES, LINE_HEIGHT, LONGEST_WORD = 4, 1.1, 80
NEARLY = 0.86
DRAWN_NOWHERE = {"So", "Sk", "Cf", "Cc", "Mn", "Me", "Co", "Cn", "Cs"}  # emoji, joiners, selectors


@dataclass(frozen=True, slots=True)
class Headline:
    """Lines that fit, and the size in pixels they fit at."""

    lines: tuple[str, ...]
    size: int


@lru_cache(maxsize=8)
def font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(BytesIO(FONT), size)
    face.set_variation_by_axes([DISPLAY, weight])
    return face


def writable(text: str) -> str:
    """`text` without emoji; "" when the font lacks one of its letters: no words are better than boxes."""
    kept = " ".join("".join(c for c in unicodedata.normalize("NFC", text) if _wanted(c)).split())
    return kept if all(_known(letter) for letter in set(kept)) else ""


def fit(text: str, width: int, height: int, largest: int) -> Headline:
    """`text`, whole, on one to four balanced lines: the fewest at which it is nearly as large as it can be."""
    words = _words(text)
    settings = [_setting(words, count, width, height, largest) for count in range(1, min(MOST_LINES, len(words)) + 1)]
    enough = max(headline.size for headline in settings) * NEARLY
    return next(headline for headline in settings if headline.size >= enough)


def _setting(words: list[str], count: int, width: int, height: int, largest: int) -> Headline:
    lines = _balanced(words, count)
    widest = max(_width(line) for line in lines)
    size = min(largest, int(width * REFERENCE / widest), int(height / len(lines) / LINE_HEIGHT))
    while size > 8 and max(font(size, HEAVY).getlength(line) for line in lines) > width:
        size -= 1
    return Headline(tuple(lines), max(size, 8))


def _balanced(words: list[str], count: int) -> list[str]:
    """`words` on `count` lines whose widest is as narrow as can be, ragged as little as can be."""
    low, high = max(_width(word) for word in words), _width(" ".join(words))
    while high - low > 2:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(words, middle)) <= count else (middle, high)
    return _filled(words, high + 1)


def _filled(words: list[str], width: float) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if _width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=4096)
def _width(text: str) -> float:
    return font(REFERENCE, HEAVY).getlength(text)


def _words(text: str) -> list[str]:
    """What may stand alone on a line: a dash stays with the word before it, an endless word is broken."""
    words: list[str] = []
    for word in text.split():
        if words and not any(letter.isalnum() for letter in word):
            words[-1] += f" {word}"
        else:
            words += _pieces(word)
    return words


def _pieces(word: str) -> list[str]:
    length = math.ceil(len(word) / math.ceil(len(word) / LONGEST_WORD))
    return [word[start : start + length] for start in range(0, len(word), length)]


def _wanted(letter: str) -> bool:
    return unicodedata.category(letter) not in DRAWN_NOWHERE or (letter.isspace() or _symbol(letter))


def _symbol(letter: str) -> bool:
    """Signs such as ©, °, ™ or → are symbols too, and the font has them."""
    return unicodedata.category(letter) in ("So", "Sk") and _known(letter)


@lru_cache(maxsize=2048)
def _known(letter: str) -> bool:
    """Whether the font has a glyph: an unknown one is drawn as the same box as the last code point."""
    face = font(32, HEAVY)
    return letter.isspace() or bytes(face.getmask(letter)) != bytes(face.getmask("\U0010ffff"))
