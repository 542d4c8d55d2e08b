"""What to do with a delivery whose time to be looked at has come: pure decisions over one scene."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.lifecycles.statuses import DeliveryStatus
from app.platforms.contract import Traits

MARGIN = timedelta(minutes=2)  # a platform is handed only what is at least this far ahead
SOON = timedelta(seconds=5)
LOOKS = (timedelta(seconds=10), timedelta(seconds=60), timedelta(minutes=5))  # after an unclear answer
REPAIR = timedelta(seconds=30)  # between looks at a channel that is being repaired
WATCH = timedelta(hours=1)  # between looks at what a platform holds for us: not every one calls when it is changed


@dataclass(frozen=True, slots=True)
class Scene:
    """A delivery with all that decides its next step. Instants are the database's."""

    now: datetime
    status: str
    next_at: datetime | None
    kind: str
    due_at: datetime | None  # None: as soon as possible
    asked_at: datetime  # when the publication was accepted
    started: bool  # the post is publishing, or was
    held: bool
    frozen: bool
    recall: bool
    lease_until: datetime | None  # of the open attempt
    intent: str | None  # of the newest attempt
    queued: bool  # it has been waiting for its turn
    looking: bool
    refused_hand_off: bool
    connected: bool
    paused: bool
    broken_kind: str | None
    hopeless: bool  # no channel that still waits is usable
    sealed: bool  # what would be sent is still what was approved
    traits: Traits
    late_window: timedelta

    @property
    def due(self) -> bool:
        return self.due_at is None or self.due_at <= self.now

    @property
    def late(self) -> bool:
        return (self.due_at or self.asked_at) + self.late_window < self.now

    @property
    def in_line(self) -> bool:
        """Kept waiting by its channel and not by an outage: no reason to ask anybody."""
        return self.queued and self.next_at is not None and self.next_at + self.late_window > self.now


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do now."""


@dataclass(frozen=True, slots=True)
class Wait:
    until: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A person decides: late or freeze."""

    why: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Certainly not sent, and not going to be."""

    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Call:
    intent: str


@dataclass(frozen=True, slots=True)
class Look:
    """Ask the platform what it has; changes nothing there."""


@dataclass(frozen=True, slots=True)
class Recover:
    """An attempt is open and nobody holds it any more: its outcome is unknown."""


Step = Rest | Wait | Hold | GiveUp | Call | Look | Recover


def decide(s: Scene) -> Step:
    """The next step of one delivery."""
    if s.next_at is None or s.next_at > s.now:
        return Rest()
    match s.status:
        case DeliveryStatus.SENDING:
            return _going_on(s)
        case DeliveryStatus.HANDED_OFF:
            return Look()
        case DeliveryStatus.RETRYING if s.looking:
            return Look()
        case DeliveryStatus.PENDING | DeliveryStatus.RETRYING:
            return _waiting(s)
    return Rest()


def first_look(s: Scene) -> datetime:
    """When a delivery that was just lined up is looked at: at once to hand it over, else at its time."""
    return s.now if s.due_at is None or _may_hand_off(s) else max(s.due_at, s.now)


def next_watch(now: datetime, due: datetime) -> datetime:
    """When to look at what a platform was handed: at its time, and now and then before, for what people do there."""
    return min(due, now + WATCH)


def intent(kind: str) -> str:
    return "update" if kind == "update" else "create"


def _going_on(s: Scene) -> Step:
    if s.lease_until is None and s.frozen:
        return Wait(s.now + timedelta(seconds=30))
    if s.lease_until is None:
        return Call(s.intent or intent(s.kind))  # one step of several is done, the next follows
    return Recover() if s.lease_until <= s.now else Rest()


def _waiting(s: Scene) -> Step:
    if s.recall:
        return Wait(s.now + SOON)
    if not s.due:
        assert s.due_at is not None
        return Call("hand_off") if _may_hand_off(s) else Wait(s.due_at)
    if s.status == DeliveryStatus.PENDING and not s.started:
        if s.frozen:
            return Hold("freeze")
        if s.late and not s.hopeless and not s.in_line:
            return Hold("late")
    return _sending(s)


def _sending(s: Scene) -> Step:
    """A dead channel waits at most the late window; nothing was sent, so its failure is certain."""
    if not s.connected:
        return GiveUp("invalid_settings", "The channel was disconnected before it was sent.")
    if s.broken_kind and not s.late:
        return Wait(s.now + timedelta(seconds=30))
    if s.broken_kind:
        return GiveUp(s.broken_kind, "The channel stayed broken until it was too late.")
    if s.paused or s.frozen:
        return Wait(s.now + timedelta(seconds=30))
    return Call(intent(s.kind))


def _may_hand_off(s: Scene) -> bool:
    ahead = s.due_at is not None and s.due_at > s.now + MARGIN
    usable = s.connected and not s.broken_kind and not s.paused and not s.frozen
    return ahead and usable and s.traits.schedules and s.kind == "create" and not s.refused_hand_off
