"""The fault runs in small, for every commit: each breaks servers of its own. The full ones are run by hand."""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.pure  # of pytest's own database they want nothing


def play(*words: str) -> dict[str, Any]:
    """Run one goal to its end; what failed is told by the run itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words, "--seed", "1"], capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_twenty_random_kills_lose_nothing_and_repeat_nothing() -> None:
    said = play("kills", "--kills", "20", "--n", "80", "--hurry")
    assert said["n"] == 80 and said["interrupted"] > 0, said


def test_a_kill_around_the_send_is_recovered_for_every_class_of_platform() -> None:
    assert play("boundaries", "--only", "publish kill", "--most", "2", "--hurry")["n"] >= 6


def test_of_twenty_commands_at_once_one_happens() -> None:
    assert play("races", "--n", "12")["n"] == 12
