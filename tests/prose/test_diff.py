"""Differences as values: both texts can be put together again from them."""

import time

from hypothesis import given, settings, strategies

from app.prose.diff import Change, Words, changed, paragraphs

TEXTS = strategies.lists(
    strategies.sampled_from(
        ["One two three.", "One 2 three.", "Four five.", "", "Six, seven; eight", "x", "One two\nthree."]
    ),
    max_size=8,
).map("\n\n".join)


def side(changes: list[Change], dropped: str) -> str:
    """One of the two texts again: without what was added, or without what was removed."""
    kept = [change for change in changes if change.kind != dropped]
    return "\n\n".join(
        "".join(run.text for run in change.words if run.kind != dropped) if change.words else change.text
        for change in kept
    )


def tidy(text: str) -> str:
    return "\n\n".join(part.strip("\n") for part in text.split("\n\n") if part.strip())


def test_words_inside_a_paragraph_are_told_apart() -> None:
    (change,) = paragraphs("It weighs 70 to 90 grams.", "It weighs 70 to 95 grams.")
    assert change == Change(
        "changed",
        "It weighs 70 to 95 grams.",
        (Words("same", "It weighs 70 to "), Words("removed", "90"), Words("added", "95"), Words("same", " grams.")),
    )


def test_neighbouring_edits_read_as_one_phrase() -> None:
    (change,) = paragraphs("We open the old shop today.", "We open a new shop today.")
    assert [run.text for run in change.words if run.kind != "same"] == ["the old", "a new"]


def test_paragraphs_come_go_and_stay() -> None:
    old = "Stays as it is.\n\nGoes away entirely now.\n\nLast one here."
    new = "Stays as it is.\n\nLast one here.\n\nSomething different, wholly."
    assert [change.kind for change in paragraphs(old, new)] == ["same", "removed", "same", "added"]


def test_a_rewritten_paragraph_is_one_removed_and_one_added() -> None:
    kinds = [change.kind for change in paragraphs("Alpha beta gamma delta.", "Completely other words stand here!")]
    assert kinds == ["removed", "added"]


def test_an_inserted_paragraph_does_not_mispair_the_next() -> None:
    old = "The first paragraph speaks of tea.\n\nThe second one speaks of milk."
    new = "Novel matter entirely inserted.\n\nThe first paragraph speaks of coffee.\n\nThe second one speaks of cream."
    assert [change.kind for change in paragraphs(old, new)] == ["added", "changed", "changed"]


def test_blank_lines_and_line_ends_are_no_change() -> None:
    assert not changed("One.\r\n\r\nTwo.", "One.\n\n\n \nTwo.\n")
    assert changed("One.", "One!")
    assert paragraphs("", "") == []


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_rebuilt(old: str, new: str) -> None:
    changes = paragraphs(old, new)
    assert side(changes, "added") == tidy(old)
    assert side(changes, "removed") == tidy(new)


def test_very_long_and_very_repetitive_texts_end_soon() -> None:
    for old, new in (
        ("a b " * 60_000, "a c " * 60_000),
        ("same\n\n" * 40_000, "other\n\n" * 3 + "same\n\n" * 40_000 + "x"),
        ("\n\n".join(map(str, range(20_000))), "\n\n".join(map(str, range(1, 20_000, 2)))),
    ):
        assert _seconds(old, new) < 10  # a guard against hanging, not a measure


def _seconds(old: str, new: str) -> float:
    began = time.perf_counter()
    paragraphs(old, new)
    return time.perf_counter() - began
