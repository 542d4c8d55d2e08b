"""Who is signed in on which browser: rows found by the digest of a random token. Used by the doors."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from typing import Any

from asyncpg import Record

from app import sql
from app.csrf import token_for

IDLE_HOURS, WHOLE_DAYS = 12, 14


@dataclass(frozen=True, slots=True)
class Who:
    """The person behind a request. `theme` is "", "light" or "dark"; "" follows the system."""

    id: int
    name: str
    email: str
    role: str
    zone: str
    session_id: int
    csrf: str
    theme: str
    keys_off: bool


@dataclass(frozen=True, slots=True)
class Team:
    """The team's row as of this request."""

    name: str
    zone: str
    mode: str
    generation_on: bool
    generate_at: time
    approvals_needed: int
    self_approval: str
    monthly_quota: int | None
    settings: dict[str, Any]
    frozen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Browser:
    """One line of "Where you are signed in"."""

    id: int
    agent: str
    ip: str
    created_at: datetime
    seen_at: datetime
    here: bool


# One query for every page: it must stay one, pages are served 150 times a second.
RECOGNISE = """
select s.id as session_id, s.seen_at < now() - interval '1 minute' as stale,
  p.id, p.name, p.email, p.role, coalesce(p.zone, t.zone) as person_zone,
  t.name as team_name, t.zone as team_zone, t.mode, t.generation_on, t.generate_at, t.approvals_needed,
  t.self_approval, t.monthly_quota, t.settings, t.frozen_at
from session s join person p on p.id = s.person join team t on t.id = 1
where s.token_sha256 = $1 and s.seen_at > now() - make_interval(hours => $2)
  and s.expires_at > now() and p.disabled_at is null
"""


async def start(person: int, *, ip: str, agent: str) -> str:
    """Sign `person` in and return the new cookie value. Nobody chooses it: no fixation."""
    token = secrets.token_urlsafe(32)
    await sql.run(
        "insert into session (token_sha256, person, created_at, seen_at, expires_at, ip, agent) "
        "values ($1, $2, now(), now(), now() + make_interval(days => $3), $4, $5)",
        _digest(token), person, WHOLE_DAYS, ip, agent[:300],
    )  # fmt: skip
    return token


async def recognise(token: str, *, theme: str = "", keys_off: bool = False) -> tuple[Who, Team] | None:
    """The person and the team behind a cookie, or None when it is unknown, idle, old or switched off."""
    row = await sql.row(RECOGNISE, _digest(token), IDLE_HOURS)
    if row is None:
        return None
    if row["stale"]:
        await _touch(row["session_id"])
    return _who(row, token, theme, keys_off), _team(row)


async def end(session: int) -> None:
    """Sign one browser out."""
    await sql.run("delete from session where id = $1", session)


async def end_own(person: int, session: int) -> None:
    """Sign one of `person`'s own browsers out; somebody else's stays."""
    await sql.run("delete from session where id = $1 and person = $2", session, person)


async def end_all(person: int) -> None:
    """Sign `person` out everywhere."""
    await sql.run("delete from session where person = $1", person)


async def browsers(who: Who) -> list[Browser]:
    """Where `who` is signed in, the latest first."""
    rows = await sql.rows(
        "select id, agent, ip, created_at, seen_at from session where person = $1 "
        "and expires_at > now() and seen_at > now() - make_interval(hours => $2) order by seen_at desc",
        who.id, IDLE_HOURS,
    )  # fmt: skip
    return [_browser(row, who.session_id) for row in rows]


async def forget_old() -> None:
    """Drop the rows nobody can use any more; for the daily sweep."""
    await sql.run(
        "delete from session where expires_at < now() or seen_at < now() - make_interval(hours => $1)",
        IDLE_HOURS,
    )


async def _touch(session: int) -> None:
    await sql.run("update session set seen_at = now() where id = $1 and seen_at < now() - interval '1 minute'", session)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()


def _who(row: Record, token: str, theme: str, keys_off: bool) -> Who:
    return Who(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        zone=row["person_zone"],
        session_id=row["session_id"],
        csrf=token_for(token),
        theme=theme if theme in ("light", "dark") else "",
        keys_off=keys_off,
    )


def _team(row: Record) -> Team:
    return Team(
        name=row["team_name"],
        zone=row["team_zone"],
        mode=row["mode"],
        generation_on=row["generation_on"],
        generate_at=row["generate_at"],
        approvals_needed=row["approvals_needed"],
        self_approval=row["self_approval"],
        monthly_quota=row["monthly_quota"],
        settings=json.loads(row["settings"]),
        frozen_at=row["frozen_at"],
    )


def _browser(row: Record, here: int) -> Browser:
    return Browser(
        id=row["id"],
        agent=row["agent"] or "Unknown browser",
        ip=row["ip"] or "",
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        here=row["id"] == here,
    )
