"""What commands print for people: aligned, as wide as the terminal, coloured only where wanted, and harmless."""

import os
import time
from collections.abc import Iterator

import pytest

from app.terminal import Cell, plain, table, toned, when

pytestmark = pytest.mark.pure


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 40 columns."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((40, 24)))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_columns_are_aligned_and_nothing_is_cut_where_a_program_reads() -> None:
    long = "x" * 300
    assert table(("A", "NAME"), [("1", "Blog"), ("1000", long)]).splitlines() == [
        "A     NAME", "1     Blog", f"1000  {long}"
    ]  # fmt: skip


def test_a_terminal_gets_lines_that_fit(screen: None) -> None:
    lines = table(("ID", "TITLE", "WHERE"), [("7", "A title of some length", "https://example.com/somewhere/else")])
    assert all(len(line) <= 40 for line in lines.splitlines())
    assert "…" in lines


def test_times_in_the_first_column_are_never_cut(screen: None) -> None:
    at = "2026-12-01 09:00 +01:00"
    assert table(("AT", "TITLE", "WHERE"), [(at, "x" * 50, "y" * 50)]).splitlines()[1].startswith(f"{at}  x")


def test_wide_letters_take_two_columns() -> None:
    first, second = table(("A", "B"), [("日本", "x")]).splitlines()
    assert first.index("B") == second.index("x") + 2


def test_what_others_wrote_cannot_command_the_terminal() -> None:
    assert plain("red \x1b[31malert\x07\nnext\u202eline") == "red \ufffd[31malert\ufffd next\ufffdline"


def test_colour_only_for_a_terminal_that_wants_it(screen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert toned("Live", "good") == "Live"
    monkeypatch.delenv("NO_COLOR")
    assert toned("Live", "good") == "\x1b[32mLive\x1b[0m"
    monkeypatch.setenv("TERM", "dumb")
    assert toned("Live", "good") == "Live"


def test_a_pipe_gets_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in table(("A",), [(Cell("Live", "good"),)])


def test_times_are_told_on_this_machines_clock_with_their_offset(berlin: None) -> None:
    assert when("2026-07-01T10:30:00Z") == "2026-07-01 12:30 +02:00"
    assert when("2026-12-01T10:30:00+00:00") == "2026-12-01 11:30 +01:00"
    assert when(None) == ""
