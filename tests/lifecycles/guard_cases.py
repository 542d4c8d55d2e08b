"""What closes each move of a post, case by case, with the sentence that says so; for test_guards.py."""

from dataclasses import dataclass, replace
from typing import Any

from app.lifecycles.facts import Approver, Asked
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import CLOCK, PLATFORM, WORKER, By
from tests.lifecycles.expected import ANOTHER, ME
from tests.lifecycles.sheets import EARLIER, EVERYTHING, NOW, TODAY, TOMORROW, YESTERDAY, run, targets

EDITOR = By("person", person=ME, role="editor")
PUBLISH = By("key", person=ME, key=1, scopes=frozenset({"publish"}))
UNREVIEWED = By("key", person=ME, key=1, scopes=frozenset({"publish_unreviewed"}))
REVIEW = "generated_pending_review"
NAMED = (Approver(ME, "Me"), Approver(ANOTHER, "Bo"))
ARCHIVED = "It is archived. Bring it back first."
PASSED_DATE = "Its date has passed. Pick today or a later one."


@dataclass(frozen=True, slots=True)
class Case:
    """On facts that are `ready` for the move, `change` closes it with `why`."""

    status: str
    move: str
    change: dict[str, Any]
    why: str
    by: By = EDITOR

    def __str__(self) -> str:
        return f"{self.move} from {self.status} by {self.by.kind}: {self.why}"


def asked(**values: Any) -> dict[str, Any]:
    return {"asked": replace(EVERYTHING, **values)}


def case(status: str, move: str, why: str, by: By = EDITOR, **change: Any) -> Case:
    return Case(status, move, change, why, by)


