"""While we ask a platform to give something back, what it shows of that is our own doing, not a change there."""

from typing import Any

import pytest

from app import sql
from app.flow import calls, lookups, plan, schedule
from app.flow.hearing import hear
from app.lifecycles.machine import WORKER, By
from app.platforms.contract import Absent, HandedOff, Published, Removed
from app.tables import Delivery, Post
from tests.flow.stage import moves_of, only, pass_time, queued, rehearsal, somebody, soon, work
from tests.platforms.receiver import Receiver
from tests.rows import now


async def asked(receiver: Receiver, by: By, name: str) -> tuple[Post, Delivery]:
    """Handed over, and a recall that waits for its platform."""
    post = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    if name == "reschedule":
        await schedule.reschedule(post, soon(days=2), by=by)
    else:
        await schedule.unschedule(post, by=by)
    return post, await only(post)


@pytest.mark.parametrize("seen", [Absent(), Removed(), HandedOff("item-1", "", soon(days=2))])
async def test_a_look_says_nothing_of_it_and_looks_again_soon(receiver: Receiver, seen: Any) -> None:
    _, row = await asked(receiver, await somebody(), "reschedule")
    await lookups.heard(row.id, seen, by=WORKER, claimed=row)
    fresh = await calls.load(row.id)
    assert (fresh.status, fresh.error_kind) == ("handed_off", None)
    assert fresh.next_at < now(seconds=65)
    assert "changed_there" not in await moves_of(row.post, "delivery")


@pytest.mark.parametrize(
    ("name", "told"), [("unschedule", Removed()), ("reschedule", HandedOff("item-1", "", soon(days=2)))]
)
async def test_a_callback_that_is_faster_than_our_own_answer_raises_no_alarm(
    receiver: Receiver, name: str, told: Any
) -> None:
    post, row = await asked(receiver, await somebody(), name)
    assert await hear(row.channel, row.key, told, at=now())
    assert (await only(post)).error_kind is None
    assert "report_change" not in await moves_of(post, "delivery")
    assert (await work(post)).status == ("approved" if name == "unschedule" else "scheduled")


async def test_that_it_is_live_is_believed_all_the_same(receiver: Receiver) -> None:
    post, row = await asked(receiver, await somebody(), "unschedule")
    await lookups.heard(row.id, Published("item-1", "https://there.example/1"), by=WORKER, claimed=row)
    assert (await only(post)).status == "published"


async def test_a_look_that_began_before_the_time_was_moved_tells_of_the_old_one_to_nobody(receiver: Receiver) -> None:
    post, row = await asked(receiver, await somebody(), "reschedule")
    await work(post)
    assert await sql.value("SELECT count(*) FROM recall WHERE ended_at IS NULL") == 0
    await lookups.heard(row.id, HandedOff("item-1", "", soon()), by=WORKER, claimed=row)
    assert (await only(post)).error_kind is None


async def test_after_the_recall_a_change_there_is_seen_again(receiver: Receiver) -> None:
    post, _ = await asked(receiver, await somebody(), "reschedule")
    await work(post)
    receiver.shelf.items["item-1"]["removed"] = True
    await pass_time(post, receiver, hours=1, seconds=5)
    await work(post)
    assert (await only(post)).error_note == "It was canceled there."
    assert (await plan.load(post.id)).status == "scheduled"
