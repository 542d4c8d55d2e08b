"""What people read: a status's label, or what the facts make of it."""

from datetime import timedelta
from typing import Any

import pytest

from app.lifecycles.facts import PostFacts
from app.lifecycles.post import POST, group, label
from tests.lifecycles.sheets import EARLIER, LATER, NOW, run, sheet, targets


def scheduled(**values: Any) -> PostFacts:
    return sheet("scheduled", run=run("pending", **values))


@pytest.mark.parametrize("status", POST.statuses)
def test_an_ordinary_post_carries_its_status_s_label_and_group(status: str) -> None:
    assert label(sheet(status)) == POST.state(status).label
    assert group(sheet(status)) == POST.state(status).group


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [(LATER, "Scheduled"), (None, "Queued"), (EARLIER, "Queued"), (NOW, "Queued"),
     (NOW + timedelta(seconds=1), "Scheduled")],
)  # fmt: skip
def test_without_a_future_time_it_is_queued(due_at: Any, expected: str) -> None:
    assert label(scheduled(due_at=due_at)) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(minutes=61), "Held: 1 h late"),
        (timedelta(hours=2, minutes=59), "Held: 2 h late"),
        (timedelta(hours=47), "Held: 47 h late"),
        (timedelta(hours=50), "Held: 2 d late"),
        (timedelta(minutes=5), "Held: 5 min late"),
    ],
)
def test_an_overdue_post_says_how_late_it_is(late: timedelta, expected: str) -> None:
    assert label(scheduled(held_for="late", due_at=NOW - late)) == expected


def test_what_is_held_for_another_reason_is_just_held() -> None:
    assert label(scheduled(held_for="freeze", due_at=EARLIER)) == "Held"
    assert label(scheduled(held_for="restore", due_at=EARLIER)) == "Held"


def test_a_post_held_without_a_time_is_late_by_no_number() -> None:
    assert label(scheduled(held_for="late", due_at=None)) == "Held"


def test_what_is_held_needs_somebody_and_is_coloured_as_a_problem() -> None:
    assert group(scheduled(held_for="late", due_at=EARLIER)) == "problem"
    assert group(scheduled()) == "ready"


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        (("failed",), "Publish failed"),
        (("published", "failed", "failed"), "Partly published: 1 of 3 live"),
        (("published", "published", "failed"), "Partly published: 2 of 3 live"),
        (("unconfirmed", "failed"), "Not confirmed"),
        (("published", "unconfirmed"), "Not confirmed"),
    ],
)
def test_a_failed_post_says_what_is_live(deliveries: tuple[str, ...], expected: str) -> None:
    assert label(sheet("publish_failed", targets=targets(*deliveries))) == expected


@pytest.mark.parametrize("status", ["generated_pending_review", "modified_pending_review"])
def test_a_finished_draft_with_nowhere_to_go_is_done(status: str) -> None:
    assert (label(sheet(status), connected=False), group(sheet(status), connected=False)) == ("Done", "ready")
    assert (label(sheet(status)), group(sheet(status))) != ("Done", "ready")


@pytest.mark.parametrize("status", [s for s in POST.statuses if not s.endswith("_review")])
def test_only_finished_drafts_are_done_without_a_channel(status: str) -> None:
    assert label(sheet(status), connected=False) == label(sheet(status))
    assert group(sheet(status), connected=False) == group(sheet(status))
