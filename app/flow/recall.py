"""Recall: ask platforms to take something back, then move in the asker's name, or say why not."""

from datetime import timedelta

from app import audit, seals, sql
from app.atomic import atomic, ring
from app.doorbell import turn
from app.flow import asking, calls, changed_there, plan, recall_answers, schedule
from app.flow.calls import Open
from app.flow.closing import close_up
from app.flow.recall_answers import DONE, Recall
from app.leases import LEASE
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import IllegalMove, lock, move
from app.tables import Delivery, Post

WAIT = timedelta(seconds=10)
TOO_LATE = "No answer came before its time."
ENDED = "The worker stopped before it heard."


async def unpublish(post: Post, *, by: By) -> Post:
    """Ask every live channel that can, to take it down."""
    return await asking.ask(post, "unpublish", by=by)


async def set_back(post: Post, *, by: By) -> Post:
    """A failed post with something live: take that down, then it is an editable draft."""
    return await asking.ask(post, "set_back", by=by)


async def work(post: int) -> None:
    """The worker's job: ask each platform that holds something, then finish. Resumes where a crash left it."""
    recall = await _claim(post)
    if recall is None:
        return
    for delivery in await _concerned(recall):
        if str(delivery.id) not in recall.answers:
            await _ask(recall, delivery.id)
    await _finish(recall)


async def sweep() -> None:
    async with atomic():
        for found in await sql.rows("SELECT post FROM recall WHERE next_at <= now() LIMIT 100"):
            ring("recall", found["post"], turn())


async def _claim(post: int) -> Recall | None:
    """Take the open recall for a lease; None when another worker has it."""
    found = await sql.row(
        "UPDATE recall SET next_at = now() + $2::interval, facts = facts || jsonb_build_object('tries',"
        " coalesce((facts->>'tries')::int, 0) + 1) WHERE post = $1 AND ended_at IS NULL AND next_at <= now()"
        " RETURNING id, post, move, person, key, facts",
        post, LEASE,
    )  # fmt: skip
    return recall_answers.opened(found) if found else None


async def _concerned(recall: Recall) -> list[Delivery]:
    """What stands at a platform: handed over, or live where the platform lets us take it down."""
    concerned = (Delivery.post == recall.post) & (Delivery.status == recall.wanted) & (Delivery.kind == "create")
    if recall.delivery:
        concerned = concerned & (Delivery.id == recall.delivery)
    rows = await Delivery.objects().where(concerned).order_by(Delivery.id)
    if recall.intent != "remove":
        return list(rows)
    return [row for row in rows if (await seals.traits_of(row.channel)).removes]


async def _ask(recall: Recall, delivery: int) -> None:
    """One attempt, one call, its outcome: the same three steps as any sending."""
    call = await _write_down(recall, delivery)
    if call is None:
        return
    outcome = await calls.make(call)
    async with atomic():
        await lock(recall.post)
        if await calls.write_outcome(call.fence, outcome):
            await recall_answers.apply(recall, await calls.load(delivery), outcome)


async def _write_down(recall: Recall, delivery: int) -> Open | None:
    """T1. None when it no longer stands there, or another call is open to its site."""
    async with atomic():
        await lock(recall.post)
        row = await calls.load(delivery)
        open_still = await sql.value("SELECT 1 FROM recall WHERE id = $1 AND ended_at IS NULL", recall.id)
        if row.status != recall.wanted or not open_still:
            return None
        if await recall_answers.cut_off(recall, row):
            return None
        await _close_orphan(row)
        await sql.run("UPDATE recall SET next_at = now() + $2::interval WHERE id = $1", recall.id, LEASE)
        return await calls.write_down(row, recall.intent)


async def _close_orphan(delivery: Delivery) -> None:
    """An attempt that a dead worker left open: taking back twice is harmless, so it is simply ended."""
    await sql.run(
        "UPDATE attempt SET ended_at = now(), outcome = 'unknown', why = $2 WHERE delivery = $1 AND ended_at IS NULL",
        delivery.id, ENDED,
    )  # fmt: skip


