"""The jobs of publishing: each does its own work, then goes on with what is due already. For the worker.

Starting a job costs arq four round trips, one job after another; a worker that is awake takes its work from the
database instead, each row by one worker, and the rings that come for it later find nothing left to do.
"""

import time

from asyncpg import Record

from app import sql
from app.atomic import atomic, held
from app.flow import publish, turns
from app.flow.calls import Open
from app.flow.publish import ENOUGH
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PublicationStatus, listed

OPEN_STILL = f"SELECT 1 FROM publication WHERE post = $1 AND status IN ({listed(*OPEN)})"  # noqa: S608
DUE_STILL = "SELECT 1 FROM delivery WHERE id = $1 AND next_at <= now()"
# The post's lock is what everybody else asks for first: whoever holds it has the row in hand already.
ACCEPTED = f"""
SELECT u.post FROM publication u JOIN post p ON p.id = u.post
WHERE u.next_at <= now() AND u.status IN ({listed(PublicationStatus.PENDING)})
ORDER BY u.next_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED
"""  # noqa: S608
DUE = f"""
SELECT d.id, d.post FROM delivery d JOIN post p ON p.id = d.post
WHERE d.next_at <= now() AND d.status IN ({listed(DeliveryStatus.PENDING, DeliveryStatus.RETRYING)})
  AND NOT d.progress ? 'look' ORDER BY d.next_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED
"""  # noqa: S608


async def take_on(post: int) -> None:
    """What is due at once on a single channel goes out in this job, several channels in one each."""
    until = time.monotonic() + ENOUGH
    only = await publish.advance(post) if await sql.value(OPEN_STILL, post) else None
    await _go_on(await publish.send(only) if only is not None else None, until)


async def send(delivery: int) -> None:
    """One delivery, unless another job went on with it already."""
    until = time.monotonic() + ENOUGH
    if await sql.value(DUE_STILL, delivery):
        await _go_on(await publish.send(delivery), until)


async def _go_on(channel: int | None, until: float) -> None:
    """Who waits for a turn on this channel first, then what was accepted, then what is due."""
    while time.monotonic() < until:
        waiting = await turns.first(channel) if channel is not None else None
        found, call = (True, await publish.begin(waiting)) if waiting is not None else await _next()
        if not found:
            return
        channel = await publish.carry_out(call)
    if channel is not None:
        await turns.call(channel)


async def _next() -> tuple[bool, Open | None]:
    """Whether anything was due, and the call to make for it: taken and begun in one transaction."""
    async with atomic():
        taken = await _taken(ACCEPTED)
        if taken is not None:
            number = await publish.advance(taken["post"])
        else:
            taken = await _taken(DUE)
            number = taken["id"] if taken else None
        call = await publish.begin(number, taken["post"]) if taken and number is not None else None
        return taken is not None, call


async def _taken(statement: str) -> Record | None:
    """The first row whose post nobody else holds, that post locked."""
    found = await sql.row(statement)
    if found is not None:
        held(found["post"])
    return found
