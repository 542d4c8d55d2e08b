"""Every status of every lifecycle has its words, its colour and an icon that exists."""

import re
from pathlib import Path

import pytest

from app.lifecycles import campaign, delivery, media, post, post_moves, publication, statuses
from app.lifecycles.machine import Lifecycle, State

ICONS = set(re.findall(r'<symbol id="([^"]+)"', Path("static/icons.svg").read_text()))
LIFECYCLES = (post.POST, publication.PUBLICATION, delivery.DELIVERY, media.MEDIA)
STATES = [(lifecycle.name, state) for lifecycle in LIFECYCLES for state in lifecycle.states]
STATES += [("campaign", state) for state in campaign.STATES]
EVERY_STATE = pytest.mark.parametrize(("name", "state"), STATES, ids=[f"{name}-{s.name}" for name, s in STATES])
# product.md §2.1, in its order: label and calendar group.
LABELS = {
    "awaiting_user_date": ("Awaiting date", "Planned"),
    "to_be_generated": ("Planned", "Planned"),
    "generating": ("Generating", "In progress"),
    "text_ready_images_pending": ("Text ready, images pending", "In progress"),
    "generated_pending_review": ("Pending review", "Pending review"),
    "modified_pending_review": ("Modified, pending review", "Pending review"),
    "approved": ("Approved", "Ready"),
    "scheduled": ("Scheduled", "Ready"),
    "publishing": ("Publishing", "In progress"),
    "published": ("Published", "Published"),
    "unpublished": ("Unpublished", "Stopped"),
    "generation_failed": ("Generation failed", "Problem"),
    "publish_failed": ("Publish failed", "Problem"),
    "rejected": ("Rejected", "Stopped"),
    "missed": ("Schedule missed", "Problem"),
}


def test_the_fifteen_statuses_carry_the_product_s_labels_and_groups() -> None:
    found = {state.name: (state.label, post.GROUPS[state.group]) for state in post.STATES}
    assert list(found.items()) == list(LABELS.items())


@EVERY_STATE
def test_a_status_has_a_label_a_meaning_and_a_group(name: str, state: State) -> None:
    assert state.label and state.meaning
    assert state.group in post.GROUPS


@EVERY_STATE
def test_a_status_has_an_icon_that_exists(name: str, state: State) -> None:
    assert state.icon in ICONS


@pytest.mark.parametrize("state", post.STATES, ids=lambda state: state.name)
def test_a_post_s_status_says_what_happens_next(state: State) -> None:
    assert state.next


def test_every_button_has_an_icon_that_exists() -> None:
    buttons = [move for lifecycle in LIFECYCLES for move in lifecycle.moves if move.label]
    assert buttons and {move.icon for move in buttons} <= ICONS


def test_every_chain_has_an_icon_that_exists() -> None:
    from app.lifecycles.offers import CHAINS

    assert {chain.icon for chain in CHAINS} <= ICONS


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)
def test_moves_join_only_declared_statuses(lifecycle: Lifecycle) -> None:
    for move in lifecycle.moves:
        assert {*move.sources, *move.targets} <= set(lifecycle.statuses), move.name


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)
def test_a_line_of_a_table_is_found_without_doubt(lifecycle: Lifecycle) -> None:
    """Two lines of one move from one status must be for different kinds of actors."""
    for status in lifecycle.statuses:
        for kind in ("person", "key", "worker", "clock", "platform"):
            named = [line.name for line in lifecycle.leaving(status) if getattr(line.by, kind)]
            assert len(set(named)) == len(named), (status, kind, named)


def test_every_post_status_can_be_reached_and_left() -> None:
    reached = {target for move in post_moves.MOVES for target in move.targets}
    left = {source for move in post_moves.MOVES for source in move.sources}
    assert reached == left == set(post.STATUSES)


@pytest.mark.parametrize(
    ("spoken", "lifecycle"),
    [(statuses.PostStatus, post.POST), (statuses.DeliveryStatus, delivery.DELIVERY),
     (statuses.PublicationStatus, publication.PUBLICATION), (statuses.MediaStatus, media.MEDIA)],
    ids=lambda given: getattr(given, "name", getattr(given, "__name__", "")),
)  # fmt: skip
def test_the_spoken_statuses_are_those_of_the_lifecycle(spoken: type, lifecycle: Lifecycle) -> None:
    assert tuple(member.value for member in spoken) == lifecycle.statuses  # type: ignore[attr-defined]
