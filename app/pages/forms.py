"""Posted forms as frozen dataclasses, strictly: unknown, repeated and unreadable fields are refused. For doors."""

from collections.abc import Mapping
from dataclasses import field
from dataclasses import fields as fields_of
from functools import cache
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from litestar.connection import Request

from app.body import Posted, posted
from app.pages.values import value

Form = TypeVar("Form")
OURS = {"csrf_token"}


class Invalid(Exception):
    """What is wrong, field by field, and what was typed, so that the page can show both again."""

    def __init__(self, errors: Mapping[str, str], typed: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)
        self.typed = dict(typed or {})


def text(limit: int, *, required: bool = True, multiline: bool = False) -> Any:
    """Words: normalised, and refused when empty (if required), too long or unprintable."""
    return field(default="", metadata={"limit": limit, "required": required, "multiline": multiline})


def secret() -> Any:
    """A password or token: taken exactly as typed and never shown again."""
    return field(default="", metadata={"secret": True, "limit": 1000, "required": True})


def choice(*choices: str, default: str | None = None) -> Any:
    """One of `choices`; without a default it must be chosen."""
    return field(default=default or "", metadata={"choices": choices, "required": default is None})


def number(least: int, most: int, *, required: bool = True) -> Any:
    """A whole number from `least` to `most`."""
    return field(default=None, metadata={"least": least, "most": most, "required": required})


def given(*, default: Any = None, required: bool = False) -> Any:
    """A check box, date, time, list of ids or file: bool, date, time, tuple[int, ...] or UploadFile."""
    return field(default=default, metadata={"required": required})


async def read(request: Request[Any, Any, Any], form: type[Form]) -> Form:
    """The posted fields as `form`, or Invalid naming everything that is wrong at once."""
    return parse(await posted(request), form)


def parse(sent: Posted, form: type[Form]) -> Form:
    """`sent` as `form`; the part of `read` that needs no request."""
    kinds = _kinds(form)  # type: ignore[arg-type]
    errors = {name: "The form has no such field." for name in sent if name not in kinds.keys() | OURS}
    answers: dict[str, Any] = {}
    for part in fields_of(form):  # type: ignore[arg-type]
        try:
            answers[part.name] = value(part, kinds[part.name], sent.get(part.name, []))
        except ValueError as wrong:
            errors[part.name] = str(wrong)
    if errors:
        raise Invalid(errors, as_typed(sent, form))
    return form(**answers)


def token(typed: str) -> UUID | None:
    """What makes a form sent twice the same form; nothing for one that carries none."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return None


async def typed_in(request: Request[Any, Any, Any], form: type[Any]) -> dict[str, str]:
    """What to show again when a verb refuses a form that was read well."""
    return as_typed(await posted(request), form)


def as_typed(sent: Posted, form: type[Any]) -> dict[str, str]:
    """Every text as it came, except secrets and what the form does not know."""
    shown = [part.name for part in fields_of(form) if not part.metadata.get("secret")]
    return {name: "\n".join(one for one in sent[name] if isinstance(one, str)) for name in shown if name in sent}


@cache
def _kinds(form: Any) -> dict[str, Any]:
    return get_type_hints(form)
