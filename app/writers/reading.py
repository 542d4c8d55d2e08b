"""Reads a brief as an editor skims it: blocks of the author's own words, none changed. For the outline writer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from app.prose import sentences
from app.writers.labels import role

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\ud800-\udfff]")
BULLET = re.compile(r"(\s*)(?:[-*+•◦‣▪·–—]|\(?(?:\d{1,3}|[a-z])[.)])\s+(?:\[[ xX]\]\s+)?(\S.*)")
NUMBERED = re.compile(r"\s*\(?(?:\d{1,3}|[a-z])[.)]\s")
FENCE = re.compile(r"\s*(```|~~~)")
QUOTED = re.compile(r"\s*(?:>|[\"“„«»‹『「][^\"”“«»›』」]{20,})")
HASHES = re.compile(r"#{1,6}\s+(\S.*)")
BOLD = re.compile(r"(?:\*\*|__)([^*_]+)(?:\*\*|__)[:：]?")
LABELLED = re.compile(r"\s*(?:[-*•]\s+)?(?:\*\*|__)?([^\W\d][^:：*_]{0,28}?)(?:\*\*|__)?\s*[:：](?:\*\*|__)?\s+(\S.*)")
UNDERLINE = re.compile(r"\s*(?:=+|-+)\s*")
RULE = re.compile(r"\s*(?:[-*_]\s*){3,}")
LINK = re.compile(r"<?((?:https?://|www\.)[^\s<>]+)>?")
HEADING_LIMIT, TITLE_LIMIT = 80, 60


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a brief. `kind`: heading, text, list, quote, link, verbatim; note and closing have a label."""

    kind: str
    text: str
    label: str = ""


def blocks(brief: str) -> tuple[Block, ...]:
    """The brief in reading order, as Markdown blocks."""
    found = [block for lump in _lumps(storable(brief).split("\n")) for block in _block(lump)]
    return tuple(_promoted(found))


def storable(text: str) -> str:
    """`text` with Unix line ends and without what no database takes."""
    return UNSTORABLE.sub("", LINE_ENDS.sub("\n", text))


def _lumps(lines: Iterable[str]) -> Iterator[list[str]]:
    """Runs of lines between blank ones; a fence keeps its blank lines."""
    lump: list[str] = []
    fence = ""
    for line in lines:
        mark = FENCE.match(line)
        if line.strip() or fence:
            lump.append(line)
        elif lump:
            yield lump
            lump = []
        if mark:
            fence = "" if mark.group(1) == fence else fence or mark.group(1)
    if lump:
        yield lump


def _block(lump: list[str]) -> Iterator[Block]:
    if FENCE.match(lump[0]) or (len(lump) > 1 and all("|" in line for line in lump)):
        yield Block("verbatim", "\n".join(lump))
        return
    kinds = [(_kind(line, (lump[place + 1 : place + 2] or [""])[0]), line) for place, line in enumerate(lump)]
    for kind, run in groupby(_continued(kinds), key=lambda pair: pair[0]):
        yield from _made(kind, [line for _, line in run])


def _kind(line: str, below: str) -> str:
    if UNDERLINE.fullmatch(line) or RULE.fullmatch(line):
        return "rule"
    if role(_label(line)):
        return "labelled"
    if BULLET.match(line):
        return "list"
    if HASHES.fullmatch(line) or BOLD.fullmatch(line.strip()) or _announces(line) or UNDERLINE.fullmatch(below):
        return "heading"
    if LINK.fullmatch(line.strip()):
        return "link"
    return "quote" if QUOTED.match(line) else "text"


def _label(line: str) -> str:
    found = LABELLED.fullmatch(line)
    return found.group(1) if found else ""


def _announces(line: str) -> bool:
    """A short line that ends with a colon heads what follows."""
    text = line.strip()
    return text[-1:] in (":", "：") and len(text) <= HEADING_LIMIT and len(sentences.split(text)) == 1


def _continued(kinds: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """An indented line under a bullet belongs to it, and so does any line of text inside a quote."""
    before = ""
    for kind, line in kinds:
        indented = line[:1].isspace() and before == "list"
        before = before if kind == "text" and (indented or before == "quote") else kind
        yield before, line


def _made(kind: str, lines: list[str]) -> Iterator[Block]:
    match kind:
        case "rule":
            return
        case "heading":
            yield from (Block("heading", _bare(line)) for line in lines)
        case "labelled":
            yield from (_told(line) for line in lines)
        case "link":
            yield from (Block("link", line.strip().strip("<>")) for line in lines)
        case "list":
            yield Block("list", "\n".join(_items(lines)))
        case "quote":
            yield Block("quote", "\n".join("> " + line.strip().removeprefix(">").strip() for line in lines))
        case _:
            yield Block("text", "\n".join(line.strip() for line in lines))


def _bare(line: str) -> str:
    """A heading's words, without the marks that made it one."""
    hashed = HASHES.fullmatch(line)
    text = hashed.group(1).rstrip("# ") if hashed else line.strip()
    bold = BOLD.fullmatch(text)
    return (bold.group(1) if bold else text).strip().rstrip(":：").strip() or line.strip()


def _told(line: str) -> Block:
    found = LABELLED.fullmatch(line)
    label, text = found.groups() if found else ("", line)
    return Block(role(label), text.strip(), label.strip())


def _items(lines: list[str]) -> Iterator[str]:
    """The list in Markdown's own marks: nesting kept to one level, a wrapped line joined to its item."""
    ordered = all(NUMBERED.match(line) or not BULLET.match(line) for line in lines)
    number = 0
    for line in lines:
        found = BULLET.match(line)
        if found is None:
            yield "   " + line.strip()
            continue
        nested = "  " if number and not ordered and len(found.group(1).expandtabs(4)) >= 2 else ""
        number += 1
        yield f"{nested}{f'{number}.' if ordered else '-'} {found.group(2).strip()}"


def _promoted(found: list[Block]) -> Iterator[Block]:
    """A short line standing alone heads what follows it; so does a question."""
    for place, block in enumerate(found):
        follows = place + 1 < len(found) and found[place + 1].kind != "heading"
        titular = block.kind == "text" and _titular(block.text, follows)
        yield Block("heading", block.text) if titular else block


def _titular(text: str, follows: bool) -> bool:
    if "\n" in text or len(text) > HEADING_LIMIT:
        return False
    if sentences.question(text):
        return True
    return follows and len(text) <= TITLE_LIMIT and not sentences.complete(text) and not LINK.search(text)
