"""A campaign: its state, derived from its posts and never stored (product.md §2.6), and its verbs over many posts."""

from collections import Counter
from collections.abc import Iterable, Mapping
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
APPROVED = ("approved", *OUT, "publish_failed")
REVIEW = ("generated_pending_review", "modified_pending_review")
PROBLEMS = ("publish_failed", "generation_failed", "missed")


@dataclass(frozen=True, slots=True)
class Verb:
    """One act over many posts: the button of a post that it presses, in these statuses. `done` ends its report."""

    name: str
    label: str
    icon: str
    statuses: tuple[str, ...]
    least: str
    done: str


# Approving and retrying many posts are acts of the posts list (app/flow/bulk.py), which knows no campaign.
VERBS = (
    Verb("generate", "Generate all", "sparkles", ("to_be_generated", "missed"), "writer", "started"),
    Verb("schedule", "Schedule all", "calendar-clock", ("approved",), "editor", "scheduled"),
    Verb("unschedule", "Unschedule all", "calendar-x", ("scheduled",), "editor", "taken off the schedule"),
    Verb("reopen", "Back to editing", "pencil", ("approved", "scheduled"), "writer", "back in editing"),
)


def verb(name: str) -> Verb | None:
    return next((verb for verb in VERBS if verb.name == name), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign's state with what its label adds: how many are live or scheduled, how many stand beside.

    `approved`: how many of the counted ones somebody approved, whatever became of them since.
    """

    state: str
    live: int
    counted: int
    beside: int
    scheduled: int = 0
    approved: int = 0

    @property
    def label(self) -> str:
        """Draft, 4 of 9 live; Draft, 1 of 2 scheduled; the state's own word says it when all are."""
        words = state(self.state).label
        if 0 < self.live < self.counted:
            return f"{words}, {self.live} of {self.counted} live"
        if self.scheduled and self.state != "scheduled":
            return f"{words}, {self.scheduled} of {self.counted} scheduled"
        return words

    @property
    def progress(self) -> tuple[int, str]:
        """What the bar shows: approvals until there are no more to give, then what is live."""
        if self.approved < self.counted:
            return self.approved, f"{self.approved} of {self.counted} approved"
        return self.live, f"{self.live} of {self.counted} live"


def state(name: str) -> State:
    return next(state for state in STATES if state.name == name)


def standing(posts: Iterable[tuple[str, bool]]) -> Standing:
    """The state of a campaign whose posts are (status, archived) pairs; the first rule that fits decides."""
    return tallied(Counter(posts))


def tallied(posts: Mapping[tuple[str, bool], int]) -> Standing:
    """The same of how many posts there are of each (status, archived) pair."""
    counted = Counter({s: n for (s, archived), n in posts.items() if not archived and s not in BESIDE and n})
    return Standing(
        _state(counted), counted["published"], counted.total(), sum(posts.values()) - counted.total(),
        counted["scheduled"], sum(counted[status] for status in APPROVED),
    )  # fmt: skip


def _state(statuses: Mapping[str, int]) -> str:
    if not statuses:
        return "draft"
    if "publish_failed" in statuses:
        return "error"
    if all(status == "published" for status in statuses):
        return "published"
    if all(status in OUT for status in statuses):
        return "scheduled"
    return "review" if all(status in ("approved", *OUT) for status in statuses) else "draft"


def next_step(posts: Mapping[str, int]) -> str:
    """What brings the campaign on, in one sentence; `posts` are those that are not archived, by status."""
    for statuses, one, more in STEPS:
        if n := sum(posts.get(status, 0) for status in statuses):
            return one if n == 1 else more.format(n=n)
    return "Every post is live." if posts else "It has no posts yet. Plan one, or many at once."


STEPS = (
    (("publish_failed",), "One post could not be published. Look at it first.",
     "{n} posts could not be published. Look at them first."),
    (("generation_failed", "missed"), "One post was not written. Generate it, or plan it again.",
     "{n} posts were not written. Generate them, or plan them again."),
    (REVIEW, "One post waits for review. Read it, then approve it.",
     "{n} posts wait for review. Read them through, then approve what is ready."),
    (("generating", "text_ready_images_pending"), "One post is being written.", "{n} posts are being written."),
    (("to_be_generated",), "One post is not written yet. Generate it, or write it by hand.",
     "{n} posts are not written yet. Generate them, or write them by hand."),
    (("awaiting_user_date",), "One idea waits for a date.", "{n} ideas wait for a date."),
    (("unpublished",), "One post was taken down. Edit it, or publish it again.",
     "{n} posts were taken down. Edit them, or publish them again."),
    (("approved",), "One post is approved and has no time yet. Read it through, then schedule it.",
     "{n} posts are approved and have no time yet. Read them through once, then schedule all."),
    (("scheduled", "publishing"), "One post is set to go out.", "{n} posts are set to go out."),
    (("rejected",), "One post was rejected. Plan it again, or leave it.",
     "{n} posts were rejected. Plan them again, or leave them."),
)  # fmt: skip
