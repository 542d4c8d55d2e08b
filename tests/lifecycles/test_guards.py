"""The guards of a post's moves, one by one: what closes a move that was open, and the sentence that says so."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import CLOCK, PLATFORM, WORKER, By
from app.lifecycles.post import POST
from tests.lifecycles.expected import ANOTHER, ME, Actor
from tests.lifecycles.sheets import (
    EARLIER,
    EVERYTHING,
    LATER,
    NOW,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ready,
    run,
    sheet,
    targets,
)

EDITOR = By("person", person=ME, role="editor")
PUBLISH = By("key", person=ME, key=1, scopes=frozenset({"publish"}))
UNREVIEWED = By("key", person=ME, key=1, scopes=frozenset({"publish_unreviewed"}))
REVIEW = "generated_pending_review"
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
    case(REVIEW, "approve", "You approved it. Needs 1 more approval.", needed=2),
    case(REVIEW, "approve", "Needs 2 more approvals.", needed=3, asked=EVERYTHING),
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
         targets=targets("published", "unconfirmed")),
    case("unpublished", "schedule", "1 gap is still open: look for [write: …].", gaps=1),
    case("unpublished", "publish_now", "1 picture is still being drawn.", pictures_pending=1),
    case("unpublished", "publish_now", "You wrote or edited this. Someone else has to approve it.",
         self_approval=False, makers=frozenset({ME})),
    case("unpublished", "publish_now", "Needs 1 more approval.", needed=2),
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
    case("published", "publish_changes", "Needs 1 more approval.", sealed=False, needed=2),
    case("published", "publish_changes", "1 gap is still open: look for [write: …].", sealed=False, gaps=1),
    # Recall
    case("published", "unpublish", "No channel lets apps take it down. Delete it there, then duplicate this one.",
         targets=targets("published", removes=False)),
    case("published", "unpublish", RECALLED, recall="unpublish"),
    case("publish_failed", "set_back", "Nothing is live.", targets=targets("failed")),
    case("publish_failed", "set_back", "First say whether it is live on Hook and Feed.".replace(" and", ","),
         targets=targets("unconfirmed", "published", "unconfirmed")),
)  # fmt: skip


def refusal(facts: PostFacts, move: str, by: By) -> str | None:
    line = POST.find(move, facts.status, by)
    assert line is not None
    return line.refusal(facts, by, own=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_guard_closes_what_was_open_and_says_why(case: Case) -> None:
    open_facts = ready(case.status, case.move, Actor("", case.by, True))
    assert refusal(open_facts, case.move, case.by) is None
    assert refusal(replace(open_facts, **case.change), case.move, case.by) == case.why


def test_every_guard_of_the_table_is_closed_by_one_of_these_cases() -> None:
    closed = {
        (line.name, guard.__name__)
        for case in CASES
        for line in [POST.find(case.move, case.status, case.by)]
        for guard in line.shows + line.guards  # type: ignore[union-attr]
        if guard(replace(ready(case.status, case.move, Actor("", case.by, True)), **case.change), case.by)
    }
    assert {name for _, name in closed} == {g.__name__ for line in POST.moves for g in line.shows + line.guards}


@pytest.mark.parametrize("line", [line for line in POST.moves if line.by.person and line.sources], ids=lambda m: m.name)
def test_while_a_platform_is_asked_first_people_wait(line: Any) -> None:
    """product.md §2.2: with an open recall other moves are closed."""
    for status in line.sources:
        if status in ("approved", "scheduled", "published", "publish_failed"):
            facts = replace(ready(status, line.name, Actor("", EDITOR, True)), recall="unpublish")
            assert refusal(facts, line.name, EDITOR) == RECALLED


@pytest.mark.parametrize("line", [line for line in POST.moves if line.by.worker], ids=lambda line: line.name)
def test_a_recall_never_stops_the_worker_that_carries_it_out(line: Any) -> None:
    for status in line.sources:
        facts = replace(ready(status, line.name, Actor("", WORKER, True)), recall="unpublish")
        assert refusal(facts, line.name, WORKER) is None


def test_a_key_that_may_only_publish_sends_nothing_unapproved() -> None:
    """product.md §4: `publish` sends approved posts only."""
    for status in ("approved", "publish_failed"):
        for move in ("schedule", "publish_now"):
            assert refusal(sheet(status), move, PUBLISH) is None
            assert refusal(sheet(status, sealed=False), move, PUBLISH) is not None, (status, move)


def test_a_key_that_may_publish_unreviewed_seals_in_its_own_name() -> None:
    assert refusal(sheet("unpublished"), "publish_now", UNREVIEWED) is None
    assert refusal(sheet(REVIEW, needed=3), "publish_now", UNREVIEWED) is None


def test_a_platform_that_went_live_early_starts_the_post_before_its_time() -> None:
    facts = sheet("scheduled", run=run("published", due_at=LATER), targets=targets("published"))
    assert refusal(facts, "start_publishing", PLATFORM) is None
    assert refusal(facts, "start_publishing", WORKER) == "Its time has not come."


def test_the_time_itself_is_not_before_the_time() -> None:
    assert refusal(sheet("scheduled", run=run("pending", due_at=NOW)), "start_publishing", WORKER) is None
    assert refusal(sheet("scheduled", run=run("pending", due_at=None)), "start_publishing", WORKER) is None


def test_a_held_post_that_is_partly_out_already_can_still_be_sent() -> None:
    """product.md §3.7 "send now, move, or drop": what went live early must not lock the rest away."""
    early = sheet(
        "scheduled", run=run("published", "pending", due_at=EARLIER, held_for="late"),
        targets=targets("published", "pending"),
    )  # fmt: skip
    assert refusal(early, "publish_now", EDITOR) is None


def test_a_date_given_with_the_click_replaces_one_that_passed() -> None:
    late = sheet("generation_failed", planned_on=YESTERDAY)
    assert refusal(replace(late, asked=Asked(on=TODAY)), "retry_generation", EDITOR) is None
    assert refusal(replace(late, asked=Asked(chained=True)), "retry_generation", EDITOR) is None


def test_the_writer_is_stopped_whatever_else_there_is() -> None:
    facts = sheet("generating", archived=True, recall="reopen", quota_left=0)
    assert refusal(facts, "fail_generation", EDITOR) is None


def test_votes_of_guests_count_and_each_person_counts_once() -> None:
    two = sheet(REVIEW, needed=3, voters=frozenset({ME, ANOTHER}), asked=EVERYTHING)
    assert refusal(two, "approve", EDITOR) == "Needs 1 more approval."
    assert refusal(replace(two, guests=1), "approve", EDITOR) is None
    assert (two.votes_with(ME), two.votes_with(99), two.votes_with(None)) == (2, 3, 2)


@pytest.mark.parametrize(
    ("facts", "move", "target"),
    [
        (sheet("generation_failed"), "retry_generation", "to_be_generated"),
        (sheet("generation_failed", planned_on=None), "retry_generation", "awaiting_user_date"),
        (sheet("generation_failed", planned_on=None, asked=Asked(on=TODAY)), "retry_generation", "to_be_generated"),
        (sheet(REVIEW, planned_on=None), "replan", "awaiting_user_date"),
        (sheet("scheduled"), "unschedule", "approved"),
        (sheet("scheduled", targets=targets("published", "pending")), "unschedule", "publish_failed"),
        (sheet("scheduled", targets=targets("unconfirmed", "pending")), "unschedule", "publish_failed"),
    ],
)
def test_the_facts_choose_among_the_declared_targets(facts: PostFacts, move: str, target: str) -> None:
    line = POST.find(move, facts.status, EDITOR)
    assert line is not None and line.target(facts) == target


@pytest.mark.parametrize(
    ("given", "target"),
    [(Asked(), "awaiting_user_date"), (Asked(on=TODAY), "to_be_generated"), (Asked(body=True), REVIEW),
     (Asked(on=TODAY, body=True), REVIEW)],
)  # fmt: skip
def test_a_new_post_begins_where_what_was_typed_puts_it(given: Asked, target: str) -> None:
    line = next(line for line in POST.moves if line.name == "create")
    assert line.target(PostFacts.blank(given)) == target
