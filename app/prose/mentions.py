"""Owns `@Name` in plain words: whom a text names, and where. Any storey may call it."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


def named(text: str, people: Mapping[str, T]) -> list[T]:
    """Who is named, each once, in the order of the text; an unknown @ is only text."""
    return list(dict.fromkeys(who for _, who in split(text, people) if who is not None))


def split(text: str, people: Mapping[str, T]) -> Iterator[tuple[str, T | None]]:
    """The text in pieces: those that name somebody come with them. The longest name wins, in any case."""
    known = {name.casefold(): who for name, who in people.items() if name}
    at = 0
    for found in _pattern(known).finditer(text) if known else ():
        yield text[at : found.start()], None
        yield found[0], known[" ".join(found[1].split()).casefold()]
        at = found.end()
    yield text[at:], None


def _pattern(names: Mapping[str, object]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    either = "|".join(r"\s".join(re.escape(part) for part in name.split()) for name in longest)
    return re.compile(rf"(?<![\w@/.])@({either})(?!\w)", re.IGNORECASE)


def callable_by(people: Mapping[str, T]) -> dict[str, T]:
    """Full names, and first names that only one of them has."""
    first: dict[str, list[T]] = {}
    for name, who in people.items():
        first.setdefault((name.split() or [""])[0].casefold(), []).append(who)
    alone = {name: found[0] for name, found in first.items() if name and len(found) == 1}
    return alone | {name.casefold(): who for name, who in people.items()}
