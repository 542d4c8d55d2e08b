"""The planted bugs stay plantable: each patch fits the code of today, and names tests that are there."""

import pytest

from tests.faults.planted import ROOT, Bug, bugs, copy, plant

BUGS = bugs()


def test_there_are_ten() -> None:
    assert len(BUGS) == 10


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_fits_the_code_and_names_tests_that_exist(bug: Bug) -> None:
    assert bug.what.endswith(".") and bug.tests
    assert all((ROOT / test).is_file() for test in bug.tests)
    with copy() as tree:
        before = {path: path.read_bytes() for path in (tree / "app").rglob("*.py")}
        plant(bug, tree)
        assert any(path.read_bytes() != text for path, text in before.items())
