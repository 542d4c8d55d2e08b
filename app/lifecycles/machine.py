"""What a lifecycle is: states with words, moves with rights and guards. Pure data; imports nothing of ours."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Kind = Literal["person", "key", "worker", "clock", "platform"]
ROLES = ("viewer", "writer", "editor", "admin")
SCOPES = ("read", "write", "publish", "publish_unreviewed", "admin")

F = TypeVar("F")
Guard = Callable[[F, "By"], str | None]  # None: open; else one sentence that says why not


@dataclass(frozen=True, slots=True)
class By:
    """Who moves: a person with a role, a key with scopes, or the worker, the clock, a platform."""

    kind: Kind
    person: int | None = None
    key: int | None = None
    role: str = ""
    scopes: frozenset[str] = frozenset()
    name: str = ""

    def reaches(self, role: str) -> bool:
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


WORKER = By("worker", name="Galley")
CLOCK = By("clock", name="Galley")
PLATFORM = By("platform")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may: least role for a person (writer: own posts; others' need editor), least scope for a key."""

    person: str = ""
    key: str = ""
    worker: bool = False
    clock: bool = False
    platform: bool = False

    def refusal(self, by: By, *, own: bool) -> str | None:
        """Why `by` may not, or None. `own`: the row is the person's own or assigned one."""
        if by.kind == "person":
            return self._person_refusal(by, own=own)
        if by.kind == "key":
            return self._key_refusal(by)
        return None if getattr(self, by.kind) else f"The {by.kind} may not do this."

    def _key_refusal(self, by: By) -> str | None:
        if not self.key:
            return "No key does this; a person does, on the desk."
        return None if self.key in by.scopes else f"This needs a key with the scope {self.key!r}."

    def _person_refusal(self, by: By, *, own: bool) -> str | None:
        if not self.person:
            return "No person does this; it happens by itself."
        least = "editor" if self.person == "writer" and not own else self.person
        return None if by.reaches(least) else f"This needs the role {least}."


@dataclass(frozen=True, slots=True)
class State:
    """One status: its words, its colour group and icon. `meaning` and `next` take {placeholders} of a page."""

    name: str
    label: str
    group: str = ""
    icon: str = ""
    meaning: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Move(Generic[F]):
    """One line of a lifecycle. Several lines may share a name when rights differ by where they start.

    `shows` are guards that hide the button when they fail (the move makes no sense here);
    `guards` explain themselves beside the closed button. A POST is held to both.
    """

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    by: Grant
    label: str = ""
    icon: str = ""
    tone: str = ""  # "", "primary", "danger"
    confirm: bool = False
    fields: tuple[str, ...] = ()  # what the confirm page asks for: date, at, reason, url, note
    shows: tuple[Guard[F], ...] = ()
    guards: tuple[Guard[F], ...] = ()
    choose: Callable[[F], str] | None = None
    rings: tuple[str, ...] = ()
    meaning: str = ""

    def target(self, facts: F) -> str:
        return self.choose(facts) if self.choose else self.targets[0]

    def refusal(self, facts: F, by: By, *, own: bool) -> str | None:
        """Why `by` may not make this move on `facts`, or None when it is open."""
        return self.by.refusal(by, own=own) or first(guard(facts, by) for guard in self.shows + self.guards)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[F]):
    """States and the strict table of moves between them."""

    name: str
    states: tuple[State, ...]
    moves: tuple[Move[F], ...]

    @property
    def statuses(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.states)

    def state(self, status: str) -> State:
        return next(state for state in self.states if state.name == status)

    def find(self, name: str, status: str, by: By | None = None) -> Move[F] | None:
        """The line of `name` that leaves `status`; of several, the one whose rights name `by`'s kind."""
        lines = [move for move in self.moves if move.name == name and status in move.sources]
        suited = [move for move in lines if by is None or getattr(move.by, by.kind)]
        return next(iter(suited or lines), None)

    def leaving(self, status: str) -> list[Move[F]]:
        return [move for move in self.moves if status in move.sources]


def first(reasons: Iterable[str | None]) -> str | None:
    """The first reason that is one."""
    return next((reason for reason in reasons if reason), None)
