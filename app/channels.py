"""Connected accounts: connect, test, disconnect, and open one for its platform. Secrets leave only from here."""

import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
from asyncpg import Record

from app import audit, channel_tokens, platforms, secrets, sql
from app.atomic import atomic, ring
from app.channel_tokens import aad
from app.doorbell import turn
from app.lifecycles.machine import By
from app.lifecycles.statuses import DeliveryStatus
from app.platforms.contract import Account, Connected, Platform, Refused
from app.settings import settings
from app.verifiers import ROTATED_AT, replaced

FRESH = timedelta(seconds=5)
BROKEN = ("expired_token", "permission_revoked", "invalid_settings")  # what no waiting heals


@dataclass(frozen=True, slots=True)
class Typed:
    """What the connect form holds: a name, plain settings and secrets by field name."""

    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]


async def account(channel: int) -> Account:
    """The channel as its platform sees it; secrets.SealedElsewhere when SECRET_KEY has changed."""
    found = await sql.row("SELECT id, name, settings, secret FROM channel WHERE id = $1", channel)
    if found is None:
        raise LookupError(channel)
    return opened(found)


def opened(found: Record) -> Account:
    """The account of a record with the channel's id, name, settings and sealed secret."""
    channel, sealed = found["id"], found["secret"]
    known = secrets.open_secret("channel", aad(channel), sealed) if sealed else {}
    return _account(channel, found["name"], msgspec.json.decode(found["settings"]), known)


async def platform_of(channel: int) -> str:
    name: str = await sql.value("SELECT platform FROM channel WHERE id = $1", channel)
    return name


async def connect(platform: Platform, typed: Typed, *, by: By) -> tuple[int, Connected | Refused]:
    """A new channel, kept only when its test succeeds."""
    number = await sql.value("SELECT nextval(pg_get_serial_sequence('channel', 'id'))")
    account = _account(number, typed.name, typed.settings, typed.secrets)
    answer = await platform.connect(account)
    if isinstance(answer, Refused):
        return number, answer
    async with atomic():
        await sql.run(
            "INSERT INTO channel (id, platform, name, settings, hook_token_sha256, lane, checked_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, now())",
            number, platform.name, typed.name, json.dumps(dict(typed.settings)),
            sha256(hook_token(number).encode()).digest(), _lane(platform, account),
        )  # fmt: skip
        await _keep_secrets(number, typed.secrets)
        await channel_tokens.expects(number, answer.expires_at)
        await audit.record("channel", number, "connect", by=by, told={"platform": platform.name, "name": typed.name})
    return number, answer


async def change(channel: int, typed: Typed, *, by: By) -> Connected | Refused:
    """New settings, kept only when their test succeeds; an empty secret keeps the one there is."""
    known = msgspec.json.decode(await sql.value("SELECT settings FROM channel WHERE id = $1", channel))
    readable = await _readable(channel)
    kept, replaces = replaced(readable, {**readable, **{name: value for name, value in typed.secrets.items() if value}})
    if replaces:
        known[ROTATED_AT] = int(time.time())
    platform = platforms.platform(await platform_of(channel))
    asked = _account(channel, typed.name, {**known, **typed.settings}, kept)
    fresh = any(typed.secrets.values())
    account, answer = (asked, await platform.connect(asked)) if fresh else await _tried(platform, asked)
    if isinstance(answer, Connected):
        async with atomic():
            await sql.run(
                "UPDATE channel SET name = $2, settings = $3, lane = $4 WHERE id = $1",
                channel, typed.name, json.dumps(dict(account.settings)), _lane(platform, account),
            )  # fmt: skip
            await _keep_secrets(channel, account.secrets)
            if fresh or answer.expires_at:
                await channel_tokens.expects(channel, answer.expires_at)
            await audit.record("channel", channel, "change", by=by, told={"name": typed.name})
            await mark_well(channel)
    return answer


async def test(channel: int, *, by: By) -> Connected | Refused:
    """Ask the platform whether the account still works, and remember the answer."""
    platform = platforms.platform(await platform_of(channel))
    _, answer = await _tried(platform, await account(channel))
    if isinstance(answer, Connected):
        await mark_well(channel)
    elif answer.kind in BROKEN:
        await mark_broken(channel, answer.kind)
    else:
        await sql.run("UPDATE channel SET checked_at = now() WHERE id = $1", channel)
    await audit.record("channel", channel, "test", by=by, note=answer.note)
    return answer


async def renew(channel: int) -> None:
    """The worker's job: a new token before the old one runs out; refused, the channel is broken."""
    if channel not in await channel_tokens.due():
        return
    platform = platforms.platform(await platform_of(channel))
    answer = await channel_tokens.renewed(platform, await account(channel))
    if isinstance(answer, Refused):
        await mark_broken(channel, answer.kind)


