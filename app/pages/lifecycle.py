"""The lifecycle page: the live table of moves, drawn with how many posts are in each status, and as tables."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from litestar import Request, get

from app import sql
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Grant, Lifecycle, Move, State
from app.lifecycles.media import MEDIA
from app.lifecycles.post import GROUPS, POST
from app.lifecycles.publication import PUBLICATION
from app.pages.lifecycle_drawing import Drawing, drawing, in_words
from app.pages.render import Page, page
from app.sessions import Who

COUNTS = "SELECT status, count(*) AS n FROM post WHERE archived_at IS NULL GROUP BY status"
WHOM = {"worker": "Galley", "clock": "the clock", "platform": "a platform"}
SMALL = (
    (PUBLICATION, "Publication", "One run of publishing a post."),
    (DELIVERY, "Delivery", "One publication on one channel."),
    (MEDIA, "Picture", "An image the team owns."),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """A colour group with how many posts it has."""

    group: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of moves, in words."""

    move: str
    name: str
    label: str
    icon: str
    sources: tuple[State, ...]
    targets: tuple[State, ...]
    by: str
    guards: str
    confirms: bool


@dataclass(frozen=True, slots=True)
class Small:
    """A small lifecycle: its states with their meaning, and its moves."""

    key: str
    title: str
    about: str
    states: tuple[State, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LifecyclePage:
    drawing: Drawing
    chips: tuple[Chip, ...]
    states: tuple[State, ...]
    lines: tuple[Line, ...]
    small: tuple[Small, ...]


@get("/lifecycle")
async def lifecycle_page(request: Request[Who, Any, Any]) -> Page:
    counts = {row["status"]: row["n"] for row in await sql.rows(COUNTS)}
    small = tuple(Small(table.name, title, about, table.states, lines(table)) for table, title, about in SMALL)
    context = LifecyclePage(drawing(counts), _chips(counts), POST.states, lines(POST), small)
    return await page("lifecycle/page.html", context, request=request, title="Lifecycle", nav="lifecycle")


def lines(table: Lifecycle[PostFacts]) -> tuple[Line, ...]:
    """The table of moves as people read it, line by line."""
    return tuple(_line(table, move) for move in table.moves)


def _line(table: Lifecycle[PostFacts], move: Move[PostFacts]) -> Line:
    return Line(
        move=move.name,
        name=in_words(move.name),
        label=move.label,
        icon=move.icon,
        sources=tuple(table.state(status) for status in move.sources),
        targets=tuple(table.state(status) for status in move.targets),
        by=whom(move.by),
        guards=", ".join(in_words(guard.__name__) for guard in move.shows + move.guards),
        confirms=move.confirm,
    )


def whom(grant: Grant) -> str:
    """Who may, in words: role, scope of a key, and what moves by itself."""
    people = f"{grant.person}{' (others’ posts: editor)' if grant.person == 'writer' else ''}"
    key = f"key with {grant.key}"
    named = [people] * bool(grant.person) + [key] * bool(grant.key)
    said = ", ".join(named + [word for kind, word in WHOM.items() if getattr(grant, kind)])
    return said[:1].upper() + said[1:]


def _chips(counts: dict[str, int]) -> tuple[Chip, ...]:
    groups: Counter[str] = Counter()
    for state in POST.states:
        groups[state.group] += counts.get(state.name, 0)
    return tuple(Chip(group, label, groups[group]) for group, label in _present(GROUPS.items()))


def _present(groups: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    used = {state.group for state in POST.states}
    return [(group, label) for group, label in groups if group in used]
