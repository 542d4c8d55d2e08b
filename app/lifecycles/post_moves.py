"""The strict table of a post's moves (product.md §2.2), one line each: nothing else may happen."""

from app.lifecycles import guards as g
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Grant, Move

PLANNED = ("to_be_generated",)
REVIEW = ("generated_pending_review", "modified_pending_review")
LATER = ("to_be_generated", "awaiting_user_date")


def _planned(f: PostFacts) -> str:
    """Back to the plan: with a date it is Planned, without one it waits for a date."""
    return "to_be_generated" if (f.asked and f.asked.on) or f.planned_on else "awaiting_user_date"


def _created(f: PostFacts) -> str:
    return "generated_pending_review" if f.asked and f.asked.body else _planned(f)


def _unscheduled(f: PostFacts) -> str:
    """A retry taken back is a failure again; anything else is approved and free."""
    return "publish_failed" if f.live or f.unconfirmed else "approved"


WRITER = Grant(person="writer", key="write")
EDITOR = Grant(person="editor")
PUBLISHER = Grant(person="editor", key="publish")
UNREVIEWED = Grant(person="editor", key="publish_unreviewed")
BY_ITSELF = Grant(worker=True, platform=True)
ANSWERED = Grant(person="editor", worker=True, platform=True)

HANDS = (g.not_archived, g.no_recall)
APPROVAL = (g.content_approved, g.ready_to_send)
SENDING = (g.somewhere_to_send, *APPROVAL)

Table = tuple[Move[PostFacts], ...]

PLAN: Table = (
    Move("create", (), ("awaiting_user_date", "to_be_generated", "generated_pending_review"), WRITER,
         choose=_created),
    Move("set_date", ("awaiting_user_date",), PLANNED, WRITER, "Pick date", "calendar-plus", "primary",
         confirm=True, fields=("on",), guards=(*HANDS, g.date_given)),
    Move("generate", ("to_be_generated",), ("generating",), Grant(person="writer", key="write", clock=True),
         "Generate now", "sparkles", "primary", guards=(*HANDS, g.no_run, g.quota_left, g.clock_may_write),
         rings=("write",)),
    Move("generate", ("missed",), ("generating",), WRITER, "Generate now", "sparkles", "primary",
         guards=(*HANDS, g.no_run, g.quota_left), rings=("write",)),
    Move("miss", ("to_be_generated",), ("missed",), Grant(clock=True), guards=(g.not_archived, g.day_over)),
    Move("submit", ("awaiting_user_date", "to_be_generated", "missed", "generation_failed"),
         ("generated_pending_review",), WRITER, "Send to review", "send", shows=(g.body_there,), guards=HANDS),
)  # fmt: skip

WRITE: Table = (
    Move("text_ready", ("generating",), ("text_ready_images_pending",), Grant(worker=True), rings=("draw",)),
    Move("finish", ("generating",), ("generated_pending_review",), Grant(worker=True)),
    Move("finish", ("text_ready_images_pending",), ("generated_pending_review",),
         Grant(person="writer", worker=True), "Go on without pictures", "image", confirm=True, guards=HANDS),
    Move("fail_generation", ("generating",), ("generation_failed",), Grant(person="writer", worker=True),
         "Stop", "x", "danger"),
    Move("retry_generation", ("generation_failed",), LATER, WRITER, "Back to the plan", "rotate-ccw",
         confirm=True, fields=("on",), guards=(*HANDS, g.date_ahead), choose=_planned),
    Move("replan", ("rejected", *REVIEW), LATER, Grant(person="writer"), "Back to the plan", "rotate-ccw",
         confirm=True, fields=("title", "keyword", "angle", "on"), guards=(*HANDS, g.date_ahead),
         choose=_planned),
)  # fmt: skip

DECIDE: Table = (
    Move("edit", REVIEW, ("modified_pending_review",), WRITER, guards=(*HANDS, g.really_changed)),
    Move("approve", REVIEW, ("approved",), EDITOR, "Approve", "check", "primary",
         guards=(*HANDS, g.pictures_decided, g.gaps_closed, g.not_alone, g.not_voted, g.votes_enough)),
    Move("reject", REVIEW, ("rejected",), EDITOR, "Reject", "x", "danger", confirm=True, fields=("reason",),
         guards=(*HANDS, g.reason_given)),
    Move("restore", ("rejected",), ("generated_pending_review",), EDITOR, "Changed my mind", "undo-2",
         guards=HANDS),
    Move("reopen", ("approved",), ("generated_pending_review",), Grant(person="writer", worker=True),
         "Back to editing", "pencil", confirm=True, guards=HANDS),
    Move("reopen", ("scheduled", "publish_failed"), ("generated_pending_review",),
         Grant(person="editor", worker=True), "Back to editing", "pencil", confirm=True,
         shows=(g.nothing_live,), guards=(*HANDS, g.nothing_sent, g.none_unconfirmed)),
)  # fmt: skip

