"""Everything that was said of a delivery, in short: the same in whatever order it is known."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.flow.said import Said, in_short, packed, unpacked
from app.platforms.contract import HandedOff, Published, Refused, Removed

pytestmark = pytest.mark.pure

THEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIVE, NEWER = Published("1", "https://a.example/1"), Published("", "https://a.example/2")
NO, NEVER = Refused("unexpected", "No."), Refused("content_rejected", "Never.")
HELD = HandedOff("1", "", THEN + timedelta(days=1))


def said(*told: object) -> list[Said]:
    return [Said(THEN + timedelta(minutes=n), one, str(n)) for n, one in enumerate(told)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ([], []),
        ([LIVE], [Published]),
        ([Removed()], [Removed]),
        ([Removed(), LIVE], [Published]),
        ([LIVE, Removed()], [Published, Removed]),
        ([LIVE, Removed(), NEWER], [Published]),
        ([NO, LIVE, NEVER], [Published]),
        ([NO, NEVER], [Refused]),
        ([NO, Removed()], [Refused, Removed]),
        ([Removed(), NO], [Refused, Removed]),
        ([HELD, Removed(), HELD], [HandedOff]),
        ([HELD, NO], [Refused, HandedOff]),
    ],
)
def test_what_has_to_be_heard_does_not_depend_on_the_order_of_arrival(told: list[object], heard: list[type]) -> None:
    for known in itertools.permutations(said(*told)):
        found = in_short(known)
        assert [type(one.told) for one in found] == heard and found == in_short(said(*told))


def test_what_the_newest_leaves_out_the_ones_before_said() -> None:
    (live,) = in_short(said(LIVE, NEWER))
    assert live.told == Published("1", "https://a.example/2", THEN) and live.at == THEN + timedelta(minutes=1)
    (again,) = in_short(said(LIVE, Removed(), NEWER))
    assert again.told == Published("1", "https://a.example/2", THEN + timedelta(minutes=2))


def test_the_first_removal_tells_since_when_and_the_last_failure_why() -> None:
    assert in_short(said(LIVE, Removed(), Removed()))[1].at == THEN + timedelta(minutes=1)
    assert in_short(said(NO, NEVER))[0].told == NEVER


def test_of_one_moment_the_more_final_word_counts() -> None:
    known = [Said(THEN, one, str(n)) for n, one in enumerate([Removed(), LIVE, NO, HELD])]
    for some in itertools.permutations(known):
        assert [type(one.told) for one in in_short(some)] == [Published, Removed]


@pytest.mark.parametrize("told", [LIVE, Published("", "", THEN), HELD, Removed(), NO])
def test_what_is_stored_is_what_was_said(told: object) -> None:
    assert unpacked(json.dumps(packed(told))) == told  # type: ignore[arg-type]


def test_a_kind_that_a_later_version_knows_is_an_unexpected_one() -> None:
    assert unpacked('{"is": "failed", "kind": "new_kind", "note": "x"}') == Refused("unexpected", "x")
