"""The makers can make every status there is, and each is what it says it is."""

from datetime import date, time

import pytest

from app import facts
from app.lifecycles import delivery as deliveries
from app.lifecycles import media as images
from app.lifecycles import post as posts
from app.lifecycles import publication as publications
from app.tables import Delivery, Media, Post, Publication, Revision, Seal
from tests import makers


@pytest.mark.parametrize("status", posts.STATUSES)
async def test_a_post_of_every_status_can_be_made_and_judged(status: str) -> None:
    await makers.make_team()
    post = await makers.make_post(status)
    sheet = await facts.of(post.id)
    assert (post.status, sheet.status) == (status, status)
    assert sheet.running == (status in ("generating", "text_ready_images_pending"))
    assert sheet.sealed == (status in ("approved", *makers.LINED_UP) and status != "unpublished")
    assert [target.delivery for target in sheet.targets] == [
        states[1] for lined_up, states in makers.LINED_UP.items() if lined_up == status
    ]


async def test_a_published_post_is_live_with_its_sealed_revision() -> None:
    post = await makers.make_post("published")
    sent = await Delivery.objects().get(Delivery.post == post.id)
    assert sent is not None and sent.status == "published" and sent.remote_url
    seal = await Seal.objects().get(Seal.id == sent.live_seal)
    assert seal is not None and seal.revision == post.revision


async def test_a_modified_post_has_the_draft_and_the_edit() -> None:
    post = await makers.make_post("modified_pending_review")
    found = await Revision.select(Revision.id, Revision.origin).where(Revision.post == post.id).order_by(Revision.id)
    assert [row["origin"] for row in found] == ["generated", "edited"]
    assert [post.generated_revision, post.revision] == [row["id"] for row in found]


async def test_a_plan_may_be_given_and_fits_itself() -> None:
    author = await makers.make_person("writer")
    post = await makers.make_post(
        "scheduled", author=author, planned_on=date(2027, 1, 2), planned_time=time(9), zone="Europe/Berlin"
    )
    assert post.author == author.id and str(post.publish_at) == "2027-01-02 08:00:00+00:00"
    queued = await makers.make_post("scheduled", planned_on=None)
    assert queued.publish_at is None
    assert await Post.exists().where((Post.id == queued.id) & (Post.status == "scheduled"))


@pytest.mark.parametrize("status", publications.STATUSES)
async def test_a_publication_of_every_status_can_be_made(status: str) -> None:
    publication = await makers.make_publication(await makers.make_post("approved"), status)
    assert await Publication.exists().where((Publication.id == publication.id) & (Publication.status == status))


@pytest.mark.parametrize("status", deliveries.STATUSES)
async def test_a_delivery_of_every_status_can_be_made(status: str) -> None:
    publication = await makers.make_publication(await makers.make_post("approved"))
    made = await makers.make_delivery(publication, await makers.make_channel(), status)
    assert await Delivery.exists().where((Delivery.id == made.id) & (Delivery.status == status))


@pytest.mark.parametrize("status", images.STATUSES)
async def test_media_of_every_status_can_be_made(status: str) -> None:
    made = await makers.make_media(status=status)
    assert await Media.exists().where((Media.id == made.id) & (Media.status == status))
