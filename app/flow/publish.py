"""Publish: T1 commits an attempt, one call is made, T2 settles it. Jobs and sweeps may come twice or late."""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from time import monotonic, time_ns
from typing import Any

from app import audit, sql
from app import facts as fact_sheet
from app.atomic import atomic, ring, whole
from app.database import insist
from app.doorbell import lately, turn
from app.flow import calls, closing, plan, runs, schedule, steps, turns
from app.flow.calls import Open
from app.flow.closing import close_up
from app.flow.outcomes import NEXT, apply
from app.flow.settled import refuse
from app.flow.steps import Scene
from app.leases import LEASE
from app.lifecycles.facts import UNSETTLED
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus
from app.moves import lock, lock_of, move
from app.platforms.contract import Outcome, Unknown
from app.tables import Delivery, Publication

log = logging.getLogger("galley.publish")
INTERRUPTED = "The worker stopped before it heard the answer."
UNSEALED = "Its approval was void when it was due."
ENOUGH = 4.0  # seconds, after which a job begins nothing more
PATIENCE = timedelta(seconds=30)  # before a closed door is tried again
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds between tries to keep an outcome; the lease is longer
STRAGGLERS = """
SELECT u.post FROM publication u WHERE u.status = $1 AND u.held_for IS NULL
  AND (u.due_at IS NULL OR u.due_at <= now())
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND status = ANY($2)) LIMIT 100
"""


@whole
async def advance(post: int) -> int | None:
    """An accepted publication goes on its schedule: hand-offs are made, the rest waits for its time.

    The one delivery that is due at once, if it is the only one; else they are rung for.
    """
    async with atomic():
        await lock(post)
        publication = await runs.open_publication(post)
        if publication is None:
            return None
        if publication.status == PublicationStatus.PENDING:
            publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
            due = await runs.wake(publication)
        else:
            due = await runs.due(publication.id)
        if len(due) == 1:
            only: int = due[0]["id"]
            return only
        for found in due:
            ring("send", found["id"], found["version"])
        if not due:
            await close_up(post)
    return None


async def send(delivery: int) -> int | None:
    """Take one delivery as far as it goes now. The channel where it left room, if it was its turn there."""
    return await carry_out(await begin(delivery))


async def carry_out(call: Open | None) -> int | None:
    """Called and settled, step after step. The channel, when it was its turn and that is over.

    A job is cut off when its time is up, in the middle of a call: what takes longer goes on in the next one.
    """
    until = monotonic() + ENOUGH
    while call:
        if not await _keep(call, await calls.make(call)):
            return call.channel
        if monotonic() > until:
            await _go_on_later(call.delivery)
            return None
        call = await begin(call.delivery)
    return None


@whole
async def begin(delivery: int, post: int | None = None) -> Open | None:
    """T1: decide under the post's lock; an attempt is committed before its call may be made."""
    async with atomic():
        await (lock(post) if post else lock_of(delivery))
        row, scene = await calls.scene(delivery)
        match steps.decide(scene):
            case steps.Call(intent):
                return await _open(row, intent, scene)
            case steps.Wait(until):
                await sql.run("UPDATE delivery SET next_at = $2 WHERE id = $1", row.id, until)
            case steps.Hold(why):
                await _hold(row, why)
            case steps.GiveUp(kind, note):
                await refuse(row, kind, note, by=WORKER)
                await close_up(row.post)
            case steps.Recover():
                await _recover(row)
            case steps.Look():
                ring("look", row.id, turn())
    return None


@whole
async def settle(delivery: int, fence: Any, outcome: Outcome, *, by: By = WORKER, closing: bool = True) -> bool:
    """T2: end the attempt by its fence and move the delivery. True when the next step may be made at once.

    Not `closing`: what becomes of the post is left to the sweep.
    """
    async with atomic():
        await lock_of(delivery)
        row = await calls.load(delivery)
        intent = await calls.write_outcome(fence, outcome)
        if intent is None:
            return False
        action = await apply(row, outcome, by=by, fence=fence, intent=intent)
        if closing:
            await close_up(row.post)
    return action.startswith(NEXT)


