"""Callbacks: what platforms say is stored under its id, answered, and then heard by the worker. Doors call keep.

A call counts once, whatever repeats it. What is heard is everything known of the delivery in short (app/flow/said.py),
so that it comes to the same in whatever order the calls arrive. Applying one writes down what is true on the platform
already and sends nothing: so it goes on while sending is frozen, after a restore as well.

One that names no delivery of ours yet may have outrun our own commit: it is tried again for three days, then shown.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import Record

from app import audit, sql
from app.atomic import atomic, ring, whole
from app.database import away
from app.doorbell import lately, turn
from app.flow import said
from app.flow.hearing import Told, hear
from app.flow.said import Said
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused, lock_of

log = logging.getLogger("galley.callbacks")
PATIENCE = timedelta(hours=72)  # for what names no delivery of ours
WAITS = (2, 5, 15, 60, 300, 900, 3600, 10_800)  # seconds until it is looked for again
MOST_TRIES = 12  # of one that breaks off
MOST_SAID = 500  # statements on one delivery that are looked at together
ADMINS = "Only an admin applies a callback again."
NOT_OURS = "Galley does not know this kind of message, so there is nothing to apply."
BROKE = "Applying it broke off; the worker's log says why."
FIND = """coalesce(
  (SELECT d.id FROM unnest({keys}::text[]) WITH ORDINALITY wanted (key, place) JOIN delivery d ON d.key = wanted.key
    WHERE d.channel = {channel} ORDER BY place LIMIT 1),
  (SELECT d.id FROM delivery d WHERE {remote}::text <> '' AND cardinality({keys}::text[]) = 0
    AND d.channel = {channel} AND d.remote_id = {remote} AND d.kind = 'create' ORDER BY d.id DESC LIMIT 1))"""
WHOSE = FIND.format(keys="$10", remote="$11", channel="$1")
KEEP = f"""
INSERT INTO callback (channel, event_id, scheme, type, at, body, body_sha256, headers, said, delivery, next_at,
  settled_at, result)
SELECT $1::bigint, $2, $3, $4, $5::timestamptz, $6, $7::bytea, $8::jsonb, $9::jsonb, {WHOSE},
  CASE WHEN $9 IS NOT NULL THEN now() END, CASE WHEN $9 IS NULL THEN now() END, CASE WHEN $9 IS NULL THEN 'ignored' END
WHERE NOT ($12 AND EXISTS (SELECT 1 FROM callback WHERE channel = $1 AND body_sha256 = $7))
ON CONFLICT (channel, event_id) DO NOTHING RETURNING id, delivery, next_at
"""  # noqa: S608
CLAIM = """
SELECT id, channel, delivery, said, tries, received_at, now() AS now FROM callback
WHERE id = $1 AND next_at IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED
"""
SEARCH = f"SELECT {FIND.format(keys='$2', remote='$3', channel='$1')}"
KNOWN = """
SELECT at, event_id, said -> 'told' AS told FROM callback
WHERE delivery = $1 AND said IS NOT NULL ORDER BY at DESC, id DESC LIMIT $2
"""
SETTLE = """
UPDATE callback SET next_at = NULL, settled_at = now(), result = $2, note = $3, tries = tries + 1
WHERE id = $1 AND next_at IS NOT NULL
"""
WAIT = "UPDATE callback SET next_at = now() + make_interval(secs => $2), tries = tries + 1, note = $3 WHERE id = $1"
REOPEN = """
UPDATE callback SET next_at = now(), settled_at = NULL, result = NULL, note = NULL, tries = 0
WHERE id = $1 AND said IS NOT NULL
"""
FORGET = "DELETE FROM callback WHERE received_at < now() - interval '35 days'"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A call that is believed. Without `told` it is of a kind we do not know. `keys`, else `remote_id`, name its
    delivery; `body` and `headers` are for people: cut, and without secrets."""

    channel: int
    event_id: str
    scheme: str
    type: str
    at: datetime
    body: str
    body_sha256: bytes
    headers: Mapping[str, str]
    told: Told | None
    keys: tuple[str, ...] = ()
    remote_id: str = ""
    repeatable: bool = False  # its id is not signed: the same body under another one is a replay


@dataclass(frozen=True, slots=True)
class Kept:
    new: bool
    ours: bool  # it names a delivery of its channel


