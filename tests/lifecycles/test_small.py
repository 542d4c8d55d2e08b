"""Publication, delivery and media: the tables that data.md lists, compared line by line both ways."""

import pytest

from app.lifecycles.delivery import DELIVERY, public
from app.lifecycles.machine import CLOCK, PLATFORM, WORKER, By, Lifecycle
from app.lifecycles.media import MEDIA
from app.lifecycles.publication import PUBLICATION

# data.md, "Moves of the small lifecycles": move → {from: to}.
PUBLICATION_MOVES = {
    "advance": {"pending": "scheduled"},
    "complete": {"scheduled": "completed"},
    "cancel": {"scheduled": "canceled"},
}
DELIVERY_MOVES = {
    "send": {"pending": "sending", "retrying": "sending"},
    "confirm": {"sending": "published", "handed_off": "published", "unconfirmed": "published"},
    "hand_off": {"sending": "handed_off"},
    "retry_later": {"sending": "retrying"},
    "refuse": {"sending": "failed", "handed_off": "failed"},
    "lose": {"sending": "unconfirmed", "handed_off": "unconfirmed"},
    "cancel": {"handed_off": "canceled", "pending": "canceled", "retrying": "canceled"},
    "deny": {"unconfirmed": "failed"},
    "withdraw": {"published": "withdrawn"},
}
# What product.md asks for beyond that list, each with the sentence that does.
DELIVERY_ADDITIONS = {
    ("postpone", "sending"): "§3.1: a refused hand-off leaves the delivery `pending` with its error",
    ("postpone", "retrying"): "§3.1: a hand-off that a look did not find has not been sent: it waits for its time",
    ("release", "handed_off"): "§2.2 reschedule: handed-off ones get the new time first",
    ("refuse", "retrying"): '§2.4: "Stop trying" (editor) settles it `failed`',
    ("refuse", "pending"): "§2.4: a channel found dead at the time waits at most LATE_WINDOW, then `failed`",
    ("confirm", "retrying"): "§2.4: looked up, then adopted",
    ("lose", "retrying"): "§2.4: lookups without an answer become `unconfirmed`",
    ("lose", "pending"): "§2.4: a hand-off without a clear answer may be there, though its channel died since",
    ("retry_later", "retrying"): "§2.4: looked up again",
    ("hand_off", "retrying"): "§2.4: looked up, found waiting there with our time",
    ("hand_off", "pending"): "§3.1: a platform tells of a hand-off whose answer was lost",
    ("confirm", "pending"): "§3.1: live early",
    ("confirm", "canceled"): "§2.2: a later report that a canceled delivery is live makes it `published`",
    ("confirm", "withdrawn"): "§2.2: a later report that a withdrawn delivery is live makes it `published`",
    ("confirm", "failed"): "invariant (v): a late answer or callback that it is live is believed",
}
MEDIA_MOVES = {"store": {"pending": "processed"}, "fail": {"pending": "failed"}}
EDITOR, WRITER = By("person", person=7, role="editor"), By("person", person=7, role="writer")


def table(lifecycle: Lifecycle) -> set[tuple[str, str, str]]:
    return {(m.name, source, target) for m in lifecycle.moves for source in m.sources for target in m.targets}


def listed(moves: dict[str, dict[str, str]]) -> set[tuple[str, str, str]]:
    return {(name, source, target) for name, hops in moves.items() for source, target in hops.items()}


@pytest.mark.parametrize(
    ("lifecycle", "moves"), [(PUBLICATION, PUBLICATION_MOVES), (MEDIA, MEDIA_MOVES)], ids=["publication", "media"]
)
def test_the_table_is_the_list_of_data_md(lifecycle: Lifecycle, moves: dict[str, dict[str, str]]) -> None:
    assert table(lifecycle) == listed(moves)


def test_every_delivery_move_of_data_md_is_in_the_table() -> None:
    assert listed(DELIVERY_MOVES) <= table(DELIVERY)


def test_whatever_a_delivery_may_do_beyond_that_list_has_its_reason() -> None:
    extra = {(name, source) for name, source, _ in table(DELIVERY) - listed(DELIVERY_MOVES)}
    assert extra == set(DELIVERY_ADDITIONS)


@pytest.mark.parametrize(
    ("move", "status", "by", "may"),
    [
        ("refuse", "retrying", EDITOR, True),
        ("refuse", "retrying", WRITER, False),
        ("refuse", "sending", EDITOR, False),
        ("confirm", "unconfirmed", EDITOR, True),
        ("confirm", "unconfirmed", WRITER, False),
        ("confirm", "sending", EDITOR, False),
        ("deny", "unconfirmed", EDITOR, True),
        ("deny", "unconfirmed", PLATFORM, True),
        ("release", "handed_off", EDITOR, True),
        ("release", "handed_off", WRITER, False),
        ("release", "handed_off", PLATFORM, False),
        ("withdraw", "published", EDITOR, False),
        ("send", "pending", EDITOR, False),
        ("send", "pending", PLATFORM, False),
        ("send", "pending", CLOCK, False),
        ("send", "pending", WORKER, True),
        ("lose", "sending", WORKER, True),
    ],
)
def test_only_a_person_of_the_right_role_settles_by_hand(move: str, status: str, by: By, may: bool) -> None:
    line = DELIVERY.find(move, status, by)
    assert line is not None and (line.by.refusal(by, own=True) is None) == may


@pytest.mark.parametrize(
    ("internal", "shown"),
    [("pending", "pending"), ("sending", "pending"), ("retrying", "pending"), ("handed_off", "pending"),
     ("published", "published"), ("withdrawn", "published"), ("unconfirmed", "failed"), ("failed", "failed"),
     ("canceled", "pending")],
)  # fmt: skip
def test_the_api_shows_three_statuses(internal: str, shown: str) -> None:
    assert public(internal) == shown


def test_the_api_s_view_covers_every_status() -> None:
    assert {public(status) for status in DELIVERY.statuses} == {"pending", "published", "failed"}


@pytest.mark.parametrize("status", ["published", "unconfirmed", "failed", "withdrawn", "canceled"])
def test_what_has_settled_is_never_sent_again(status: str) -> None:
    assert DELIVERY.find("send", status) is None


@pytest.mark.parametrize("status", ["completed", "canceled"])
def test_a_publication_that_ended_stays_ended(status: str) -> None:
    assert PUBLICATION.leaving(status) == []


@pytest.mark.parametrize("status", ["processed", "failed"])
def test_a_picture_that_is_decided_stays_so(status: str) -> None:
    assert MEDIA.leaving(status) == []
