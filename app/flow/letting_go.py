"""What happens to waiting posts when a freeze ends: shown before, done in order and spread out. For freeze only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app import audit, seals, sql
from app.atomic import atomic
from app.flow.steps import MARGIN
from app.lifecycles.machine import By
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus, listed
from app.moves import lock
from app.settings import settings

GAP = timedelta(seconds=1)  # between two that are let go
BEFORE_LATE = timedelta(seconds=10)  # whoever is spread out still goes before it is too late
WAITING = f"""
SELECT u.id AS publication, u.post, p.title, u.due_at, coalesce(u.due_at, u.created_at) + $1::interval AS late_at,
  coalesce(u.due_at, u.created_at) + $1::interval < now() AS late
FROM publication u JOIN post p ON p.id = u.post
WHERE u.status = '{PublicationStatus.SCHEDULED}' AND p.status = '{PostStatus.SCHEDULED}'
  AND (u.held_for = 'freeze' OR u.held_for IS NULL AND (u.due_at IS NULL OR u.due_at <= now()))
  AND EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND status = '{DeliveryStatus.PENDING}')
ORDER BY coalesce(u.due_at, u.created_at), u.id
"""  # noqa: S608
TITLED = "SELECT u.id AS publication, u.post, p.title, u.due_at FROM publication u JOIN post p ON p.id = u.post"
KEPT = f"{TITLED} WHERE u.status IN ({listed(*OPEN)}) AND u.held_for IN ('late', 'restore') ORDER BY u.due_at, u.id"
BEGUN = f"""
{TITLED} WHERE u.status IN ({listed(*OPEN)}) AND p.status = '{PostStatus.PUBLISHING}' ORDER BY u.due_at, u.id
"""
ELSEWHERE = f"""
{TITLED} WHERE u.status IN ({listed(*OPEN)}) AND EXISTS (SELECT 1 FROM delivery WHERE publication = u.id
  AND status = '{DeliveryStatus.HANDED_OFF}') ORDER BY u.due_at, u.id
"""  # noqa: S608
AHEAD = f"""
SELECT d.id, d.channel FROM publication u JOIN delivery d ON d.publication = u.id
WHERE u.status = '{PublicationStatus.SCHEDULED}' AND u.held_for IS NULL AND u.due_at > now() + $1::interval
  AND d.status = '{DeliveryStatus.PENDING}' AND d.kind = 'create' AND d.next_at > now()
  AND NOT d.progress ? 'hand_off_refused' ORDER BY u.due_at, d.id
"""  # noqa: S608
FORGOTTEN = f"SELECT 1 FROM publication WHERE status IN ({listed(*OPEN)}) AND held_for = 'freeze' LIMIT 1"  # noqa: S608


@dataclass(frozen=True, slots=True)
class One:
    """A publication by its post's title."""

    publication: int
    post: int
    title: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lifting:
    """What lifting the freeze does: to what came due meanwhile, and to what it does not touch."""

    goes: tuple[One, ...]  # sent now, the oldest first
    stays: tuple[One, ...]  # too late: held for a person
    begun: tuple[One, ...]  # half-way when it was frozen: goes on
    kept: tuple[One, ...]  # held before for another reason: stays held
    elsewhere: tuple[One, ...]  # a platform holds it and publishes it at its time, frozen or not


async def lifting() -> Lifting:
    """The list people see before they lift a freeze."""
    waiting = await _waiting()
    return Lifting(
        goes=tuple(one for one, late_at, late in waiting if not late),
        stays=tuple(one for one, late_at, late in waiting if late),
        begun=await _titled(BEGUN),
        kept=await _titled(KEPT),
        elsewhere=await _titled(ELSEWHERE),
    )


async def forgotten() -> bool:
    return bool(await sql.value(FORGOTTEN))


async def let_go(*, by: By, ahead: bool = True) -> Lifting:
    """Release or keep everything that waits, once nothing is frozen; `ahead`: hand over what platforms schedule."""
    async with atomic():
        found = await lifting()
        await lock(*(one.post for one in found.goes + found.stays))
        waiting = await _waiting()
        goes = [(one, late_at) for one, late_at, late in waiting if not late]
        stays = [one for one, _, late in waiting if late]
        for place, (one, late_at) in enumerate(goes):
            await _release(one, GAP * place, late_at, by)
        for one in stays:
            await _keep(one, by)
        if ahead:
            await _hand_over(len(goes))
    return replace(found, goes=tuple(one for one, _ in goes), stays=tuple(stays))


async def _waiting() -> list[tuple[One, datetime, bool]]:
    found = await sql.rows(WAITING, timedelta(minutes=settings().late_window))
    return [(_one(record), record["late_at"], record["late"]) for record in found]


async def _titled(statement: str) -> tuple[One, ...]:
    return tuple(_one(record) for record in await sql.rows(statement))


def _one(record: Any) -> One:
    return One(record["publication"], record["post"], record["title"], record["due_at"])


async def _release(one: One, wait: timedelta, late_at: datetime, by: By) -> None:
    released = await sql.run(
        "UPDATE publication SET held_for = NULL, held_at = NULL WHERE id = $1 AND held_for = 'freeze'", one.publication
    )
    await sql.run(
        "UPDATE delivery SET next_at = greatest(now(), least(now() + $2::interval, $3::timestamptz - $4::interval))"
        " WHERE publication = $1 AND status = $5",
        one.publication, wait, late_at, BEFORE_LATE, DeliveryStatus.PENDING,
    )  # fmt: skip
    if released:
        await audit.record("publication", one.publication, "release", by=by, post=one.post, note="freeze")


async def _keep(one: One, by: By) -> None:
    await sql.run(
        "UPDATE publication SET held_for = 'late', held_at = coalesce(held_at, now()) WHERE id = $1", one.publication
    )
    await sql.run(
        "UPDATE delivery SET next_at = NULL WHERE publication = $1 AND status = $2",
        one.publication, DeliveryStatus.PENDING,
    )  # fmt: skip
    await audit.record("publication", one.publication, "hold", by=by, post=one.post, note="late")


async def _hand_over(places: int) -> None:
    """What was planned while frozen waits for its time here; where the platform schedules, it is handed over now."""
    found = await sql.rows(AHEAD, MARGIN)
    channels = {record["channel"] for record in found}
    schedules = {channel: (await seals.traits_of(channel)).schedules for channel in channels}
    waiting: Sequence[int] = [record["id"] for record in found if schedules[record["channel"]]]
    for place, delivery in enumerate(waiting, places):
        await sql.run(
            "UPDATE delivery SET next_at = now() + $2::interval WHERE id = $1 AND status = $3",
            delivery, GAP * place, DeliveryStatus.PENDING,
        )  # fmt: skip
