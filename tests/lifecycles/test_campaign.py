"""A campaign's derived state, rule by rule of product.md §2.6."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.lifecycles.campaign import STATES, VERBS, Verb, next_step, standing
from app.lifecycles.post import POST, STATUSES

BESIDE = ("rejected", "missed", "generation_failed", "awaiting_user_date")


def of(*statuses: str) -> str:
    return standing((status, False) for status in statuses).state


def test_without_posts_it_is_a_draft() -> None:
    assert of() == "draft"


@pytest.mark.parametrize("status", BESIDE)
def test_posts_beside_count_for_nothing_in_the_state(status: str) -> None:
    assert of(status) == "draft"
    assert of("published", status) == "published"
    found = standing([("published", False), (status, False)])
    assert (found.counted, found.beside) == (1, 1)


@pytest.mark.parametrize("status", STATUSES)
def test_archived_posts_stand_beside_whatever_they_are(status: str) -> None:
    found = standing([(status, True), ("approved", False)])
    assert (found.state, found.counted, found.beside) == ("review", 1, 1)


def test_one_failure_makes_it_an_error_whatever_else_there_is() -> None:
    assert of("publish_failed", "published", "to_be_generated") == "error"


def test_all_published_is_published() -> None:
    assert of("published", "published") == "published"


@pytest.mark.parametrize("others", [("scheduled",), ("publishing",), ("scheduled", "published")])
def test_all_on_their_way_out_is_scheduled(others: tuple[str, ...]) -> None:
    assert of(*others) == "scheduled"
    assert of("published", *others) == "scheduled"


@pytest.mark.parametrize("others", [(), ("scheduled",), ("publishing",), ("published",)])
def test_all_approved_or_further_is_the_read_through(others: tuple[str, ...]) -> None:
    assert of("approved", *others) == "review"


@pytest.mark.parametrize(
    "status",
    ["to_be_generated", "generating", "text_ready_images_pending", "generated_pending_review",
     "modified_pending_review", "unpublished"],
)  # fmt: skip
def test_one_that_is_not_ready_makes_it_a_draft(status: str) -> None:
    assert of("approved", "published", status) == "draft"


def test_the_label_adds_what_is_live() -> None:
    posts = [("published", False)] * 4 + [("generated_pending_review", False)] * 5
    assert standing(posts).label == "Draft, 4 of 9 live"
    assert standing([("published", False)]).label == "Published"
    assert standing([("approved", False)]).label == "Review"


def test_a_scheduled_post_is_part_of_the_label_too() -> None:
    """product.md §2.6: "When anything is scheduled or live the label adds it"."""
    found = standing([("scheduled", False), ("generated_pending_review", False)])
    assert found.label != "Draft" and "1" in found.label


@given(some.lists(some.tuples(some.sampled_from(STATUSES), some.booleans())))
def test_every_mixture_has_a_state_and_loses_no_post(posts: list[tuple[str, bool]]) -> None:
    found = standing(posts)
    assert found.state in {state.name for state in STATES}
    assert found.counted + found.beside == len(posts)
    assert found.live <= found.counted
    assert found.state == standing(reversed(posts)).state


def test_progress_counts_approvals_until_there_are_no_more_to_give() -> None:
    going = standing([("approved", False), ("publish_failed", False), ("generated_pending_review", False)])
    assert going.progress == (2, "2 of 3 approved")
    assert standing([("scheduled", False), ("published", False)]).progress == (1, "1 of 2 live")


@pytest.mark.parametrize(
    ("posts", "said"),
    [
        ({}, "It has no posts yet. Plan one, or many at once."),
        ({"publish_failed": 1, "approved": 3}, "One post could not be published. Look at it first."),
        ({"generated_pending_review": 2, "modified_pending_review": 1},
         "3 posts wait for review. Read them through, then approve what is ready."),
        ({"approved": 2}, "2 posts are approved and have no time yet. Read them through once, then schedule all."),
        ({"published": 2}, "Every post is live."),
    ],
)  # fmt: skip
def test_the_next_step_is_what_holds_the_campaign_up(posts: dict[str, int], said: str) -> None:
    assert next_step(posts) == said


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_next_step(status: str) -> None:
    assert next_step({status: 1}) and next_step({status: 2}) == next_step({status: 2}).strip()


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_presses_a_button_that_its_statuses_have(verb: Verb) -> None:
    """Else its page would list posts for which nothing can ever happen."""
    for status in verb.statuses:
        line = POST.find(verb.name, status)
        assert line is not None and line.label and line.by.person, (verb.name, status)
