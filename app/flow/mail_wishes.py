"""How somebody wants to be mailed, and the link that turns it off without signing in. For the mailer and doors."""

import hmac
from base64 import b32encode
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from app import sql
from app.atomic import atomic
from app.audit import person as acting
from app.audit import record
from app.secrets import derive
from app.settings import settings


class How(StrEnum):
    """When notices come by e-mail; a digest by default."""

    DAILY = "daily"
    HOURLY = "hourly"
    AT_ONCE = "at_once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wish:
    """`hour` is the digest's, in the person's zone; `urgent`: failures and mentions do not wait for it."""

    how: str
    hour: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How mail to somebody stands. `note`: what the server said to the last letter that did not go out."""

    wish: Wish
    mailed_at: datetime | None
    next_at: datetime | None
    tries: int
    note: str
    refused_at: datetime | None


async def of(person: int) -> Standing:
    row = await sql.row(
        "SELECT mail_how, mail_hour, mail_urgent, mailed_at, mail_next_at, mail_tries, mail_note, mail_refused_at"
        " FROM person WHERE id = $1",
        person,
    )
    assert row is not None
    wish = Wish(row["mail_how"], row["mail_hour"], row["mail_urgent"])
    return Standing(
        wish, row["mailed_at"], row["mail_next_at"], row["mail_tries"], row["mail_note"], row["mail_refused_at"]
    )


async def save(person: int, wish: Wish) -> None:
    """Keep the choice; an address that was refused is tried again."""
    async with atomic():
        await sql.run(
            "UPDATE person SET mail_how = $2, mail_hour = $3, mail_urgent = $4,"
            " mail_note = CASE WHEN mail_refused_at IS NULL THEN mail_note ELSE '' END, mail_refused_at = NULL"
            " WHERE id = $1",
            person, wish.how, wish.hour, wish.urgent,
        )  # fmt: skip
        await record("person", person, "save_mail", by=acting(person), told=asdict(wish))


def off_link(person: int) -> str:
    """Where mail to `person` is turned off. It lies under /hooks/ since mail programs post there by themselves."""
    return f"{settings().origin}/hooks/unsubscribe/{person}-{_signature(str(person))}"


async def whose(token: str) -> str | None:
    """The address behind such a link, or None for one that we never made."""
    person = _person(token)
    address: str | None = await sql.value("SELECT email FROM person WHERE id = $1", person) if person else None
    return address


async def turn_off(token: str) -> bool:
    """No more mail to whom the link is for; twice is as good as once. False for a link that we never made."""
    person = _person(token)
    if person is None:
        return False
    async with atomic():
        turned = await sql.run(
            "UPDATE person SET mail_how = $2 WHERE id = $1 AND mail_how <> $2", person, How.NEVER.value
        )
        if turned:
            await record("person", person, "turn_off_mail", by=acting(person))
    return True


def _person(token: str) -> int | None:
    number, _, signature = token.partition("-")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(number).encode()):
        return None
    return int(number)


def _signature(number: str) -> str:
    digest = hmac.new(derive("unsubscribe"), number.encode("utf-8", "replace"), sha256).digest()
    return b32encode(digest[:16]).decode().rstrip("=").lower()
