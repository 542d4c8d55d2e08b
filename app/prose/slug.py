"""Owns slugs: the readable end of an address, from a title. Any storey may call it."""

import re
import unicodedata

LIMIT = 80
SPELLED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\u0131": "i",
        "&": " and ",
    }
)
APOSTROPHES = re.compile("['\u2019]")
STRAY_ACCENTS = re.compile("(?<=[a-z0-9])[\u0300-\u036f]+")


def slugify(title: str) -> str:
    """Lower-case words joined by hyphens, at most 80 characters, accents dropped, other scripts kept."""
    spelled = unicodedata.normalize("NFKC", title).casefold().translate(SPELLED)
    bare = "".join(_without_accent(letter) for letter in unicodedata.normalize("NFC", spelled))
    spoken = STRAY_ACCENTS.sub("", APOSTROPHES.sub("", bare))
    joined = "".join(letter if _kept(letter) else "-" for letter in spoken)
    return _cut(re.sub("-+", "-", joined).strip("-")) or "post"


def _without_accent(letter: str) -> str:
    """An accented Latin letter loses its accent; in other scripts the marks are part of the spelling."""
    base = unicodedata.normalize("NFKD", letter)
    return base[0] if base[:1].isascii() and base[:1].isalpha() else letter


def _kept(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter) in ("Mn", "Mc")


def _cut(joined: str) -> str:
    if len(joined) <= LIMIT:
        return joined
    head, hyphen, _ = joined[: LIMIT + 1].rpartition("-")
    return (head if hyphen and len(head) >= LIMIT // 2 else joined[:LIMIT]).strip("-")
