"""What a rehearsal channel is told to answer instead of well. Kept in channel.settings["script"]."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from app import sql

# Kind → what it does, in words; those that take seconds say how long.
KINDS = {
    "too_many": "Answers 429: too many requests, come back later",
    "unauthorised": "Answers 401: the token is refused",
    "too_large": "Answers 413: too large",
    "error_before": "Answers 500, and did nothing",
    "error_after": "Answers 500, although it did it",
    "hold": "Does it and never answers",
    "drop_before": "Breaks the connection, and did nothing",
    "drop_after": "Does it, then breaks the connection",
    "slow": "Does it and answers late",
    "call_twice": "Answers well, then calls back twice",
    "call_early": "Calls back before it answers",
}
TIMED = {"too_many": 60, "slow": 5}
WITHOUT_EFFECT = {"too_many", "unauthorised", "too_large", "error_before", "drop_before"}
LONGEST = 3600


@dataclass(frozen=True, slots=True)
class Fault:
    """One scripted answer; `seconds` is Retry-After or the delay. The default plays nothing."""

    kind: str = ""
    seconds: int = 0
    always: bool = False


WELL = Fault()


def script(settings: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What is still to be played: first the ones for a single answer, then perhaps one for all that follow."""
    kept = settings.get("script", [])
    return tuple(Fault(**one) for one in kept if one.get("kind") in KINDS)


async def add(channel: int, fault: Fault) -> None:
    """Play `fault` after what is there already; one for always takes the place of the one before."""
    kept = script(await locked(channel))
    once = [one for one in kept if not one.always]
    always = [one for one in kept if one.always and not fault.always]
    await _store(channel, [*once, fault, *always])


async def clear(channel: int) -> None:
    """Answer well from now on."""
    await _store(channel, [])


async def take(channel: int, settings: Mapping[str, Any]) -> Fault:
    """The fault for this request; a single one is used up. Call it with the channel's row locked."""
    kept = script(settings)
    if not kept:
        return WELL
    if not kept[0].always:
        await _store(channel, kept[1:])
    return kept[0]


async def locked(channel: int) -> dict[str, Any]:
    """The channel's settings, its row locked until the transaction ends."""
    found = await sql.value("SELECT settings FROM channel WHERE id = $1 FOR UPDATE", channel)
    settings: dict[str, Any] = msgspec.json.decode(found)
    return settings


async def _store(channel: int, faults: Sequence[Fault]) -> None:
    await sql.run(
        "UPDATE channel SET settings = jsonb_set(settings, '{script}', $2::jsonb) WHERE id = $1",
        channel, json.dumps([asdict(fault) for fault in faults]),
    )  # fmt: skip
