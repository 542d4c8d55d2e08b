"""Publish: T1 commits an attempt, one call is made, T2 settles it. Jobs and sweeps may come twice or late."""

from datetime import timedelta
from typing import Any

from app import audit, moves, seals, sql
from app import facts as fact_sheet
from app.atomic import atomic, ring
from app.doorbell import turn
from app.flow import calls, plan, runs, schedule, steps
from app.flow.calls import Open
from app.flow.outcomes import apply, refuse
from app.leases import LEASE
from app.lifecycles.facts import UNSETTLED, PostFacts
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus
from app.moves import lock, move
from app.platforms.contract import Outcome, Unknown
from app.tables import Delivery, Post, Publication

INTERRUPTED = "The worker stopped before it heard the answer."
UNSEALED = "Its approval was void when it was due."
PATIENCE = timedelta(seconds=30)  # before a closed door is tried again
STRAGGLERS = """
SELECT u.post FROM publication u WHERE u.status = $1 AND u.held_for IS NULL
  AND (u.due_at IS NULL OR u.due_at <= now())
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND status = ANY($2)) LIMIT 100
"""


async def advance(post: int) -> None:
    """The worker takes an accepted publication on: hand-offs are made, the rest waits for its time."""
    async with atomic():
        await lock(post)
        publication = await runs.open_publication(post)
        if publication is None:
            return
        if publication.status == PublicationStatus.PENDING:
            publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
            await runs.wake(publication)
        await _ring_due(publication.id)
        await close_up(post)


async def send(delivery: int) -> None:
    """Take one delivery as far as it goes now: written down, called, settled, step after step."""
    while True:
        call = await begin(delivery)
        if call is None:
            return
        outcome = await calls.make(call)
        if not await settle(delivery, call.fence, outcome):
            return


async def begin(delivery: int) -> Open | None:
    """T1: decide under the post's lock; an attempt is committed before its call may be made."""
    async with atomic():
        row = await _locked(delivery)
        match steps.decide(await calls.scene(row)):
            case steps.Call(intent):
                return await _open(row, intent)
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


async def settle(delivery: int, fence: Any, outcome: Outcome, *, by: By = WORKER) -> bool:
    """T2: end the attempt by its fence and move the delivery. True when the next step may be made at once."""
    async with atomic():
        row = await _locked(delivery)
        intent = await sql.value("SELECT intent FROM attempt WHERE fence = $1", fence)
        if not await calls.write_outcome(fence, outcome):
            return False
        action = await apply(row, outcome, by=by, fence=fence, intent=intent)
        await close_up(row.post)
    return action.startswith("next step")


async def close_up(post: int, *, by: By = WORKER) -> None:
    """When every delivery has settled, the post follows its newest deliveries and the publication ends.

    Decided under the post's lock, so that two deliveries settling at once cannot both leave it to the other.
    """
    facts = await fact_sheet.of(post)
    if facts.run and facts.settled:
        publication = await runs.open_publication(post)
        if await _follow(await plan.load(post), facts, by) and publication:
            await _complete(publication)
    elif facts.status == PostStatus.PUBLISH_FAILED and facts.run is None and not facts.archived:
        await _confirm_live(await plan.load(post), by)


async def sweep() -> None:
    """Ring for everything whose time to be looked at has come; every lost ring is found here."""
    async with atomic():
        for found in await sql.rows("SELECT post FROM publication WHERE next_at <= now() LIMIT 200"):
            ring("advance", found["post"], turn())
        for found in await sql.rows(STRAGGLERS, PublicationStatus.SCHEDULED, [*UNSETTLED]):
            ring("advance", found["post"], turn())
        for found in await sql.rows("SELECT id FROM delivery WHERE next_at <= now() ORDER BY next_at LIMIT 500"):
            ring("send", found["id"], turn())


async def _ring_due(publication: int) -> None:
    due = await sql.rows("SELECT id, version FROM delivery WHERE publication = $1 AND next_at <= now()", publication)
    for found in due:
        ring("send", found["id"], found["version"])


