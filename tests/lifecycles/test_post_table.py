"""The table of a post's moves says what product.md §2.2 says, cell by cell, and nothing more."""

from dataclasses import replace

import pytest

from app.lifecycles.machine import By, Move
from app.lifecycles.post import POST
from tests.lifecycles.expected import ACTORS, CELLS, MOVES, NEW, ROWS, SOURCES, Actor, may
from tests.lifecycles.sheets import EVERYTHING, ready, sheet

KINDS = ("person", "key", "worker", "clock", "platform")
PAIRS = [(source, move) for source in SOURCES for move in MOVES]


def lines(source: str, move: str) -> list[Move]:
    wanted = () if source == NEW else (source,)
    return [line for line in POST.moves if line.name == move and (line.sources == wanted or source in line.sources)]


def line_for(source: str, move: str, by: By) -> Move | None:
    return next(iter(lines(source, move)), None) if source == NEW else POST.find(move, source, by)


def allowed(source: str, move: str, actor: Actor) -> bool:
    line = line_for(source, move, actor.by)
    return line is not None and line.by.refusal(actor.by, own=actor.own) is None


def test_no_line_of_the_csv_is_written_twice() -> None:
    assert len(CELLS) == len(ROWS)


def test_the_csv_and_the_table_know_the_same_moves() -> None:
    assert set(MOVES) == {line.name for line in POST.moves}


def test_the_csv_names_only_statuses_that_exist() -> None:
    named = {row.source for row in ROWS} | {target for row in ROWS for target in row.targets}
    assert named == {*POST.statuses, NEW}


def test_every_line_of_the_csv_is_in_the_table_for_that_actor() -> None:
    missing = [
        (row.move, row.source, row.actor)
        for row in ROWS
        if not any(getattr(line.by, row.actor) for line in lines(row.source, row.move))
    ]
    assert missing == []


def test_every_line_of_the_table_is_in_the_csv_for_that_actor() -> None:
    extra = [
        (line.name, source, kind)
        for line in POST.moves
        for source in line.sources or (NEW,)
        for kind in KINDS
        if getattr(line.by, kind) and (source, line.name, kind) not in CELLS
    ]
    assert extra == []


def test_the_least_role_and_scope_are_those_of_the_csv() -> None:
    found = {
        (line.name, source, kind): getattr(line.by, kind)
        for line in POST.moves
        for source in line.sources or (NEW,)
        for kind in ("person", "key")
        if getattr(line.by, kind)
    }
    assert found == {(r.move, r.source, r.actor): r.least for r in ROWS if r.actor in ("person", "key")}


def test_every_move_leads_where_the_csv_says() -> None:
    for row in ROWS:
        line = next(line for line in lines(row.source, row.move) if getattr(line.by, row.actor))
        assert set(line.targets) == row.targets, (row.move, row.source, row.actor)


@pytest.mark.parametrize(("source", "move"), PAIRS)
def test_exactly_those_whom_the_csv_names_may_make_the_move(source: str, move: str) -> None:
    found = {actor.words: allowed(source, move, actor) for actor in ACTORS}
    assert found == {actor.words: may(source, move, actor) for actor in ACTORS}


@pytest.mark.parametrize(("source", "move"), [pair for pair in PAIRS if pair[0] != NEW])
def test_with_satisfied_guards_the_move_is_open_to_exactly_those(source: str, move: str) -> None:
    for actor in ACTORS:
        line = POST.find(move, source, actor.by)
        facts = ready(source, move, actor)
        for asked in (None, EVERYTHING):
            given = replace(facts, asked=asked)
            reason = line.refusal(given, actor.by, own=actor.own) if line else "no such line"
            assert (reason is None) == may(source, move, actor), (actor.words, reason)


def test_a_move_never_leads_out_of_the_table() -> None:
    for line in POST.moves:
        assert set(line.sources) | set(line.targets) <= set(POST.statuses), line.name


@pytest.mark.parametrize("line", [line for line in POST.moves if line.choose], ids=lambda line: line.name)
def test_a_chosen_target_is_one_of_the_declared_ones(line: Move) -> None:
    for source in line.sources:
        for planned in (None, sheet(source).today):
            assert line.target(sheet(source, planned_on=planned)) in line.targets
