"""Writes down what happened: the only code that adds events, which nothing changes or removes. For moves and verbs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import sql
from app.lifecycles.machine import WORKER, By


@dataclass(frozen=True, slots=True)
class Happened:
    """What an event says of a change."""

    name: str
    by: By
    post: int | None
    before: str | None
    after: str | None
    note: str
    told: Mapping[str, Any]

    @property
    def dumped(self) -> str:
        return json.dumps(dict(self.told), default=str)


def person(number: int | None) -> By:
    """A person acting on people or settings; nobody means the command line."""
    return By("person", person=number) if number else WORKER


async def record(
    about: str, about_id: int, name: str, *, by: By, post: int | None = None, note: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """An event that changes no version: a vote, an ask, a sign of life, a setting."""
    await insert(about, about_id, None, Happened(name, by, post, None, None, note, told or {}))


async def insert(about: str, about_id: int, version: int | None, happened: Happened) -> None:
    await sql.run(
        "INSERT INTO event (about, about_id, version, post, move, from_status, to_status, by_kind, person, key,"
        " note, facts) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
        about, about_id, version, happened.post, happened.name, happened.before, happened.after,
        happened.by.kind, happened.by.person, happened.by.key, happened.note or None, happened.dumped,
    )  # fmt: skip
