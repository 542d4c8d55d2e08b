"""Reads JSON as strictly as machines deserve: what two readers could understand differently is refused. For entry."""

import json
from typing import Any

from litestar.exceptions import ClientException, HTTPException

DEEPEST = 32
BRACKETS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def demand_strict(body: bytes, content_type: str) -> None:
    """Raise 415 unless it is declared as JSON, 400 unless it is UTF-8 that can be read in one way only."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != "application/json" or not _in_utf8(parameters):
        raise HTTPException(status_code=415, detail="Send the body as Content-Type: application/json.")
    try:
        _demand_shallow(body)
        json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise ClientException("The body is not UTF-8 text.") from None
    except (ValueError, RecursionError) as wrong:
        raise ClientException(f"The body cannot be read as JSON: {_sentence(wrong)}") from None


def _in_utf8(parameters: str) -> bool:
    name, _, value = parameters.strip().partition("=")
    return not name or (name.lower(), value.strip('" ').lower()) == ("charset", "utf-8")


def _demand_shallow(body: bytes) -> None:
    """Brackets inside texts count as well: no honest body comes near the limit by them alone."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    if _depth(body) > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")


def _depth(body: bytes) -> int:
    depth = deepest = 0
    quoted = escaped = False
    for byte in body:
        if quoted:
            quoted, escaped = escaped or byte != 0x22, not escaped and byte == 0x5C
        elif byte == 0x22:
            quoted = True
        elif step := BRACKETS.get(byte):
            depth += step
            deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for at, (name, _) in enumerate(pairs) if name in {key for key, _ in pairs[:at]})
        raise ValueError(f"the name {twice[:40]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _sentence(wrong: Exception) -> str:
    if isinstance(wrong, json.JSONDecodeError):
        return f"{wrong.msg} at line {wrong.lineno}, column {wrong.colno}."
    return "a number has too many digits." if "digits" in str(wrong) else f"{wrong}."