CASES = (
    # Plan
    case("awaiting_user_date", "set_date", "Pick a date.", **asked(on=None)),
    case("awaiting_user_date", "set_date", "That date has passed. Pick today or a later one.", **asked(on=YESTERDAY)),
    case("awaiting_user_date", "set_date", ARCHIVED, archived=True),
    case("to_be_generated", "generate", "It is being written already.", running=True),
    case("to_be_generated", "generate", "This month's drafts are used up.", quota_left=0),
    case("missed", "generate", "This month's drafts are used up.", quota_left=-1),
    case("missed", "generate", ARCHIVED, archived=True),
    case("to_be_generated", "generate", "Automatic writing is off.", CLOCK, writing_on=False),
    case("to_be_generated", "generate", "Its day has not come.", CLOCK, planned_on=TOMORROW),
    case("to_be_generated", "generate", "Its day has not come.", CLOCK, planned_on=None),
    case("to_be_generated", "generate", "Its day has passed.", CLOCK, planned_on=YESTERDAY),
    case("to_be_generated", "generate", "A person has started to write it.", CLOCK, typed=True),
    case("to_be_generated", "generate", "No channel is connected.", CLOCK, targets=()),
    case("to_be_generated", "generate", "No channel is connected.", CLOCK, targets=targets(None, connected=False)),
    case("to_be_generated", "generate", "This month's drafts are used up.", CLOCK, quota_left=0),
    case("to_be_generated", "generate", ARCHIVED, CLOCK, archived=True),
    case("to_be_generated", "miss", "Its day is not over.", CLOCK, planned_on=TODAY),
    case("to_be_generated", "miss", ARCHIVED, CLOCK, archived=True),
    case("missed", "submit", "There is no text yet. Write it first.", body=False),
    case("missed", "submit", "There is no text yet. Write it first.", **asked(body=False)),
    case("generation_failed", "retry_generation", PASSED_DATE, planned_on=YESTERDAY, asked=Asked()),
    case("rejected", "replan", PASSED_DATE, planned_on=YESTERDAY, asked=Asked()),
    case("rejected", "replan", PASSED_DATE, asked=Asked(on=YESTERDAY)),
    # Review
    case(REVIEW, "edit", "Nothing changed.", **asked(changed=False)),
    case(REVIEW, "approve", "2 pictures are still being drawn.", pictures_pending=2),
    case(REVIEW, "approve", "1 picture failed: draw again, upload your own or go without.", pictures_failed=1),
    case(REVIEW, "approve", "1 gap is still open: look for [write: …].", gaps=1),
    case(REVIEW, "approve", "3 gaps are still open: look for [write: …].", gaps=3),
    case(REVIEW, "approve", "You wrote or edited this. Someone else has to approve it.",
         self_approval=False, makers=frozenset({ME})),
    case(REVIEW, "approve", "You approved it. Needs 1 more approval from an editor.", needed=2),
    case(REVIEW, "approve", "Needs 2 more approvals from editors.", needed=3, asked=EVERYTHING),
    case(REVIEW, "approve", "Bo has to approve it.", named=NAMED[1:], needed=1, voters=frozenset()),
    case(REVIEW, "approve", "Bo and Cy have to approve it.", named=(*NAMED[1:2], Approver(5, "Cy")), needed=2),
    case(REVIEW, "approve", "You approved it. Needs 1 more approval: Bo.", named=NAMED, needed=2),
    case(REVIEW, "approve", "Needs 1 more approval: Bo.", named=NAMED, needed=2, asked=EVERYTHING),
    case(REVIEW, "approve", RECALLED, recall="reopen"),
    case(REVIEW, "approve", ARCHIVED, archived=True),
    case(REVIEW, "reject", "Say why, in a sentence.", **asked(note="  ")),
    case("rejected", "restore", ARCHIVED, archived=True),
    case("approved", "reopen", ARCHIVED, archived=True),
    case("scheduled", "reopen", "It is being sent.", run=run("sending", "pending")),
    case("scheduled", "reopen", RECALLED, recall="unschedule"),
    case("publish_failed", "reopen", "Something is live. Take it down instead.", targets=targets("published")),
    case("publish_failed", "reopen", "First say whether it is live on Hook.", targets=targets("unconfirmed")),
    # Schedule
    case("approved", "schedule", "Pick a time.", **asked(at=None)),
    case("approved", "schedule", "That time has passed. Pick a later one.", **asked(at=EARLIER)),
    case("approved", "schedule", "That time has passed. Pick a later one.", **asked(at=NOW)),
    case("approved", "schedule", "Its approval no longer matches the text. Approve it again.", sealed=False),
    case("approved", "schedule", "No channel is connected. Connect one first.", targets=()),
    case("approved", "schedule", "No channel is connected. Connect one first.", targets=targets(None, connected=False)),
    case("unpublished", "schedule", "Every channel is live or not confirmed; there is nothing to send.",
         targets=targets("unconfirmed")),
    case("unpublished", "schedule", "Every channel is live or not confirmed; there is nothing to send.",
         targets=targets("published", resurfaced=True)),
    case("unpublished", "publish_now", "It is live everywhere. Tick the channels that shall get it again.",
         targets=targets("published", "unconfirmed"), asked=EVERYTHING),
    case("unpublished", "schedule", "1 gap is still open: look for [write: …].", gaps=1),
    case("unpublished", "publish_now", "1 picture is still being drawn.", pictures_pending=1),
    case("unpublished", "publish_now", "You wrote or edited this. Someone else has to approve it.",
         self_approval=False, makers=frozenset({ME})),
    case("unpublished", "publish_now", "Needs 1 more approval from an editor.", needed=2, voters=frozenset({ME})),
    case("unpublished", "publish_now", "Needs 1 more approval from an editor.", needed=2, asked=EVERYTHING),
    case("unpublished", "publish_now", "1 gap is still open: look for [write: …].", UNREVIEWED, gaps=1),
    case(REVIEW, "publish_now", "1 picture failed: draw again, upload your own or go without.", UNREVIEWED,
         pictures_failed=1),
    case(REVIEW, "schedule", "Only autopilot schedules by itself, and only with a writer that fills every gap.", CLOCK,
         mode="approval"),
    case(REVIEW, "schedule", "Only autopilot schedules by itself, and only with a writer that fills every gap.", CLOCK,
         writer_invents=False),
    case(REVIEW, "publish_now", "1 gap is still open: look for [write: …].", CLOCK, gaps=1),
    case("publish_failed", "publish_now", "Every channel is live or not confirmed; there is nothing to send.",
         targets=targets("published", "unconfirmed")),
    case("scheduled", "reschedule", "It is being sent.", run=run("sending")),
    case("scheduled", "reschedule", "That time has passed. Pick a later one.", **asked(at=NOW)),
    case("scheduled", "unschedule", "It is being sent.", run=run("sending")),
    case("scheduled", "unschedule", RECALLED, PUBLISH, recall="unschedule"),
    case("scheduled", "publish_now", "It is being sent.", run=run("sending")),
    # Send
    case("scheduled", "start_publishing", "Its time has not come.", WORKER, run=run("pending")),
    case("scheduled", "start_publishing", "It is held for a person.", WORKER,
         run=run("pending", due_at=EARLIER, held_for="late")),
    case("scheduled", "start_publishing", "Sending is frozen.", WORKER, frozen=True),
    case("scheduled", "start_publishing", "Its approval no longer matches the text.", WORKER, sealed=False),
    case("scheduled", "start_publishing", "Its approval no longer matches the text.", PLATFORM, sealed=False),
    case("publishing", "complete", "A channel has not answered yet.", WORKER, run=run("published", "sending"),
         targets=targets("published", "sending")),
    case("publishing", "complete", "Not every channel is live.", WORKER, run=run("published", "failed"),
         targets=targets("published", "failed")),
    case("publishing", "complete", "Not every channel is live.", WORKER, run=run("published", "failed", kind="update")),
    case("publishing", "fail_publishing", "Every channel is live.", WORKER, targets=targets("published")),
    case("publishing", "fail_publishing", "A channel has not answered yet.", WORKER, run=run("failed", "handed_off")),
    case("publishing", "fail_publishing", "This run updates what is live.", WORKER, run=run("failed", kind="update")),
    case("publishing", "keep_live", "This run creates.", WORKER, run=run("failed")),
    case("publishing", "keep_live", "Every channel is live.", WORKER, run=run("published", kind="update")),
    case("publishing", "keep_live", "A channel has not answered yet.", WORKER, run=run("retrying", kind="update")),
    case("publish_failed", "confirm_live", "Not every channel is live.", targets=targets("published", "failed")),
    case("publish_failed", "confirm_live", "Not every channel is live.", WORKER, targets=targets("unconfirmed")),
    case("publish_failed", "accept", "Nothing is live.", targets=targets("failed")),
    case("publish_failed", "accept", "First say whether it is live on Blog.",
         targets=targets("published", "unconfirmed")),
    case("publish_failed", "accept", ARCHIVED, archived=True),
    case("published", "publish_changes", "What is live is what you see.", targets=targets("published")),
    case("published", "publish_changes", "No live channel lets apps change what is published.",
         targets=targets("published", stale=True, updates=False)),
    case("published", "publish_changes", "Needs 1 more approval from an editor.", sealed=False, needed=2,
         voters=frozenset({ME})),
    case("published", "publish_changes", "1 gap is still open: look for [write: …].", sealed=False, gaps=1),
    # Recall
    case("published", "unpublish", "No channel lets apps take it down. Delete it there, then duplicate this one.",
         targets=targets("published", removes=False)),
    case("published", "unpublish", RECALLED, recall="unpublish"),
    case("publish_failed", "set_back", "Nothing is live.", targets=targets("failed")),
    case("publish_failed", "set_back", "First say whether it is live on Hook and Feed.".replace(" and", ","),
         targets=targets("unconfirmed", "published", "unconfirmed")),
)  # fmt: skip
