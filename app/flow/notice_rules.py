"""Which events people are told of, and whom: by participation, never who did it themselves. Pure; for news.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.flow.notices import FAILURES, NoticeKind
from app.lifecycles.phrases import joined
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus

# (what it is about, move) → kind. What came to review, and how a run ended, is decided by more than that.
KINDS = {
    ("post", "approve"): NoticeKind.APPROVAL_GIVEN,
    ("post", "reject"): NoticeKind.DECLINED,
    ("post", "request_changes"): NoticeKind.CHANGES_ASKED,
    ("post", "assign"): NoticeKind.ASSIGNED,
    ("post", "fail_generation"): NoticeKind.WRITING_FAILED,
    ("post", "miss"): NoticeKind.DAY_PASSED,
    ("post", "fail_publishing"): NoticeKind.PUBLISHING_FAILED,
    ("post", "keep_live"): NoticeKind.UPDATE_FAILED,
    ("publication", "hold"): NoticeKind.HELD_LATE,
    ("delivery", "changed_there"): NoticeKind.CHANGED_THERE,
    ("delivery", "report_change"): NoticeKind.CHANGED_THERE,
    ("delivery", "withdraw"): NoticeKind.CHANGED_THERE,
    ("delivery", "confirm"): NoticeKind.RESURFACED,
    ("recall", "refuse"): NoticeKind.RECALL_REFUSED,
}
RUN_ENDED = ("fail_publishing", "keep_live")
# Whose hand it was that let a post go out.
HANDS = ("approve", "vote", "schedule", "publish_now", "reschedule", "publish_changes")


@dataclass(frozen=True, slots=True)
class Failed:
    """One channel that a run did not reach, or perhaps did."""

    delivery: int
    channel: str
    status: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, with what is known of its post. `by`: who did it; `to`: whom it was given to."""

    event: int
    at: datetime
    about: str
    about_id: int
    move: str
    before: str | None
    after: str | None
    post: int
    by: int | None
    note: str
    to: int | None
    comment: int | None
    author: int | None
    creator: int | None
    hands: tuple[int, ...]
    failed: tuple[Failed, ...]
    live: bool

    @property
    def kind(self) -> NoticeKind | None:
        """What it is to people; None when it is no news."""
        if self.about == "post" and self.after in REVIEW and self.before not in REVIEW:
            return NoticeKind.APPROVAL_ASKED
        kind = KINDS.get((self.about, self.move.split("_")[0] if self.about == "recall" else self.move))
        return self._how_it_failed if kind is NoticeKind.PUBLISHING_FAILED else kind

    @property
    def _how_it_failed(self) -> NoticeKind:
        if any(one.status == DeliveryStatus.UNCONFIRMED for one in self.failed):
            return NoticeKind.NOT_CONFIRMED
        return NoticeKind.PARTLY_PUBLISHED if self.live else NoticeKind.PUBLISHING_FAILED

    @property
    def delivery(self) -> int | None:
        """The one delivery whose page has the way on; None when several have, or none."""
        if self.about == "delivery":
            return self.about_id
        return self.failed[0].delivery if len(self.failed) == 1 else None

    @property
    def said(self) -> str:
        """What the words need besides title and names: where a run failed, else what was said."""
        return joined(*(one.channel for one in self.failed)) if self.failed else self.note


def whom(happening: Happening, kind: NoticeKind, asked: frozenset[int], active: Mapping[int, str]) -> frozenset[int]:
    """The people to tell, of those who are still here (by role); `asked` are those who may still approve."""
    people = _concerned(happening, kind, asked) & active.keys()
    if not people and kind in FAILURES:
        people = {person for person, role in active.items() if role in ("editor", "admin")}
    # What a platform refused somebody is news to them too: it is the answer they wait for.
    mine = set() if kind is NoticeKind.RECALL_REFUSED else {happening.by}
    return frozenset(people - mine)


def _concerned(happening: Happening, kind: NoticeKind, asked: frozenset[int]) -> set[int]:
    owners = {happening.author, happening.creator}
    match kind:
        case NoticeKind.APPROVAL_ASKED:
            found: set[int | None] = {*asked}
        case NoticeKind.ASSIGNED:
            found = {happening.to}
        case NoticeKind.RECALL_REFUSED:
            found = owners | {*happening.hands, happening.by}
        case _:
            found = owners | {*happening.hands} if kind in FAILURES else owners
    return {person for person in found if person is not None}
