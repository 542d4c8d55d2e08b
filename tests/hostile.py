"""Hostile input for every door there is: which names a door reads, and what to send under them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import Field, fields
from datetime import date, time
from typing import Any, ClassVar, get_args, get_origin

import pytest
from litestar.connection import ASGIConnection
from litestar.datastructures import MultiDict, UploadFile

from app.pages import forms
from app.rules import RULES

# Numbers beyond every column, days at both ends of time, and letters that a database or a header does not take.
QUERIES = (
    "²", "0" * 19 + "1" + "0" * 40, "//[",
    "9223372036854775808", "a%00b%ff", "9999-12-31", "9999-12-31T23:59:59-14:00~9223372036854775807",
)  # fmt: skip
PATHS = ("a%00b%ff", "9999-12-31", "0001-01-01")
NUMBERS = ("²", "2147483648", "9223372036854775808", "1" * 5000)


class Watched(MultiDict[str]):
    """The query of a request; remembers under which names it was asked for."""

    asked: ClassVar[set[str]] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def getall(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().getall(key, default)


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names of the query that doors ask for meanwhile."""
    plain = ASGIConnection.query_params.fget
    assert plain is not None
    Watched.asked = set()
    with monkeypatch.context() as changed:
        changed.setattr(ASGIConnection, "query_params", property(lambda self: Watched(plain(self).multi_items())))
        yield Watched.asked


@contextmanager
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[Any]]]:
    """The forms that doors read meanwhile."""
    seen: list[type[Any]] = []
    parse = forms.parse

    def watched(sent: Any, form: type[Any]) -> Any:
        seen.append(form)
        return parse(sent, form)

    with monkeypatch.context() as changed:
        changed.setattr(forms, "parse", watched)
        yield seen


def doors(method: str) -> list[str]:
    """The paths of that method that people open; programs' doors are tests/stories/test_schemathesis.py's."""
    own = [line for line, rule in RULES.items() if rule != "key" and line.startswith(f"{method} ")]
    return [line.partition(" ")[2] for line in own]


def hostile_paths(path: str, ids: dict[str, int]) -> list[str]:
    """The path with each of PATHS for its last word, if it takes one."""
    words = re.findall(r"{\w+:(?:str|path|uuid)}", path)
    if not words:
        return []
    bare = filled(path.replace(words[-1], "\0"), ids)
    return [bare.replace("\0", value) for value in PATHS]


def filled(path: str, ids: dict[str, int]) -> str:
    """The path with a row that exists where it takes a number, and any word where it takes one."""
    first = path.split("/")[1]
    numbered = re.sub(r"{\w+:int}", str(ids.get(first, 1)), path)
    return re.sub(r"{\w+:\w+}", "webhook", numbered)


def sound(form: type[Any], version: int) -> dict[str, Any]:
    """A value for every field that it surely takes."""
    return {part.name: _sound(part, kind, version) for part, kind in _parts(form)}


def hostile(form: type[Any]) -> Iterator[tuple[str, Any]]:
    """Field by field what nobody should send, or only just may."""
    for part, kind in _parts(form):
        for value in _hostile(part, kind):
            yield part.name, value


def _parts(form: type[Any]) -> list[tuple[Field[Any], Any]]:
    kinds = forms._kinds(form)
    return [(part, _plain(kinds[part.name])) for part in fields(form) if _plain(kinds[part.name]) is not UploadFile]


def _plain(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return kind
    return next((inner for inner in get_args(kind) if inner is not type(None)), kind)


def _sound(part: Field[Any], kind: Any, version: int) -> Any:
    rules = part.metadata
    if part.name == "version":
        return str(version)
    if "choices" in rules:
        return rules["choices"][0]
    if get_origin(kind) is tuple:
        return []
    plain = {bool: "on", date: "2031-05-06", time: "10:00", int: str(max(rules.get("least", 1), 1))}
    return plain.get(kind, "Tides"[: rules.get("limit", 5)])


def _hostile(part: Field[Any], kind: Any) -> tuple[Any, ...]:
    rules = part.metadata
    if get_origin(kind) is tuple:
        return tuple([value] for value in (*NUMBERS, "1:1:9999-12-31:23.59"))
    if kind is int:
        return (*NUMBERS, str(rules.get("most", 10**15)))
    if kind in (date, time):
        return ("1000-01-01", "2999-12-31")
    limit = rules.get("limit", 10)
    return ("a\0b", "𠮷" * limit, "//[")
