"""The fault runs in small, for every commit: each breaks servers of its own. The full ones are run by hand."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from subprocess import PIPE
from typing import Any

import pytest

pytestmark = pytest.mark.pure  # of pytest's own database they want nothing
RUNS = {
    "kills": ("--kills", "20", "--n", "80", "--hurry"),
    "boundaries": ("--only", "publish kill", "--most", "2", "--hurry"),
    "races": ("--n", "12"),
}
Told = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """Begins every goal at once, since each mostly waits; then what one of them printed at its end."""
    begun = {
        goal: subprocess.Popen(
            [sys.executable, "-m", "tests.faults", goal, *words, "--seed", "1"], stdout=PIPE, stderr=PIPE, text=True
        )
        for goal, words in RUNS.items()
    }

    def told(goal: str) -> dict[str, Any]:
        out, err = begun[goal].communicate(timeout=240)
        assert begun[goal].returncode == 0, err[-4000:]
        said: dict[str, Any] = json.loads(out)
        return said

    yield told
    for run in begun.values():
        run.kill()
        run.communicate()


def test_twenty_random_kills_lose_nothing_and_repeat_nothing(told: Told) -> None:
    said = told("kills")
    assert said["n"] == 80 and said["kills"] == 20 and said["interrupted"] > 0, said


def test_a_kill_around_the_send_is_recovered_for_every_class_of_platform(told: Told) -> None:
    assert told("boundaries")["n"] >= 6


def test_of_twenty_commands_at_once_one_happens(told: Told) -> None:
    assert told("races")["n"] == 12
