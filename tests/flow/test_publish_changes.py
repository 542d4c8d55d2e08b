"""Publish changes: an update run on what is live; the live copies stay live whatever it brings."""

from dataclasses import replace

import pytest

from app import content, facts, seals, sql
from app.content import Text
from app.flow import plan, review, schedule
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.tables import Channel, Post
from tests.flow.stage import live, moves_of, of, only, pass_time, rehearsal, somebody, webhook, work
from tests.makers import make_channel, make_team
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def changed(post: Post, body: str = "Tides come twice a day, and go.") -> Text:
    before = await content.load(post.revision)
    return replace(Text(before.title, before.body, before.excerpt, before.slug, before.renditions), body=body)


async def edited(by: By, *targets: Channel) -> Post:
    """Live, and changed here since."""
    post = await live(*targets, by=by)
    return await review.save(post, await changed(post), by=by)


async def test_changes_reach_the_live_copy_under_its_own_id(receiver: Receiver) -> None:
    by = await somebody()
    post = await edited(by, await rehearsal(receiver))
    first = await only(post)
    post = await work(await schedule.publish_changes(post, by=by))
    assert post.status == "published"
    copy, update = await of(post)
    assert (update.kind, update.updates, update.status) == ("update", copy.id, "published")
    assert (copy.status, copy.remote_id) == ("published", first.remote_id)
    assert copy.live_seal == update.live_seal != first.live_seal
    assert receiver.log.effects("update")[0]["id"] == first.remote_id
    assert not (await facts.of(post.id)).stale


async def test_while_it_runs_the_live_copy_keeps_its_seal(receiver: Receiver) -> None:
    by = await somebody()
    post = await edited(by, await rehearsal(receiver))
    before = await only(post)
    post = await schedule.publish_changes(post, by=by)
    assert post.status == "publishing"
    assert (await of(post))[0].live_seal == before.live_seal


@pytest.mark.parametrize(("fault", "ends"), [(Fault("status", status=422), "failed"), (Fault("hold"), "unconfirmed")])
async def test_an_update_that_fails_keeps_the_older_version_live(receiver: Receiver, fault: Fault, ends: str) -> None:
    by = await somebody()
    post = await edited(by, await rehearsal(receiver, "blind"))
    before = await only(post)
    receiver.play(replace(fault, on=("PUT",)))
    post = await work(await schedule.publish_changes(post, by=by))
    assert post.status == "published"
    assert "keep_live" in await moves_of(post)
    copy, update = await of(post)
    assert (copy.status, copy.live_seal, update.status) == ("published", before.live_seal, ends)
    assert (await facts.of(post.id)).stale, "it still needs a re-sync"
    assert (await work(await schedule.publish_changes(post, by=by))).status == "published"
    assert not (await facts.of(post.id)).stale


async def test_a_copy_that_is_gone_there_is_no_longer_called_live(receiver: Receiver) -> None:
    """No callback told of it; the update that found nothing to change does."""
    by = await somebody()
    post = await edited(by, await rehearsal(receiver))
    receiver.shelf.items["item-1"]["removed"] = True
    post = await work(await schedule.publish_changes(post, by=by))
    copy, update = await of(post)
    assert (post.status, copy.status, update.status) == ("published", "withdrawn", "failed")
    assert copy.removed_at is not None and update.error_kind == "changed_there"
    told = await sql.row("SELECT by_kind, note FROM event WHERE about = 'delivery' AND move = 'withdraw'")
    assert dict(told) == {"by_kind": "platform", "note": "It was removed there."}
    assert not (await facts.of(post.id)).live


async def test_one_channel_taking_it_is_not_enough(receiver: Receiver) -> None:
    by = await somebody()
    post = await edited(by, await rehearsal(receiver), await rehearsal(receiver))
    receiver.play(Fault("status", status=422, on=("PUT",)))
    post = await work(await schedule.publish_changes(post, by=by))
    assert post.status == "published"
    assert [target.stale for target in (await facts.of(post.id)).live] == [True, False]


async def test_an_update_waits_for_its_retry_like_anything_else(receiver: Receiver) -> None:
    by = await somebody()
    post = await edited(by, await webhook(receiver))
    receiver.play(Fault("status", status=429))
    post = await work(await schedule.publish_changes(post, by=by))
    assert post.status == "publishing"
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("update")) == 1


async def test_channels_that_cannot_update_are_left_out(receiver: Receiver) -> None:
    by = await somebody()
    fixed, open_ = await rehearsal(receiver, updates=False), await rehearsal(receiver)
    post = await edited(by, fixed, open_)
    post = await work(await schedule.publish_changes(post, by=by))
    assert [row.channel for row in await of(post) if row.kind == "update"] == [open_.id]


async def test_without_changes_there_is_nothing_to_publish(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    with pytest.raises(Refused, match="What is live is what you see"):
        await schedule.publish_changes(post, by=by)


async def test_a_writer_may_not_publish_changes(receiver: Receiver) -> None:
    post = await edited(await somebody(), await webhook(receiver))
    with pytest.raises(Refused) as refused:
        await schedule.publish_changes(post, by=await somebody("writer"))
    assert refused.value.forbidden


async def test_a_stale_version_publishes_nothing(receiver: Receiver) -> None:
    by = await somebody()
    post = await edited(by, await webhook(receiver))
    seen = await plan.load(post.id)
    await review.save(post, await changed(post, "Something else."), by=by)
    with pytest.raises(MovedMeanwhile):
        await schedule.publish_changes(seen, by=by)
    assert len(await of(post)) == 1


async def test_the_click_is_the_editors_vote_and_waits_for_the_others(receiver: Receiver) -> None:
    await make_team(approvals_needed=1)
    by, other = await somebody(), await somebody()
    post = await edited(by, await make_channel("site"))
    await make_team(approvals_needed=2, self_approval="always")
    same = await schedule.publish_changes(post, by=by)
    assert (same.status, same.version) == ("published", post.version)
    assert await seals.valid(post.id) is None
    assert (await moves_of(post))[-1] == "vote"
    with pytest.raises(Refused, match="Needs 1 more approval"):
        await schedule.publish_changes(post, by=by)
    post = await work(await schedule.publish_changes(post, by=other))
    assert post.status == "published"
    assert not (await facts.of(post.id)).stale
    assert await sql.value("SELECT count(*) FROM approval WHERE post = $1 AND voided_at IS NULL", post.id) == 2
