"""`galley freeze`: stop all sending from the terminal, lift it, or say what waits."""

import argparse
from datetime import UTC

from app.commands_backup import demand_word, run
from app.database import pooled
from app.flow import freeze, letting_go
from app.flow.letting_go import Lifting, One
from app.lifecycles.machine import WORKER

SHOWN = 20  # titles of a list


def switch(options: argparse.Namespace) -> int:
    """Freeze all sending, lift it, or say how it stands."""
    return run(_switch(options.state, options.note, sure=options.yes))


async def _switch(state: str, note: str, *, sure: bool) -> None:
    async with pooled(patience=3):
        if state == "on":
            await freeze.freeze(note, by=WORKER)
            print("Sending is frozen. Nothing goes out until it is lifted.")
        else:
            found = await letting_go.lifting()
            _show(found)
            if state == "off" and not sure:
                demand_word("lift")
            if state == "off":
                await freeze.unfreeze(by=WORKER)
                print("Sending goes on.")


def _show(found: Lifting) -> None:
    _list("Go out when it is lifted, the oldest first", found.goes)
    _list("Too late by then: they wait for a person", found.stays)
    _list("Begun before: they go on", found.begun)
    _list("Held for another reason: they stay held", found.kept)
    _list("At their platforms already, which publish them at their time", found.elsewhere)


def _list(heading: str, posts: tuple[One, ...]) -> None:
    print(f"{heading}: {len(posts) or 'none'}")
    for one in posts[:SHOWN]:
        print(f"  {one.title}" + (f" ({one.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)" if one.due_at else ""))
    if len(posts) > SHOWN:
        print(f"  and {len(posts) - SHOWN} more")