async def keep(call: Arrived) -> Kept:
    """Store it and ring; when this returns it is committed. Known already: nothing happens."""
    words = None
    if call.told:
        words = json.dumps({"keys": call.keys, "remote_id": call.remote_id, "told": said.packed(call.told)})
    async with atomic():
        found = await sql.row(
            KEEP, call.channel, call.event_id, call.scheme, call.type, call.at, call.body, call.body_sha256,
            json.dumps(dict(call.headers)), words, list(call.keys), call.remote_id, call.repeatable,
        )  # fmt: skip
        if found and found["next_at"]:
            ring("hear", found["id"])
    return Kept(found is not None, found is None or found["delivery"] is not None)


async def apply(callback: int) -> None:
    """The worker's job: hear it. What the lifecycle refuses is shown; what breaks off is tried again, and shown."""
    try:
        await _apply(callback)
    except MovedMeanwhile:
        return  # the sweep comes back to it
    except Refused as why:
        await sql.run(SETTLE, callback, "refused", why.reason)
    except Exception as error:
        if away(error):
            raise
        log.exception("Callback %s could not be applied", callback)
        await _come_back(callback)


async def again(callback: int, *, by: By) -> None:
    """Apply one once more, now: what it says is known by then, so as a rule nothing changes."""
    if not by.reaches("admin"):
        raise Refused(ADMINS, forbidden=True)
    async with atomic():
        channel = await sql.value("SELECT channel FROM callback WHERE id = $1", callback)
        if channel is None:
            raise LookupError(callback)
        if not await sql.run(REOPEN, callback):
            raise Refused(NOT_OURS)
        await audit.record("channel", channel, "apply_callback", by=by, told={"callback": callback})
    await apply(callback)


async def sweep() -> None:
    """Ring for every call that is to be heard by now; a lost ring is found here."""
    due = "SELECT id, next_at FROM callback WHERE next_at <= now() ORDER BY next_at LIMIT 500"
    async with atomic():
        for found in await sql.rows(due):
            if lately.new(("hear", *found)):
                ring("hear", found["id"], turn())


async def forget_old() -> None:
    """For the daily sweep: ids are known for longer than anybody repeats them."""
    await sql.run(FORGET)


@whole
async def _apply(callback: int) -> None:
    async with atomic():
        row = await sql.row(CLAIM, callback)
        if row is None:
            return
        delivery = row["delivery"] or await _found(row)
        if delivery is None:
            await _unmatched(row)
            return
        await sql.run("UPDATE callback SET delivery = $2 WHERE id = $1", callback, delivery)
        changed = await _hear(delivery)
        await sql.run(SETTLE, callback, "heard", None if changed else "It was known, or came too late to matter.")


async def _found(row: Record) -> int | None:
    """Its delivery, by our key; by the platform's own number when it names no key."""
    words = json.loads(row["said"])
    found: int | None = await sql.value(SEARCH, row["channel"], words["keys"], words["remote_id"])
    return found


async def _unmatched(row: Record) -> None:
    if row["now"] >= row["received_at"] + PATIENCE:
        await sql.run(SETTLE, row["id"], "unmatched", None)
    else:
        await sql.run(WAIT, row["id"], WAITS[min(row["tries"], len(WAITS) - 1)], None)


async def _hear(delivery: int) -> bool:
    """Everything that was said of it, in short; whether that changed it."""
    await lock_of(delivery)
    row = await _standing(delivery)
    known = await sql.rows(KNOWN, delivery, MOST_SAID)
    for one in said.in_short(Said(found["at"], said.unpacked(found["told"]), found["event_id"]) for found in known):
        await hear(row["channel"], row["key"], one.told, at=one.at)
    return dict(await _standing(delivery)) != dict(row)


async def _standing(delivery: int) -> Record:
    found = await sql.row(
        "SELECT channel, key, version, remote_id, remote_url, published_at, removed_at, error_kind, error_note"
        " FROM delivery WHERE id = $1",
        delivery,
    )
    if found is None:
        raise LookupError(delivery)
    return found


async def _come_back(callback: int) -> None:
    tries = await sql.value("SELECT tries FROM callback WHERE id = $1 AND next_at IS NOT NULL", callback)
    if tries is None:
        return
    if tries + 1 >= MOST_TRIES:
        await sql.run(SETTLE, callback, "failed", BROKE)
    else:
        await sql.run(WAIT, callback, WAITS[min(tries, len(WAITS) - 1)], BROKE)
