"""Buttons: a person is offered exactly what the CSV allows, closed ones say why, chains are guarded twice."""

from dataclasses import replace

import pytest

from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import ROLES, By
from app.lifecycles.post import POST
from tests.lifecycles.expected import ANOTHER, ME, MOVES, PEOPLE, ROWS, Actor, may
from tests.lifecycles.sheets import YESTERDAY, ready, sheet, targets

NO_BUTTON = {"create", "edit"}  # made by sending a form, not by a button on a card
BY_HAND = sorted({(row.source, row.move) for row in ROWS if row.actor == "person" and row.move not in NO_BUTTON})
EDITOR = By("person", person=ME, role="editor")
# product.md names these words on the buttons.
NAMED = {
    ("text_ready_images_pending", "finish"): "Go on without pictures",
    ("generating", "fail_generation"): "Stop",
    ("rejected", "restore"): "Changed my mind",
    ("rejected", "replan_and_generate"): "Regenerate",
    ("approved", "reopen"): "Back to editing",
    ("publish_failed", "set_back"): "Back to editing",
    ("scheduled", "publish_now"): "Send now",
    ("publish_failed", "accept"): "Good as it is",
    ("published", "publish_changes"): "Publish changes",
}


def names(found: list[offers.Offer]) -> set[str]:
    return {offer.name for offer in found}


def open_for(actor: Actor, facts: PostFacts) -> set[str]:
    return names(offers.open_offers(facts, actor.by))


def chain_allowed(chain: offers.Chain, status: str, actor: Actor, facts: PostFacts) -> bool:
    first, second = chain.moves
    line = POST.find(first, status, actor.by)
    return line is not None and may(status, first, actor) and may(line.target(facts), second, actor)


@pytest.mark.parametrize(("status", "move"), BY_HAND)
def test_a_button_is_open_for_exactly_the_people_whom_the_csv_names(status: str, move: str) -> None:
    found = {actor.words: move in open_for(actor, ready(status, move, actor)) for actor in PEOPLE}
    assert found == {actor.words: may(status, move, actor) for actor in PEOPLE}


@pytest.mark.parametrize("status", POST.statuses)
def test_nothing_is_offered_that_the_csv_does_not_allow(status: str) -> None:
    for actor in PEOPLE:
        for move in MOVES:
            facts = ready(status, move, actor)
            allowed = {name for name in MOVES if may(status, name, actor)}
            chained = {c.name for c in offers.CHAINS if chain_allowed(c, status, actor, facts)}
            assert open_for(actor, facts) <= allowed | chained, (actor.words, move)


@pytest.mark.parametrize("status", POST.statuses)
@pytest.mark.parametrize("chain", [c for c in offers.CHAINS if c.name not in offers.FROM_A_PAGE], ids=lambda c: c.name)
def test_a_chain_is_open_exactly_where_both_its_moves_are(chain: offers.Chain, status: str) -> None:
    for actor in PEOPLE:
        facts = ready(status, chain.moves[0], actor)
        assert (chain.name in open_for(actor, facts)) == chain_allowed(chain, status, actor, facts), actor.words


def test_the_chains_are_those_of_the_product() -> None:
    assert {chain.moves for chain in offers.CHAINS} == {
        ("approve", "publish_now"), ("approve", "schedule"), ("retry_generation", "generate"),
        ("replan", "generate"), ("reopen", "edit"),
    }  # fmt: skip


def test_a_chain_is_found_by_its_name() -> None:
    assert offers.chain("approve_and_schedule").moves == ("approve", "schedule")  # type: ignore[union-attr]
    assert offers.chain("reject_and_schedule") is None


@pytest.mark.parametrize(("status", "name"), NAMED)
def test_a_button_reads_as_the_product_says(status: str, name: str) -> None:
    actor = Actor("editor", EDITOR, True)
    found = offers.offers(ready(status, name.removesuffix("_and_generate"), actor), EDITOR)
    assert {offer.label for offer in found if offer.name == name} == {NAMED[status, name]}


@pytest.mark.parametrize("status", POST.statuses)
def test_no_two_buttons_of_a_card_share_a_name_or_a_label(status: str) -> None:
    for move in MOVES:
        found = offers.offers(ready(status, move, Actor("editor", EDITOR, True)), EDITOR)
        assert len({offer.name for offer in found}) == len(found)
        assert len({offer.label for offer in found}) == len(found), [offer.label for offer in found]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", POST.statuses)
