"""Everything the guards of a post may know, as values. Filled by app/facts.py, read by lifecycles and pages."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.lifecycles.statuses import PostStatus

LIVE = ("published",)
STANDING = ("pending", "sending", "retrying", "handed_off", "unconfirmed", "published")
UNSETTLED = ("pending", "sending", "retrying", "handed_off")
UNSENT = ("pending", "handed_off", "canceled")


@dataclass(frozen=True, slots=True)
class Target:
    """One channel of a post with its newest create delivery, and what its platform can do."""

    channel: int
    name: str
    platform: str
    delivery: str | None = None  # status of the newest create delivery
    delivery_id: int | None = None
    error_kind: str | None = None
    broken: str | None = None
    connected: bool = True
    wanted: bool = True  # still among the post's channels
    updates: bool = True
    removes: bool = True
    schedules: bool = False
    live_seal: int | None = None
    stale: bool = False  # live with another revision than the current one
    resurfaced: bool = False  # live though it was taken back: a person has yet to say what becomes of it
    also_live: bool = False  # an earlier copy stands aside, live, since a second one was ticked


@dataclass(frozen=True, slots=True)
class Run:
    """The open publication and the statuses of its deliveries.

    `doubtful`: one of them waits for its time though a platform may hold it already, since no clear answer came.
    """

    id: int
    kind: str
    status: str
    due_at: datetime | None = None
    held_for: str | None = None
    deliveries: tuple[str, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What came with the click: absent while buttons are drawn, present when a move is made."""

    on: date | None = None
    at: datetime | None = None
    note: str = ""
    changed: bool = True
    chained: bool = False
    body: bool | None = None  # a body comes with the move (create, submit)
    again: frozenset[int] = frozenset()  # live channels where "Send it again" was ticked


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who was named to approve and may: active, an editor or an admin."""

    person: int
    name: str


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post as its lifecycle sees it. `now` is the database's clock; `today` the team's date at `now`."""

    status: str
    version: int
    now: datetime
    today: date
    author: int | None = None
    archived: bool = False
    planned_on: date | None = None
    publish_at: datetime | None = None
    body: bool = False
    typed: bool = False  # the body was written by a person before any run
    gaps: int = 0
    pictures_pending: int = 0
    pictures_failed: int = 0
    running: bool = False  # a generation run is open
    voters: frozenset[int] = frozenset()  # in whose names it was approved; of named people only theirs
    named: tuple[Approver, ...] = ()  # exactly their approvals count, and all are needed
    needed: int = 1
    lead: timedelta | None = None  # an approval is due so long before the post goes out
    self_approval: bool = True
    makers: frozenset[int] = frozenset()  # whoever wrote or edited what would be approved
    sealed: bool = False
    targets: tuple[Target, ...] = ()
    run: Run | None = None
    recall: str | None = None
    mode: str = "approval"
    writing_on: bool = False
    writer_invents: bool = False
    quota_left: int | None = None
    frozen: bool = False
    asked: Asked | None = None

    @classmethod
    def blank(cls, asked: Asked) -> "PostFacts":
        """A post that is not there yet, with what its maker typed."""
        return cls("", 0, datetime.min, date.min, planned_on=asked.on, asked=asked)

    @property
    def wanted(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.wanted)

    @property
    def live(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.delivery in LIVE or target.also_live)

    @property
    def unconfirmed(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.delivery == "unconfirmed")

    @property
    def sendable(self) -> tuple[Target, ...]:
        """Channels a new publication would hold: connected, and nothing of ours standing there."""
        return tuple(t for t in self.wanted if t.connected and t.delivery not in STANDING)

    @property
    def repeatable(self) -> tuple[Target, ...]:
        """Channels where it stayed live though it was taken down: a second copy goes only where a person ticks it."""
        taken_down = self.status == PostStatus.UNPUBLISHED
        return tuple(t for t in self.wanted if taken_down and t.connected and t.delivery in LIVE and not t.resurfaced)

    @property
    def sent_again(self) -> tuple[Target, ...]:
        """The repeatable channels that were ticked."""
        return tuple(t for t in self.repeatable if self.asked and t.channel in self.asked.again)

    @property
    def connected(self) -> bool:
        return any(target.connected for target in self.wanted)

    @property
    def stale(self) -> tuple[Target, ...]:
        return tuple(target for target in self.live if target.delivery in LIVE and target.stale)

    @property
    def sent(self) -> bool:
        """Something of the open publication has left, or is leaving, or may have left."""
        run = self.run
        return run is not None and (run.doubtful or any(status not in UNSENT for status in run.deliveries))

    @property
    def settled(self) -> bool:
        return self.run is not None and not any(status in UNSETTLED for status in self.run.deliveries)

    def counts(self, person: int | None) -> bool:
        """Whether an approval in this person's name would count at all."""
        return person is not None and (not self.named or any(one.person == person for one in self.named))

    def votes_with(self, person: int | None) -> int:
        """Approvals this content would have once `person` has voted too."""
        return len(self.voters | ({person} if self.counts(person) else set()))

    def awaited(self, person: int | None = None) -> tuple[str, ...]:
        """The names of those still asked once `person` has voted too; empty where anybody may."""
        return tuple(one.name for one in self.named if one.person not in self.voters | {person})

    @property
    def approve_by(self) -> datetime | None:
        """When an approval is due, for what has a time to go out at."""
        return self.publish_at - self.lead if self.publish_at and self.lead is not None else None
