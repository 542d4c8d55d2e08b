"""What commands print for people: aligned tables as wide as the terminal, local times, colour where it is wanted."""

import os
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

COLOURS = {"good": "32", "bad": "31", "waiting": "33", "faint": "2"}
NARROWEST, A_TIME, GAP = 8, 23, "  "
JOINER = "\u200d"  # holds the parts of an emoji together


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; `tone` is one of COLOURS, or nothing."""

    text: str
    tone: str = ""


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> str:
    """Aligned lines; on a terminal the widest columns are cut until a line fits."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    shown = [[Cell(name, "faint") for name in headings], *cells]
    widths = _fitted([max(_wide(plain(row[at].text)) for row in shown) for at in range(len(headings))])
    return "\n".join(_line(row, widths) for row in shown)


def raw(answer: bytes) -> None:
    """What was answered as it came, for programs."""
    sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.flush()


def plain(text: str) -> str:
    """On one line and without what a terminal obeys: these texts were written by others."""
    words = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(one)[0] == "C" and one != JOINER else one for one in words)


def when(at: str | None) -> str:
    """An instant of the API on this machine's clock, with its offset."""
    if not at:
        return ""
    here = datetime.fromisoformat(at).astimezone()
    return f"{here:%Y-%m-%d %H:%M} {here.isoformat()[-6:]}"


def toned(text: str, tone: str) -> str:
    """Coloured, on a terminal whose owner did not say NO_COLOR."""
    wanted = tone and sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{COLOURS[tone]}m{text}\x1b[0m" if wanted else text


def _line(row: Sequence[Cell], widths: Sequence[int]) -> str:
    parts = []
    for cell, width in zip(row, widths, strict=True):
        text = _cut(plain(cell.text), width)
        parts.append(toned(text, cell.tone) + " " * (width - _wide(text)))
    return GAP.join(parts).rstrip()


def _fitted(widths: list[int]) -> list[int]:
    if not sys.stdout.isatty():
        return widths
    room = shutil.get_terminal_size().columns - len(GAP) * (len(widths) - 1)
    least = [A_TIME, *[NARROWEST] * (len(widths) - 1)]  # the first column tells the rows apart
    while sum(widths) > room and (wide := [at for at, width in enumerate(widths) if width > least[at]]):
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _cut(text: str, width: int) -> str:
    if _wide(text) <= width:
        return text
    while _wide(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def _wide(text: str) -> int:
    """How many columns it takes: East Asian letters two, marks above a letter none."""
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)
