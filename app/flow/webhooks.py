"""Endpoints that hear of moves: added, changed, paused and removed; their secrets; what is sent again. For doors.

Secrets leave only from here, when they are made, and from webhook_calls as signatures.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from app import audit, secrets, sql, stored
from app.atomic import atomic
from app.flow import webhook_calls, webhook_sending
from app.flow.webhook_calls import Message, Target, Tried, aad
from app.flow.webhook_types import TEST
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.secrets import SealBroken, SealedElsewhere
from app.signing import new_secret
from app.tables import Endpoint

MOST = 50  # endpoints of one desk
MOST_AGAIN = 1000
ADMINS = "Only an admin looks after webhooks."
NO_CAMPAIGN = "There is no such campaign any more. Choose another one."
FULL = f"There are {MOST} endpoints already. Remove one that nobody needs."
PAUSED = "It is paused. Resume it first."
WAITS = "It is on its way already."
UNREADABLE = "Its secret was sealed under another SECRET_KEY. Make a new secret here and give it to the receiver."
INSERT = """
INSERT INTO endpoint (id, name, url, types, campaign, created_by, form_token, secret, secret_kid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (form_token) DO NOTHING RETURNING id
"""
UPDATE = """
UPDATE endpoint SET name = $3, url = $4, types = $5, campaign = $6, version = version + 1, failing_since = NULL,
  next_free_at = now() WHERE id = $1 AND version = $2 AND removed_at IS NULL
"""
KEEP_TEST = """
INSERT INTO webhook_send (endpoint, key, type, data, tries, log, ended_at, result)
VALUES ($1, $2, $3, $4, 1, $5, now(), $6)
"""
RESUME = """
UPDATE endpoint SET paused_at = NULL, paused_for = NULL, failing_since = NULL, next_free_at = now()
WHERE id = $1 AND paused_at IS NOT NULL AND removed_at IS NULL
"""
REMOVE = """
UPDATE endpoint SET removed_at = now(), secret = NULL, secret_kid = NULL, form_token = NULL
WHERE id = $1 AND removed_at IS NULL
"""
AGAIN = """
UPDATE webhook_send SET next_at = now(), queued_at = now(), ended_at = NULL, result = NULL, tries = 0
WHERE id = ANY($1::bigint[]) AND ended_at IS NOT NULL AND event IS NOT NULL
"""
MISSED = f"""
SELECT id FROM webhook_send WHERE endpoint = $1 AND event IS NOT NULL AND ended_at IS NOT NULL AND result <> 'delivered'
ORDER BY id LIMIT {MOST_AGAIN}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an admin types of an endpoint. Nothing in `types` and no `campaign`: it hears of everything."""

    name: str
    url: str
    types: tuple[str, ...] = ()
    campaign: int | None = None


async def load(endpoint: int) -> Endpoint:
    """One that was not removed; LookupError when there is none."""
    row = await stored.one(Endpoint, "id = $1 AND removed_at IS NULL", endpoint)
    if row is None:
        raise LookupError(endpoint)
    return row


async def add(wanted: Wanted, *, by: By, form_token: UUID | None = None) -> tuple[int, str]:
    """A new endpoint and its secret, to be shown once; the same form sent twice makes one."""
    _demand(by)
    async with atomic():
        if await sql.value("SELECT count(*) >= $1 FROM endpoint WHERE removed_at IS NULL", MOST):
            raise Refused(FULL)
        await _demand_campaign(wanted)
        number = await sql.value("SELECT nextval(pg_get_serial_sequence('endpoint', 'id'))")
        sealed, kid = secrets.seal("endpoint", aad(number), {"secret": new_secret()})
        made = await sql.value(
            INSERT,
            number,
            wanted.name,
            wanted.url,
            [*wanted.types],
            wanted.campaign,
            by.person,
            form_token,
            sealed,
            kid,
        )
        if made:
            await audit.record("endpoint", made, "create", by=by, told={"name": wanted.name})
        else:
            made = await sql.value("SELECT id FROM endpoint WHERE form_token = $1", form_token)
    return made, _target(await load(made)).secrets[0]


async def change(endpoint: int, version: int, wanted: Wanted, *, by: By) -> None:
    """What was typed replaces what the typist saw; MovedMeanwhile when somebody else was faster."""
    _demand(by)
    async with atomic():
        await load(endpoint)
        await _demand_campaign(wanted)
        if not await sql.run(UPDATE, endpoint, version, wanted.name, wanted.url, [*wanted.types], wanted.campaign):
            raise MovedMeanwhile
        await audit.record("endpoint", endpoint, "change", by=by, told={"name": wanted.name})


async def test(endpoint: int, *, by: By) -> Tried:
    """Say something harmless, now and once; how it went stands in the log. Paused ones can be tried too."""
    _demand(by)
    row = await load(endpoint)
    message = Message(uuid4(), TEST, datetime.now(UTC), {"endpoint": row.name})
    tried = await webhook_calls.call(_target(row), message)
    result = "delivered" if tried.heard else "given_up"
    data, log = json.dumps(dict(message.data)), webhook_sending.entry(tried)
    await sql.run(KEEP_TEST, endpoint, message.key, TEST, data, log, result)
    return tried


async def new_secret_for(endpoint: int, *, by: By, form_token: UUID | None = None) -> str:
    """A new secret, to be shown once; the one before signs as well for a day.

    The same form sent twice makes one: a second would push out the one that the receiver still knows.
    """
    _demand(by)
    form = str(form_token or "")
    async with atomic():
        await sql.run("SELECT 1 FROM endpoint WHERE id = $1 FOR NO KEY UPDATE", endpoint)
        known = _opened(await load(endpoint))
        if form and known.get("form") == form:
            return known["secret"]
        fresh = new_secret()
        wanted = {"secret": fresh, "before": known.get("secret", ""), "form": form}
        sealed, kid = secrets.seal("endpoint", aad(endpoint), wanted)
        await sql.run(
            "UPDATE endpoint SET secret = $2, secret_kid = $3, rotated_at = now() WHERE id = $1", endpoint, sealed, kid
        )
        await audit.record("endpoint", endpoint, "new_secret", by=by)
    return fresh


async def pause(endpoint: int, *, by: By) -> None:
    """What waits and what happens meanwhile is kept as not sent."""
    _demand(by)
    async with atomic():
        await load(endpoint)
        if await webhook_sending.pause(endpoint, "person"):
            await audit.record("endpoint", endpoint, "pause", by=by)


async def resume(endpoint: int, *, by: By) -> None:
    """From here on; what it missed is sent only when somebody says so."""
    _demand(by)
    async with atomic():
        await load(endpoint)
        if await sql.run(RESUME, endpoint):
            await audit.record("endpoint", endpoint, "resume", by=by)


async def remove(endpoint: int, *, by: By) -> None:
    """Keep the row for history; forget the secret."""
    _demand(by)
    async with atomic():
        if await sql.run(REMOVE, endpoint):
            await sql.run(webhook_sending.END_OPEN, endpoint, "paused")
            await audit.record("endpoint", endpoint, "remove", by=by)


async def send_again(send: int, *, by: By) -> int:
    """One that ended, once more under its webhook-id; returns its endpoint. LookupError when there is none."""
    _demand(by)
    endpoint = await sql.value("SELECT endpoint FROM webhook_send WHERE id = $1 AND event IS NOT NULL", send)
    if endpoint is None:
        raise LookupError(send)
    if not await _again(endpoint, [send], by):
        raise Refused(WAITS)
    return int(endpoint)


async def send_missed(endpoint: int, *, by: By) -> int:
    """Everything it did not get and we still know, the oldest first; returns how many."""
    _demand(by)
    missed = [found["id"] for found in await sql.rows(MISSED, endpoint)]
    return await _again(endpoint, missed, by)


async def _again(endpoint: int, sends: list[int], by: By) -> int:
    async with atomic():
        if (await load(endpoint)).paused_at:
            raise Refused(PAUSED)
        done = await sql.run(AGAIN, sends)
        if done:
            await audit.record("endpoint", endpoint, "send_again", by=by, told={"sends": done})
        return done


def _target(row: Endpoint) -> Target:
    try:
        return webhook_calls.target(row.id, row.url, row.secret or b"", row.rotated_at)
    except (SealedElsewhere, SealBroken) as why:
        raise Refused(UNREADABLE) from why


def _opened(row: Endpoint) -> dict[str, str]:
    """What is sealed; nothing when SECRET_KEY has changed, so that a new secret can be made."""
    try:
        return secrets.open_secret("endpoint", aad(row.id), row.secret or b"")
    except (SealedElsewhere, SealBroken):
        return {}


async def _demand_campaign(wanted: Wanted) -> None:
    if wanted.campaign and not await sql.value("SELECT 1 FROM campaign WHERE id = $1", wanted.campaign):
        raise Refused(NO_CAMPAIGN)


def _demand(by: By) -> None:
    if not by.reaches("admin"):
        raise Refused(ADMINS, forbidden=True)
