"""After a restore: what may have happened since the backup is held for people, and never repeated by itself."""

import pytest

from app import sql
from app.flow import asking, clicks, freeze, plan, publish, restored, schedule
from app.flow.clicks import Click
from app.flow.restored import UNSURE, Settled
from app.lifecycles.machine import WORKER
from app.moves import MovedMeanwhile, Refused
from app.tables import Post
from tests.flow.stage import (
    attempts,
    live,
    moves_of,
    of,
    only,
    pass_time,
    queued,
    rehearsal,
    runs,
    somebody,
    soon,
    status,
    statuses,
    webhook,
    work,
)  # fmt: skip
from tests.makers import make_campaign, make_channel, make_delivery, make_post, make_publication, make_team
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now


async def settle() -> Settled:
    return await restored.settle(now(hours=-3))


async def held_for(post: Post) -> object:
    return await sql.value("SELECT held_for FROM publication WHERE post = $1 ORDER BY id DESC", post.id)


async def test_what_came_due_since_the_backup_is_held_and_stays_held_when_the_freeze_is_lifted(
    receiver: Receiver,
) -> None:
    post = await queued(await webhook(receiver), at=soon())
    await publish.advance(post.id)
    await pass_time(post, hours=2, minutes=10)
    assert await settle() == Settled(held=1, unsure=0, autopilot=False, writing=False)
    assert await held_for(post) == "restore"
    await freeze.unfreeze(by=WORKER)
    assert (await work(post)).status == "scheduled"
    assert receiver.requests() == []
    assert await moves_of(post, "publication") == ["create", "advance", "hold"]


async def test_what_was_just_accepted_is_held_too(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    assert (await settle()).held == 1
    assert (await runs(post), await held_for(post)) == (["scheduled"], "restore")


async def test_what_is_due_later_goes_out_at_its_time(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), at=soon())
    assert (await settle()).held == 0
    await freeze.unfreeze(by=WORKER)
    await work(post)
    await pass_time(post, hours=2, minutes=1)
    assert (await work(post)).status == "published"


@pytest.mark.parametrize("why", ["late", "freeze"])
async def test_what_was_held_before_is_held_for_the_restore(receiver: Receiver, why: str) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    await sql.run("UPDATE publication SET held_for = $1, held_at = now()", why)
    await sql.run("UPDATE delivery SET next_at = NULL")
    await settle()
    assert await held_for(post) == "restore"


@pytest.mark.parametrize("plays", ["keyed", "lookup", "blind"])
async def test_what_was_on_its_way_is_not_confirmed_and_never_sent_by_itself(receiver: Receiver, plays: str) -> None:
    receiver.play(Fault("hold"))
    post = await queued(await rehearsal(receiver, plays))
    await publish.advance(post.id)
    await publish.begin((await only(post)).id)
    await sql.run("UPDATE attempt SET lease_until = now() - interval '1 hour'")
    assert (await settle()).unsure == 1
    assert (await status(post), (await only(post)).error_note) == ("publish_failed", UNSURE)
    assert [row["outcome"] for row in await attempts(post)] == ["unknown"]
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, hours=1)
    assert await statuses(await work(post)) == ["unconfirmed"]
    assert receiver.requests() == []


async def test_the_rest_of_a_post_that_was_half_way_is_not_confirmed_either(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver))
    await publish.advance(post.id)
    first, _ = await of(post)
    await publish.send(first.id)
    sent = len(receiver.requests())
    assert (await settle()).unsure == 1
    assert (await status(post), await statuses(post)) == ("publish_failed", ["published", "unconfirmed"])
    await freeze.unfreeze(by=WORKER)
    await work(post)
    assert len(receiver.requests()) == sent


async def test_a_try_that_was_to_be_repeated_is_not(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after"))
    post = await work(await queued(await webhook(receiver)))
    assert await statuses(post) == ["retrying"]
    await settle()
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, hours=1)
    await work(post)
    assert (await statuses(post), len(receiver.requests())) == (["unconfirmed"], 1)


async def test_a_recall_that_was_open_ends_and_may_be_asked_for_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await rehearsal(receiver), by=by)
    await asking.ask(post, "unpublish", by=by)
    asked = len(receiver.requests())
    await settle()
    await pass_time(post, hours=1)
    assert ((await work(post)).status, len(receiver.requests())) == ("published", asked)
    assert await sql.value("SELECT result FROM recall") == "overtaken"
    await clicks.perform(await plan.load(post.id), Click("unpublish"), by=by)
    assert (await work(post)).status == "unpublished"


async def test_what_a_platform_holds_is_only_looked_at(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon()))
    sent = len([row for row in receiver.requests() if row["method"] != "GET"])
    await pass_time(post, receiver, hours=3)
    assert await settle() == Settled(0, 0, autopilot=False, writing=False)
    assert (await work(post)).status == "published"
    assert len([row for row in receiver.requests() if row["method"] != "GET"]) == sent


