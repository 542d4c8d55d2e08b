"""Who may call back: a channel by the end of its address, how it signs, and with which secrets. For doors."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncpg import Record

from app import audit, channels, secrets, sql, throttles
from app.atomic import atomic
from app.channel_tokens import aad
from app.lifecycles.machine import By
from app.moves import Refused
from app.platforms.contract import Account
from app.platforms.sandbox import callback_secret
from app.secrets import SealBroken, SealedElsewhere
from app.signing import new_secret as fresh_secret
from app.throttles import DAY, TriedTooOften
from app.verifiers import CALLBACK, ROTATED_AT, SCHEMES, STANDARD, Scheme, active, replaced

SIGNS_APART = "webhook"  # the kind of channel whose callbacks may be signed with a secret of their own
ADMINS = "Only an admin changes how callbacks are signed."
UNREADABLE = (
    "Its secrets were sealed under another SECRET_KEY. Type its signing secret again and save, then try once more."
)
ROW = "SELECT id, platform, name, settings, secret FROM channel WHERE id = $1 AND disconnected_at IS NULL"
MOST = 2**31 - 2


@dataclass(frozen=True, slots=True)
class Caller:
    """A channel that may call. No `scheme`: nobody is believed, since it does not call or its secrets are lost."""

    channel: int
    scheme: Scheme | None
    secrets: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()  # what no log may show


async def by_token(token: str) -> Caller | None:
    """Whose address ends like this; None when nobody's does, or it was disconnected."""
    channel = await channels.by_hook_token(token)
    found = await sql.row(ROW, channel) if channel else None
    return _caller(found) if found else None


def scheme_of(platform: str, settings: Mapping[str, Any]) -> Scheme | None:
    """How the callbacks of such a channel are signed; None for a platform that does not call."""
    match platform:
        case "webhook":
            return SCHEMES.get(str(settings.get("callbacks", "")), STANDARD)
        case "sandbox":
            return STANDARD
    return None


def signs_apart(platform: str) -> bool:
    """Whether its callbacks may have a secret of their own, for which a new one can be made here."""
    return platform == SIGNS_APART


async def new_secret(channel: int, *, by: By) -> str:
    """A secret for callbacks alone, to be shown once; what we sign ourselves stays as it is. The one before is believed
    for a day."""
    if not by.reaches("admin"):
        raise Refused(ADMINS, forbidden=True)
    async with atomic():
        found = await sql.row(f"{ROW} FOR NO KEY UPDATE", channel)
        if found is None or not signs_apart(found["platform"]):
            raise LookupError(channel)
        fresh = fresh_secret()
        await _keep(channel, _opened(found).secrets, fresh)
        await audit.record("channel", channel, "new_callback_secret", by=by)
    return fresh


async def doubted(channel: int) -> None:
    """Count a call that was not believed; nothing else of it is kept."""
    try:
        await throttles.spend(_count(channel), MOST, DAY)
    except TriedTooOften:
        return


async def doubts() -> list[tuple[int, str, int]]:
    """Channels with calls that were not believed today (UTC): id, name, how many."""
    found = await sql.rows(
        "SELECT c.id, c.name, t.hits FROM throttle t JOIN channel c ON t.key = 'callback:' || c.id"
        " WHERE t.window_at >= date_trunc('day', now(), 'UTC') AND c.disconnected_at IS NULL ORDER BY t.hits DESC, c.id"
        " LIMIT 100"
    )
    return [(record["id"], record["name"], record["hits"]) for record in found]


def _count(channel: int) -> str:
    return f"callback:{channel}"


def _caller(found: Record) -> Caller:
    settings = json.loads(found["settings"])
    scheme = scheme_of(found["platform"], settings)
    try:
        account = channels.opened(found)
    except (SealedElsewhere, SealBroken):
        return Caller(found["id"], None)
    if scheme is None:
        return Caller(found["id"], None)
    known = _secrets(found["platform"], account)
    return Caller(found["id"], scheme, active(scheme, settings, known, datetime.now(UTC)), (*known.values(),))


def _secrets(platform: str, account: Account) -> Mapping[str, str]:
    """The rehearsal's are made of its token."""
    if platform == "sandbox":
        token = account.secrets.get("token", "")
        return {"secret": callback_secret(token), "token": token} if token else {}
    return account.secrets


def _opened(found: Record) -> Account:
    try:
        return channels.opened(found)
    except (SealedElsewhere, SealBroken) as why:
        raise Refused(UNREADABLE) from why


async def _keep(channel: int, known: Mapping[str, str], fresh: str) -> None:
    wanted, _ = replaced(known, {**known, CALLBACK: fresh})
    sealed, kid = secrets.seal("channel", aad(channel), wanted)
    await sql.run(
        "UPDATE channel SET secret = $2, secret_kid = $3, settings = settings || $4::jsonb WHERE id = $1",
        channel, sealed, kid, json.dumps({ROTATED_AT: int(time.time())}),
    )  # fmt: skip
