"""Approvals in sentences: due today, was due, waits for more; on the card and in the question before approving."""

from dataclasses import replace
from datetime import UTC, timedelta

import httpx
import pytest

from app.pages.approval_words import due, waits
from tests.lifecycles.sheets import NOW, sheet
from tests.makers import make_channel, make_post, make_team
from tests.rows import now
from tests.visitors import enter

REVIEW = "generated_pending_review"
FACTS = replace(sheet(REVIEW), now=NOW.replace(tzinfo=UTC), lead=timedelta(hours=4))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("hours", "said"),
    [(None, ""), (-1, ""), (0, ""), (2, "Was due today at "), (6, "Due today at "), (30, "Due tomor")],
)
def test_an_approval_is_due_a_while_before_it_goes_out(hours: int | None, said: str) -> None:
    at = None if hours is None else FACTS.now + timedelta(hours=hours)
    told = due(replace(FACTS, publish_at=at, today=FACTS.now.date()), "UTC")
    assert told.startswith(said) and bool(told) == bool(said)
    assert not told or told.endswith("(UTC).")


@pytest.mark.pure
def test_what_is_not_the_last_approval_needed_says_what_it_waits_for() -> None:
    assert waits(replace(FACTS, needed=3)) == "it waits for 2 more approvals then."
    assert waits(replace(FACTS, needed=3, voters=frozenset({1}))) == "it waits for 1 more approval then."
    assert waits(replace(FACTS, needed=3, voters=frozenset({1, 2}))) == ""


async def test_the_card_the_inbox_and_the_question_say_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(approvals_needed=2)
    at = now(days=2)
    post = await make_post(
        REVIEW, channels=[await make_channel()], planned_on=at.date(), planned_time=at.time()
    )  # fmt: skip
    for path in (f"/posts/{post.id}", "/inbox"):
        text = (await visitor.get(path)).text
        assert "Due " in text, path
    assert "it waits for 1 more approval then." in (await visitor.get(f"/posts/{post.id}")).text
    assert "It waits for 1 more approval then." in (await visitor.get(f"/posts/{post.id}/moves/approve")).text
