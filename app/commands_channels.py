"""Channels by the names people gave them, for commands that take or print them; the API knows them by id."""

from collections.abc import Sequence
from typing import Any

from app import client
from app.client import Declined, Desk
from app.commands_reach import Misused

NO_SUCH = "there is no channel {!r}; these there are: {}"
SEVERAL = "several channels are called {!r}; name one by its id: {}"


async def named(desk: Desk, words: Sequence[str], *, gone: bool = False) -> list[int]:
    """The ids that the words mean, each a name or an id; raises Misused. Ids alone ask nobody.

    `gone`: those that are disconnected count too.
    """
    if all(_is_id(word) for word in words):
        return [int(word) for word in words]
    known = {profile["id"]: profile["name"] for profile in await _profiles(desk) if gone or profile["connected"]}
    return [int(word) if _is_id(word) else _found(word, known) for word in words]


async def names(desk: Desk) -> dict[int, str]:
    """What each channel is called; nothing, when the key may not read it."""
    try:
        return {profile["id"]: profile["name"] for profile in await _profiles(desk)}
    except Declined:
        return {}


async def _profiles(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.ask(desk, "GET", "/profiles")).said["profiles"]
    return found


def _found(word: str, known: dict[int, str]) -> int:
    ids = [id for id, name in known.items() if name.casefold() == word.casefold()]
    if not ids:
        raise Misused(NO_SUCH.format(word, ", ".join(f"{name} ({id})" for id, name in known.items()) or "none"))
    if len(ids) > 1:
        raise Misused(SEVERAL.format(word, ", ".join(map(str, ids))))
    return ids[0]


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 19
