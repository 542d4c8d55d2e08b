"""Keys of programs: shown once, stored as a digest, never more powerful than their owner. Used by the API's doors."""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from asyncpg import Record

from app import audit, sql
from app.atomic import atomic
from app.lifecycles.machine import SCOPES, By
from app.moves import Refused

SHAPE = re.compile(r"gly_[0-9a-z]{8}_[0-9A-Za-z_-]{43}")
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
DAYS, LONGEST = 90, 3650
# What an owner of that role can give away, and the role that a key with those scopes stands for.
WITHIN: dict[str, frozenset[str]] = {
    "viewer": frozenset({"read"}),
    "writer": frozenset({"read", "write"}),
    "editor": frozenset({"read", "write", "publish", "publish_unreviewed"}),
    "admin": frozenset(SCOPES),
}
STANDS_FOR = {"admin": "admin", "publish": "editor", "publish_unreviewed": "editor", "write": "writer"}
KNOWN = """
SELECT k.id, k.name, k.secret_sha256, k.scopes, k.owner, p.role, p.name AS owner_name,
  k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute' AS stale
FROM api_key k JOIN person p ON p.id = k.owner
WHERE k.prefix = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  AND p.disabled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as people see it; its secret is nowhere."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    owner: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


async def issue(name: str, scopes: Iterable[str], *, owner: int, days: int = DAYS, by: By) -> tuple[int, str]:
    """A new key's id and its secret, which is told this once; `days` until it expires.

    Raises Refused for scopes that the owner's role cannot give.
    """
    wanted = frozenset(scopes)
    async with atomic():
        role = await sql.value("SELECT role FROM person WHERE id = $1 AND disabled_at IS NULL FOR SHARE", owner)
        if role is None:
            raise Refused("This person is not here any more.")
        if beyond := wanted - WITHIN[role]:
            raise Refused(f"{' and '.join(sorted(beyond))}: more than the role {role} may give.")
        token, prefix = _fresh()
        number: int = await sql.value(
            "INSERT INTO api_key (prefix, secret_sha256, owner, name, scopes, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, now() + make_interval(days => $6)) RETURNING id",
            prefix, _digest(token), owner, name, [scope for scope in SCOPES if scope in wanted], days,
        )  # fmt: skip
        await audit.record("key", number, "issue", by=by, note=name)
    return number, token


async def recognise(token: str) -> By | None:
    """Who moves when `token` asks, or None; its scopes are what its owner's role still allows."""
    if not SHAPE.fullmatch(token):
        return None
    found = await sql.row(KNOWN, token[4:12])
    if found is None or not hmac.compare_digest(found["secret_sha256"], _digest(token)):
        return None
    if found["stale"]:
        await sql.run("UPDATE api_key SET last_used_at = now() WHERE id = $1", found["id"])
    return _by(found)


async def revoke(key: int, *, by: By) -> bool:
    """Stop a key at once; False when there is none, or it was stopped already."""
    async with atomic():
        done = await sql.run("UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL", key)
        if done:
            await audit.record("key", key, "revoke", by=by)
    return bool(done)


async def every() -> list[Key]:
    """All keys, those that still work first, the newest first."""
    found = await sql.rows(
        "SELECT k.id, k.name, k.prefix, k.scopes, p.name AS owner, k.expires_at, k.last_used_at, k.revoked_at"
        " FROM api_key k JOIN person p ON p.id = k.owner"
        " ORDER BY k.revoked_at IS NOT NULL OR k.expires_at <= now(), k.id DESC LIMIT 200"
    )
    return [Key(**{**record, "scopes": tuple(record["scopes"])}) for record in found]


def _by(found: Record) -> By:
    scopes = frozenset(found["scopes"]) & WITHIN[found["role"]]
    role = next((role for scope, role in STANDS_FOR.items() if scope in scopes), "viewer")
    return By("key", person=found["owner"], key=found["id"], role=role, scopes=scopes, name=found["name"])


def _fresh() -> tuple[str, str]:
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"gly_{prefix}_{secrets.token_urlsafe(32)}", prefix


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
