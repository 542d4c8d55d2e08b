"""Owns the difference between two texts, as values: paragraphs, then words. Any storey may call it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed", "changed"]
TOKEN = re.compile(r"\s+|[\w'\u2019-]+|[^\w\s]")
ALIKE = 0.35  # below this two paragraphs are read as one removed and one added
LONGEST = 16_000  # tokens of both sides; beyond, a paragraph is shown whole, word matching being quadratic
MOST_PAIRS = 250_000  # beyond, texts this different are shown one after the other


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words inside a changed paragraph. `kind`: same, added, removed."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph. `text` is the new wording (the old one when removed); `words` only when changed."""

    kind: Kind
    text: str
    words: tuple[Words, ...] = ()


def paragraphs(old: str, new: str) -> list[Change]:
    """Every paragraph of both texts in reading order, each same, added, removed or changed word by word."""
    before, after = _split(old), _split(new)
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    middle = _aligned(before[head : len(before) - tail], after[head : len(after) - tail])
    return [*_same(after[:head]), *middle, *_same(after[len(after) - tail :])]


def changed(old: str, new: str) -> bool:
    """Whether a reader would find any difference."""
    return _split(old) != _split(new)


def _split(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if part.strip()]


def _shared(one: list[str], other: list[str]) -> int:
    """How many paragraphs both begin with."""
    unequal = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(unequal, min(len(one), len(other)))


def _same(texts: list[str]) -> list[Change]:
    return [Change("same", text) for text in texts]


def _aligned(before: list[str], after: list[str]) -> Iterator[Change]:
    if len(before) * len(after) > MOST_PAIRS:
        yield from (Change("removed", text) for text in before)
        yield from (Change("added", text) for text in after)
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _same(after[c:d])
        else:
            yield from _rewritten(before[a:b], after[c:d])


def _rewritten(before: list[str], after: list[str]) -> Iterator[Change]:
    """Pairs in order while they resemble each other; what finds no partner was removed or added."""
    while before and after:
        one, other = _next_pair(before, after)
        yield from (Change("removed", text) for text in before[:one])
        yield from (Change("added", text) for text in after[:other])
        before, after = before[one:], after[other:]
        if before and after:
            yield _compare(before.pop(0), after.pop(0))
    yield from (Change("removed", text) for text in before)
    yield from (Change("added", text) for text in after)


def _next_pair(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many to skip on each side until two paragraphs resemble each other; everything when none do."""
    near = [(i, j) for i in range(min(4, len(before))) for j in range(min(4, len(after)))]
    for i, j in sorted(near, key=sum):
        if _alike(before[i], after[j]):
            return i, j
    return min(4, len(before)), min(4, len(after))


def _alike(one: str, other: str) -> bool:
    """Shared words, counted without order: cheap enough to ask of many pairs."""
    left, right = set(TOKEN.findall(one)), set(TOKEN.findall(other))
    shared = sum(1 for token in left & right if not token.isspace())
    return shared >= ALIKE * max(1, min(len(left), len(right)))


def _compare(one: str, other: str) -> Change:
    before, after = TOKEN.findall(one), TOKEN.findall(other)
    if len(before) + len(after) > LONGEST:
        return Change("changed", other, (Words("removed", one), Words("added", other)))
    return Change("changed", other, tuple(_spans(before, after)))


def _spans(before: list[str], after: list[str]) -> Iterator[Words]:
    """Runs of words; a lone blank between two changes joins them, so edits read as phrases."""
    gone, come = "", ""
    for tag, a, b, c, d in _matcher(before, after).get_opcodes():
        same = "".join(after[c:d]) if tag == "equal" else ""
        if same and not (same.isspace() and (gone or come)):
            yield from _edit(gone, come)
            yield Words("same", same)
            gone, come = "", ""
        else:
            gone, come = gone + "".join(before[a:b]), come + "".join(after[c:d])
    yield from _edit(gone, come)


def _matcher(before: list[str], after: list[str]) -> SequenceMatcher[str]:
    """Blanks and filler words anchor no match (they join their neighbours'), which keeps it near linear."""
    often, often_at = Counter(after), max(6, len(after) // 100)
    return SequenceMatcher(lambda token: token.isspace() or often[token] > often_at, before, after, autojunk=False)


def _edit(gone: str, come: str) -> Iterator[Words]:
    if gone:
        yield Words("removed", gone)
    if come:
        yield Words("added", come)
