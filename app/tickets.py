"""Links that let somebody in once: shown once, stored as a digest. Issued and used by accounts and guests."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app import sql

HOURS = {"setup": 24, "invite": 7 * 24, "reset": 24}


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom an open link lets in."""

    kind: str
    person: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Guest:
    """What a guest link is for: one content of one post, and the editor in whose name the answer counts."""

    post: int
    digest: bytes
    expires_at: datetime
    used_at: datetime | None
    person: int
    name: str
    role: str


async def issue(kind: str, *, person: int | None = None) -> str:
    """A new link's token; older open ones of the same kind and person stop working."""
    token = secrets.token_urlsafe(32)
    await sql.run(
        "update ticket set revoked_at = now() where kind = $1 and person is not distinct from $2::bigint "
        "and used_at is null and revoked_at is null",
        kind, person,
    )  # fmt: skip
    await sql.run(
        "insert into ticket (kind, token_sha256, person, expires_at) "
        "values ($1, $2, $3, now() + make_interval(hours => $4))",
        kind, _digest(token), person, HOURS[kind],
    )  # fmt: skip
    return token


async def issue_guest(post: int, digest: bytes, *, person: int, days: int) -> str:
    """The token of a link by which a guest decides about this content of a post, in this person's name."""
    token = secrets.token_urlsafe(32)
    await sql.run(
        "insert into ticket (kind, token_sha256, person, post, digest, expires_at) "
        "values ('guest', $1, $2, $3, $4, now() + make_interval(days => $5))",
        _digest(token), person, post, digest, days,
    )  # fmt: skip
    return token


async def guest(token: str) -> Guest | None:
    """What a guest link is for, until it is too old or revoked and while that person may approve."""
    row = await sql.row(
        "select t.post, t.digest, t.expires_at, t.used_at, p.id as person, p.name, p.role from ticket t "
        "join person p on p.id = t.person where t.kind = 'guest' and t.token_sha256 = $1 and t.revoked_at is null "
        "and t.expires_at > now() and p.disabled_at is null and p.role in ('editor', 'admin')",
        _digest(token),
    )
    return Guest(**row) if row else None


async def is_open(kind: str, token: str) -> bool:
    """Whether the link still works."""
    found = await sql.value(
        "select true from ticket where kind = $1 and token_sha256 = $2 "
        "and used_at is null and revoked_at is null and expires_at > now()",
        kind, _digest(token),
    )  # fmt: skip
    return found is True


async def invitation(token: str) -> Invitation | None:
    """Whom this invitation or reset link is for, while it works and they may sign in."""
    row = await sql.row(
        "select t.kind, p.id as person, p.name, p.email from ticket t join person p on p.id = t.person "
        "where t.kind in ('invite', 'reset') and t.token_sha256 = $1 and t.used_at is null "
        "and t.revoked_at is null and t.expires_at > now() and p.disabled_at is null",
        _digest(token),
    )
    return Invitation(**row) if row else None


async def use(token: str) -> bool:
    """Claim the link; of two clicks at once one gets True."""
    claimed = await sql.run(
        "update ticket set used_at = now() where token_sha256 = $1 and used_at is null "
        "and revoked_at is null and expires_at > now()",
        _digest(token),
    )
    return claimed == 1


async def revoke(person: int) -> None:
    """Stop every open link of `person`."""
    await sql.run(
        "update ticket set revoked_at = now() where person = $1 and used_at is null and revoked_at is null",
        person,
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
