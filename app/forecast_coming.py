"""What is known of a future post before it is judged, and what a judgement says. Values only; for the forecast."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from app.forecast_limits import Misfit
from app.lifecycles.facts import STANDING, UNSETTLED, PostFacts, Target

Colour = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way. `grave`: as it stands it will not go out; `usual`: the way every post goes."""

    key: str
    text: str
    fix: str = ""
    href: str = ""
    grave: bool = False
    usual: bool = False
    channel: int | None = None  # it concerns this channel alone
    role: str = "viewer"  # the least that may open `href`


@dataclass(frozen=True, slots=True)
class Account:
    """What a channel's row says beside the facts, and what became of its hand-off."""

    paused: bool = False
    token_expires_at: datetime | None = None  # None too where the token renews itself
    free_at: datetime | None = None  # when its spacing lets this post out; None: at its time
    refused_hand_off: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """One future post with all that decides whether it publishes. `silence`: seconds since a worker was seen."""

    post: int
    title: str
    zone: str
    at: datetime | None  # when it goes out; None: it has only a day
    planned_time: time | None
    facts: PostFacts
    accounts: dict[int, Account]
    misfits: tuple[Misfit, ...]
    seal_holds: bool  # the run sends under the seal that is valid now
    silence: float | None

    @property
    def going(self) -> tuple[Target, ...]:
        """The channels it will be sent to."""
        if self.facts.run:
            return tuple(target for target in self.facts.targets if target.delivery in UNSETTLED)
        return tuple(target for target in self.facts.wanted if target.delivery not in STANDING)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The colour, its words, and why."""

    colour: Colour
    label: str
    reasons: tuple[Reason, ...]

    @property
    def risk(self) -> str:
        """What a card says beside its own status; empty while all goes its usual way."""
        told = [reason.text for reason in self.reasons if not reason.usual]
        return f"{self.label}: {' '.join(told)}" if told else ""
