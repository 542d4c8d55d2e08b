"""What models wrap their JSON in, and what some of them write without end: read at once, since the worker waits."""

import pytest

from app.writers.answers import Unusable, Written, written

JSON = '{"title": "Tides", "excerpt": "Twice a day.", "body": "The moon.", "captions": [], "images": []}'
ENDLESS = "\n" * 200_000
WRAPPED = (
    JSON, f"```json\n{JSON}\n```", f"```\n{JSON}```", f"  ```JSON \n\n{JSON}\n\n  ```\n",
    f"<think>\nHm\n</think>{JSON}", f"\n<think>```</think>\n```json\n{JSON}\n```",
)  # fmt: skip


@pytest.mark.parametrize("text", WRAPPED)
def test_wrappings_are_taken_off(text: str) -> None:
    answer = written(text)
    assert isinstance(answer, Written) and answer.body == "The moon."


@pytest.mark.parametrize(
    "text",
    [f"```json\n{ENDLESS}", f"```json\n{ENDLESS}x\n```", f"<think>{ENDLESS}", f"<think>{ENDLESS}</think>{ENDLESS}"],
)
def test_line_ends_without_end_are_read_in_no_time(text: str) -> None:
    """With a pattern for the wrappings this took hours, and nothing was published meanwhile."""
    assert isinstance(written(text), Unusable)


@pytest.mark.parametrize("text", ["```", "```json", "``````", "```json\n```", "</think>", "<think>", ""])
def test_a_wrapping_around_nothing_is_unusable(text: str) -> None:
    assert isinstance(written(text), Unusable)
