"""How a delivery settles, or waits for its next try: what every answer, look, callback and person leads to."""

from datetime import datetime
from typing import Any

from app import channels, sql
from app.flow.parcels import dumped, progress_of
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import DeliveryStatus
from app.moves import move
from app.platforms.contract import DEAD_CHANNEL, Published
from app.tables import Delivery

REFUSED_HAND_OFF = "hand_off_refused"
UNSURE = "unsure"  # in progress: a call under this key had no clear answer, so a later refusal proves nothing
PERHAPS = "An earlier answer never came, so it may be there all the same."


async def confirm(delivery: Delivery, published: Published, *, by: By, note: str = "") -> str:
    """Live: remote id and address are kept, an update's live copy carries the new seal.

    Only our own call proves that the account works; what a person or a callback says does not.
    """
    found = await sql.row("SELECT now() AS now, seal FROM publication WHERE id = $1", delivery.publication)
    assert found is not None
    at = min(published.at or found["now"], found["now"])
    values = {
        Delivery.remote_id: published.remote_id or delivery.remote_id or _reserved(delivery),
        Delivery.remote_url: published.url or delivery.remote_url or "",
        Delivery.published_at: at, Delivery.live_seal: found["seal"], Delivery.next_at: None,
        Delivery.error_kind: None, Delivery.error_note: None, Delivery.removed_at: None,
    }  # fmt: skip
    await move(delivery, "confirm", by=by, values=values, note=note, told={"url": published.url})
    if delivery.updates:
        await sql.run("UPDATE delivery SET live_seal = $2 WHERE id = $1", delivery.updates, found["seal"])
    if by.kind == "worker":
        await channels.mark_well(delivery.channel, sent=True)
    return "live"


def _reserved(delivery: Delivery) -> str | None:
    """The number it was given there in a step before the one whose answer was lost."""
    number = progress_of(delivery.progress).get("id")
    return str(number) if number else None


async def refuse(delivery: Delivery, kind: str, note: str, *, by: By, intent: str = "create") -> str:
    """Certainly not there, unless a try before this one is in doubt: then a person decides.

    A refused hand-off is no failure yet: we send it ourselves at its time.
    """
    if intent == "hand_off" and delivery.status == DeliveryStatus.SENDING:
        return await keep_for_later(delivery, kind, note, ours=kind not in DEAD_CHANNEL)
    if in_doubt(delivery) and by.kind != "platform":
        return await lose(delivery, f"{note} {PERHAPS}", by=by)
    values = {Delivery.next_at: None, Delivery.error_kind: kind, Delivery.error_note: note[:500]}
    await move(delivery, "refuse", by=by, values=values, note=note[:500], told={"kind": kind})
    return "failed"


def in_doubt(delivery: Delivery) -> bool:
    """Whether an earlier call under this key may have done it."""
    return UNSURE in progress_of(delivery.progress)


def looked_for(delivery: Delivery) -> bool:
    """Whether its platform is being asked what came of a call: until it answers, nobody knows."""
    return "look" in progress_of(delivery.progress)


async def lose(delivery: Delivery, note: str, *, by: By) -> str:
    """Settled without knowing: only a lookup, a callback or a person may decide."""
    values = {Delivery.next_at: None, Delivery.error_kind: "outcome_unknown", Delivery.error_note: note[:500]}
    await move(delivery, "lose", by=by, values=values, note=note[:500])
    return "not confirmed: a person decides"


async def retry(delivery: Delivery, at: datetime, kind: str, note: str, *, by: By, look: bool = False) -> str:
    """To be tried (or looked up) again at `at`."""
    progress = progress_of(delivery.progress)
    progress = {**progress, "look": progress.get("look", 0) + 1} if look else without_look(progress)
    values = {
        Delivery.next_at: at, Delivery.error_kind: kind, Delivery.error_note: note[:500],
        Delivery.progress: dumped(progress),
    }  # fmt: skip
    await move(delivery, "retry_later", by=by, values=values, note=note[:500], told={"kind": kind, "at": at})
    return f"{'looked up' if look else 'tried'} again at {at:%H:%M:%S} UTC"


async def keep_for_later(
    delivery: Delivery, kind: str, note: str, again_at: datetime | None = None, *, ours: bool = True
) -> str:
    """A hand-off that was not taken: the delivery waits for its time, or for the next try before it.

    Not `ours`: it is handed over after all when its channel is repaired before that.
    """
    due: datetime = await sql.value("SELECT due_at FROM publication WHERE id = $1", delivery.publication)
    last = again_at is None or again_at >= due
    progress = without_look(progress_of(delivery.progress)) | ({REFUSED_HAND_OFF: True} if last and ours else {})
    values = {
        Delivery.next_at: due if last else again_at, Delivery.error_kind: kind, Delivery.error_note: note[:500],
        Delivery.progress: dumped(progress), Delivery.tries: 0 if last else delivery.tries,
    }  # fmt: skip
    await move(delivery, "postpone", by=WORKER, values=values, note=note[:500], told={"kind": kind})
    return "we send it ourselves at its time" if last else "handed over again before its time"


def without_look(progress: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in progress.items() if name != "look"}
