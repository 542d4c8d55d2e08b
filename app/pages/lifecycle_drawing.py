"""Draws a post's lifecycle from its table of moves: boxes, routed arrows, names. Pure; called by the lifecycle page."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Move, State
from app.lifecycles.post import POST
from app.pages.lifecycle_layout import CELLS, HEIGHT, LEFT, NEW, ROUTES, SIZE, TOP, WIDTH, Route, Say

ROUND = 9  # how far a corner is rounded
LINE = 14  # from one stacked name to the next
FITS = 18  # letters of a label in one line of a box
Point = tuple[float, float]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text and where it stands."""

    text: str
    x: float
    y: float
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Box:
    """A status with how many posts are in it."""

    status: str
    label: str
    group: str
    x: float
    y: float
    words: tuple[Word, ...]
    count: Word
    href: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """All moves from one status to another. `machine`: no person makes any of them."""

    source: str
    target: str
    moves: tuple[str, ...]
    title: str
    path: str
    machine: bool
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    box: tuple[float, float]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    dots: tuple[Point, ...]


def drawing(counts: Mapping[str, int]) -> Drawing:
    """The whole lifecycle; `counts` says how many posts are in each status."""
    arrows = tuple(_arrow(pair, moves) for pair, moves in pairs().items())
    dots = tuple(_ends(route)[0] for route in ROUTES if route.source == NEW)
    boxes = tuple(_box(state, counts.get(state.name, 0)) for state in POST.states)
    return Drawing(*SIZE, (WIDTH, HEIGHT), boxes, arrows, dots)


def pairs() -> dict[Pair, list[Move[PostFacts]]]:
    """The moves of the table by (from, to); created posts come from nowhere."""
    found: dict[Pair, list[Move[PostFacts]]] = defaultdict(list)
    for move in POST.moves:
        for source in move.sources or (NEW,):
            for target in move.targets:
                found[source, target].append(move)
    return found


def in_words(name: str) -> str:
    """A move's name as people read it."""
    return name.replace("_", " ")


def _box(state: State, count: int) -> Box:
    x, y = _corner(state.name)
    lines = _lines(state.label)
    first = y + (27 if len(lines) == 1 else 19)
    words = tuple(Word(line, x + WIDTH / 2, first + 15 * n) for n, line in enumerate(lines))
    number = Word(f"{count:,}", x + WIDTH / 2, y + HEIGHT - (14 if len(lines) == 1 else 9))
    return Box(state.name, state.label, state.group, x, y, words, number, f"/posts?status={state.name}")


def _lines(label: str) -> list[str]:
    """A long label on two lines, broken after its comma."""
    return label.replace(", ", ",\n").split("\n") if len(label) > FITS else [label]


def _arrow(pair: Pair, moves: Sequence[Move[PostFacts]]) -> Arrow:
    route = WAYS.get(pair) or _straight(pair)
    names = tuple(dict.fromkeys(move.name for move in moves))
    machine = not any(move.by.person for move in moves)
    source, target = _label(pair[0]), _label(pair[1])
    title = f"{', '.join(in_words(name) for name in names)}: {source} → {target}"
    return Arrow(*pair, names, title, _path(list(_points(route))), machine, _said(route.say, names))


def _label(status: str) -> str:
    return POST.state(status).label if status else "new"


def _said(say: Say | None, names: Sequence[str]) -> tuple[Word, ...]:
    if say is None:
        return ()
    told = [in_words(name) for name in names]
    lines = told if say.stacked else [" · ".join(told)]
    return tuple(Word(line, say.x, say.y + LINE * n, say.anchor) for n, line in enumerate(lines))


def _straight(pair: Pair) -> Route:
    """The way of a pair that the layout does not know yet: through the middle, with its name half way."""
    (x1, y1), (x2, y2) = (_corner(status or pair[1]) for status in pair)
    say = Say((x1 + x2 + WIDTH) / 2, (y1 + y2 + HEIGHT) / 2)
    return Route(*pair, "b", "t", (y1 + HEIGHT + (y2 - y1 - HEIGHT) / 2,), say)


def _points(route: Route) -> Iterator[Point]:
    """Where the way starts, turns and ends: always straight up, down, left or right."""
    (x, y), (last_x, last_y) = _ends(route)
    upright = not route.out or route.out[0] in "tb"
    yield x, y
    for lane in route.lanes:
        x, y = (x, lane) if upright else (lane, y)
        upright = not upright
        yield x, y
    yield (x, last_y) if upright else (last_x, y)
    yield last_x, last_y


def _ends(route: Route) -> tuple[Point, Point]:
    end = _port(route.target, route.into)
    return (_port(route.source, route.out) if route.out else (end[0], end[1] - 30)), end


def _port(status: str, port: str) -> Point:
    """The point on a box's edge: b-20 is 20 left of the middle of its bottom."""
    x, y = _corner(status)
    aside = float(port[1:] or 0)
    across, down = x + WIDTH / 2 + aside, y + HEIGHT / 2 + aside
    return {"t": (across, y), "b": (across, y + HEIGHT), "l": (x, down), "r": (x + WIDTH, down)}[port[0]]


def _corner(status: str) -> Point:
    column, row = CELLS_BY_NAME[status]
    return LEFT[column], TOP[row]


def _path(points: list[Point]) -> str:
    """An SVG path through the points with rounded corners."""
    turns = [point for point, after in pairwise(points) if point != after] + points[-1:]
    start, *middle, end = turns
    corners = [_corner_of(*three) for three in zip(turns, middle, turns[2:], strict=False)]
    return f"M{_at(start)}{''.join(corners)}L{_at(end)}"


def _corner_of(before: Point, corner: Point, after: Point) -> str:
    return f"L{_at(_towards(corner, before))}Q{_at(corner)} {_at(_towards(corner, after))}"


def _towards(corner: Point, other: Point) -> Point:
    """A step from the corner, at most half way to the other point."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    step = min(ROUND, length / 2) / (length or 1)
    return corner[0] + dx * step, corner[1] + dy * step


def _at(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"


WAYS: dict[Pair, Route] = {(route.source, route.target): route for route in ROUTES}
CELLS_BY_NAME: dict[str, tuple[int, int]] = {str(status): cell for status, cell in CELLS.items()}
