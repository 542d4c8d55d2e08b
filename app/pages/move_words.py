"""What is said after a button did its work: one sentence for the toast and the live region. For the moves door."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import PostStatus

ASKED = "The platforms are being asked."
SAID = {
    "set_date": "Date set.", "set_time": "Date changed.", "generate": "Writing started.",
    "retry_and_generate": "Writing started.", "replan_and_generate": "Writing started.",
    "fail_generation": "Stopped.", "finish": "Sent to review without the missing pictures.",
    "submit": "Sent to review.", "retry_generation": "Back to the plan.", "replan": "Back to the plan.",
    "approve": "Approved.", "reject": "Rejected.", "restore": "Back in review.", "reopen": "Back to editing.",
    "schedule": "Scheduled.", "approve_and_schedule": "Approved and scheduled.", "reschedule": "Time changed.",
    "unschedule": "Taken off the schedule.", "publish_now": "On its way.",
    "approve_and_publish": "Approved and on its way.", "publish_changes": "The changes are on their way.",
    "confirm_live": "It counts as published.", "accept": "It counts as published.", "unpublish": "Taken down.",
    "set_back": "Taken down.", "duplicate": "Duplicated.", "archive": "Archived.", "unarchive": "Brought back.",
}  # fmt: skip
COUNTED = "Your approval counts; more are needed."
VOTES = ("approve", "approve_and_schedule", "approve_and_publish", "schedule", "publish_now", "publish_changes")


def said(name: str, facts: PostFacts) -> str:
    """The sentence for a move, by what became of it."""
    if facts.recall:
        return ASKED
    undecided = facts.status in (*REVIEW, PostStatus.UNPUBLISHED, PostStatus.PUBLISHED)
    if name in VOTES and undecided:
        return COUNTED
    if name == "approve" and facts.status == PostStatus.SCHEDULED:
        return "Approved and scheduled."
    return SAID.get(name, "Done.")
