"""What a platform's answer means for a recall: taken back, moved, overtaken or refused. Called by recall only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app import channels, moves, sql
from app import facts as fact_sheet
from app.flow import parcels, runs, steps
from app.flow.outcomes import LONGEST_WAIT
from app.flow.settled import confirm
from app.lifecycles.facts import Asked
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.lifecycles.statuses import DeliveryStatus
from app.moves import move
from app.platforms.contract import DEAD_CHANNEL, HandedOff, Outcome, Published, Refused, Removed, TryLater
from app.settings import settings
from app.tables import Delivery, Post

INTENTS = {
    "unschedule": "unschedule", "reopen": "unschedule", "reschedule": "reschedule",
    "unpublish": "remove", "set_back": "remove", "take_down": "remove",
}  # fmt: skip
DONE = "done"
LIVE = "It was live already."
STILL_LIVE = "It is still live there."
SILENT = "It did not answer."
DISCONNECTED = "{name} is disconnected, so Galley may not ask it any more: take it down there by hand."
# Our own blog is no account: what was on it can be taken down all the same.
CUT_OFF = "SELECT name FROM channel WHERE id = $1 AND disconnected_at IS NOT NULL AND platform <> 'site'"
MOVED = """
UPDATE delivery SET next_at = $4, remote_at = $2, error_kind = NULL, error_note = NULL, progress = progress || $3::jsonb
WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Recall:
    """An open recall under our claim. `answers` maps delivery id to DONE or the reason it is not.

    `delivery`: the only one it is about; such a recall settles that delivery and never moves the post.
    """

    id: int
    post: int
    move: str
    asker: By  # the worker, in the name of whoever asked
    at: datetime | None
    tries: int
    answers: Mapping[str, str]
    delivery: int | None = None

    @property
    def intent(self) -> str:
        return "unschedule" if self.move == "reschedule" and self.at is None else INTENTS[self.move]

    @property
    def wanted(self) -> str:
        """The status of the deliveries that somebody has to be asked about."""
        return DeliveryStatus.PUBLISHED if self.intent == "remove" else DeliveryStatus.HANDED_OFF

    @property
    def scheduler(self) -> By:
        """Whoever asked, for the moves that no worker makes; their right was judged when they asked."""
        if self.asker.person:
            return By("person", person=self.asker.person, role="editor")
        return By("key", key=self.asker.key, scopes=frozenset({"publish"}))


def opened(found: Mapping[str, Any]) -> Recall:
    known = msgspec.json.decode(found["facts"])
    at = datetime.fromisoformat(known["at"]) if known.get("at") else None
    asker = By("worker", person=found["person"], key=found["key"])
    tries, answers = known.get("tries", 1), known.get("answers", {})
    return Recall(found["id"], found["post"], found["move"], asker, at, tries, answers, known.get("delivery"))


async def given(recall: Recall) -> dict[str, str] | None:
    """The answers so far, by delivery; None when the recall has ended meanwhile."""
    known = await sql.value("SELECT facts FROM recall WHERE id = $1 AND ended_at IS NULL", recall.id)
    answers: dict[str, str] | None = msgspec.json.decode(known).get("answers", {}) if known else None
    return answers


async def refusal(recall: Recall, post: Post) -> str | None:
    """Why the table closes the move now that everybody has agreed; the recall itself does not count."""
    by, name = recall.asker, recall.move
    if recall.move == "reschedule":
        by, name = recall.scheduler, "reschedule" if recall.at else "publish_now"
    facts = await fact_sheet.of(post.id)
    line = moves.line(post, name, post.status, by)
    return line.refusal(replace(facts, recall=None, asked=Asked(at=recall.at)), by, own=False)


async def cut_off(recall: Recall, delivery: Delivery) -> bool:
    """Whether its channel was disconnected, so that nobody can be asked: then that is the answer."""
    name = await sql.value(CUT_OFF, delivery.channel)
    if name is not None:
        await _answer(recall, delivery, DISCONNECTED.format(name=name))
    return name is not None


async def apply(recall: Recall, delivery: Delivery, outcome: Outcome) -> None:
    """Settle one delivery's answer, or leave it open to be asked again."""
    match outcome:
        case Removed():
            await _gone(recall, delivery)
            await _answer(recall, delivery, DONE)
        case HandedOff(due_at=due) if recall.intent == "reschedule":
            await _moved(delivery, due, outcome.written_at)
            await _answer(recall, delivery, DONE)
        case Published():
            await _answer(recall, delivery, await _live(delivery, outcome))
        case Refused():
            await _refused(recall, delivery, outcome)
        case TryLater(at=at) if at and not await _tired(recall):
            await _come_back(recall, at)
        case _ if recall.tries >= settings().attempts_limit:
            await _answer(recall, delivery, getattr(outcome, "note", "") or SILENT)


async def _moved(delivery: Delivery, due: datetime, written_at: datetime | None) -> None:
    """Held there for the new time, and watched until then as before."""
    look_at = steps.next_watch(await sql.value("SELECT now()"), due)
    await sql.run(MOVED, delivery.id, due, parcels.dumped(parcels.written(written_at)), look_at)


async def _gone(recall: Recall, delivery: Delivery) -> None:
    if delivery.status == DeliveryStatus.PUBLISHED:
        now = await sql.value("SELECT now()")
        by = recall.asker if recall.delivery else WORKER  # else the post's own move names whoever asked
        gone = {Delivery.removed_at: now, Delivery.resurfaced_at: None}
        await move(delivery, "withdraw", by=by, values=gone, told={"recall": recall.id})
    elif delivery.status == DeliveryStatus.HANDED_OFF and recall.move == "reschedule":
        await runs.release(delivery, by=WORKER)
    elif delivery.status == DeliveryStatus.HANDED_OFF:
        await move(delivery, "cancel", by=WORKER, values={Delivery.next_at: None})


async def _live(delivery: Delivery, outcome: Published) -> str:
    """Asked to give it back, the platform says that it is live: believed, and shown."""
    if delivery.status != DeliveryStatus.HANDED_OFF:
        return STILL_LIVE
    await confirm(delivery, outcome, by=PLATFORM, note=LIVE)
    return LIVE


async def _refused(recall: Recall, delivery: Delivery, outcome: Refused) -> None:
    if outcome.kind in DEAD_CHANNEL:
        await channels.mark_broken(delivery.channel, outcome.kind)
    await _answer(recall, delivery, outcome.note)


async def _tired(recall: Recall) -> bool:
    """Waiting as such ends after a day."""
    asked = await sql.value("SELECT now() - asked_at FROM recall WHERE id = $1", recall.id)
    return bool(asked > LONGEST_WAIT)


async def _come_back(recall: Recall, at: datetime) -> None:
    """A wait the platform named costs no try."""
    latest = await sql.value("SELECT now() + $1::interval", timedelta(hours=1))
    await sql.run(
        "UPDATE recall SET facts = facts || jsonb_build_object('come_back_at', $2::text, 'tries',"
        " (facts->>'tries')::int - 1) WHERE id = $1",
        recall.id, min(at, latest).isoformat(),
    )  # fmt: skip


async def _answer(recall: Recall, delivery: Delivery, answer: str) -> None:
    await sql.run(
        "UPDATE recall SET facts = jsonb_set(facts, '{answers}', coalesce(facts->'answers', '{}') || $2::jsonb)"
        " WHERE id = $1",
        recall.id, json.dumps({str(delivery.id): answer}),
    )  # fmt: skip