async def sweep() -> None:
    """Ring for every token that should be renewed by now."""
    async with atomic():
        for channel in await channel_tokens.due():
            ring("renew", channel, turn())


async def disconnect(channel: int, *, by: By) -> None:
    """Keep the row for history; forget the secret."""
    async with atomic():
        await sql.run(
            "UPDATE channel SET disconnected_at = now(), secret = NULL, secret_kid = NULL, next_at = NULL"
            " WHERE id = $1 AND disconnected_at IS NULL",
            channel,
        )
        await audit.record("channel", channel, "disconnect", by=by)


async def mark_broken(channel: int, kind: str) -> bool:
    """Nothing is sent there until it works again. True for whoever found it out."""
    found_out = await sql.run("UPDATE channel SET broken_at = now() WHERE id = $1 AND broken_kind IS NULL", channel)
    await sql.run(
        "UPDATE channel SET broken_kind = $2, checked_at = now(), next_at = NULL, refreshing_until = NULL"
        " WHERE id = $1",
        channel, kind,
    )  # fmt: skip
    return found_out == 1


async def mark_well(channel: int, *, sent: bool = False) -> None:
    """It works; what waited for that goes on. A row that many settle at once is not written for each of them."""
    news = "SELECT broken_kind IS NOT NULL OR NOT coalesce($2 AND last_success_at > now() - $3::interval, false)"
    if not await sql.value(f"{news} FROM channel WHERE id = $1", channel, sent, FRESH):
        return
    async with atomic():
        healed = await sql.run(
            "UPDATE channel SET broken_kind = NULL, broken_at = NULL, next_at = now() + (token_expires_at - now()) * $2"
            " WHERE id = $1 AND broken_kind IS NOT NULL",
            channel, channel_tokens.LIFE,
        )  # fmt: skip
        await sql.run(
            "UPDATE channel SET checked_at = now(), last_success_at = CASE WHEN $2 THEN now() ELSE last_success_at END"
            " WHERE id = $1",
            channel, sent,
        )  # fmt: skip
        if healed:
            await _go_on(channel)


def hook_token(channel: int) -> str:
    """The unguessable part of the address where this channel's platform may call back."""
    mac = hmac.new(secrets.derive("hooks"), str(channel).encode(), sha256).hexdigest()[:40]
    return f"{channel}-{mac}"


async def by_hook_token(token: str) -> int | None:
    digest = sha256(token.encode("utf-8", "replace")).digest()
    found: int | None = await sql.value(
        "SELECT id FROM channel WHERE hook_token_sha256 = $1 AND disconnected_at IS NULL", digest
    )
    return found


async def _go_on(channel: int) -> None:
    """Ring for what a broken channel kept waiting; rows that somebody works on come back by themselves."""
    found = await sql.rows(
        "UPDATE delivery SET next_at = now() WHERE id IN (SELECT id FROM delivery WHERE channel = $1 AND"
        " next_at > now() AND (status = $2 OR status = $3 AND error_kind = ANY($4)) ORDER BY id"
        " FOR UPDATE SKIP LOCKED) RETURNING id",
        channel, DeliveryStatus.PENDING, DeliveryStatus.RETRYING, [*BROKEN],
    )  # fmt: skip
    for record in found:
        ring("send", record["id"], turn())


async def _tried(platform: Platform, account: Account) -> tuple[Account, Connected | Refused]:
    """Test the account, once more with a renewed token when that is all it lacks."""
    answer = await platform.connect(account)
    expired = isinstance(answer, Refused) and answer.kind == "expired_token"
    if not expired or not platform.traits(account).refreshes:
        return account, answer
    renewed = await channel_tokens.renewed(platform, account, insist=True)
    if isinstance(renewed, Account):
        return renewed, await platform.connect(renewed)
    if isinstance(renewed, Refused):
        await mark_broken(account.channel, renewed.kind)
    return account, answer


def _lane(platform: Platform, account: Account) -> str | None:
    return platform.lane(account) or None


async def _readable(channel: int) -> Mapping[str, str]:
    """The secrets there are; none when SECRET_KEY has changed, so that the channel can be connected again."""
    try:
        return (await account(channel)).secrets
    except (secrets.SealedElsewhere, secrets.SealBroken):
        return {}


async def _keep_secrets(channel: int, values: Mapping[str, str]) -> None:
    if values:
        sealed, kid = secrets.seal("channel", aad(channel), values)
        await sql.run("UPDATE channel SET secret = $2, secret_kid = $3 WHERE id = $1", channel, sealed, kid)


def _account(channel: int, name: str, known: Mapping[str, Any], opened: Mapping[str, str]) -> Account:
    callback = f"{settings().origin}/hooks/{hook_token(channel)}"
    return Account(channel, name, known, opened, settings().origin, callback)
