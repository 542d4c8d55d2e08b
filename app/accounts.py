"""Getting in: the first person by a set-up link, others by invitation, all by password. Doors call it."""

import logging
import re
import unicodedata
from dataclasses import dataclass

from asyncpg import Record

from app import known_browsers, passwords, sessions, sql, throttles, tickets
from app.atomic import atomic
from app.audit import person as acting
from app.audit import record
from app.settings import settings

LOG = logging.getLogger("galley.accounts")
ROLES = ("viewer", "writer", "editor", "admin")
EMAIL = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[^@\s<>\"',;:\\()\[\].]+(\.[^@\s<>\"',;:\\()\[\].]+)*")
SPENT = "This link was used already or is too old. Ask for a new one."
SET_UP = "This set-up link was used already or is too old. Start Galley again for a new one."


class Refused(Exception):
    """Why not, as a sentence; `field` is the form field it belongs to."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Founding:
    """What the set-up form asks."""

    team: str
    zone: str
    name: str
    email: str
    password: str
    site_on: bool


async def nobody_yet() -> bool:
    """Whether this installation still waits for its first person."""
    return not await sql.value("select exists (select 1 from person)")


async def setup_link() -> str | None:
    """The one-time set-up address, a new one at each call; None once somebody exists."""
    if not await nobody_yet():
        return None
    return f"{settings().origin}/setup/{await tickets.issue('setup')}"


async def set_up(token: str, founding: Founding) -> int:
    """Make the team and its first admin from a set-up link, all or nothing; returns the admin's id."""
    email = checked_email(founding.email)
    demand_strong(founding.password, founding.name, email, founding.team)
    stored = await passwords.hashed(founding.password)
    async with atomic():
        if not await tickets.use(token) or not await nobody_yet():
            raise Refused(SET_UP)
        person = await insert(email, founding.name, "admin", stored)
        await _found_team(founding.team, founding.zone)
        if founding.site_on:
            await sql.run("insert into channel (platform, name) values ('site', 'Blog')")
        facts = {"name": founding.team, "zone": founding.zone, "site": founding.site_on}
        await record("team", 1, "set_up", by=acting(person), told=facts)
    return person


async def add_person(email: str, name: str, role: str, password: str) -> str:
    """Add somebody from the command line and say what came of it; without a password, with an invitation."""
    email = checked_email(email)
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.", "role")
    if not name.strip():
        raise Refused("A name is needed.", "name")
    if password:
        demand_strong(password, name, email)
    stored = await passwords.hashed(password) if password else None
    async with atomic():
        await _found_team("Our team", "UTC")
        person = await insert(email, name.strip(), role, stored)
        await record("person", person, "add", by=acting(None), told={"email": email, "role": role})
    if stored:
        return f"Added {email} as {role}."
    return f"Added {email} as {role}. To choose a password: {await invite_link(person)}"


async def sign_in(email: str, password: str, *, ip: str, agent: str, mark: str = "") -> str:
    """A new session's token. Refused in the same words and time whether or not the e-mail is known.

    `mark`: what this browser kept when the same person signed in on it before.
    """
    row = await _signable(email)
    account = row["email"] if row else email.strip()  # the database's idea of the same address counts, not ours
    browser = known_browsers.named(mark, account)
    tries = await throttles.take(throttles.sign_in_limits(account, ip, browser=browser))
    if not await passwords.matches(row and row["password_hash"], password) or row is None:
        LOG.warning("Sign-in refused from %s", ip)
        raise Refused("The e-mail or the password is not right.", "password")
    await throttles.give_back(tries)
    if passwords.outdated(row["password_hash"]):
        await _store(row["id"], await passwords.hashed(password))
    await record("person", row["id"], "sign_in", by=acting(row["id"]), told={"ip": ip})
    return await sessions.start(row["id"], ip=ip, agent=agent)


async def change_password(who: sessions.Who, old: str, new: str, *, ip: str, agent: str) -> str:
    """Replace a password and sign out everywhere; returns a new session's token for this browser."""
    tries = await throttles.take(throttles.sign_in_limits(who.email, ip, browser=str(who.session_id)))
    row = await _signable(who.email)
    if not await passwords.matches(row and row["password_hash"], old):
        raise Refused("This is not your present password.", "old")
    await throttles.give_back(tries)
    demand_strong(new, who.name, who.email, field="new")
    stored = await passwords.hashed(new)
    async with atomic():
        await _store(who.id, stored)
        await sessions.end_all(who.id)
        await record("person", who.id, "change_password", by=acting(who.id), told={"ip": ip})
    return await sessions.start(who.id, ip=ip, agent=agent)


async def accept(token: str, name: str, password: str) -> int:
    """Use an invitation or a reset link: set the person's name and password; returns their id."""
    guest = await tickets.invitation(token)
    if guest is None:
        raise Refused(SPENT)
    demand_strong(password, name, guest.email)
    stored = await passwords.hashed(password)
    async with atomic():
        if not await tickets.use(token):
            raise Refused(SPENT)
        await _store(guest.person, stored)
        await sql.run("update person set name = $2 where id = $1", guest.person, name)
        await sessions.end_all(guest.person)
        await record("person", guest.person, "accept", by=acting(guest.person), told={"kind": guest.kind})
    return guest.person


async def save_own(who: sessions.Who, *, name: str, zone: str | None) -> None:
    """A person's own name and time zone; no zone means the team's."""
    async with atomic():
        await sql.run("update person set name = $2, zone = $3 where id = $1", who.id, name, zone)
        await record("person", who.id, "save", by=acting(who.id), told={"name": name, "zone": zone})


async def own_zone(who: sessions.Who) -> str | None:
    """The zone somebody chose for themselves; None means the team's."""
    zone: str | None = await sql.value("select zone from person where id = $1", who.id)
    return zone


async def invite_link(person: int) -> str:
    """An address where `person` chooses a password; an earlier one stops working."""
    accepted = await sql.value("select password_hash is not null from person where id = $1", person)
    token = await tickets.issue("reset" if accepted else "invite", person=person)
    return f"{settings().origin}/invite/{token}"


async def insert(email: str, name: str, role: str, stored: str | None) -> int:
    """A new person's id, or Refused when the e-mail is taken."""
    person: int | None = await sql.value(
        "insert into person (email, name, role, password_hash) values ($1, $2, $3, $4) "
        "on conflict (lower(email)) do nothing returning id",
        email, name, role, stored,
    )  # fmt: skip
    if person is None:
        raise Refused("Somebody with this e-mail is here already.", "email")
    return person


def checked_email(email: str) -> str:
    """The address as it is stored, or Refused when it cannot be one."""
    tidy = unicodedata.normalize("NFC", email.strip())  # as forms send it, by which one signs in
    if len(tidy) > 254 or not EMAIL.fullmatch(tidy) or not tidy.isprintable():
        raise Refused("This is not an e-mail address.", "email")
    return tidy


def demand_strong(password: str, *about: str, field: str = "password") -> None:
    """Refuse a password that is short, common, or made of words about its owner."""
    if complaint := passwords.complaint(password, about):
        raise Refused(complaint, field)


async def _found_team(name: str, zone: str) -> None:
    await sql.run("insert into team (id, name, zone) values (1, $1, $2) on conflict (id) do nothing", name, zone)


async def _signable(email: str) -> Record | None:
    return await sql.row(
        "select id, email, password_hash from person "
        "where lower(email) = lower($1) and disabled_at is null and password_hash is not null",
        email.strip(),
    )


async def _store(person: int, stored: str) -> None:
    await sql.run("update person set password_hash = $2 where id = $1", person, stored)
