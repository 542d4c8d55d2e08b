"""What an admin does to people: invite, promote, shut out, let back in. Called by the people page."""

from dataclasses import dataclass
from datetime import datetime

from app import sessions, sql, tickets
from app.accounts import Refused, checked_email, insert, invite_link
from app.atomic import atomic
from app.audit import person as acting
from app.audit import record

LAST_ADMIN = "This is the last admin. Make somebody else an admin first."


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the people page."""

    id: int
    name: str
    email: str
    role: str
    accepted: bool
    disabled_at: datetime | None
    seen_at: datetime | None


async def members() -> list[Member]:
    """Everybody, those who may sign in first."""
    rows = await sql.rows(
        "select id, name, email, role, password_hash is not null as accepted, disabled_at, "
        "(select max(seen_at) from session s where s.person = p.id) as seen_at "
        "from person p order by disabled_at is not null, lower(name), id"
    )
    return [Member(**row) for row in rows]


async def invite(by: int, *, email: str, name: str, role: str) -> str:
    """Add somebody who chooses a password at the returned address."""
    email = checked_email(email)
    async with atomic():
        person = await insert(email, name, role, None)
        link = await invite_link(person)
        await record("person", person, "invite", by=acting(by), told={"email": email, "role": role})
    return link


async def link_again(by: int, person: int) -> str:
    """A fresh address for somebody who lost the invitation or the password."""
    async with atomic():
        await _demand(person, active=True)
        link = await invite_link(person)
        await record("person", person, "link_again", by=acting(by))
    return link


async def set_role(by: int, person: int, role: str) -> None:
    """Change what somebody may do and sign them out everywhere."""
    async with atomic():
        await _demand_other_admin(person, unless=role == "admin")
        before = await _demand(person)
        await sql.run("update person set role = $2 where id = $1", person, role)
        await sessions.end_all(person)
        await record("person", person, "set_role", by=acting(by), told={"before": before, "after": role})


async def disable(by: int, person: int) -> None:
    """Shut somebody out: no session, no open link, no sign-in. What they did stays theirs."""
    async with atomic():
        await _demand_other_admin(person)
        await _demand(person)
        await sql.run("update person set disabled_at = coalesce(disabled_at, now()) where id = $1", person)
        await sessions.end_all(person)
        await tickets.revoke(person)
        await record("person", person, "disable", by=acting(by))


async def enable(by: int, person: int) -> None:
    """Let somebody back in, with the role and password they had."""
    async with atomic():
        await _demand(person)
        await sql.run("update person set disabled_at = null where id = $1", person)
        await record("person", person, "enable", by=acting(by))


async def _demand(person: int, *, active: bool = False) -> str:
    """The role of `person`, or Refused when there is nobody of that id (or nobody active)."""
    role: str | None = await sql.value(
        "select role from person where id = $1 and (not $2 or disabled_at is null) for update", person, active
    )
    if role is None:
        raise Refused("This person is not here, or may not sign in.")
    return role


async def _demand_other_admin(person: int, *, unless: bool = False) -> None:
    """Refuse to take away the last admin who can sign in."""
    # All admins are locked, in one order: two who demote each other at once must not both succeed.
    admins = await sql.rows(
        "select id from person where role = 'admin' and disabled_at is null and password_hash is not null "
        "order by id for update"
    )
    if not unless and [admin["id"] for admin in admins] == [person]:
        raise Refused(LAST_ADMIN)
