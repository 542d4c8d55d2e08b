"""What a platform said of one delivery, as it is stored; and all of it in short, in the order in which it was said.

Knows no table. For the callbacks: they arrive shuffled and repeated, and what they come to must not depend on that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

import msgspec

from app.flow.hearing import Told
from app.platforms.contract import ErrorKind, HandedOff, Published, Refused, Removed

RANKS = (HandedOff, Refused, Published, Removed)  # of what was said at one moment: the more final comes last
KINDS = frozenset(get_args(ErrorKind))


@dataclass(frozen=True, slots=True)
class Said:
    """One statement, when it was made, and the id of its call."""

    at: datetime
    told: Told
    id: str = ""


def packed(told: Told) -> dict[str, Any]:
    """`told` as JSON; unpacked makes the same of it."""
    match told:
        case Published(remote_id=id, url=url, at=at):
            return {"is": "published", "id": id, "url": url, "at": at.isoformat() if at else None}
        case HandedOff(remote_id=id, url=url, due_at=at):
            return {"is": "scheduled", "id": id, "url": url, "at": at.isoformat()}
        case Refused(kind=kind, note=note):
            return {"is": "failed", "kind": kind, "note": note}
    return {"is": "removed"}


def unpacked(stored: str) -> Told:
    """What `packed` was given, from the JSON text of its row."""
    said: Mapping[str, Any] = msgspec.json.decode(stored)
    at = datetime.fromisoformat(said["at"]) if said.get("at") else None
    match said["is"]:
        case "published":
            return Published(said["id"], said["url"], at)
        case "scheduled" if at:
            return HandedOff(said["id"], said["url"], at)
        case "failed":
            return Refused(said["kind"] if said["kind"] in KINDS else "unexpected", said["note"])
    return Removed()


def in_short(known: Iterable[Said]) -> tuple[Said, ...]:
    """What has to be heard, in this order, for everything that was said to count: it is live, and was removed since;
    or it failed, and stands there as they said last."""
    live = gone = failed = waiting = None
    for one in sorted(known, key=_order):
        match one.told:
            case Published() as told:
                live, gone = replace(one, told=_filled(told, live, one.at, again=gone is not None)), None
            case Removed() if live:
                gone = gone or one
            case Refused():
                failed = one
            case _:
                waiting = one
    return tuple(one for one in ((live, gone) if live else (failed, waiting)) if one)


def _filled(told: Published, before: Said | None, at: datetime, *, again: bool) -> Published:
    """What it does not say itself it said before; since when, unless it was gone in between."""
    known = before.told if before and isinstance(before.told, Published) else Published("", "")
    since = told.at or (None if again else known.at) or at
    return replace(told, remote_id=told.remote_id or known.remote_id, url=told.url or known.url, at=since)


def _order(said: Said) -> tuple[datetime, int, str]:
    return said.at, RANKS.index(type(said.told)), said.id
