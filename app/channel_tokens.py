"""Renewing a channel's token: one worker asks the platform, the others wait and take what it got.

The claim is taken under the row's lock but is a time, not a lock held open: every settle of the channel writes
to that row, and none of them may wait for another machine. Called by app.channels and the flow.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app import secrets, sql
from app.platforms.contract import Account, NotSent, Platform, Refreshed, Refused, Renewal, Unknown

CLAIM = timedelta(seconds=30)
PATIENCE = 8.0  # seconds for the platform, and for whoever waits: with the call before it, within a lease
PAUSE = 0.1
LIFE = 0.8  # of a token's life may pass before it is renewed
LATER = timedelta(minutes=5)  # after a renewal that nobody answered
DEAD = Refused("expired_token", "Its credentials are no longer accepted; connect it again.")
BUSY = NotSent("Its token is being renewed.")

Renewed = Account | Refused | NotSent | Unknown


async def renewed(platform: Platform, account: Account, *, insist: bool = False) -> Renewed:
    """The account with a newer token than `account` has, asked for once however many want it.

    A refusal keeps the claim, so that nobody asks again before whoever asked has marked the channel broken.
    `insist`: ask for a channel that is broken already, too.
    """
    for _ in range(int(PATIENCE / PAUSE)):
        held = await _held(account.channel)
        if held is None or held["secret"] is None:
            return DEAD
        latest = _open(account.channel, held["secret"])
        if latest != dict(account.secrets):
            return replace(account, secrets=latest)
        if held["broken_kind"] and not insist:
            return DEAD
        if await _claim(account.channel, held["secret"], insist=insist):
            return await _ask(platform, account, held["secret"])
        await asyncio.sleep(PAUSE)
    return BUSY


async def current(account: Account) -> bool:
    """Whether its channel still has these secrets: a person may have connected it anew meanwhile."""
    held = await _held(account.channel)
    if held is None or held["secret"] is None:
        return False
    return _open(account.channel, held["secret"]) == dict(account.secrets)


async def expects(channel: int, expires_at: datetime | None) -> None:
    """Remember when the token runs out; it is renewed well before."""
    await sql.run(
        "UPDATE channel SET token_expires_at = $2, next_at = now() + ($2 - now()) * $3::float8 WHERE id = $1",
        channel, expires_at, LIFE,
    )  # fmt: skip


async def due() -> list[int]:
    """The channels whose token should be renewed now."""
    found = await sql.rows(
        "SELECT id FROM channel WHERE next_at <= now() AND disconnected_at IS NULL AND broken_kind IS NULL LIMIT 50"
    )
    return [record["id"] for record in found]


def aad(channel: int) -> str:
    """What a channel's sealed secrets are bound to."""
    return f"channel:secret:{channel}"


def _open(channel: int, sealed: bytes) -> dict[str, str]:
    return secrets.open_secret("channel", aad(channel), sealed)


async def _held(channel: int) -> Mapping[str, Any] | None:
    return await sql.row("SELECT secret, broken_kind FROM channel WHERE id = $1 AND disconnected_at IS NULL", channel)


async def _claim(channel: int, sealed: bytes, *, insist: bool) -> bool:
    """True for one; a claim whose holder died ends by itself. Found broken while we waited for the row: no claim."""
    return bool(
        await sql.run(
            "UPDATE channel SET refreshing_until = now() + $3::interval WHERE id = $1 AND secret = $2"
            " AND (refreshing_until IS NULL OR refreshing_until < now()) AND (broken_kind IS NULL OR $4)",
            channel, sealed, CLAIM, insist,
        )
    )  # fmt: skip


async def _ask(platform: Platform, account: Account, sealed: bytes) -> Renewed:
    answer = await _answer(platform, account)
    match answer:
        case Refused():
            return answer
        case Refreshed():
            kept = await _keep(account, answer, sealed)
            return kept or await renewed(platform, account)  # a person connected it anew meanwhile: theirs counts
    await sql.run(
        "UPDATE channel SET refreshing_until = NULL, next_at = CASE WHEN next_at IS NOT NULL THEN now() + $2::interval"
        " END WHERE id = $1",
        account.channel, LATER,
    )  # fmt: skip
    return answer


async def _answer(platform: Platform, account: Account) -> Renewal:
    try:
        async with asyncio.timeout(PATIENCE):
            return await platform.refresh(account)
    except TimeoutError:
        return Unknown("The renewal of its token was not answered in time.")


async def _keep(account: Account, renewal: Refreshed, sealed: bytes) -> Account | None:
    """Seal the new secrets in the place of those they were got with; an empty one never wipes what there is."""
    values = {**account.secrets, **{name: value for name, value in renewal.secrets.items() if value}}
    record, kid = secrets.seal("channel", aad(account.channel), values)
    kept = await sql.run(
        "UPDATE channel SET secret = $3, secret_kid = $4, refreshing_until = NULL, token_expires_at = $5,"
        " next_at = now() + ($5 - now()) * $6::float8 WHERE id = $1 AND secret = $2",
        account.channel, sealed, record, kid, renewal.expires_at, LIFE,
    )  # fmt: skip
    return replace(account, secrets=values) if kept else None