async def _finish(recall: Recall) -> None:
    """Everything answered: the move happens, or the recall ends with the reason; else it is asked again."""
    async with atomic():
        await lock(recall.post)
        answers = await recall_answers.given(recall)
        if answers is None:
            return
        silent = [row for row in await _concerned(recall) if str(row.id) not in answers]
        if silent and not await _too_late(recall):
            await _again(recall)
            return
        live = await _live(recall)
        refused = [answer for answer in answers.values() if answer != DONE] + live + ([TOO_LATE] if silent else [])
        refused = refused or await _not_now(recall)
        await _end(recall, refused, "overtaken" if live else "refused" if refused else "done")
        await _move(recall, done=DONE in answers.values(), refused=refused)
        await close_up(recall.post)


async def _again(recall: Recall) -> None:
    """Asked again soon, or when a platform told us to come back."""
    await sql.run(
        "UPDATE recall SET next_at = greatest(now() + $2::interval, (facts->>'come_back_at')::timestamptz),"
        " facts = facts - 'come_back_at' WHERE id = $1",
        recall.id, WAIT,
    )  # fmt: skip


async def _too_late(recall: Recall) -> bool:
    """Its time has come without an answer: then what is scheduled goes out, and the recall ends."""
    if recall.intent == "remove":
        return False
    due = "SELECT due_at <= now() FROM publication WHERE post = $1 AND completed_at IS NULL AND canceled_at IS NULL"
    return bool(await sql.value(due, recall.post))


async def _live(recall: Recall) -> list[str]:
    """What overtook us: a handed-over delivery of the open publication that is live by now."""
    if recall.intent == "remove":
        return []
    found = await sql.rows(
        "SELECT c.name FROM delivery d JOIN publication u ON u.id = d.publication JOIN channel c ON c.id = d.channel"
        " WHERE d.post = $1 AND d.status = $2 AND u.completed_at IS NULL AND u.canceled_at IS NULL"
        " AND ($3::bigint IS NULL OR d.id = $3) ORDER BY d.id",
        recall.post, DeliveryStatus.PUBLISHED, recall.delivery,
    )  # fmt: skip
    return [f"It is live on {record['name']} already." for record in found]


async def _not_now(recall: Recall) -> list[str]:
    """Why the table no longer allows what everybody agreed to; nothing, as a rule."""
    if recall.delivery:
        return []
    post = await plan.load(recall.post)
    try:
        reason = await recall_answers.refusal(recall, post)
    except IllegalMove as illegal:
        reason = illegal.reason
    return [reason] if reason else []


async def _end(recall: Recall, refused: list[str], result: str) -> None:
    note = " ".join(dict.fromkeys(refused))[:500]
    await sql.run(
        "UPDATE recall SET ended_at = now(), next_at = NULL, result = $2, note = $3 WHERE id = $1",
        recall.id, result, note or None,
    )  # fmt: skip
    if refused:
        await audit.record("recall", recall.id, f"refuse_{recall.move}", by=recall.asker, post=recall.post, note=note)


async def _move(recall: Recall, *, done: bool, refused: list[str]) -> None:
    if recall.delivery:
        return
    post = await plan.load(recall.post)
    if refused:
        if done and recall.move == "unpublish" and post.status == PostStatus.PUBLISHED:
            await move(post, "fail_recall", by=WORKER, note=" ".join(refused)[:500])
        return
    match recall.move:
        case "unpublish" | "set_back":
            await move(post, recall.move, by=recall.asker)
            await seals.void(post.id)
        case "unschedule":
            await schedule.unscheduled(post, by=recall.asker)
        case "reopen":
            await schedule.reopened(post, by=recall.asker)
        case "reschedule":
            await schedule.rescheduled(post, recall.at, by=recall.scheduler)
            await changed_there.settle_on(post.id, recall.at)
