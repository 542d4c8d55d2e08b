"""After a restore: nothing that may have happened since the backup happens again by itself. For backups and doors.

What was under way, or came due since, is a person's to decide: it may be live, the backup cannot know. Nothing here
calls a platform to change anything; `check` only asks.
"""

from dataclasses import dataclass
from datetime import datetime

from app import audit, sql
from app.atomic import atomic
from app.flow import calls, closing, outcomes, runs, settled
from app.lifecycles.machine import WORKER, By
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus, listed
from app.moves import MovedMeanwhile, Refused, lock, lock_of, move
from app.platforms.contract import Absent, HandedOff, Published, Removed, Unknown
from app.tables import Delivery, Publication

UNSURE = "This desk was restored from a backup made while it was on its way; it may be live."
ASK_AGAIN = "This desk was restored from a backup; ask again."
BY_HAND = "Somebody looked after the restore: it is live."
LOOSE = (DeliveryStatus.SENDING, DeliveryStatus.RETRYING)
UNDER_WAY = f"""
SELECT DISTINCT p.id FROM post p WHERE p.status = '{PostStatus.PUBLISHING}'
  OR EXISTS (SELECT 1 FROM delivery WHERE post = p.id AND status IN ({listed(*LOOSE)})) ORDER BY p.id
"""  # noqa: S608
CAME_DUE = f"""
SELECT u.post FROM publication u JOIN post p ON p.id = u.post AND p.status = '{PostStatus.SCHEDULED}'
WHERE u.status IN ({listed(*OPEN)}) AND (u.due_at IS NULL OR u.due_at <= now())
  AND EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND status = '{DeliveryStatus.PENDING}') ORDER BY u.post
"""  # noqa: S608
DECIDED = """
UPDATE publication SET held_for = NULL, held_at = NULL
WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE publication = $1 AND status = $2)
"""
HELD = "SELECT 1 FROM publication WHERE id = $1 AND held_for = 'restore'"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a restore left to people. `autopilot`, `writing`: switches it turned off."""

    held: int
    unsure: int
    autopilot: bool
    writing: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a channel was seen to have: live, there (waiting for its time), absent or unknown; with a sentence."""

    kind: str
    sentence: str


async def settle(made_at: datetime) -> Settled:
    """The last step of a restore, in its transaction: hold, then freeze. `made_at`: when the backup was made."""
    async with atomic():
        await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL, frozen_by = NULL, frozen_note = NULL")
        await _end_recalls()
        unsure = [await _doubt_all(found["id"]) for found in await sql.rows(UNDER_WAY)]
        await sql.run(
            "UPDATE attempt SET ended_at = now(), outcome = 'unknown', why = $1 WHERE ended_at IS NULL", UNSURE
        )
        due = [found["post"] for found in await sql.rows(CAME_DUE)]
        for post in due:
            await _hold(post)
        # Some were mailed after the backup was made; nobody is told twice, the bell shows them all.
        await sql.run("UPDATE notice SET mailed_at = now(), mailing_at = NULL WHERE mailed_at IS NULL")
        return await _freeze(made_at, len(due), sum(unsure))


async def it_is_live(delivery: int, url: str, *, version: int, by: By) -> None:
    """A person looked and found it: confirmed in their name; nothing is sent."""
    async with atomic():
        row = await _held(delivery)
        if row.version != version:
            raise MovedMeanwhile
        await settled.confirm(await _doubt(row), Published(row.remote_id or "", url), by=by, note=BY_HAND)
        await closing.close_up(row.post, by=by)


async def check(delivery: int, *, by: By) -> Seen:
    """Ask the platform whether it has it; what it surely has is taken over, everything else stays held."""
    async with atomic():
        row = await _held(delivery)
    sighting = await calls.look(row)
    async with atomic():
        fresh = await _held(delivery)
        if fresh.version != row.version:
            raise MovedMeanwhile
        if isinstance(sighting, Published | HandedOff):
            await outcomes.apply(fresh, sighting, by=WORKER)
            await sql.run(DECIDED, fresh.publication, DeliveryStatus.PENDING)
            await closing.close_up(fresh.post)
        seen = _seen(sighting)
        await audit.record("delivery", delivery, "check", by=by, post=fresh.post, note=seen.sentence)
    return seen


