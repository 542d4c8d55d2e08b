"""A Markdown file with front matter as `galley post` is given it: told apart into fields and text. Reads no file."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

FRONT = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
ONE_LINE = ("title", "slug", "excerpt", "keyword", "angle", "brief", "campaign", "at", "draft")
LISTS = ("channels", "picture", "alt")
KNOWN = (*ONE_LINE, *LISTS)
NAMES = {"profiles": "channels", "profile": "channels", "channel": "channels", "pictures": "picture"}
UNKNOWN = "front matter has no field {!r} here; it takes {}"  # one that is misspelled must not count as left out


class Unreadable(ValueError):
    """The file cannot be taken; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What the front matter says, by its names here (those of LISTS as lists of texts), and the Markdown."""

    fields: dict[str, Any]
    body: str


def read(data: bytes, *, titled: bool = False) -> Manuscript:
    """The file as fields and text; raises Unreadable. `titled`: it has a title from elsewhere."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"it is not UTF-8 text (byte {wrong.start})") from None
    head, body = _parted(text)
    fields = {NAMES.get(name, name): value for name, value in head.items()}
    for name in fields:
        if name not in KNOWN:
            raise Unreadable(UNKNOWN.format(name, ", ".join(KNOWN)))
    known = {name: _value(name, value) for name, value in fields.items()}
    return Manuscript(known, body.strip("\n")) if titled or known.get("title") else _titled(known, body.strip("\n"))


def _parted(text: str) -> tuple[dict[str, Any], str]:
    """Front matter and the rest; a file that only begins with a rule has none."""
    found = FRONT.match(text)
    return (_mapping(found[1] or ""), text[found.end() :]) if found else ({}, text)


def _mapping(head: str) -> dict[str, Any]:
    """With every value as the text it is: to YAML itself `no` is false and 12:30 is 750."""
    try:
        found = yaml.load(head, Loader=yaml.BaseLoader) or {}  # noqa: S506 - makes texts, lists and mappings of them only
    except (yaml.YAMLError, RecursionError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        raise Unreadable(
            f"its front matter cannot be read{where}; write `name: value` lines, a value with a colon in quotes"
        ) from None
    if not isinstance(found, dict):
        raise Unreadable("its front matter is no list of `name: value` lines")
    return {str(name): value for name, value in found.items()}


def _value(name: str, value: Any) -> Any:
    if name in LISTS:
        many = value if isinstance(value, list) else [value]
        if all(isinstance(one, str) for one in many):
            return [one.strip() for one in many if one.strip()] if name != "alt" else many
    elif isinstance(value, str):
        return value.strip()
    raise Unreadable(f"{name} in its front matter takes {'a text or a list of texts' if name in LISTS else 'a text'}")


def _titled(fields: dict[str, Any], body: str) -> Manuscript:
    """Without a title the first heading is taken out of the text: the page shows the title itself."""
    first, _, rest = body.partition("\n")
    if not first.startswith("# "):
        return Manuscript(fields, body)
    return Manuscript(fields | {"title": first[2:].strip(" #")}, rest.strip("\n"))
