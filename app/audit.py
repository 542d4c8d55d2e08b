"""Writes down what happened to people and to the team; posts have their events from moves.py."""

import json
from typing import Any, Literal

from app import sql

About = Literal["person", "team"]


async def record(about: About, about_id: int, move: str, *, by: int | None, **facts: Any) -> None:
    """One append-only line: `by` is the acting person, None when it came from the command line."""
    await sql.run(
        "insert into event (about, about_id, move, by_kind, person, facts) "
        "values ($1, $2, $3, $4, $5, $6::jsonb)",
        about, about_id, move, "person" if by else "worker", by, json.dumps(facts, default=str),
    )  # fmt: skip
