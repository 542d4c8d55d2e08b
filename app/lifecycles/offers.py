"""Which buttons a person sees: the open moves and chains of a status, and why the closed ones are closed."""

from dataclasses import dataclass, replace
from functools import cache

from app.lifecycles.facts import PostFacts
from app.lifecycles.guards import last_vote
from app.lifecycles.machine import By, Kind, Move
from app.lifecycles.post import POST


@dataclass(frozen=True, slots=True)
class Chain:
    """Two moves in one click, both guarded, in one transaction. Sits behind one button."""

    name: str
    moves: tuple[str, str]
    label: str
    icon: str
    tone: str = ""
    confirm: bool = True
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: open, or closed with the sentence that says why."""

    name: str
    label: str
    icon: str
    tone: str
    confirm: bool
    fields: tuple[str, ...]
    why_not: str | None = None


CHAINS = (
    Chain("approve_and_publish", ("approve", "publish_now"), "Publish now", "send"),
    Chain("approve_and_schedule", ("approve", "schedule"), "Approve and schedule", "calendar-clock", fields=("at",)),
    Chain("retry_and_generate", ("retry_generation", "generate"), "Try again", "rotate-ccw", "primary", confirm=False),
    Chain("replan_and_generate", ("replan", "generate"), "Regenerate", "sparkles",
          fields=("title", "keyword", "angle")),
    Chain("reopen_and_edit", ("reopen", "edit"), "Edit", "pencil"),
)  # fmt: skip
FROM_A_PAGE = ("reopen_and_edit",)  # made by saving the edit page, not by a button of its own


def chain(name: str) -> Chain | None:
    return next((chain for chain in CHAINS if chain.name == name), None)


def offers(facts: PostFacts, by: By) -> list[Offer]:
    """Every button of this status for `by`, in the table's order; closed ones carry their reason."""
    own = facts.author is not None and facts.author == by.person
    single = [_offer(move, facts, by, own=own) for move in _leaving(facts.status)]
    joined = [_chained(chain, facts, by, own=own) for chain in CHAINS if chain.name not in FROM_A_PAGE]
    return [offer for offer in single + joined if offer]


def for_programs(facts: PostFacts, by: By) -> list[Offer]:
    """Every line of this status that a person or a key may make, as it stands for this key; no chains."""
    own = facts.author is not None and facts.author == by.person
    names = dict.fromkeys(move.name for move in POST.leaving(facts.status) if move.by.key or move.by.person)
    lines = [line for name in names if (line := POST.find(name, facts.status, by))]
    return [
        Offer(line.name, line.label, line.icon, line.tone, line.confirm, line.fields, line.refusal(facts, by, own=own))
        for line in lines
    ]


def open_offers(facts: PostFacts, by: By) -> list[Offer]:
    return [offer for offer in offers(facts, by) if offer.why_not is None]


def refusal(name: str, facts: PostFacts, by: By) -> str | None:
    """Why `by` may not click `name` now, or None. Unknown and impossible ones say so."""
    found = next((offer for offer in offers(facts, by) if offer.name == name), None)
    return found.why_not if found else "That is not possible in this state."


# A page of cards asks the table thousands of times for the same few lines.
@cache
def _leaving(status: str) -> tuple[Move[PostFacts], ...]:
    """The lines that leave `status` and have a button."""
    return tuple(move for move in POST.leaving(status) if move.label)


@cache
def _line(name: str, status: str, kind: Kind) -> Move[PostFacts] | None:
    return POST.find(name, status, By(kind))


def _offer(move: Move[PostFacts], facts: PostFacts, by: By, *, own: bool) -> Offer | None:
    if not getattr(move.by, by.kind) or any(guard(facts, by) for guard in move.shows):
        return None
    why_not = move.refusal(facts, by, own=own)
    return Offer(move.name, move.label, move.icon, move.tone, move.confirm, move.fields, why_not)


def _chained(chain: Chain, facts: PostFacts, by: By, *, own: bool) -> Offer | None:
    first = _line(chain.moves[0], facts.status, by.kind)
    if first is None or not getattr(first.by, by.kind) or any(guard(facts, by) for guard in first.shows):
        return None
    second = _line(chain.moves[1], first.target(facts), by.kind)
    if second is None:
        return None
    counted = last_vote(facts, by) if first.name == "approve" else None
    why_not = first.refusal(facts, by, own=own) or counted or second.refusal(_after(first, facts, by), by, own=own)
    return Offer(chain.name, chain.label, chain.icon, chain.tone, chain.confirm, chain.fields, why_not)


def _after(move: Move[PostFacts], facts: PostFacts, by: By) -> PostFacts:
    """The facts as they will be between the two moves of a chain."""
    approved = move.name == "approve" and facts.votes_with(by.person) >= facts.needed
    return replace(facts, status=move.target(facts), sealed=facts.sealed or approved)
