"""Owns what people type: one way in, normalised or refused with a sentence. Any storey may call it."""

import re
import unicodedata

TURNERS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # bidi embeddings, overrides, isolates
SURROGATES = re.compile("[\ud800-\udfff]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
INVISIBLE = {"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"}
BLANKS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}  # letters and symbols that draw nothing


def typed(text: str, limit: int, *, multiline: bool, required: bool = False) -> str:
    """`text` in NFC without outer blanks, at most `limit` characters; ValueError with a sentence otherwise.

    Empty stays empty unless `required`. On one line, inner white space becomes single spaces.
    """
    _demand_storable(text)
    tidy = _lines(text) if multiline else _line(text)
    if tidy and not any(visible(letter) for letter in tidy):
        raise ValueError("This has no visible characters.")
    if required and not tidy:
        raise ValueError("Write something here.")
    if len(tidy) > limit:
        raise ValueError(f"This is {len(tidy):,} characters long; {limit:,} fit.")
    return tidy


def visible(letter: str) -> bool:
    """Whether a reader sees anything of `letter` standing alone."""
    return unicodedata.category(letter) not in INVISIBLE and letter not in BLANKS


def _demand_storable(text: str) -> None:
    if SURROGATES.search(text):
        raise ValueError("This holds half of a character; type or paste it again.")
    if CONTROLS.search(text):
        raise ValueError("This holds control characters; paste it again as plain text.")


def _lines(text: str) -> str:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", unix).strip()


def _line(text: str) -> str:
    if TURNERS.search(text):
        raise ValueError("This holds hidden characters that turn the writing direction; type it again.")
    return " ".join(unicodedata.normalize("NFC", text).split())
