"""Fact sheets in which a given move's guards are satisfied, and the statuses' ordinary ones."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.lifecycles.facts import Asked, PostFacts, Run, Target
from app.lifecycles.machine import By
from tests.lifecycles.expected import ANOTHER, ME, Actor

NOW = datetime(2026, 5, 4, 9, 30)
TODAY = date(2026, 5, 4)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LATER, EARLIER = NOW + timedelta(hours=2), NOW - timedelta(hours=2)

WRITTEN = (
    "text_ready_images_pending", "generated_pending_review", "modified_pending_review", "approved", "scheduled",
    "publishing", "published", "unpublished", "publish_failed", "rejected",
)  # fmt: skip
SEALED = ("approved", "scheduled", "publishing", "published", "publish_failed")
# The newest deliveries that each status usually has, and those of its open run.
USUAL: dict[str, tuple[str | None, ...]] = {
    "scheduled": ("pending",), "publishing": ("sending",), "published": ("published",),
    "unpublished": ("withdrawn",), "publish_failed": ("failed",),
}  # fmt: skip
EVERYTHING = Asked(on=TODAY, at=LATER, note="Because.", changed=True, body=True)


def targets(*deliveries: str | None, **values: Any) -> tuple[Target, ...]:
    """One channel per newest delivery; `values` are the same for all."""
    names = ("Hook", "Blog", "Feed", "List")
    return tuple(
        Target(number, names[number - 1], "webhook", delivery, 100 + number if delivery else None, **values)
        for number, delivery in enumerate(deliveries, 1)
    )


def run(*deliveries: str, **values: Any) -> Run:
    return replace(Run(1, "create", "scheduled", LATER, None, deliveries), **values)


def sheet(status: str, **values: Any) -> PostFacts:
    """A post of `status` on an ordinary day."""
    deliveries = USUAL.get(status, (None,))
    working = {"scheduled": run("pending"), "publishing": run("sending", due_at=EARLIER)}
    usual = PostFacts(
        status, 1, NOW, TODAY, planned_on=None if status == "awaiting_user_date" else TODAY, body=status in WRITTEN,
        running=status in ("generating", "text_ready_images_pending"), sealed=status in SEALED,
        targets=targets(*deliveries), run=working.get(status),
    )  # fmt: skip
    return replace(usual, **values)


def ready(status: str, move: str, actor: Actor) -> PostFacts:
    """A post of `status` on which every guard of `move` is satisfied for `actor`."""
    author = ME if actor.own else ANOTHER
    return replace(_ready(status, move, actor.by), author=author)


def _ready(status: str, move: str, by: By) -> PostFacts:
    match move, status:
        case "generate", _:
            return sheet(status, writing_on=True)
        case "submit", _:
            return sheet(status, body=True)
        case "miss", _:
            return sheet(status, planned_on=YESTERDAY)
        case (("schedule" | "publish_now"), _) if by.kind == "clock":
            return sheet(status, mode="autopilot", writer_invents=True)
        case "approve", _:
            return sheet(status, voters=frozenset({ME}))
        case "start_publishing", _:
            return sheet(status, run=run("pending", due_at=EARLIER))
        case "complete", _:
            return sheet(status, run=run("published"), targets=targets("published"))
        case "fail_publishing", _:
            return sheet(status, run=run("failed"), targets=targets("failed"))
        case "keep_live", _:
            return sheet(status, run=run("failed", kind="update"), targets=targets("published"))
        case "confirm_live", _:
            return sheet(status, targets=targets("published"))
        case (("accept" | "set_back"), _):
            return sheet(status, targets=targets("published", "failed"))
        case "publish_changes", _:
            return sheet(status, targets=targets("published", stale=True))
    return sheet(status)
