"""A campaign's state, derived from its posts and never stored (product.md §2.6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.lifecycles.machine import State

STATES = (
    State(
        "draft",
        "Draft",
        "plan",
        "circle-dashed",
        "Its posts are being built; nothing is committed to a channel.",
    ),
    State("review", "Review", "review", "eye", "Every post is approved: the final end-to-end read-through."),
    State("scheduled", "Scheduled", "ready", "clock", "Everything is set to go out."),
    State("published", "Published", "live", "circle-check", "Every post is live."),
    State("error", "Error", "problem", "octagon-alert", "A post could not be published."),
)
BESIDE = ("rejected", "missed", "generation_failed", "awaiting_user_date")
OUT = ("scheduled", "publishing", "published")


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign's state with what its label adds: how many are live or scheduled, how many stand beside."""

    state: str
    live: int
    counted: int
    beside: int
    scheduled: int = 0

    @property
    def label(self) -> str:
        """Draft, 4 of 9 live; Draft, 1 of 2 scheduled; the state's own word says it when all are."""
        words = next(state.label for state in STATES if state.name == self.state)
        if 0 < self.live < self.counted:
            return f"{words}, {self.live} of {self.counted} live"
        if self.scheduled and self.state != "scheduled":
            return f"{words}, {self.scheduled} of {self.counted} scheduled"
        return words


def standing(posts: Iterable[tuple[str, bool]]) -> Standing:
    """The state of a campaign whose posts are (status, archived) pairs; the first rule that fits decides."""
    everything = list(posts)
    counted = [status for status, archived in everything if not archived and status not in BESIDE]
    live = sum(status == "published" for status in counted)
    beside = len(everything) - len(counted)
    return Standing(_state(counted), live, len(counted), beside, counted.count("scheduled"))


def _state(statuses: list[str]) -> str:
    if not statuses:
        return "draft"
    if "publish_failed" in statuses:
        return "error"
    if all(status == "published" for status in statuses):
        return "published"
    if all(status in OUT for status in statuses):
        return "scheduled"
    return "review" if all(status in ("approved", *OUT) for status in statuses) else "draft"
