"""The open publication of a post and its deliveries as rows: opened, woken, moved in time, canceled. For the flow."""

from datetime import datetime
from typing import Any

from asyncpg import Record

from app import audit, keys, moves, seals, sql, stored
from app.flow import calls, steps
from app.lifecycles.facts import STANDING, Target
from app.lifecycles.machine import CLOCK, By
from app.lifecycles.statuses import DeliveryStatus, PublicationStatus, listed
from app.moves import MovedMeanwhile, Refused, move
from app.tables import Delivery, Post, Publication

OPEN = (PublicationStatus.PENDING, PublicationStatus.SCHEDULED)
UNSENT = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING, DeliveryStatus.HANDED_OFF)
REINSTATED = """
UPDATE delivery SET set_aside_at = NULL WHERE id IN (SELECT max(d.id) FROM delivery d WHERE d.post = $1
  AND d.set_aside_at IS NOT NULL AND d.status = $2 AND NOT EXISTS (SELECT 1 FROM delivery s WHERE s.post = $1
    AND s.channel = d.channel AND s.kind = 'create' AND s.set_aside_at IS NULL AND s.status = ANY($3))
  GROUP BY d.channel)
"""
TOO_SOON = "It was accepted a moment ago and is not on the schedule yet. Try again in a few seconds."


async def open_publication(post: int) -> Publication | None:
    return await stored.one(Publication, f"post = $1 AND status IN ({listed(*OPEN)})", post)


async def deliveries(publication: int) -> list[Delivery]:
    return await stored.several(Delivery, "publication = $1 ORDER BY id", publication)


async def begin(post: Post, seal: int, at: datetime | None, kind: str, *, by: By) -> Publication:
    number = await sql.value("SELECT coalesce(max(number), 0) + 1 FROM publication WHERE post = $1", post.id)
    now = await sql.value("SELECT now()")
    values = {
        "post": post.id,
        "number": number,
        "kind": kind,
        "seal": seal,
        "due_at": at,
        "next_at": now,
        "created_at": now,
    }
    return await moves.begin(Publication, by=by, values=values)


async def add(publication: Publication, channel: int, updates: int | None = None, *, second: bool = False) -> Delivery:
    """One channel of a publication; an update, and an item that its platform drafted, keep their remote id."""
    number: int = await sql.value("SELECT nextval(pg_get_serial_sequence('delivery', 'id'))")
    same = not second and (updates or await _comes_back(channel))
    known = await _remote(publication.post, channel) if same else {}
    values = {
        "id": number, "publication": publication.id, "post": publication.post, "channel": channel,
        "kind": publication.kind, "updates": updates, "key": keys.delivery_key(number, 1), **known,
    }  # fmt: skip
    return await moves.begin(Delivery, by=CLOCK, values=values)


async def add_second(publication: Publication, target: Target, *, by: By) -> None:
    """A second copy beside the live one, which stays where it is and no longer counts as the channel's own."""
    await sql.run("UPDATE delivery SET set_aside_at = now() WHERE id = $1", target.delivery_id)
    await audit.record("delivery", target.delivery_id or 0, "set_aside", by=by, post=publication.post)
    await add(publication, target.channel, second=True)


async def wake(publication: Publication) -> list[Record]:
    """Each waiting delivery's first look: at once to send or hand it over, or at its time. What is due now."""
    if publication.due_at is None:
        at_once = "UPDATE delivery SET next_at = now() WHERE publication = $1 AND status = $2 RETURNING id, version"
        return await sql.rows(at_once, publication.id, DeliveryStatus.PENDING)
    for delivery in await deliveries(publication.id):
        if delivery.status == DeliveryStatus.PENDING:
            _, scene = await calls.scene(delivery.id)
            at = steps.first_look(scene)
            await sql.run("UPDATE delivery SET next_at = $2 WHERE id = $1", delivery.id, at)
    return await due(publication.id)


async def due(publication: int) -> list[Record]:
    """Deliveries whose time to be looked at has come: id and version."""
    return await sql.rows("SELECT id, version FROM delivery WHERE publication = $1 AND next_at <= now()", publication)


async def set_due(post: int, at: datetime) -> None:
    """The open publication's new time, for everything of it that has not left; releases a hold."""
    publication = await open_publication(post)
    if publication is None:
        raise MovedMeanwhile
    await sql.run(
        "UPDATE publication SET due_at = $2, held_for = NULL, held_at = NULL WHERE id = $1", publication.id, at
    )
    publication.due_at = at
    await sql.run(
        "UPDATE delivery SET progress = progress - 'hand_off_refused', tries = 0 WHERE publication = $1"
        " AND status = $2",
        publication.id, DeliveryStatus.PENDING,
    )  # fmt: skip
    if publication.status == PublicationStatus.SCHEDULED:
        await wake(publication)


async def cancel(post: int, *, by: By) -> None:
    """End the open publication and everything of it that still waits; call it under the post's lock."""
    publication = await open_publication(post)
    if publication is None:
        return
    if publication.status == PublicationStatus.PENDING:
        if by.kind == "key":
            raise Refused(TOO_SOON)
        publication = await move(publication, "advance", by=by, values={Publication.next_at: None})
    for delivery in await deliveries(publication.id):
        if delivery.status in UNSENT:
            await move(delivery, "cancel", by=by, values={Delivery.next_at: None})
    now = await sql.value("SELECT now()")
    released = {Publication.canceled_at: now, Publication.held_for: None, Publication.held_at: None}
    await move(publication, "cancel", by=by, values=released)
    await reinstate(post)


async def reinstate(post: int) -> None:
    """Where a second copy came to nothing, the newest live one of its channel counts again."""
    await sql.run(REINSTATED, post, DeliveryStatus.PUBLISHED, [*STANDING])


async def release(delivery: Delivery, *, by: By) -> None:
    """Taken off a platform's schedule, to be sent again: under a new key, since the old one means what is gone."""
    now = await sql.value("SELECT now()")
    generation = delivery.generation + 1
    kept = {} if await _comes_back(delivery.channel) else {Delivery.remote_id: None, Delivery.remote_url: None}
    values: dict[Any, Any] = {
        Delivery.next_at: now, Delivery.remote_at: None, Delivery.error_kind: None, Delivery.error_note: None,
        Delivery.generation: generation, Delivery.key: keys.delivery_key(delivery.id, generation), **kept,
    }  # fmt: skip
    await move(delivery, "release", by=by, values=values)


async def _remote(post: int, channel: int) -> dict[str, Any]:
    known = await sql.row(
        "SELECT remote_id, remote_url FROM delivery WHERE post = $1 AND channel = $2 AND remote_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        post, channel,
    )  # fmt: skip
    return dict(known) if known else await _begun(post, channel)


async def _begun(post: int, channel: int) -> dict[str, Any]:
    """An item that an earlier try had begun there and not finished: gone on with, so that none is left lying about."""
    number = await sql.value(
        "SELECT progress->>'id' FROM delivery WHERE post = $1 AND channel = $2 AND progress ? 'id' ORDER BY id DESC",
        post, channel,
    )  # fmt: skip
    return {"progress": {"id": number, "again": True}} if number else {}


async def _comes_back(channel: int) -> bool:
    """Whether the platform drafts what it takes down, so that the same item goes live again."""
    return (await seals.traits_of(channel)).removed_comes_back
