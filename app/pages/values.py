"""Turns what a form field sent into the value its annotation promises, or says why not. Used by forms only."""

import re
from collections.abc import Sequence
from dataclasses import Field
from datetime import date, time
from typing import Any, get_args, get_origin

from litestar.datastructures import UploadFile

from app.prose.clean import typed

ON, OFF = {"on", "1", "true", "yes"}, {"off", "0", "false", "no", ""}
Sent = str | UploadFile


def value(part: Field[Any], kind: Any, sent: Sequence[Sent]) -> Any:
    """`sent` as `kind`; ValueError with a sentence for people otherwise."""
    if get_origin(kind) is tuple:
        return tuple(_each(one, get_args(kind)[0], part) for one in sent)
    if kind is bool:
        return _bool(sent)
    if len(sent) > 1:
        raise ValueError("This came twice; send it once.")
    one = sent[0] if sent else ""
    kind = next((inner for inner in get_args(kind) if inner is not type(None)), kind)
    if isinstance(one, str) and not one.strip() and kind is not str:
        return _missing(part)
    return _each(one, kind, part)


def _each(one: Sent, kind: Any, part: Field[Any]) -> Any:
    if kind is UploadFile:
        return _file(one)
    if not isinstance(one, str):
        raise ValueError("This is a file; words are needed.")
    return READERS[kind](one, part)


def _missing(part: Field[Any]) -> Any:
    if part.metadata["required"]:
        raise ValueError("This is needed.")
    return part.default


def _str(sent: str, part: Field[Any]) -> str:
    rules = part.metadata
    if rules.get("secret"):
        return _secret(sent, rules["limit"])
    if "choices" in rules:
        return _chosen(sent, part)
    return typed(sent, rules["limit"], multiline=rules["multiline"], required=rules["required"])


def _secret(sent: str, limit: int) -> str:
    if not sent:
        raise ValueError("This is needed.")
    if len(sent) > limit:
        raise ValueError(f"This is longer than {limit} characters.")
    return sent


def _chosen(sent: str, part: Field[Any]) -> str:
    if not sent and not part.metadata["required"]:
        return str(part.default)
    if sent not in part.metadata["choices"]:
        raise ValueError("Choose one of the options.")
    return sent


def _bool(sent: Sequence[Sent]) -> bool:
    # The last one counts: a hidden "off" may stand before the box.
    if sent and sent[-1] not in ON | OFF:
        raise ValueError("Tick this or leave it.")
    return bool(sent) and sent[-1] in ON


def _int(sent: str, part: Field[Any]) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", sent.strip()):
        raise ValueError("Write a whole number.")
    least, most = part.metadata.get("least", 0), part.metadata.get("most", 10**15)
    if not least <= int(sent) <= most:
        raise ValueError(f"Write a number from {least:,} to {most:,}.")
    return int(sent)


def _date(sent: str, part: Field[Any]) -> date:
    if not re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", sent.strip()):
        raise ValueError("Write a date as year-month-day, such as 2026-11-24.")
    try:
        return date.fromisoformat(sent.strip())
    except ValueError:
        raise ValueError("This date does not exist.") from None


def _time(sent: str, part: Field[Any]) -> time:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", sent.strip()):
        raise ValueError("Write a time from 00:00 to 23:59.")
    return time.fromisoformat(sent.strip()).replace(second=0)


def _file(sent: Sent) -> UploadFile:
    if isinstance(sent, str):
        raise ValueError("Choose a file.")
    return sent


READERS = {str: _str, int: _int, date: _date, time: _time}
