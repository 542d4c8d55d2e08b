"""Recall: ask platforms to take something back, then move in the asker's name, or say why not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app import facts as fact_sheet
from app import moves, seals, sql
from app.atomic import atomic, ring
from app.flow import asking, calls, plan, schedule
from app.flow.outcomes import confirm
from app.flow.publish import close_up
from app.leases import LEASE
from app.lifecycles.facts import Asked
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.moves import lock, move
from app.platforms.contract import HandedOff, Outcome, Published, Refused, Removed
from app.settings import settings
from app.tables import Delivery, Post
from app.times import local

INTENTS = {
    "unschedule": "unschedule", "reopen": "unschedule", "reschedule": "reschedule",
    "unpublish": "remove", "set_back": "remove",
}  # fmt: skip
WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Recall:
    """An open recall under our claim. `answers` maps delivery id to "done" or the reason it is not."""

    id: int
    post: int
    move: str
    asker: By
    at: datetime | None
    tries: int
    answers: Mapping[str, str]

    @property
    def intent(self) -> str:
        return "unschedule" if self.move == "reschedule" and self.at is None else INTENTS[self.move]


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
            await _ask(recall, delivery)
    await _finish(recall)


async def sweep() -> None:
    async with atomic():
        for found in await sql.rows("SELECT id, post FROM recall WHERE next_at <= now() LIMIT 100"):
            ring("recall", found["post"], found["id"])


async def _claim(post: int) -> Recall | None:
    """Take the open recall for a lease; None when another worker has it."""
    found = await sql.row(
        "UPDATE recall SET next_at = now() + $2::interval, facts = facts || jsonb_build_object('tries',"
        " coalesce((facts->>'tries')::int, 0) + 1) WHERE post = $1 AND ended_at IS NULL AND next_at <= now()"
        " RETURNING id, post, move, person, key, facts",
        post, LEASE,
    )  # fmt: skip
    return _recall(found) if found else None


def _recall(found: Mapping[str, Any]) -> Recall:
    known = msgspec.json.decode(found["facts"])
    at = datetime.fromisoformat(known["at"]) if known.get("at") else None
    asker = By("worker", person=found["person"], key=found["key"])
    return Recall(
        found["id"], found["post"], found["move"], asker, at, known.get("tries", 1), known.get("answers", {})
    )


async def _concerned(recall: Recall) -> list[Delivery]:
    """What stands at a platform: handed over, or live where the platform lets us take it down."""
    wanted = DeliveryStatus.PUBLISHED if recall.intent == "remove" else DeliveryStatus.HANDED_OFF
    rows = (
        await Delivery.objects()
        .where((Delivery.post == recall.post) & (Delivery.status == wanted) & (Delivery.kind == "create"))
        .order_by(Delivery.id)
    )
    if recall.intent != "remove":
        return list(rows)
    return [row for row in rows if (await seals.traits_of(row.channel)).removes]


async def _ask(recall: Recall, delivery: Delivery) -> None:
    """One attempt, one call, its outcome: the same three steps as any sending."""
    async with atomic():
        await lock(recall.post)
        await _close_orphan(delivery)
        call = await calls.write_down(delivery, recall.intent)
        await sql.run("UPDATE recall SET next_at = now() + $2::interval WHERE id = $1", recall.id, LEASE)
    outcome = await calls.make(call)
    async with atomic():
        await lock(recall.post)
        if await calls.write_outcome(call.fence, outcome):
            await _apply(recall, await calls.load(delivery.id), outcome)


async def _close_orphan(delivery: Delivery) -> None:
    """An attempt that a dead worker left open: taking back twice is harmless, so it is simply ended."""
    await sql.run(
        "UPDATE attempt SET ended_at = now(), outcome = 'unknown', why = 'The worker stopped before it heard.'"
        " WHERE delivery = $1 AND ended_at IS NULL",
        delivery.id,
    )


async def _apply(recall: Recall, delivery: Delivery, outcome: Outcome) -> None:
    match outcome:
        case Removed():
            await _gone(recall, delivery)
            await _answer(recall, delivery, "done")
        case HandedOff():
            due = outcome.due_at
            await sql.run("UPDATE delivery SET next_at = $2, remote_at = $2 WHERE id = $1", delivery.id, due)
            await _answer(recall, delivery, "done")
        case Published() if delivery.status == DeliveryStatus.HANDED_OFF:
            await confirm(delivery, outcome, by=By("platform"), note="It was live already.")
            await _answer(recall, delivery, "It was live already.")
        case Refused():
            await _answer(recall, delivery, outcome.note)
        case _ if recall.tries >= settings().attempts_limit:
            await _answer(recall, delivery, getattr(outcome, "note", "") or "It did not answer.")


async def _gone(recall: Recall, delivery: Delivery) -> None:
    now = await sql.value("SELECT now()")
    if recall.intent == "remove":
        values = {Delivery.removed_at: now}
        await move(delivery, "withdraw", by=WORKER, values=values, told={"recall": recall.id})
    elif recall.move == "reschedule":
        await move(delivery, "release", by=WORKER, values={Delivery.next_at: now})
    else:
        await move(delivery, "cancel", by=WORKER, values={Delivery.next_at: None})


async def _answer(recall: Recall, delivery: Delivery, answer: str) -> None:
    await sql.run(
        "UPDATE recall SET facts = jsonb_set(facts, '{answers}', coalesce(facts->'answers', '{}') || $2::jsonb)"
        " WHERE id = $1",
        recall.id, json.dumps({str(delivery.id): answer}),
    )  # fmt: skip


async def _finish(recall: Recall) -> None:
    """Everything answered: the move happens, or the recall ends with the reason; else it is asked again."""
    async with atomic():
        await lock(recall.post)
        known = await sql.value("SELECT facts FROM recall WHERE id = $1 AND ended_at IS NULL", recall.id)
        if known is None:
            return
        answers = msgspec.json.decode(known).get("answers", {})
        if any(str(row.id) not in answers for row in await _concerned(recall)):
            await sql.run("UPDATE recall SET next_at = now() + $2::interval WHERE id = $1", recall.id, WAIT)
            return
        refused = [answer for answer in answers.values() if answer != "done"]
        await _end(recall, refused)
        await _move(recall, done="done" in answers.values(), refused=refused)
        await close_up(recall.post)


async def _end(recall: Recall, refused: list[str]) -> None:
    result = "refused" if refused else "done"
    note = " ".join(dict.fromkeys(refused))[:500] or None
    await sql.run(
        "UPDATE recall SET ended_at = now(), next_at = NULL, result = $2, note = $3 WHERE id = $1",
        recall.id, result, note,
    )  # fmt: skip
    if refused:
        await moves.record(
            "recall", recall.id, f"refuse_{recall.move}", by=recall.asker, post=recall.post, note=note or ""
        )


async def _move(recall: Recall, *, done: bool, refused: list[str]) -> None:
    post = await plan.load(recall.post)
    if refused:
        if done and recall.move == "unpublish" and post.status == PostStatus.PUBLISHED:
            await move(post, "fail_recall", by=WORKER, note=" ".join(refused)[:500])
        return
    match recall.move:
        case "unpublish" | "set_back":
            await move(post, recall.move, by=recall.asker)
        case "unschedule":
            await move(post, "unschedule", by=recall.asker)
            await schedule.cancel(post.id, by=recall.asker)
        case "reopen":
            await reopened(post, by=recall.asker)
        case "reschedule":
            await _rescheduled(post, recall)


async def reopened(post: Post, *, by: By, note: str = "") -> Post:
    """Back to editing: the publication is canceled, the content kept, the approval void."""
    async with atomic():
        fresh = await move(post, "reopen", by=by, note=note)
        await schedule.cancel(post.id, by=by)
        await seals.void(post.id)
    return fresh


async def _rescheduled(post: Post, recall: Recall) -> None:
    facts = await fact_sheet.of(post.id)
    if recall.at is None:
        await move(post, "publish_now", by=By("person", person=recall.asker.person, role="editor"))
        await schedule.set_due(post.id, facts.now)
        return
    here = local(recall.at, post.zone)
    values = {
        Post.planned_on: here.date(), Post.planned_time: here.time().replace(second=0, microsecond=0),
        Post.publish_at: recall.at,
    }  # fmt: skip
    person = By("person", person=recall.asker.person, key=recall.asker.key, role="editor")
    await move(post, "reschedule", by=person, asked=Asked(at=recall.at), values=values)
    await schedule.set_due(post.id, recall.at)