def _seen(sighting: Published | HandedOff | Removed | Absent | Unknown) -> Seen:
    match sighting:
        case Published():
            return Seen("live", "It is live there, and counts as published now.")
        case HandedOff(due_at=due):
            return Seen("there", f"It waits there for {due:%Y-%m-%d %H:%M} UTC.")
        case Removed():
            return Seen("absent", "It was there and was removed.")
        case Absent():
            return Seen("absent", "It is not there.")
        case Unknown(note=note):
            return Seen("unknown", note)


async def _held(delivery: int) -> Delivery:
    """A delivery that waits for this decision, under its post's lock."""
    await lock_of(delivery)
    row = await calls.load(delivery)
    if row.status != DeliveryStatus.PENDING or not await sql.value(HELD, row.publication):
        raise Refused("Somebody has decided this already.")
    return row


async def _end_recalls() -> None:
    """What people had asked platforms to take back may have been done, or undone, since: they ask again."""
    for found in await sql.rows("SELECT id, post, move FROM recall WHERE ended_at IS NULL ORDER BY post"):
        await sql.run(
            "UPDATE recall SET ended_at = now(), next_at = NULL, result = 'overtaken', note = $2 WHERE id = $1",
            found["id"], ASK_AGAIN,
        )  # fmt: skip
        name = f"refuse_{found['move']}"
        await audit.record("recall", found["id"], name, by=WORKER, post=found["post"], note=ASK_AGAIN)


async def _doubt_all(post: int) -> int:
    """Everything of the post that was on its way is not confirmed: even the platforms that know our key have
    forgotten it some day, and what is absent there may have been taken down by somebody."""
    await lock(post)
    status = await sql.value("SELECT status FROM post WHERE id = $1", post)
    wanted = (*LOOSE, DeliveryStatus.PENDING) if status == PostStatus.PUBLISHING else LOOSE
    rows = await Delivery.objects().where((Delivery.post == post) & Delivery.status.is_in([*wanted]))
    for row in sorted(rows, key=lambda one: int(one.id)):
        await _doubt(row)
    await closing.close_up(post)
    return len(rows)


async def _doubt(row: Delivery) -> Delivery:
    """It may be live. A waiting one leaves first, as far as anybody knows: only what left can be unconfirmed."""
    await sql.run(
        "UPDATE attempt SET ended_at = now(), outcome = 'unknown', why = $2 WHERE delivery = $1 AND ended_at IS NULL",
        row.id, UNSURE,
    )  # fmt: skip
    if row.status == DeliveryStatus.PENDING:
        row = await move(
            row, "send", by=WORKER, values={Delivery.next_at: await sql.value("SELECT now()")}, note=UNSURE
        )
    await settled.lose(row, UNSURE, by=WORKER)
    return await calls.load(row.id)


async def _hold(post: int) -> None:
    await lock(post)
    publication = await runs.open_publication(post)
    if publication is None:
        return
    if publication.status == PublicationStatus.PENDING:
        publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
    await sql.run("UPDATE publication SET held_for = 'restore', held_at = now() WHERE id = $1", publication.id)
    await sql.run(
        "UPDATE delivery SET next_at = NULL WHERE publication = $1 AND status = $2",
        publication.id, DeliveryStatus.PENDING,
    )  # fmt: skip
    await audit.record("publication", publication.id, "hold", by=WORKER, post=post, note="restore")


async def _freeze(made_at: datetime, held: int, unsure: int) -> Settled:
    """Frozen until an admin has looked. Nothing writes or schedules by itself either: it may have, since the backup."""
    writing = await sql.run("UPDATE team SET generation_on = false WHERE generation_on")
    autopilot = await sql.run("UPDATE team SET mode = 'approval' WHERE mode = 'autopilot'")
    autopilot += await sql.run("UPDATE campaign SET mode = 'approval' WHERE mode = 'autopilot'")
    await sql.run(
        "UPDATE team SET frozen_at = now(), frozen_for = 'restore', restored_at = now(), backup_at = $1", made_at
    )
    settled = Settled(held, unsure, bool(autopilot), bool(writing))
    told = {"backup_at": made_at, "held": held, "unsure": unsure, "autopilot_off": settled.autopilot}
    await audit.record("team", 1, "restore", by=WORKER, told={**told, "writing_off": settled.writing})
    return settled
