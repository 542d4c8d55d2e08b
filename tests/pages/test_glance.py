"""A post at a glance says what the lifecycle says of it, though it asks only once for all posts of the same facts."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.lifecycles.facts import PostFacts, Run, Target
from app.lifecycles.post import group, label
from app.pages.glance import channel, glance
from tests.rows import now

KNOWN = {"id": 1, "name": "Blog", "platform": "site", "broken_kind": None, "connected": True}


@pytest.mark.pure
@pytest.mark.parametrize("held_for", [None, "late", "freeze", "restore"])
@pytest.mark.parametrize("hours", [None, -50, -2, 0, 2])
def test_a_scheduled_post_is_named_as_its_run_stands(held_for: str | None, hours: int | None) -> None:
    at, due = now(), None if hours is None else now(hours=hours)
    run = msgspec.json.encode({"due_at": due, "held_for": held_for}).decode()
    record: dict[str, Any] = {
        "id": 1, "title": "Tides", "status": "scheduled", "author": None, "planned_on": None, "at": due,
        "channels": [1], "newest": None, "run": run,
    }  # fmt: skip
    for minutes in (0, 61):  # what is kept from one look must fit the next
        when = at + timedelta(minutes=minutes)
        facts = PostFacts("scheduled", 0, when, when.date(), run=Run(1, "create", "", due, held_for),
                          targets=(Target(1, "Blog", "site"),))  # fmt: skip
        seen = glance({**record, "now": when}, {1: channel(KNOWN)})  # type: ignore[arg-type]
        assert (seen.label, seen.group) == (label(facts), group(facts))
