"""What product.md §2.2 allows, read from the CSV that was typed by hand, and everybody who could try."""

import csv
from dataclasses import dataclass
from pathlib import Path

from app.lifecycles.machine import CLOCK, PLATFORM, ROLES, SCOPES, WORKER, By
from app.lifecycles.post import POST

ME, ANOTHER = 7, 8
NEW = "(new)"
FILE = Path(__file__).parent.parent / "expected_moves.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the CSV: a move from one status by one kind of actor."""

    move: str
    source: str
    targets: frozenset[str]
    actor: str
    least: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who tries: who they are, and whether the post is theirs."""

    words: str
    by: By
    own: bool


def _read() -> tuple[Row, ...]:
    with FILE.open(newline="") as file:
        return tuple(
            Row(line["move"], line["from"], frozenset(line["to"].split("|")), line["actor"], line["least"])
            for line in csv.DictReader(file)
        )


ROWS = _read()
CELLS = {(row.source, row.move, row.actor): row for row in ROWS}
MOVES = tuple(dict.fromkeys(row.move for row in ROWS))
SOURCES = (NEW, *POST.statuses)

PEOPLE = tuple(
    Actor(f"{role}, {'own' if own else 'another’s'} post", By("person", person=ME, role=role), own)
    for role in ROLES
    for own in (True, False)
)
KEYS = tuple(
    Actor(f"key with {'+'.join(scopes) or 'no scope'}", By("key", person=ME, key=1, scopes=frozenset(scopes)), False)
    for scopes in ((), *((scope,) for scope in SCOPES), ("read", "write"), ("publish", "publish_unreviewed"), SCOPES)
)
OURS = (Actor("worker", WORKER, False), Actor("clock", CLOCK, False), Actor("platform", PLATFORM, False))
ACTORS = PEOPLE + KEYS + OURS


def may(source: str, move: str, actor: Actor) -> bool:
    """What the CSV says of this cell."""
    row = CELLS.get((source, move, actor.by.kind))
    if row is None:
        return False
    if actor.by.kind == "person":
        least = "editor" if row.least == "writer" and not actor.own else row.least
        return ROLES.index(actor.by.role) >= ROLES.index(least)
    return row.least in actor.by.scopes if actor.by.kind == "key" else True