async def test_nothing_writes_or_schedules_by_itself_after_a_restore() -> None:
    await make_team(mode="autopilot", generation_on=True)
    await make_campaign(mode="autopilot")
    settled = await settle()
    assert settled.autopilot and settled.writing
    assert await sql.value("SELECT mode FROM team") == await sql.value("SELECT mode FROM campaign") == "approval"
    told = await sql.row("SELECT move, facts->>'writing_off' FROM event WHERE about = 'team'")
    assert told is not None and tuple(told) == ("restore", "true")


async def test_a_person_sends_moves_or_drops_what_is_held(receiver: Receiver) -> None:
    by, channel = await somebody(), await webhook(receiver)
    sent, moved, dropped = [await queued(channel, by=by) for _ in range(3)]
    await settle()
    await freeze.unfreeze(by=WORKER)
    await schedule.send_now(await plan.load(sent.id), by=by)
    await schedule.reschedule(await plan.load(moved.id), soon(), by=by)
    await schedule.unschedule(await plan.load(dropped.id), by=by)
    states = [(await work(post)).status for post in (sent, moved, dropped)]
    assert states == ["published", "scheduled", "approved"]
    assert await held_for(moved) is None
    assert len(receiver.log.effects()) == 1


async def test_what_a_person_found_live_is_published_although_frozen(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), by=by)
    await settle()
    row = await only(post)
    await restored.it_is_live(row.id, "https://example.com/tides", version=row.version, by=by)
    fresh = await only(post)
    assert (await status(post), fresh.status) == ("published", "published")
    assert fresh.remote_url == "https://example.com/tides"
    assert receiver.requests() == []
    assert await sql.value("SELECT person FROM event WHERE about = 'delivery' AND move = 'confirm'") == by.person


async def test_one_channel_found_live_leaves_the_other_held(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), await webhook(receiver), by=by)
    await settle()
    first, _ = await of(post)
    await restored.it_is_live(first.id, "", version=first.version, by=by)
    assert (await status(post), await statuses(post)) == ("scheduled", ["published", "pending"])
    await freeze.unfreeze(by=WORKER)
    await work(post)
    assert receiver.requests() == []
    post = await work(await schedule.send_now(await plan.load(post.id), by=by))
    assert (post.status, len(receiver.log.effects())) == ("published", 1)


async def test_a_check_takes_over_what_is_there_and_keeps_what_is_not(receiver: Receiver) -> None:
    by, channel = await somebody(), await rehearsal(receiver, "lookup")
    gone, there = await queued(channel, by=by), await work(await queued(channel, by=by))
    await _forget(there)
    await settle()
    assert (await restored.check((await only(there)).id, by=by)).kind == "live"
    assert (await restored.check((await only(gone)).id, by=by)).kind == "absent"
    assert (await status(there), await status(gone)) == ("published", "scheduled")
    assert len(receiver.log.effects()) == 1
    assert await held_for(gone) == "restore"


async def test_who_decides_second_is_told_so(receiver: Receiver) -> None:
    by = await somebody()
    post = await queued(await webhook(receiver), by=by)
    await settle()
    row = await only(post)
    with pytest.raises(MovedMeanwhile):
        await restored.it_is_live(row.id, "", version=row.version + 1, by=by)
    await restored.it_is_live(row.id, "", version=row.version, by=by)
    for verb in (restored.it_is_live(row.id, "", version=row.version, by=by), restored.check(row.id, by=by)):
        with pytest.raises(Refused, match="already"):
            await verb


async def test_an_update_that_was_waiting_is_not_sent_over_a_newer_one(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    post = await live(channel)
    sent = len(receiver.requests())
    row = await only(post)
    update = await make_publication(await plan.load(post.id), kind="update", due_at=None)
    await make_delivery(update, channel, "retrying", kind="update", updates=row.id)
    assert (await settle()).unsure == 1
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, hours=1)
    await work(post)
    assert len(receiver.requests()) == sent


async def test_two_restores_of_the_same_backup_say_the_same(receiver: Receiver) -> None:
    await queued(await webhook(receiver))
    await make_post("publishing", channels=[await make_channel()])
    first = await settle()
    assert (first.held, first.unsure) == (1, 1)
    assert ((await settle()).held, (await settle()).unsure) == (1, 0)


async def _forget(post: Post) -> None:
    """The rows as the backup had them before the post went out: scheduled, and nothing sent."""
    for statement in (
        "UPDATE post SET status = 'scheduled' WHERE id = $1",
        "UPDATE publication SET status = 'scheduled', completed_at = NULL WHERE post = $1",
        "UPDATE delivery SET status = 'pending', published_at = NULL, live_seal = NULL, remote_id = NULL,"
        " remote_url = NULL, next_at = now() WHERE post = $1",
    ):
        await sql.run(statement, *([post.id] if "$1" in statement else []))
