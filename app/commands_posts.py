"""`galley post`, `publish` and `cancel`: a desk's posts from scripts, over its API. For app/commands.py."""

import argparse
import asyncio
import time
from datetime import datetime
from typing import Any

from app import client
from app.client import Answer, Declined, Desk, Unreachable
from app.commands_channels import named
from app.commands_reach import DECLINED, DONE, run, say
from app.commands_told import card, how_it_went
from app.commands_wish import Wish, told
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus
from app.terminal import raw

SLOWEST = 15.0  # seconds between two looks of --wait
ACCEPTED = "post {} was accepted; how it went could not be read"
UNSETTLED = "it is not settled yet; look again with `galley log --post {}`"


def post(options: argparse.Namespace) -> int:
    """Send a Markdown file: a draft, or on its way."""
    return run(lambda desk: _post(desk, told(options), options), options)


def publish(options: argparse.Namespace) -> int:
    """Publish a post now, or at a time."""
    return run(lambda desk: _publish(desk, options), options)


def cancel(options: argparse.Namespace) -> int:
    """Cancel a scheduled post."""
    return run(lambda desk: _cancel(desk, options), options)


async def _post(desk: Desk, wish: Wish, options: argparse.Namespace) -> int:
    fields: dict[str, Any] = {**wish.fields}
    if wish.channels:
        fields["profiles"] = await named(desk, wish.channels)
    if wish.pictures:
        fields["media"] = [await picture.brought(desk) for picture in wish.pictures]
    answer = await client.ask(desk, "POST", "/posts", {"post": fields}, key=options.idempotency_key)
    return await _accepted(desk, answer, options)


async def _publish(desk: Desk, options: argparse.Namespace) -> int:
    wish = {"scheduled_at": options.at.isoformat()} if options.at else None
    answer = await client.ask(desk, "POST", f"/posts/{options.id}/publish", wish, key=options.idempotency_key)
    return await _accepted(desk, answer, options)


async def _cancel(desk: Desk, options: argparse.Namespace) -> int:
    answer = await client.ask(desk, "POST", f"/posts/{options.id}/cancel", key=options.idempotency_key)
    await _print(desk, answer, options)
    return DONE


async def _accepted(desk: Desk, answer: Answer, options: argparse.Namespace) -> int:
    """Say what was accepted; with --wait, how it ended instead."""
    if not options.wait or answer.said["status"] not in OPEN:
        await _print(desk, answer, options)
        return DONE
    try:
        answer = await _settled(desk, answer, options.patience)
    except (Declined, Unreachable):
        say(ACCEPTED.format(answer.said["id"]), DONE)
        raise
    await _print(desk, answer, options)
    return _verdict(answer.said)


async def _settled(desk: Desk, answer: Answer, patience: float) -> Answer:
    """The post once nothing of it is open any more, or when `patience` is over."""
    due = datetime.fromisoformat(answer.said["scheduled_at"]).timestamp() if answer.said["scheduled_at"] else 0.0
    last, pause = max(time.time(), due) + patience, 0.5
    while answer.said["status"] in OPEN and time.time() < last:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, SLOWEST)
        answer = await client.ask(desk, "GET", f"/posts/{answer.said['id']}")
    return answer


def _verdict(post: dict[str, Any]) -> int:
    if post["status"] in OPEN:
        return say(UNSETTLED.format(post["id"]), DECLINED)
    sent = {delivery["status"] for delivery in post["deliveries"]}
    return DONE if sent == {DeliveryStatus.PUBLISHED} else say(how_it_went(post), DECLINED)


async def _print(desk: Desk, answer: Answer, options: argparse.Namespace) -> None:
    if options.json:
        raw(answer.body)
    else:
        print(await card(desk, answer.said), flush=True)