async def _locked(delivery: int) -> Delivery:
    """The delivery's row, read after its post is locked."""
    await lock(await sql.value("SELECT post FROM delivery WHERE id = $1", delivery))
    return await calls.load(delivery)


async def _open(delivery: Delivery, intent: str) -> Open | None:
    """Write the attempt down; the first one to send takes the post along."""
    post = await plan.load(delivery.post)
    sealed = await sql.value("SELECT seal FROM publication WHERE id = $1", delivery.publication)
    if sealed != await seals.valid(post.id):
        await _unsealed(post, delivery)
        return None
    if intent != "hand_off" and not await _start(post):
        await _come_back(delivery, PATIENCE)
        return None
    opened = await calls.write_down(delivery, intent)
    if opened is None:
        await _come_back(delivery, timedelta(seconds=2))
    elif delivery.status != DeliveryStatus.SENDING:
        now = await sql.value("SELECT now()")
        values = {Delivery.next_at: now + LEASE, Delivery.tries: delivery.tries + 1}
        await move(delivery, "send", by=WORKER, values=values)
    else:
        await _come_back(delivery, LEASE)
    return opened


async def _come_back(delivery: Delivery, wait: timedelta) -> None:
    await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", delivery.id, wait)


async def _unsealed(post: Post, delivery: Delivery) -> None:
    """Nothing goes without the seal that was approved: back to editing, or failed when some of it is out already."""
    facts = await fact_sheet.of(post.id)
    if post.status == PostStatus.SCHEDULED and not facts.sent:
        await schedule.reopen(post, by=WORKER, note=UNSEALED)
    else:
        await refuse(delivery, "unexpected", UNSEALED, by=WORKER)
        await close_up(post.id)


async def _start(post: Post) -> bool:
    if post.status != PostStatus.SCHEDULED:
        return True
    starts = _starts(post, await fact_sheet.of(post.id), WORKER)
    if starts:
        await move(post, "start_publishing", by=WORKER)
    return starts


def _starts(post: Post, facts: PostFacts, by: By) -> bool:
    return moves.line(post, "start_publishing", post.status, by).refusal(facts, by, own=False) is None


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


async def _follow(post: Post, facts: PostFacts, by: By) -> bool:
    """The post's status after dispatch is a function of its newest deliveries (invariant v).

    False while it has to wait: nothing that settles early lets the post begin, or fail, before its time, except
    that it is live already.
    """
    if post.status == PostStatus.SCHEDULED:
        early = facts.run is not None and DeliveryStatus.PUBLISHED in facts.run.deliveries
        starter = next((who for who in (WORKER, *([PLATFORM] if early else [])) if _starts(post, facts, who)), None)
        if starter is None:
            return False
        post = await move(post, "start_publishing", by=starter)
    if post.status == PostStatus.PUBLISHING:
        mover = by if by.kind == "platform" else WORKER
        await move(post, _end(post, await fact_sheet.of(post.id)), by=mover)
    return True


def _end(post: Post, facts: PostFacts) -> str:
    """What became of a run that has settled; the table's guards leave exactly one."""
    return next(
        name
        for name in ("complete", "fail_publishing", "keep_live")
        if moves.line(post, name, post.status, WORKER).refusal(facts, WORKER, own=False) is None
    )


async def _complete(publication: Publication) -> None:
    if publication.status == PublicationStatus.PENDING:
        publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
    now = await sql.value("SELECT now()")
    released = {Publication.completed_at: now, Publication.held_for: None, Publication.held_at: None}
    await move(publication, "complete", by=WORKER, values=released)


async def _confirm_live(post: Post, by: By) -> None:
    facts = await fact_sheet.of(post.id)
    line = moves.line(post, "confirm_live", post.status, by)
    if line.refusal(facts, by, own=False) is None:
        await move(post, "confirm_live", by=by)