async def sweep() -> None:
    """Ring for everything whose time to be looked at has come; every lost ring is found here."""
    async with atomic():
        for found in await sql.rows("SELECT post, next_at FROM publication WHERE next_at <= now() LIMIT 200"):
            if lately.new(("advance", *found)):
                ring("advance", found["post"], turn())
        for found in await sql.rows(STRAGGLERS, PublicationStatus.SCHEDULED, [*UNSETTLED]):
            ring("advance", found["post"], turn())
        for found in await sql.rows(
            "SELECT id, next_at FROM delivery WHERE next_at <= now() ORDER BY next_at LIMIT 500"
        ):
            if lately.new(("send", *found)):
                ring("send", found["id"], turn())


async def _keep(call: Open, outcome: Outcome) -> bool:
    """T2 until it is done: what the platform did is known here and nowhere else, so no later failure may lose it."""
    for number, pause in enumerate(PAUSES):
        try:
            return await settle(call.delivery, call.fence, outcome, closing=number == 0)
        except Exception:
            log.exception("Delivery %s: its outcome was not kept yet", call.delivery)
            await asyncio.sleep(pause)
    return await insist(partial(settle, call.delivery, call.fence, outcome, closing=False))


async def _go_on_later(delivery: int) -> None:
    async with atomic():
        ring("send", delivery, -time_ns())  # unlike any ring before: this job is still ending


async def _open(delivery: Delivery, intent: str, scene: Scene) -> Open | None:
    """Write the attempt down; the first one to send takes the post along."""
    if not scene.sealed:
        await _unsealed(delivery)
        return None
    turn = await turns.ask(delivery, intent, scene.traits)
    if turn is None:  # the post stays on its schedule meanwhile
        await turns.wait(delivery)
        return None
    if intent != "hand_off" and not scene.started and not await _start(delivery.post):
        await _come_back(delivery, PATIENCE)
        return None
    opened = await calls.write_down(delivery, intent, turn)
    if opened is None:
        await turns.wait(delivery)
    elif delivery.status != DeliveryStatus.SENDING:
        values = {Delivery.next_at: scene.now + LEASE, Delivery.tries: delivery.tries + 1}
        await move(delivery, "send", by=WORKER, values=values)
    else:
        await _come_back(delivery, LEASE)
    return opened


async def _come_back(delivery: Delivery, wait: timedelta) -> None:
    await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", delivery.id, wait)


async def _unsealed(delivery: Delivery) -> None:
    """Nothing goes without the seal that was approved: back to editing, or failed when some of it is out already."""
    facts = await fact_sheet.of(delivery.post)
    if facts.status == PostStatus.SCHEDULED and not facts.sent:
        await schedule.reopen(await plan.load(delivery.post), by=WORKER, note=UNSEALED)
    else:
        await refuse(delivery, "unexpected", UNSEALED, by=WORKER)
        await close_up(delivery.post)


async def _start(number: int) -> bool:
    post, facts = await plan.load(number), await fact_sheet.of(number)
    starts = closing.starts(post, facts, WORKER)
    if starts:
        await move(post, "start_publishing", by=WORKER, known=facts)
    return starts


async def _hold(delivery: Delivery, why: str) -> None:
    """A person decides what happens to it; nothing of it is looked at until then."""
    held = await sql.run(
        "UPDATE publication SET held_for = $2, held_at = now() WHERE id = $1 AND held_for IS NULL",
        delivery.publication, why,
    )  # fmt: skip
    await sql.run(
        "UPDATE delivery SET next_at = NULL WHERE publication = $1 AND status = $2",
        delivery.publication, DeliveryStatus.PENDING,
    )  # fmt: skip
    if held:
        await audit.record("publication", delivery.publication, "hold", by=WORKER, post=delivery.post, note=why)


async def _recover(delivery: Delivery) -> None:
    """An open attempt whose lease ran out: its worker died, so its outcome is unknown."""
    found = await sql.row("SELECT fence, intent FROM attempt WHERE delivery = $1 AND ended_at IS NULL", delivery.id)
    if found is None:
        return
    outcome = Unknown(INTERRUPTED)
    await calls.write_outcome(found["fence"], outcome, why=INTERRUPTED)
    await apply(delivery, outcome, fence=found["fence"], intent=found["intent"], recovered=True)
    await close_up(delivery.post)
    row = await calls.load(delivery.id)
    if row.next_at is not None:
        ring("send", row.id, row.version)
