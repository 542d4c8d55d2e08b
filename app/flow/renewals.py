"""A token that ran out in the middle of things: renewed once, and the refused call made again. Called by calls."""

import logging
from dataclasses import replace

from app import channel_tokens, channels, sql
from app.platforms.contract import (
    DEAD_CHANNEL,
    Account,
    ErrorKind,
    NotSent,
    Outcome,
    Parcel,
    Platform,
    Refused,
    Sighting,
    Unknown,
)

log = logging.getLogger("galley.renewals")
RENEWED = "Its token had run out and was renewed; nothing was accepted before."
UNAUTHORISED = 401


async def after(delivery: int, platform: Platform, parcel: Parcel, outcome: Outcome) -> Outcome:
    """What `outcome` amounts to: refused for its token alone, a call counts as not sent once it has a new one."""
    if not isinstance(outcome, Refused) or outcome.kind != "expired_token":
        return outcome
    if not platform.traits(parcel.account).refreshes or await _repeated(delivery):
        return outcome
    try:
        renewed = await channel_tokens.renewed(platform, parcel.account)
    except Exception as error:
        log.exception("The token of channel %s could not be renewed", parcel.account.channel)
        return NotSent(f"Its token could not be renewed ({type(error).__name__}).", "unexpected", outcome.answer)
    match renewed:
        case Account():
            return NotSent(RENEWED, "expired_token", outcome.answer)
        case Refused(kind=kind, note=note):
            return Refused(_dead(kind), f"{outcome.note} {note}", outcome.answer)
        case NotSent(note=note) | Unknown(note=note):
            return NotSent(note, answer=outcome.answer)


async def looked(platform: Platform, parcel: Parcel, seen: Sighting) -> Sighting:
    """A look changes nothing, so it is simply taken again with the new token.

    Where there is none to be had the channel is dead: found out now, people can connect it before the next post is due.
    """
    account = parcel.account
    if not isinstance(seen, Unknown) or seen.answer.status != UNAUTHORISED:
        return seen
    if not platform.traits(account).refreshes:
        if await channel_tokens.current(account):
            await channels.mark_broken(account.channel, "expired_token")
        return seen
    match await channel_tokens.renewed(platform, account):
        case Account() as renewed:
            return await platform.look(replace(parcel, account=renewed))
        case Refused(kind=kind):
            await channels.mark_broken(account.channel, _dead(kind))
    return seen


def _dead(kind: ErrorKind) -> ErrorKind:
    """What a refused renewal says of the channel: whatever the reason, its token is worth nothing."""
    return kind if kind in DEAD_CHANNEL else "expired_token"


async def _repeated(delivery: int) -> bool:
    """Whether the call that was just refused is itself the one made again with a new token."""
    before = await sql.row(
        "SELECT outcome, error_kind FROM attempt WHERE delivery = $1 ORDER BY number DESC OFFSET 1 LIMIT 1", delivery
    )
    return before is not None and (before["outcome"], before["error_kind"]) == ("not_sent", "expired_token")
