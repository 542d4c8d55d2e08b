"""The guards of a post's moves, one by one: what closes a move that was open, and the sentence that says so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.lifecycles.post import POST
from tests.lifecycles.expected import ANOTHER, ME, Actor
from tests.lifecycles.guard_cases import CASES, EDITOR, NAMED, PUBLISH, REVIEW, UNREVIEWED, Case
from tests.lifecycles.sheets import (
    EARLIER,
    EVERYTHING,
    LATER,
    NOW,
    TODAY,
    YESTERDAY,
    ready,
    run,
    sheet,
    targets,
)


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


def test_each_person_counts_once() -> None:
    two = sheet(REVIEW, needed=3, voters=frozenset({ME, ANOTHER}), asked=EVERYTHING)
    assert refusal(two, "approve", EDITOR) == "Needs 1 more approval from an editor."
    assert (two.votes_with(ME), two.votes_with(99), two.votes_with(None)) == (2, 3, 2)


def test_of_named_people_only_their_votes_count_and_the_rest_are_named() -> None:
    named = sheet(REVIEW, needed=2, named=NAMED)
    assert (named.votes_with(ME), named.votes_with(99), named.votes_with(None)) == (1, 0, 0)
    assert (named.awaited(), named.awaited(ME)) == (("Me", "Bo"), ("Bo",))
    assert refusal(named, "approve", EDITOR) is None
    assert refusal(named, "approve", By("person", 99, role="admin")) == "Me and Bo have to approve it."


def test_somebody_who_is_not_named_sends_nothing_unreviewed_either() -> None:
    taken_down = sheet("unpublished", sealed=False, named=NAMED[1:])
    assert refusal(taken_down, "publish_now", EDITOR) == "Bo has to approve it."


def test_an_approval_is_due_a_lead_before_it_goes_out() -> None:
    facts = sheet(REVIEW, publish_at=LATER, lead=timedelta(hours=1))
    assert facts.approve_by == LATER - timedelta(hours=1)
    assert sheet(REVIEW, lead=timedelta(hours=1)).approve_by is None


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
