"""Renders outlines: the built-in one as it is, a team's own in a sandbox with limits. For the outline writer."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from app.prose import gaps
from app.writers.material import Material, Section

BUILT_IN = (Path(__file__).parent / "outline.md.jinja").read_text(encoding="utf-8")
FILTERS = {
    "capitalize",
    "default",
    "d",
    "first",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "trim",
    "truncate",
    "upper",
}
LONGEST_BODY = 500_000
SECONDS = 3.0


class Broken(Exception):
    """The outline cannot be rendered; the message names the place and the cause."""


class Sheet(SandboxedEnvironment):
    """Jinja that can only lay out what it is given: no attributes but ours, no arithmetic that could explode."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"an outline cannot use {operator!r}")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, Section | LoopContext) and not attr.startswith("_")


def render(outline: str, material: Material) -> str:
    """The body: `outline` filled with `material`. Raises Broken."""
    sheet = _sheet()
    try:
        with _time_limit(SECONDS):
            words = {part.name: getattr(material, part.name) for part in fields(material)}
            body = _joined(sheet.from_string(outline).generate(words))
    except Broken:
        raise
    except TemplateSyntaxError as error:
        raise Broken(f"line {error.lineno}: {_cause(error)}") from error
    # A template can raise whatever Python can; each of them is the outline's mistake and not ours.
    except Exception as error:
        raise Broken(f"line {_line_of(error)}: {_cause(error)}") from error
    return _tidy(body)


def _sheet() -> Sheet:
    sheet = Sheet(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    sheet.globals = {"gap": gaps.mark}
    sheet.filters = {name: call for name, call in sheet.filters.items() if name in FILTERS}
    return sheet


def _joined(pieces: Iterator[str]) -> str:
    kept: list[str] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > LONGEST_BODY:
            raise Broken(f"the draft grows beyond {LONGEST_BODY:,} characters")
    return "".join(kept)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Stop Python code of this thread that runs longer: a loop inside a template has no other brake."""
    end, before = monotonic() + seconds, sys.gettrace()

    def watch(frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if monotonic() > end:
            raise Broken(f"it takes longer than {seconds:g} seconds")
        return watch

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


def _cause(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _line_of(error: BaseException) -> int:
    """The outline's line an error came from; Jinja names it in the traceback."""
    place, line = error.__traceback__, 1
    while place is not None:
        if place.tb_frame.f_code.co_filename == "<template>":
            line = place.tb_lineno
        place = place.tb_next
    return line


def _tidy(body: str) -> str:
    lines = [line.rstrip() for line in body.split("\n")]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip("\n") + "\n"
