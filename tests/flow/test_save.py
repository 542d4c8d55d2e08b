"""Saving the editor's text: what it does in every status, and that the same text does nothing anywhere."""

from dataclasses import replace

import pytest

from app import content, facts, seals, sql
from app.content import Shown, Text
from app.flow import plan, review, schedule
from app.lifecycles.post import PLANS, STATUSES
from app.moves import MovedMeanwhile, Refused
from app.tables import Channel, Post, Publication, Revision
from tests.flow.stage import a_key, acting, approved, live, moves_of, queued, rehearsal, somebody, webhook, work
from tests.makers import make_channel, make_delivery, make_media, make_person, make_post
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

ENDS = {
    "generated_pending_review": ("modified_pending_review", ["edit"]),
    "modified_pending_review": ("modified_pending_review", ["edit"]),
    "approved": ("modified_pending_review", ["reopen", "edit"]),
    "published": ("published", ["revise"]),
    "unpublished": ("unpublished", ["revise"]),
    "publish_failed": ("publish_failed", ["revise"]),
    **{status: (status, ["write"]) for status in PLANS},
}  # fmt: skip


async def text_of(post: Post) -> Text:
    if post.revision is None:
        return Text(post.title, "")
    before = await content.load(post.revision)
    return Text(before.title, before.body, before.excerpt, before.slug, before.renditions, before.pictures)


@pytest.mark.parametrize("where", STATUSES)
async def test_a_changed_text_does_what_the_status_allows(where: str) -> None:
    post, by = await make_post(where), await somebody()
    text = replace(await text_of(post), body="Something else.")
    if where not in ENDS:
        before = await Revision.count()
        with pytest.raises(Refused, match="cannot be edited"):
            await review.save(post, text, by=by)
        assert await Revision.count() == before
        return
    fresh = await review.save(post, text, by=by)
    assert (fresh.status, await moves_of(post)) == ENDS[where]
    assert (await content.load(fresh.revision)).body == "Something else."
    assert (await content.load(fresh.revision)).person == by.person


@pytest.mark.parametrize("where", STATUSES)
async def test_the_same_text_changes_nothing(where: str) -> None:
    post = await make_post(where, with_revision=True)
    before = await Revision.count()
    assert (await review.save(post, await text_of(post), by=await somebody())).version == post.version
    assert (await Revision.count(), await moves_of(post)) == (before, [])


@pytest.mark.parametrize("part", ["title", "body", "excerpt", "slug", "rendition", "picture", "alt"])
async def test_whatever_would_be_sealed_counts_as_a_change(part: str) -> None:
    channel = await make_channel()
    post = await make_post("generated_pending_review", channels=[channel])
    media, by = await make_media(post), await somebody()
    if part == "alt":
        post = await review.save(post, replace(await text_of(post), pictures=(Shown(media.id, "Sea"),)), by=by)
    text = await text_of(post)
    text = {
        "title": replace(text, title="Ebb"), "body": replace(text, body="Ebb."),
        "excerpt": replace(text, excerpt="Ebb."),
        "slug": replace(text, slug="ebb"), "rendition": replace(text, renditions={channel.id: {"text": "Ebb"}}),
        "picture": replace(text, pictures=(Shown(media.id, "Sea"),)),
        "alt": replace(text, pictures=(Shown(media.id, "The sea"),)),
    }[part]  # fmt: skip
    fresh = await review.save(post, text, by=by)
    assert (fresh.status, fresh.version) == ("modified_pending_review", post.version + 1)


async def test_an_empty_address_keeps_the_one_there_is() -> None:
    post, by = await make_post("generated_pending_review"), await somebody()
    post = await review.save(post, replace(await text_of(post), slug="my-own-address"), by=by)
    post = await review.save(post, replace(await text_of(post), slug="", body="More."), by=by)
    assert (await content.load(post.revision)).slug == "my-own-address"


async def test_an_approved_post_is_reopened_and_edited_in_one_go_or_not_at_all() -> None:
    post = await approved()
    writer = await somebody("writer")
    text = replace(await text_of(post), body="Something else.")
    with pytest.raises(Refused) as refused:
        await review.save(post, text, by=writer)
    assert refused.value.forbidden
    assert (await plan.load(post.id)).status == "approved"
    assert await seals.valid(post.id) is not None
    fresh = await review.save(post, text, by=await somebody())
    assert (fresh.status, await seals.valid(post.id)) == ("modified_pending_review", None)