def test_a_closed_button_says_why_in_a_sentence(status: str, role: str) -> None:
    facts = sheet(status, gaps=2, pictures_failed=1, archived=True)
    for offer in offers.offers(facts, By("person", person=ME, role=role)):
        assert offer.why_not is None or offer.why_not.endswith("."), offer


@pytest.mark.parametrize("status", POST.statuses)
def test_worker_clock_and_keys_see_no_buttons_of_people(status: str) -> None:
    for kind in ("clock", "platform"):
        facts = sheet(status, targets=targets("published", "failed"))
        found = names(offers.offers(facts, By(kind)))  # type: ignore[arg-type]
        assert found <= {row.move for row in ROWS if row.actor == kind and row.source == status} | {
            "approve_and_publish"
        }


def test_a_refusal_is_the_reason_of_the_closed_button() -> None:
    facts = sheet("generated_pending_review", gaps=1)
    assert offers.refusal("approve", facts, EDITOR) == "1 gap is still open: look for [write: …]."
    assert offers.refusal("reject", facts, EDITOR) is None
    assert offers.refusal("unschedule", facts, EDITOR) == "That is not possible in this state."
    assert offers.refusal("no_such_move", facts, EDITOR) == "That is not possible in this state."


def test_with_votes_missing_the_chain_of_approve_and_schedule_counts_them() -> None:
    """product.md §2.2: refused while approvals are missing; §5: "Needs 1 more approval"."""
    facts = sheet("generated_pending_review", needed=2)
    assert offers.refusal("approve", facts, EDITOR) is None
    assert offers.refusal("approve_and_schedule", facts, EDITOR) == "Needs 1 more approval from an editor."
    assert offers.refusal("approve_and_publish", facts, EDITOR) == "Needs 1 more approval from an editor."


def test_the_last_vote_needed_opens_the_chain() -> None:
    facts = sheet("generated_pending_review", needed=2, voters=frozenset({ANOTHER}))
    assert {"approve_and_schedule", "approve_and_publish"} <= names(offers.open_offers(facts, EDITOR))


def test_a_chain_is_closed_by_its_second_move_too() -> None:
    nowhere = sheet("generated_pending_review", targets=())
    assert offers.refusal("approve", nowhere, EDITOR) is None
    assert offers.refusal("approve_and_publish", nowhere, EDITOR) == "No channel is connected. Connect one first."
    spent = sheet("generation_failed", quota_left=0)
    assert offers.refusal("retry_generation", spent, EDITOR) is None
    assert offers.refusal("retry_and_generate", spent, EDITOR) == "This month's drafts are used up."


def test_a_past_date_does_not_close_the_chain_that_writes_at_once() -> None:
    facts = sheet("generation_failed", planned_on=YESTERDAY)
    assert "retry_and_generate" in names(offers.open_offers(facts, EDITOR))


def test_one_button_for_both_ways_back_to_editing() -> None:
    """product.md §2.2 reopen: while something is live or unconfirmed it is set_back; one button for both."""
    for deliveries, expected in {
        ("failed", "failed"): "reopen",
        ("published", "failed"): "set_back",
        ("published", "unconfirmed"): "set_back",
        ("unconfirmed", "failed"): "reopen",
    }.items():
        found = offers.offers(sheet("publish_failed", targets=targets(*deliveries)), EDITOR)
        assert [offer.name for offer in found if offer.label == "Back to editing"] == [expected], deliveries


def test_what_no_platform_takes_down_has_no_unpublish_button() -> None:
    facts = sheet("published", targets=targets("published", removes=False))
    assert "unpublish" not in names(offers.offers(facts, EDITOR))
    mixed = (*targets("published", removes=False), *targets("published"))
    assert "unpublish" in names(offers.open_offers(replace(facts, targets=mixed), EDITOR))


def test_publish_changes_shows_only_while_what_is_live_differs() -> None:
    same = sheet("published", targets=targets("published"))
    differs = sheet("published", targets=targets("published", stale=True))
    assert "publish_changes" not in names(offers.offers(same, EDITOR))
    assert "publish_changes" in names(offers.open_offers(differs, EDITOR))
