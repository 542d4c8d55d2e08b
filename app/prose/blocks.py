"""Owns a rendered body's paragraphs: its outermost blocks, each with its words. Any storey may call it."""

import re
from dataclasses import dataclass
from html import unescape

TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>')
VOID = {"br", "hr", "img"}
MOST = 1000  # characters of a paragraph that are remembered


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list, table or picture: sanitised HTML, and its words on one line."""

    html: str
    text: str


def blocks(body_html: str) -> tuple[Block, ...]:
    """The outermost elements of sanitised HTML in reading order."""
    found, depth, start = [], 0, 0
    for tag in TAG.finditer(body_html):
        if tag[2] not in VOID:
            depth += -1 if tag[1] else 1
        if depth == 0:
            found.append(body_html[start : tag.end()].strip())
            start = tag.end()
    rest = body_html[start:].strip()
    return tuple(Block(html, words(html)) for html in [*found, *([rest] if rest else [])])


def words(html: str) -> str:
    """What a reader reads of a block, on one line and at most MOST characters."""
    return " ".join(unescape(TAG.sub("", html)).split())[:MOST]