async def test_a_live_post_needs_a_resync_and_its_seal_no_longer_speaks_for_it(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    fresh = await review.save(post, replace(await text_of(post), body="More."), by=by)
    assert (fresh.status, (await facts.of(post.id)).stale != ()) == ("published", True)
    assert await seals.valid(post.id) is None
    assert len(receiver.requests()) == 1


async def test_a_scheduled_post_is_not_edited() -> None:
    post = await queued(await make_channel())
    with pytest.raises(Refused, match="cannot be edited"):
        await review.save(post, replace(await text_of(post), body="More."), by=await somebody())


async def half_live(other: str = "published") -> tuple[Post, Channel, Channel]:
    """A failed post with one channel live (or not confirmed) and one that failed."""
    stands, failed = await make_channel(), await make_channel()
    post = await make_post("publish_failed", channels=[failed])
    publication = await Publication.objects().get(Publication.post == post.id)
    assert publication is not None
    await make_delivery(publication, stands, other)
    return post, stands, failed


@pytest.mark.parametrize("standing", ["published", "unconfirmed"])
@pytest.mark.parametrize("part", ["title", "body", "excerpt", "slug", "their words"])
async def test_what_a_live_channel_has_stays_as_it_is(part: str, standing: str) -> None:
    post, stands, _ = await half_live(standing)
    text = await text_of(post)
    text = {
        "title": replace(text, title="Ebb"), "body": replace(text, body="Ebb."),
        "excerpt": replace(text, excerpt="Ebb."),
        "slug": replace(text, slug="ebb"), "their words": replace(text, renditions={stands.id: {"text": "Ebb"}}),
    }[part]  # fmt: skip
    with pytest.raises(Refused, match="only texts and pictures"):
        await review.save(post, text, by=await somebody())


async def test_the_words_and_pictures_of_the_others_may_change() -> None:
    post, _, failed = await half_live()
    media = await make_media(post)
    text = replace(
        await text_of(post), renditions={failed.id: {"text": "Shorter."}}, pictures=(Shown(media.id, "Sea"),)
    )
    fresh = await review.save(post, text, by=await somebody())
    assert (fresh.status, await seals.valid(post.id)) == ("publish_failed", None)


async def test_the_retry_seals_what_was_changed(receiver: Receiver) -> None:
    by = await somebody()
    receiver.play(Fault("status", status=422))
    channel = await rehearsal(receiver, caption=True)
    post = await work(await queued(channel, by=by))
    text = replace(await text_of(post), renditions={channel.id: {"text": "Shorter."}})
    post = await review.save(post, text, by=by)
    post = await work(await schedule.line_up(post, None, by=by))
    assert post.status == "published"
    newest = "SELECT s.content FROM delivery d JOIN seal s ON s.id = d.live_seal ORDER BY d.id DESC LIMIT 1"
    assert (await seals.unsealed(await sql.value(newest), channel.id)).fields == {"text": "Shorter."}


async def test_of_two_who_save_the_second_is_told_and_nothing_of_theirs_is_stored() -> None:
    post, by = await make_post("generated_pending_review"), await somebody()
    seen = await plan.load(post.id)
    text = await text_of(post)
    await review.save(post, replace(text, body="First."), by=by)
    stored = await Revision.count()
    with pytest.raises(MovedMeanwhile):
        await review.save(seen, replace(text, body="Second."), by=by)
    assert await Revision.count() == stored


@pytest.mark.parametrize(("who", "may"), [("author", True), ("another", False), ("viewer", False), ("key", True)])
async def test_writers_edit_their_own(who: str, may: bool) -> None:
    author = await make_person("writer")
    post = await make_post("generated_pending_review", author=author)
    by = {
        "author": acting(author), "another": await somebody("writer"), "viewer": await somebody("viewer"),
        "key": await a_key("write"),
    }[who]  # fmt: skip
    try:
        fresh = await review.save(post, replace(await text_of(post), body="More."), by=by)
        assert may and fresh.status == "modified_pending_review"
    except Refused as refused:
        assert not may and refused.forbidden


async def test_typed_into_a_plan_the_words_are_kept_and_the_clock_keeps_off() -> None:
    post = await review.write(await make_post("to_be_generated"), Text("Ebb", "My own."), by=await somebody())
    assert (post.status, post.title, (await facts.of(post.id)).typed) == ("to_be_generated", "Ebb", True)
