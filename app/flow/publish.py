"""Publish: T1 commits an attempt, one call is made, T2 settles it. Jobs and sweeps may come twice or late."""

from typing import Any

from app import facts as fact_sheet
from app import moves, seals, sql
from app.atomic import atomic, ring
from app.flow import calls, plan, schedule, steps
from app.flow.calls import Open
from app.flow.outcomes import apply, refuse
from app.leases import LEASE
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus
from app.moves import lock, move
from app.platforms.contract import Outcome, Unknown
from app.tables import Delivery, Post, Publication

INTERRUPTED = "The worker stopped before it heard the answer."


async def advance(post: int) -> None:
    """The worker takes an accepted publication on: hand-offs are made, the rest waits for its time."""
    async with atomic():
        await lock(post)
        publication = await schedule.open_publication(post)
        if publication is None:
            return
        if publication.status == PublicationStatus.PENDING:
            publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
            await _wake(publication)
        await _ring_due(publication.id)


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
                ring("look", row.id, row.version)
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
        await _follow(await plan.load(post), facts, by)
        publication = await schedule.open_publication(post)
        if publication is not None:
            await _complete(publication)
    elif facts.status == PostStatus.PUBLISH_FAILED and facts.run is None:
        await _confirm_live(await plan.load(post), by)


async def sweep() -> None:
    """Ring for everything whose time to be looked at has come; every lost ring is found here."""
    async with atomic():
        for found in await sql.rows("SELECT post, id FROM publication WHERE next_at <= now() LIMIT 200"):
            ring("advance", found["post"], found["id"])
        for found in await sql.rows("SELECT id, version FROM delivery WHERE next_at <= now() LIMIT 500"):
            ring("send", found["id"], found["version"])


async def _wake(publication: Publication) -> None:
    """Each delivery's first look: at once, or at its time."""
    for delivery in await schedule.deliveries(publication.id):
        if delivery.status == DeliveryStatus.PENDING:
            at = steps.first_look(await calls.scene(delivery))
            await sql.run("UPDATE delivery SET next_at = $2 WHERE id = $1", delivery.id, at)


async def _ring_due(publication: int) -> None:
    due = await sql.rows("SELECT id, version FROM delivery WHERE publication = $1 AND next_at <= now()", publication)
    for found in due:
        ring("send", found["id"], found["version"])


async def _locked(delivery: int) -> Delivery:
    """The delivery's row, read after its post is locked."""
    await lock(await sql.value("SELECT post FROM delivery WHERE id = $1", delivery))
    return await calls.load(delivery)


async def _open(delivery: Delivery, intent: str) -> Open | None:
    if await calls.lane_taken(delivery.channel):
        await sql.run("UPDATE delivery SET next_at = now() + interval '2 seconds' WHERE id = $1", delivery.id)
        return None
    if intent != "hand_off" and not await _start(delivery):
        return None
    if delivery.status != DeliveryStatus.SENDING:
        now = await sql.value("SELECT now()")
        values = {Delivery.next_at: now + LEASE, Delivery.tries: delivery.tries + 1}
        delivery = await move(delivery, "send", by=WORKER, values=values)
    else:
        await sql.run("UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1", delivery.id, LEASE)
    return await calls.write_down(delivery, intent)


async def _start(delivery: Delivery) -> bool:
    """The first delivery to go takes the post along; nothing goes without the seal that was approved."""
    post = await plan.load(delivery.post)
    sealed = await sql.value("SELECT seal FROM publication WHERE id = $1", delivery.publication)
    if sealed != await seals.valid(post.id):
        await refuse(delivery, "unexpected", "Its approval was void when it was due.", by=WORKER)
        await close_up(post.id)
        return False
    if post.status == PostStatus.SCHEDULED:
        await move(post, "start_publishing", by=WORKER)
    return True


async def _hold(delivery: Delivery, why: str) -> None:
    """A person decides what happens to it; nothing of it is looked at until then."""
    await sql.run(
        "UPDATE publication SET held_for = $2, held_at = now() WHERE id = $1 AND held_for IS NULL",
        delivery.publication, why,
    )  # fmt: skip
    await sql.run(
        "UPDATE delivery SET next_at = NULL WHERE publication = $1 AND status = $2",
        delivery.publication, DeliveryStatus.PENDING,
    )  # fmt: skip
    await moves.record("publication", delivery.publication, "hold", by=WORKER, post=delivery.post, note=why)


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


async def _follow(post: Post, facts: PostFacts, by: By) -> None:
    """The post's status after dispatch is a function of its newest deliveries (invariant v)."""
    if post.status == PostStatus.SCHEDULED:
        early = By("platform") if facts.live else by
        post = await move(post, "start_publishing", by=early)
    if post.status == PostStatus.PUBLISHING:
        facts = await fact_sheet.of(post.id)
        name = next(
            name
            for name in ("complete", "fail_publishing", "keep_live")
            if moves.line(post, name, post.status, WORKER).refusal(facts, WORKER, own=False) is None
        )
        await move(post, name, by=by)


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
