"""Connected accounts: connect, test, disconnect, and open one for its platform. Secrets leave only from here."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from app import audit, platforms, secrets, sql
from app.atomic import atomic
from app.lifecycles.machine import By
from app.platforms.contract import Account, Connected, Platform, Refused
from app.settings import settings

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
    opened = secrets.open_secret("channel", _aad(channel), found["secret"]) if found["secret"] else {}
    return _account(channel, found["name"], msgspec.json.decode(found["settings"]), opened)


async def platform_of(channel: int) -> str:
    name: str = await sql.value("SELECT platform FROM channel WHERE id = $1", channel)
    return name


async def connect(platform: Platform, typed: Typed, *, by: By) -> tuple[int, Connected | Refused]:
    """A new channel, kept only when its test succeeds."""
    number = await sql.value("SELECT nextval(pg_get_serial_sequence('channel', 'id'))")
    answer = await platform.connect(_account(number, typed.name, typed.settings, typed.secrets))
    if isinstance(answer, Refused):
        return number, answer
    async with atomic():
        await sql.run(
            "INSERT INTO channel (id, platform, name, settings, hook_token_sha256, checked_at)"
            " VALUES ($1, $2, $3, $4, $5, now())",
            number, platform.name, typed.name, json.dumps(dict(typed.settings)),
            sha256(hook_token(number).encode()).digest(),
        )  # fmt: skip
        await _keep_secrets(number, typed.secrets)
        await audit.record("channel", number, "connect", by=by, told={"platform": platform.name, "name": typed.name})
    return number, answer


async def change(channel: int, typed: Typed, *, by: By) -> Connected | Refused:
    """New settings, kept only when their test succeeds; an empty secret keeps the one there is."""
    known = msgspec.json.decode(await sql.value("SELECT settings FROM channel WHERE id = $1", channel))
    kept = {**await _readable(channel), **{name: value for name, value in typed.secrets.items() if value}}
    settings_kept = {**known, **typed.settings}
    platform = platforms.platform(await platform_of(channel))
    answer = await platform.connect(_account(channel, typed.name, settings_kept, kept))
    if isinstance(answer, Connected):
        async with atomic():
            await sql.run(
                "UPDATE channel SET name = $2, settings = $3, broken_kind = NULL, broken_at = NULL, checked_at = now()"
                " WHERE id = $1",
                channel, typed.name, json.dumps(settings_kept),
            )  # fmt: skip
            await _keep_secrets(channel, kept)
            await audit.record("channel", channel, "change", by=by, told={"name": typed.name})
    return answer


async def test(channel: int, *, by: By) -> Connected | Refused:
    """Ask the platform whether the account still works, and remember the answer."""
    platform = platforms.platform(await platform_of(channel))
    answer = await platform.connect(await account(channel))
    if isinstance(answer, Connected):
        await mark_well(channel)
    elif answer.kind in BROKEN:
        await mark_broken(channel, answer.kind)
    else:
        await sql.run("UPDATE channel SET checked_at = now() WHERE id = $1", channel)
    await audit.record("channel", channel, "test", by=by, note=answer.note)
    return answer


async def disconnect(channel: int, *, by: By) -> None:
    """Keep the row for history; forget the secret."""
    async with atomic():
        await sql.run(
            "UPDATE channel SET disconnected_at = now(), secret = NULL, secret_kid = NULL WHERE id = $1"
            " AND disconnected_at IS NULL",
            channel,
        )
        await audit.record("channel", channel, "disconnect", by=by)


async def mark_broken(channel: int, kind: str) -> None:
    await sql.run(
        "UPDATE channel SET broken_kind = $2, broken_at = coalesce(broken_at, now()), checked_at = now() WHERE id = $1",
        channel, kind,
    )  # fmt: skip


async def mark_well(channel: int, *, sent: bool = False) -> None:
    await sql.run(
        "UPDATE channel SET broken_kind = NULL, broken_at = NULL, checked_at = now(),"
        " last_success_at = CASE WHEN $2 THEN now() ELSE last_success_at END WHERE id = $1",
        channel, sent,
    )  # fmt: skip


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


async def _readable(channel: int) -> Mapping[str, str]:
    """The secrets there are; none when SECRET_KEY has changed, so that the channel can be connected again."""
    try:
        return (await account(channel)).secrets
    except (secrets.SealedElsewhere, secrets.SealBroken):
        return {}


async def _keep_secrets(channel: int, values: Mapping[str, str]) -> None:
    if values:
        sealed, kid = secrets.seal("channel", _aad(channel), values)
        await sql.run("UPDATE channel SET secret = $2, secret_kid = $3 WHERE id = $1", channel, sealed, kid)


def _account(channel: int, name: str, known: Mapping[str, Any], opened: Mapping[str, str]) -> Account:
    callback = f"{settings().origin}/hooks/{hook_token(channel)}"
    return Account(channel, name, known, opened, settings().origin, callback)


def _aad(channel: int) -> str:
    return f"channel:secret:{channel}"
