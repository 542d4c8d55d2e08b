"""A short walk of the clock drill: one month, six zones, a clock that steps. The long one: tests/faults/clock.py."""

import asyncio
import json
import os
import sys

import pytest

pytestmark = pytest.mark.pure  # a process with servers of its own


async def test_a_month_with_a_clock_that_steps_publishes_everything_once_and_in_time() -> None:
    words = ("-m", "tests.faults.clock", "--plain", "--months", "1", "--n", "3", "--seed", "6")
    child = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=dict(os.environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, told = await child.communicate()
    assert child.returncode == 0, told.decode()
    said = json.loads(out.decode().splitlines()[-1])
    assert said["failures"] == 0 and said["n"] >= 30 and said["steps"] > 0
