"""A pasted list or CSV as plans: one row each, read leniently and judged in words. Pure, for the many page."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeVar
from uuid import UUID, uuid5

from app.flow.plan import PASSED, Plan
from app.prose.clean import typed
from app.times import planned

COLUMNS = ("title", "date", "time", "keyword", "angle", "brief", "campaign", "channels")
LISTED = ("title", "date", "time", "keyword")
LIMITS = {"title": 300, "keyword": 200, "angle": 500, "brief": 50_000}
MOST = 200
DAY = re.compile(r"[12]\d{3}-\d{2}-\d{2}")
HOUR = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")
T = TypeVar("T")
SEVERAL = re.compile(r"[;,|]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line as typed: its number among the rows, from 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows, the columns nobody reads, and why nothing could be read at all."""

    rows: tuple[Row, ...] = ()
    unread: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a row may name, and what it gets when it names nothing. Names are in lower case."""

    zone: str
    today: date
    campaigns: Mapping[str, int]
    channels: Mapping[str, int]
    campaign: int | None = None
    chosen: tuple[int, ...] = ()


@dataclass(slots=True)
class Judged:
    """A row with what is wrong with it; `plan` is there when nothing is."""

    row: Row
    wrong: list[str] = field(default_factory=list)
    plan: Plan | None = None


def sheet(text: str) -> Sheet:
    """The rows of `text`: CSV when its first line names a title column among others, else one title per line."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return Sheet(problem="Paste a list or choose a file first.")
    comma = _separator(lines[0])
    found = _table(text, comma) if comma else _list(lines)
    if len(found.rows) > MOST:
        return Sheet(problem=f"These are {len(found.rows)} rows; {MOST} fit at once. Plan the first {MOST}, then the"
                     " rest.")  # fmt: skip
    return found if found.rows or found.problem else Sheet(problem="There is no row below the names of the columns.")


def judge(row: Row, known: Known, once: UUID) -> Judged:
    """The row as a plan, or everything that is wrong with it. `once` makes a form that is sent twice one form."""
    judged = Judged(row)
    words = {name: _read(judged, _words, name) for name in LIMITS}
    on = _read(judged, lambda cells, name: _day(cells.get(name, ""), known.today), "date")
    wall = _read(judged, lambda cells, name: _hour(cells.get(name, "")), "time")
    when = None if judged.wrong else _read(judged, lambda cells, name: planned(on, wall, known.zone), "time")
    campaign = _read(judged, lambda cells, name: _campaign(cells, known), "campaign")
    channels = _read(judged, lambda cells, name: _channels(cells, known), "channels")
    if not judged.wrong and when is not None:
        judged.plan = Plan(
            words["title"] or "", when, words["keyword"] or "", words["angle"] or "", words["brief"] or "", campaign,
            channels or (), None, uuid5(once, str(row.number)),
        )  # fmt: skip
    return judged


def _separator(head: str) -> str:
    """What parts the columns of a CSV; empty for a plain list."""
    for sign in ("\t", ";", ","):
        names = {name.strip().strip('"').lower() for name in head.lstrip("\ufeff").split(sign)}
        if "title" in names and len(names) > 1 and names & set(COLUMNS[1:]):
            return sign
    return ""


def _list(lines: list[str]) -> Sheet:
    rows = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("|")]
        named = dict(zip(LISTED, cells, strict=False))
        if len(cells) > len(LISTED):
            named["more"] = " | ".join(cells[len(LISTED) :])
        rows.append(Row(number, named))
    return Sheet(tuple(rows))


def _table(text: str, comma: str) -> Sheet:
    try:
        table = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=comma, strict=True))
    except csv.Error as wrong:
        return Sheet(problem=f"This CSV cannot be read: {wrong}. Look for a quote that is not closed.")
    table = [cells for cells in table if any(cell.strip() for cell in cells)]
    heads = [head.strip().lower() for head in table[0]]
    if len(set(heads)) < len(heads):
        return Sheet(problem="Two columns have the same name. Rename one of them.")
    rows = (_row(number, heads, cells) for number, cells in enumerate(table[1:], 1))
    return Sheet(tuple(rows), tuple(head for head in heads if head and head not in COLUMNS))


def _row(number: int, heads: list[str], cells: list[str]) -> Row:
    named = {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head in COLUMNS}
    beyond = [cell for cell in cells[len(heads) :] if cell.strip()]
    return Row(number, named | ({"more": " | ".join(beyond)} if beyond else {}))


def _read(judged: Judged, how: Callable[[Mapping[str, str], str], T], name: str) -> T | None:
    """What `how` makes of the row, or None with the reason noted."""
    try:
        return how(judged.row.cells, name)
    except ValueError as wrong:
        judged.wrong.append(str(wrong))
        return None


def _words(cells: Mapping[str, str], name: str) -> str:
    """One cell of plain words; a title must be there, and nothing may be left over behind the last column."""
    text = cells.get(name, "")
    if name == "title" and cells.get("more"):
        raise ValueError(f"There is more in this line than columns: “{_short(cells['more'])}”.")
    if name == "title" and not text:
        raise ValueError("The title is missing.")
    try:
        return typed(text, LIMITS[name], multiline=name == "brief")
    except ValueError as wrong:
        raise ValueError(f"{name.capitalize()}: {wrong}") from wrong


def _day(text: str, today: date) -> date | None:
    if not text:
        return None
    try:
        on = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        on = None
    if on is None:
        raise ValueError(f"“{_short(text)}” is no day; write it like 2026-11-24.")
    if on < today:
        raise ValueError(PASSED)
    return on


def _hour(text: str) -> time | None:
    if not text:
        return None
    if not HOUR.fullmatch(text):
        raise ValueError(f"“{_short(text)}” is no time; write it like 09:00.")
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _campaign(cells: Mapping[str, str], known: Known) -> int | None:
    name = cells.get("campaign", "")
    if not name:
        return known.campaign
    if name.lower() not in known.campaigns:
        raise ValueError(f"There is no campaign “{_short(name)}”. Make it first, or leave this empty.")
    return known.campaigns[name.lower()]


def _channels(cells: Mapping[str, str], known: Known) -> tuple[int, ...]:
    """Named one by one, parted by ; , or |; without any, the ones ticked above the list."""
    names = [name.strip() for name in SEVERAL.split(cells.get("channels", "")) if name.strip()]
    if whole := known.channels.get(cells.get("channels", "").strip().lower()):
        return (whole,)  # its own name has one of those signs
    lost = [name for name in names if name.lower() not in known.channels]
    if lost:
        there = ", ".join(sorted(known.channels)) or "none is connected"
        raise ValueError(f"There is no channel “{_short(lost[0])}”. There is: {there}.")
    return tuple(dict.fromkeys(known.channels[name.lower()] for name in names)) or known.chosen


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