SCHEDULE: Table = (
    Move("schedule", ("approved", "publish_failed"), ("scheduled",), PUBLISHER, "Schedule", "calendar-clock",
         confirm=True, fields=("at",), guards=(*HANDS, g.time_ahead, *SENDING), rings=("advance",)),
    Move("schedule", ("unpublished",), ("scheduled",), UNREVIEWED, "Schedule", "calendar-clock", confirm=True,
         fields=("at", "again"), guards=(*HANDS, g.time_ahead, *SENDING), rings=("advance",)),
    Move("schedule", REVIEW, ("scheduled",), Grant(key="publish_unreviewed", clock=True),
         guards=(*HANDS, g.time_ahead, *SENDING), rings=("advance",)),
    Move("publish_now", ("approved", "publish_failed"), ("scheduled",), PUBLISHER, "Publish now", "send",
         confirm=True, guards=(*HANDS, *SENDING), rings=("advance",)),
    Move("publish_now", ("unpublished",), ("scheduled",), UNREVIEWED, "Publish again", "send", "primary",
         confirm=True, fields=("again",), guards=(*HANDS, *SENDING), rings=("advance",)),
    Move("publish_now", REVIEW, ("scheduled",), Grant(key="publish_unreviewed", clock=True),
         guards=(*HANDS, *SENDING), rings=("advance",)),
    Move("publish_now", ("scheduled",), ("scheduled",), PUBLISHER, "Send now", "send", confirm=True,
         guards=(*HANDS, g.nothing_leaving), rings=("advance",)),
    Move("reschedule", ("scheduled",), ("scheduled",), PUBLISHER, "Change time", "calendar-clock",
         confirm=True, fields=("at",), guards=(*HANDS, g.nothing_sent, g.time_ahead), rings=("advance",)),
    Move("unschedule", ("scheduled",), ("approved", "publish_failed"),
         Grant(person="editor", key="publish", worker=True), "Unschedule", "calendar-x", confirm=True,
         guards=(*HANDS, g.nothing_sent), choose=_unscheduled),
)  # fmt: skip

SEND: Table = (
    Move("start_publishing", ("scheduled",), ("publishing",), BY_ITSELF,
         guards=(g.due, g.not_held, g.sealed)),
    Move("complete", ("publishing",), ("published",), BY_ITSELF, guards=(g.all_settled, g.all_live)),
    Move("fail_publishing", ("publishing",), ("publish_failed",), BY_ITSELF,
         guards=(g.creates, g.all_settled, g.some_not_live)),
    Move("keep_live", ("publishing",), ("published",), BY_ITSELF,
         guards=(g.updates, g.all_settled, g.some_not_live)),
    Move("confirm_live", ("publish_failed",), ("published",), ANSWERED, "Confirm live", "circle-check",
         shows=(g.all_live,), guards=(*HANDS, g.none_unconfirmed)),
    Move("accept", ("publish_failed",), ("published",), EDITOR, "Good as it is", "check", confirm=True,
         fields=("note",), shows=(g.something_live,), guards=(*HANDS, g.none_unconfirmed)),
    Move("publish_changes", ("published",), ("publishing",), EDITOR, "Publish changes", "send", "primary",
         confirm=True, shows=(g.live_differs,), guards=(*HANDS, g.can_update, *APPROVAL), rings=("advance",)),
)  # fmt: skip

RECALL: Table = (
    Move("unpublish", ("published",), ("unpublished",), Grant(person="editor", worker=True), "Unpublish",
         "archive-restore", "danger", confirm=True, shows=(g.can_come_down,), guards=HANDS),
    Move("fail_recall", ("published",), ("publish_failed",), BY_ITSELF),
    Move("set_back", ("publish_failed",), ("unpublished",), Grant(person="editor", worker=True),
         "Back to editing", "archive-restore", "danger", confirm=True, shows=(g.something_live,),
         guards=(*HANDS, g.none_unconfirmed)),
)  # fmt: skip

MOVES: Table = PLAN + WRITE + DECIDE + SCHEDULE + SEND + RECALL
