"""The way back from the newest act on a post (ux.md §5.1): one's own, while it is still open. For history and toast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from asyncpg import Record

from app.flow import plan
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.statuses import DeliveryStatus
from app.pages.buttons import by_person, may_write
from app.pages.wall_times import field_of
from app.sessions import Who

BACK = {"approve": "reopen", "schedule": "unschedule", "reject": "restore"}


@dataclass(frozen=True, slots=True)
class Undo:
    """A form: where it is sent and its fields. `swaps`: the answer is the post again, and not a page of its own."""

    action: str
    fields: tuple[tuple[str, str], ...]
    swaps: bool = True

    @property
    def decides(self) -> bool:
        """Whether it takes back a decision of review."""
        return any(name == "name" and value in BACK.values() for name, value in self.fields)


def undo(post: int, events: Sequence[Record], facts: PostFacts, zone: str, who: Who) -> Undo | None:
    """From the newest events of the post, the newest first; `zone` is the post's own."""
    newest = events[0] if events else None
    if newest is None or newest["person"] != who.id or facts.recall or facts.archived:
        return None
    told = msgspec.json.decode(newest["facts"])
    match newest["move"]:
        case "approve" | "reject" | "schedule":
            return _opposite(post, _decided(events), facts, who)
        case "reschedule":
            return _earlier_time(post, told, facts, zone, who)
        case "plan":
            return _earlier_plan(post, told, facts, who)
        case "assign":
            return _former_owner(post, told, facts, who)
        case "resolve":
            return _open_again(told["comment"], who)
    return None


def _decided(events: Sequence[Record]) -> str:
    """The decision itself: an approval that also scheduled it was one click, and is taken back as one."""
    newest, before = events[0], events[1] if len(events) > 1 else None
    together = before and before["at"] == newest["at"] and before["move"] == "approve"
    return "approve" if together else str(newest["move"])


def _opposite(post: int, name: str, facts: PostFacts, who: Who) -> Undo | None:
    return _moving(post, BACK[name], facts, who)


def _earlier_time(post: int, told: dict[str, Any], facts: PostFacts, zone: str, who: Who) -> Undo | None:
    was = datetime.fromisoformat(told["was"]) if told.get("was") else None
    if was is None or was <= facts.now:
        return None
    return _moving(post, "reschedule", facts, who, ("at", field_of(was, zone)))


def _earlier_plan(post: int, told: dict[str, Any], facts: PostFacts, who: Who) -> Undo | None:
    """The day and time it had; a day that is over is no place to go back to."""
    if "was_on" not in told or facts.status not in plan.timed(by_person(who)) or not may_write(facts, who):
        return None
    on, wall = told["was_on"] or "", (told["was_wall"] or "")[:5]
    if on and date.fromisoformat(on) < facts.today:
        return None
    return _form(post, "set_time", facts, ("on", on), ("wall", wall))


def _former_owner(post: int, told: dict[str, Any], facts: PostFacts, who: Who) -> Undo | None:
    if told.get("from") is None or not by_person(who).reaches("editor"):
        return None
    fields = {"do": "assign_back", "row": f"{post}:{facts.version}:{told['from']}", "back": f"/posts/{post}"}
    return Undo("/posts/bulk", tuple(fields.items()), swaps=False)


def _open_again(comment: int, who: Who) -> Undo | None:
    return Undo(f"/comments/{comment}", (("then", "reopen"),)) if by_person(who).reaches("writer") else None


def _moving(post: int, name: str, facts: PostFacts, who: Who, *more: tuple[str, str]) -> Undo | None:
    """What a platform holds is not taken back at one click: that asks it first, and so asks the person."""
    held = facts.run is not None and DeliveryStatus.HANDED_OFF in facts.run.deliveries
    if held or offers.refusal(name, facts, by_person(who)):
        return None
    return _form(post, name, facts, *more)


def _form(post: int, name: str, facts: PostFacts, *more: tuple[str, str]) -> Undo:
    return Undo(f"/posts/{post}/moves", (("name", name), ("version", str(facts.version)), *more))
