"""Where the states of a post stand in the drawing and how its arrows run. Data for lifecycle_drawing.py only.

A route leaves its box at `out`, follows `lanes` (turning at each) and enters the next box at `into`. A port is a side
(t, b, l, r) and the distance from its middle. Lanes are coordinates: the first is a height when the route leaves
upwards or downwards, a distance from the left when it leaves sideways; then they alternate. Arrows that mean the same
share a lane, and one of them says its name there.
"""

from dataclasses import dataclass

from app.lifecycles.statuses import PostStatus as S

WIDTH, HEIGHT = 132, 60
LEFT = (48, 302, 604, 826)
TOP = (74, 218, 380, 528, 678, 832)
SIZE = (988, 936)

CELLS = {
    S.AWAITING_DATE: (0, 0), S.PLANNED: (1, 0), S.MISSED: (2, 0),
    S.GENERATION_FAILED: (0, 1), S.GENERATING: (1, 1), S.TEXT_READY: (2, 1),
    S.REJECTED: (0, 2), S.PENDING_REVIEW: (1, 2), S.APPROVED: (2, 2),
    S.MODIFIED: (1, 3), S.SCHEDULED: (2, 3),
    S.PUBLISH_FAILED: (1, 4), S.PUBLISHING: (2, 4),
    S.PUBLISHED: (2, 5), S.UNPUBLISHED: (3, 5),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Say:
    """Where the names of an arrow stand: one line, or one under the other when `stacked`."""

    x: float
    y: float
    anchor: str = "middle"
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One arrow's way. Without `say` it shares the name on its lane."""

    source: str
    target: str
    out: str
    into: str
    lanes: tuple[float, ...] = ()
    say: Say | None = None


def _mid(column: int) -> float:
    return LEFT[column] + WIDTH / 2


def _under(row: int, distance: float) -> float:
    return TOP[row] + HEIGHT + distance


def _across(row: int, distance: float = 0) -> float:
    return TOP[row] + HEIGHT / 2 + distance


A, B, C, D = (_mid(column) for column in range(4))
NEW = ""  # where created posts come from: a dot of its own above each first state
BACK, SUBMIT, DOWN, UP = 20, 286, 456, 572  # vertical lanes, left to right
PLAN_AGAIN = 24  # the lane above everything

CREATE = (
    Route(NEW, S.AWAITING_DATE, "", "t+26", say=Say(A + 36, TOP[0] - 26, "start")),
    Route(NEW, S.PLANNED, "", "t+26", say=Say(B + 36, TOP[0] - 26, "start")),
    Route(NEW, S.PENDING_REVIEW, "", "t+40", say=Say(B + 50, TOP[2] - 26, "start")),
)
WRITE = (
    Route(S.AWAITING_DATE, S.PLANNED, "r", "l", say=Say(241, _across(0, -6))),
    Route(S.PLANNED, S.MISSED, "r", "l", say=Say(519, _across(0, -6))),
    Route(S.PLANNED, S.GENERATING, "b", "t"),
    Route(S.MISSED, S.GENERATING, "b-20", "t", (_under(0, 60),), Say(B + 62, _under(0, 54))),
    Route(S.GENERATION_FAILED, S.AWAITING_DATE, "t-20", "b-20"),
    Route(S.GENERATION_FAILED, S.PLANNED, "t-20", "b-28", (_under(0, 60),), Say(198, _under(0, 54))),
    Route(S.GENERATING, S.GENERATION_FAILED, "l", "r", say=Say(231, _across(1, -6))),
    Route(S.GENERATING, S.TEXT_READY, "r", "l", say=Say(519, _across(1, -6))),
    Route(S.GENERATING, S.PENDING_REVIEW, "b", "t"),
    Route(S.TEXT_READY, S.PENDING_REVIEW, "b", "t", (_under(1, 48),), Say(B + 64, _under(1, 42))),
)
HAND_IN = (
    Route(S.AWAITING_DATE, S.PENDING_REVIEW, "b+44", "t-44", (_under(0, 24), SUBMIT, _under(1, 30))),
    Route(S.PLANNED, S.PENDING_REVIEW, "b-50", "t-44", (_under(0, 24), SUBMIT, _under(1, 30))),
    Route(S.MISSED, S.PENDING_REVIEW, "b+20", "t-44", (_under(0, 24), SUBMIT, _under(1, 30)), Say(519, _under(0, 18))),
    Route(S.GENERATION_FAILED, S.PENDING_REVIEW, "b+40", "t-44", (_under(1, 30),), Say(214, _under(1, 24))),
)
REVIEW = (
    Route(S.PENDING_REVIEW, S.REJECTED, "l-16", "r-16", say=Say(241, _across(2, -22))),
    Route(S.REJECTED, S.PENDING_REVIEW, "r+2", "l+2", say=Say(241, _across(2, 15))),
    Route(S.MODIFIED, S.REJECTED, "l-10", "b", (A,), Say(214, _across(3, -16))),
    Route(S.REJECTED, S.AWAITING_DATE, "l", "t-26", (BACK, PLAN_AGAIN)),
    Route(S.REJECTED, S.PLANNED, "l", "t-26", (BACK, PLAN_AGAIN), Say(214, PLAN_AGAIN - 6)),
    Route(S.PENDING_REVIEW, S.AWAITING_DATE, "l+20", "t-26", (SUBMIT, _across(3, 12), BACK, PLAN_AGAIN)),
    Route(S.PENDING_REVIEW, S.PLANNED, "l+20", "t-26", (SUBMIT, _across(3, 12), BACK, PLAN_AGAIN)),
    Route(S.MODIFIED, S.AWAITING_DATE, "l+12", "t-26", (BACK, PLAN_AGAIN)),
    Route(S.MODIFIED, S.PLANNED, "l+12", "t-26", (BACK, PLAN_AGAIN), Say(160, _across(3, 26))),
    Route(S.PENDING_REVIEW, S.MODIFIED, "b", "t", say=Say(B + 7, _under(2, 48), "start")),
    Route(S.MODIFIED, S.MODIFIED, "b-52", "b-24", (_under(3, 24),), Say(B - 38, _under(3, 37))),
    Route(S.PENDING_REVIEW, S.APPROVED, "r-16", "l-16", say=Say(519, _across(2, -22))),
    Route(S.MODIFIED, S.APPROVED, "t+44", "b-46", (_under(2, 34),), Say(514, _under(2, 28))),
    Route(S.APPROVED, S.PENDING_REVIEW, "l+2", "r+2", say=Say(519, _across(2, 15))),
    Route(S.SCHEDULED, S.PENDING_REVIEW, "l+6", "r+2", (UP,)),
    Route(S.PUBLISH_FAILED, S.PENDING_REVIEW, "r-18", "r+2", (UP,), Say(508, _across(4, -24))),
)
SCHEDULE = (
    Route(S.PENDING_REVIEW, S.SCHEDULED, "r+20", "l-14", (DOWN,)),
    Route(S.MODIFIED, S.SCHEDULED, "r-14", "l-14", say=Say(514, _across(3, -36), stacked=True)),
    Route(S.APPROVED, S.SCHEDULED, "b+20", "t+20", say=Say(C + 27, _under(2, 40), "start", True)),
    Route(S.SCHEDULED, S.APPROVED, "t-20", "b-20", say=Say(C - 26, _under(2, 66), "end")),
    Route(S.SCHEDULED, S.SCHEDULED, "r-18", "r", (LEFT[2] + WIDTH + 26,), Say(768, _across(3, -12), "start", True)),
    Route(S.UNPUBLISHED, S.SCHEDULED, "t", "r+18", (_across(3, 18),), Say(814, _across(3, 33))),
    Route(S.PUBLISH_FAILED, S.SCHEDULED, "t+46", "b-20", (_under(3, 60),), Say(499, _under(3, 54))),
    Route(S.SCHEDULED, S.PUBLISH_FAILED, "b-46", "t+16", (_under(3, 26),), Say(500, _under(3, 20))),
)
SEND = (
    Route(S.SCHEDULED, S.PUBLISHING, "b", "t", say=Say(C + 7, _under(3, 48), "start")),
    Route(S.PUBLISHING, S.PUBLISH_FAILED, "l+8", "r+8", say=Say(519, _across(4, 21))),
    Route(S.PUBLISHING, S.PUBLISHED, "b-20", "t-20", say=Say(C - 27, _under(4, 18), "end", True)),
    Route(S.PUBLISHED, S.PUBLISHING, "t+20", "b+20", say=Say(C + 27, _under(4, 50), "start")),
    Route(S.PUBLISH_FAILED, S.PUBLISHED, "b+44", "t-46", (_under(4, 56),), Say(508, _under(4, 50))),
    Route(S.PUBLISHED, S.PUBLISH_FAILED, "l-8", "b+10", (B + 10,), Say(508, _across(5, -14))),
    Route(S.PUBLISHED, S.UNPUBLISHED, "r", "l", say=Say(781, _across(5, -6))),
    Route(S.PUBLISH_FAILED, S.UNPUBLISHED, "b-30", "b", (_under(5, 28),), Say(508, _under(5, 22))),
)
ROUTES = CREATE + WRITE + HAND_IN + REVIEW + SCHEDULE + SEND
