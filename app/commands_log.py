"""`galley log`: the publishing log of a desk from a script, over its API. For app/commands.py."""

import argparse
from typing import Any
from urllib.parse import urlencode

from app import client
from app.client import Desk
from app.commands_channels import named
from app.commands_reach import DONE, run
from app.terminal import Cell, raw, table, when

HEADINGS = ("AT", "WHAT", "POST", "CHANNEL", "WHERE OR WHY")
TONES = {"published": "good", "failed": "bad", "not_confirmed": "bad", "held": "waiting"}
EMPTY = "Nothing of that is in the publishing log."


def log(options: argparse.Namespace) -> int:
    """Print its newest entries, the newest first."""
    return run(lambda desk: _log(desk, options), options)


async def _log(desk: Desk, options: argparse.Namespace) -> int:
    answer = await client.ask(desk, "GET", f"/publish/logs?{urlencode(await _sought(desk, options))}")
    if options.json:
        raw(answer.body)
    else:
        rows = [_row(entry) for entry in answer.said["entries"]]
        print(table(HEADINGS, rows) if rows else EMPTY, flush=True)
    return DONE


async def _sought(desk: Desk, options: argparse.Namespace) -> dict[str, str]:
    """The filters by the names they have in the API."""
    channel = (await named(desk, [options.channel], gone=True))[0] if options.channel else ""
    asked = {"post_id": options.post, "profile_id": channel, "result": options.result, "limit": options.limit}
    return {name: str(value) for name, value in asked.items() if value}


def _row(entry: dict[str, Any]) -> tuple[Cell, ...]:
    said = entry["url"] or entry["note"] or _tried(entry) or when(entry["scheduled_at"])
    return (
        Cell(when(entry["at"])),
        Cell(entry["event"].replace("_", " ").capitalize(), TONES.get(entry["result"], "")),
        Cell(f"{entry['post_id']} {entry['title']}"),
        Cell(", ".join(profile["name"] for profile in entry["profiles"])),
        Cell(said),
    )


def _tried(entry: dict[str, Any]) -> str:
    """Why the last call did not do it."""
    return next((attempt["why"] for attempt in reversed(entry["attempts"]) if attempt["why"]), "")
