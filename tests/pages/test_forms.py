"""Forms as dataclasses: strict, with every mistake named at once. No database is needed."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any

import pytest

from app.pages.forms import Invalid, choice, given, number, parse, secret, text

pytestmark = pytest.mark.pure


@dataclass(frozen=True, slots=True)
class Plan:
    title: str = text(10)
    brief: str = text(100, required=False, multiline=True)
    word: str = secret()
    mode: str = choice("a", "b")
    tone: str = choice("", "x", default="")
    version: int = number(1, 100)
    quota: int | None = number(0, 9, required=False)
    on: bool = given(default=False)
    day: date | None = given()
    at: time | None = given()
    channels: tuple[int, ...] = given(default=())


GOOD: dict[str, list[Any]] = {"title": ["Tides"], "word": [" as is "], "mode": ["a"], "version": ["7"]}


def wrong(**changed: list[Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as why:
        parse({**GOOD, **changed}, Plan)
    return why.value.errors


def test_every_kind_becomes_its_value() -> None:
    sent = {
        **GOOD, "brief": ["a\r\nb"], "on": ["off", "on"], "day": ["2026-11-24"], "at": ["09:30"], "quota": ["0"],
        "channels": ["3", "1"], "csrf_token": ["x"], "tone": ["x"],
    }  # fmt: skip
    plan = parse(sent, Plan)
    assert plan == Plan(
        title="Tides", brief="a\nb", word=" as is ", mode="a", tone="x", version=7, quota=0, on=True,
        day=date(2026, 11, 24), at=time(9, 30), channels=(3, 1),
    )  # fmt: skip


def test_what_may_be_missing_has_its_default() -> None:
    plan = parse(GOOD, Plan)
    assert (plan.brief, plan.tone, plan.quota, plan.on, plan.day, plan.at, plan.channels) == (
        "", "", None, False, None, None, (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("title", [""]), ("title", [" \u200b\u00a0"]), ("title", ["x" * 11]), ("title", ["a\x00b"]),
        ("title", ["a\u202eb"]),
        ("title", ["a", "b"]), ("title", []), ("word", [""]), ("word", ["x" * 1001]), ("mode", ["c"]), ("mode", [""]),
        ("tone", ["y"]), ("version", [""]), ("version", ["0"]), ("version", ["101"]), ("version", ["1e2"]),
        ("version", ["٣"]), ("version", ["9" * 5000]), ("version", ["-1"]), ("quota", ["10"]), ("on", ["maybe"]),
        ("day", ["2026-02-30"]), ("day", ["20261124"]), ("day", ["2026-W48-2"]), ("day", ["9999-99-99"]),
        ("at", ["24:00"]), ("at", ["9:00"]), ("at", ["09:00+01:00"]), ("channels", ["1", "x"]), ("channels", [""]),
        ("status", ["approved"]), ("workspace_id", ["1"]), ("author_id", ["1"]),
    ],
)  # fmt: skip
def test_one_wrong_field_is_named_with_a_sentence(name: str, sent: list[str]) -> None:
    errors = wrong(**{name: sent})
    assert list(errors) == [name]
    assert errors[name].endswith(".")


def test_all_mistakes_are_named_at_once() -> None:
    assert wrong(title=[""], mode=["?"], role=["admin"]).keys() == {"title", "mode", "role"}


def test_typed_texts_come_back_except_secrets_and_strangers() -> None:
    with pytest.raises(Invalid) as why:
        parse({**GOOD, "title": ["x" * 11], "word": ["hidden"], "role": ["admin"], "csrf_token": ["t"]}, Plan)
    assert why.value.typed == {"title": "x" * 11, "mode": "a", "version": "7"}


def test_right_to_left_and_emoji_survive_exactly() -> None:
    assert parse({**GOOD, "title": ["שלום 🌊"]}, Plan).title == "שלום 🌊"
