"""The fact sheet of a post: its channels with what stands there, the open publication and the open recall."""

from typing import Any

import pytest

from app import facts
from app.lifecycles.facts import PostFacts, Run
from app.lifecycles.machine import WORKER
from app.moves import move
from app.tables import Delivery, Post, PostChannel, Publication, Recall
from tests import makers
from tests.rows import now


@pytest.fixture(autouse=True)
async def team(database: object) -> Any:
    return await makers.make_team()


async def of(post: Post) -> PostFacts:
    return await facts.of(post.id)


async def test_every_wanted_channel_is_a_target_with_its_newest_create_delivery() -> None:
    first, second = await makers.make_channel(), await makers.make_channel("site")
    post = await makers.make_post("publish_failed", channels=[first, second])
    again = await makers.make_publication(post, "completed")
    newest = await makers.make_delivery(again, first, "published")
    sheet = await of(post)
    assert [(target.channel, target.delivery) for target in sheet.targets] == [
        (first.id, "published"), (second.id, "failed"),
    ]  # fmt: skip
    assert sheet.targets[0].delivery_id == newest.id and sheet.targets[0].live_seal == newest.live_seal
    assert (sheet.targets[1].platform, sheet.targets[1].error_kind) == ("site", "unexpected")
    assert [target.channel for target in sheet.live] == [first.id]


async def test_an_update_never_hides_the_live_copy() -> None:
    post = await makers.make_post("published", channels=[channel := await makers.make_channel()])
    live = await Delivery.objects().get(Delivery.post == post.id)
    update = await makers.make_publication(post, "completed", kind="update")
    await makers.make_delivery(update, channel, "failed", updates=live.id)
    [target] = (await of(post)).targets
    assert (target.delivery, target.delivery_id) == ("published", live.id)


@pytest.mark.parametrize(("status", "stays"), [("published", True), ("failed", False)])
async def test_what_is_live_stays_a_target_although_nobody_wants_it_any_more(status: str, stays: bool) -> None:
    channel = await makers.make_channel()
    post = await makers.make_post("published" if stays else "publish_failed", channels=[channel])
    await PostChannel.delete().where(PostChannel.post == post.id)
    sheet = await of(post)
    assert [(target.delivery, target.wanted) for target in sheet.targets] == ([(status, False)] if stays else [])
    assert sheet.wanted == ()


async def test_a_target_says_how_its_channel_is() -> None:
    gone = await makers.make_channel(disconnected_at=now())
    broken = await makers.make_channel(broken_kind="expired_token", broken_at=now())
    sheet = await of(await makers.make_post("approved", channels=[gone, broken]))
    assert [(target.connected, target.broken) for target in sheet.targets] == [(False, None), (True, "expired_token")]
    assert [target.channel for target in sheet.sendable] == [broken.id] and sheet.connected


async def test_what_is_live_with_another_revision_is_stale() -> None:
    post = await makers.make_post("published")
    assert (await of(post)).stale == ()
    await makers.make_revision(post)
    assert len((await of(post)).stale) == 1


async def test_the_open_publication_is_the_run_with_its_deliveries() -> None:
    channels = [await makers.make_channel(), await makers.make_channel()]
    post = await makers.make_post("scheduled", channels=channels)
    publication = await Publication.objects().get(Publication.post == post.id)
    waiting = Run(publication.id, "create", "scheduled", post.publish_at, None, ("pending", "pending"))
    assert (await of(post)).run == waiting
    await publication.update_self({Publication.held_for: "late", Publication.held_at: now()})
    assert (await of(post)).run.held_for == "late"  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["completed", "canceled"])
async def test_a_publication_that_ended_is_no_run(status: str) -> None:
    post = await makers.make_post("approved")
    await makers.make_publication(post, status)
    assert (await of(post)).run is None


async def test_a_run_follows_its_deliveries_through_their_moves() -> None:
    post = await makers.make_post("publishing")
    assert (await of(post)).sent and not (await of(post)).settled
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    await move(delivery, "refuse", by=WORKER, values={Delivery.next_at: None, Delivery.error_kind: "unexpected"})
    assert (await of(post)).settled


async def test_only_an_open_recall_is_one() -> None:
    post = await makers.make_post("published")
    recall = Recall(post=post.id, move="unpublish", next_at=now())
    await recall.save()
    assert (await of(post)).recall == "unpublish"
    await recall.update_self({Recall.ended_at: now(), Recall.result: "refused", Recall.next_at: None})
    assert (await of(post)).recall is None
