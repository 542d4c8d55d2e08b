"""The texts of the demo, read from the two files beside this one. For app/demo only."""

from functools import cache
from pathlib import Path

from app.content import Text

HERE = Path(__file__).parent
END = "\n===\n"


@cache
def live() -> tuple[Text, ...]:
    """What has been published, in the order it went out."""
    return _read("live.txt")


@cache
def coming() -> tuple[Text, ...]:
    """What is in review, approved, scheduled, or went wrong."""
    return _read("coming.txt")


def _read(name: str) -> tuple[Text, ...]:
    return tuple(_text(block) for block in (HERE / name).read_text("utf-8").strip().split(END))


def _text(block: str) -> Text:
    title, excerpt, body = block.split("\n", 2)
    return Text(title, body.strip() + "\n", excerpt)
