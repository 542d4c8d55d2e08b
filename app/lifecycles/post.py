"""The 15 editorial statuses of a post: their words, and the lifecycle that joins them to the table of moves."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Lifecycle, State
from app.lifecycles.post_moves import MOVES

GROUPS = {
    "plan": "Planned",
    "work": "In progress",
    "review": "Pending review",
    "ready": "Ready",
    "live": "Published",
    "problem": "Problem",
    "stopped": "Stopped",
}

STATES = (
    State(
        "awaiting_user_date", "Awaiting date", "plan", "circle-dashed",
        "An idea without a date. Nothing is written and nothing is spent.",
        "Pick today or later; it joins the calendar.",
    ),
    State(
        "to_be_generated", "Planned", "plan", "calendar-days",
        "On the calendar, not written yet.",
        "{writing}",
    ),
    State(
        "generating", "Generating", "work", "loader-circle",
        "Writing now: {stage}.",
        "Usually 2–4 minutes. You can leave this page.",
    ),
    State(
        "text_ready_images_pending", "Text ready, images pending", "work", "image",
        "The words are saved. {images}",
        "Goes to review by itself.",
    ),
    State(
        "generated_pending_review", "Pending review", "review", "eye",
        "The draft is finished and nobody has approved it.",
        "{if_approved}",
    ),
    State(
        "modified_pending_review", "Modified, pending review", "review", "file-pen-line",
        "{edited} It needs an approval that includes the changes.",
        "{if_approved}",
    ),
    State(
        "approved", "Approved", "ready", "check",
        "{approved}",
        "Waits until you schedule or publish it.",
    ),
    State(
        "scheduled", "Scheduled", "ready", "clock",
        "{goes_out}",
        "{held}",
    ),
    State(
        "publishing", "Publishing", "work", "send",
        "Being sent now: {progress}.",
        "Usually under a minute.",
    ),
    State(
        "published", "Published", "live", "circle-check",
        "{live}",
        "{resync}",
    ),
    State(
        "unpublished", "Unpublished", "stopped", "archive-restore",
        "{taken_down} It is an editable draft.",
        "Stays down.",
    ),
    State(
        "generation_failed", "Generation failed", "problem", "octagon-alert",
        "Writing did not finish: {failure} Nothing was charged.",
        "Waits for you.",
    ),
    State(
        "publish_failed", "Publish failed", "problem", "octagon-alert",
        "{failure}",
        "{fix}",
    ),
    State(
        "rejected", "Rejected", "stopped", "ban",
        "{rejected}",
        "Will not publish.",
    ),
    State(
        "missed", "Schedule missed", "problem", "calendar-x",
        "{missed}",
        "Automation leaves it alone.",
    ),
)  # fmt: skip

REVIEW = ("generated_pending_review", "modified_pending_review")
PLANS = ("awaiting_user_date", "to_be_generated", "missed", "generation_failed")
WORKING = ("generating", "text_ready_images_pending", "publishing")
UNWRITTEN = ("awaiting_user_date", "to_be_generated", "generating", "generation_failed", "missed")
FREELY_EDITED = ("published", "unpublished")

POST: Lifecycle[PostFacts] = Lifecycle("post", STATES, MOVES)
STATUSES = POST.statuses


def label(facts: PostFacts, *, connected: bool = True) -> str:
    """What people read: the status's label, or what the facts make of it (Queued, Held, Not confirmed, Done)."""
    match facts.status:
        case "scheduled":
            return _scheduled_label(facts)
        case "publish_failed":
            return _failed_label(facts)
        case "generated_pending_review" | "modified_pending_review" if not connected:
            return "Done"
    return POST.state(facts.status).label


def group(facts: PostFacts, *, connected: bool = True) -> str:
    """The colour group; a finished draft with nowhere to go is Ready, not waiting for review."""
    if facts.status in REVIEW and not connected:
        return "ready"
    return "problem" if facts.run and facts.run.held_for else POST.state(facts.status).group


def _scheduled_label(facts: PostFacts) -> str:
    run = facts.run
    if run is None:
        return "Scheduled"
    if run.held_for == "late" and run.due_at:
        return f"Held: {_late(int((facts.now - run.due_at).total_seconds()))} late"
    if run.held_for:
        return "Held"
    return "Scheduled" if run.due_at and run.due_at > facts.now else "Queued"


def _failed_label(facts: PostFacts) -> str:
    if facts.unconfirmed:
        return "Not confirmed"
    if facts.live:
        return f"Partly published: {len(facts.live)} of {len(facts.targets)} live"
    return "Publish failed"


def _late(seconds: int) -> str:
    hours, minutes = divmod(max(seconds, 0) // 60, 60)
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h" if hours else f"{minutes} min"
