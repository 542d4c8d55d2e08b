"""Asking first: a click that needs a platform's consent is written down; the worker asks, then it happens."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app import audit, moves, sql
from app import facts as fact_sheet
from app.atomic import atomic, ring
from app.lifecycles.facts import Asked
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, lock
from app.tables import Delivery, Post


async def ask(
    post: Post, move: str, *, by: By, asked: Asked | None = None, told: Mapping[str, Any] | None = None,
    check: str = "",
) -> Post:  # fmt: skip
    """Open the post's one recall in the asker's name; the post keeps its status and says so.

    `check` names the move whose rights and guards decide, when it is another one (Send now reschedules).
    """
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        if facts.version != post.version:
            raise MovedMeanwhile
        line = moves.line(post, check or move, facts.status, by)
        moves.demand(line, replace(facts, asked=asked or Asked()), by)
        await _open(post.id, move, by, told or {})
    return post


async def about(delivery: Delivery, move: str, *, by: By, told: Mapping[str, Any] | None = None) -> None:
    """Open a recall about this delivery alone: the post is not moved. Whether it may be is the caller's judgement."""
    async with atomic():
        await lock(delivery.post)
        await _open(delivery.post, move, by, {**(told or {}), "delivery": delivery.id})


async def _open(post: int, move: str, by: By, told: Mapping[str, Any]) -> None:
    number = await sql.value(
        "INSERT INTO recall (post, move, person, key, facts, next_at) VALUES ($1, $2, $3, $4, $5, now()) RETURNING id",
        post, move, by.person, by.key, json.dumps(dict(told)),
    )  # fmt: skip
    await audit.record("recall", number, f"ask_{move}", by=by, post=post, told=told)
    ring("recall", post, number)
