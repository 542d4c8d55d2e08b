"""Drawing: each picture alone; one that fails never touches the words, one that comes late is not attached."""

import asyncio
from hashlib import sha256

import pytest

from app import content, images, sql
from app.flow import draw, generate, pictures, plan, review
from app.illustrators.contract import Failed
from app.lifecycles.facts import Asked
from app.moves import Refused
from app.tables import Media, Post, Revision
from tests.flow.stage import digest, moves_of, pass_time, somebody, status
from tests.makers import make_channel, make_media, make_picture, make_post, make_revision, make_team
from tests.writers.endpoint import Endpoint, picture

DRAWN = images.Image(picture(), "image/png", 48, 32, "ab" * 32)


async def written(writer: Endpoint, **values: object) -> Post:
    """A post whose words are saved and whose picture is waited for."""
    post = await make_post("to_be_generated", **values)  # type: ignore[arg-type]
    post = await generate.start(post, by=await somebody())
    await generate.write(post.id)
    return await plan.load(post.id)


async def the_picture(post: Post) -> Media:
    media = await Media.objects().where(Media.post == post.id).order_by(Media.id, ascending=False).first()
    assert media is not None
    return media


async def test_the_last_picture_sends_the_post_to_review(writer: Endpoint) -> None:
    post = await written(writer)
    await draw.draw(post.id)
    media = await the_picture(post)
    assert (await status(post), media.status, media.next_at) == ("generated_pending_review", "processed", None)
    assert (media.width, media.height) == (48, 32)
    assert await sql.value("SELECT size FROM blob WHERE sha256 = $1", media.blob) > 0


async def test_what_is_no_picture_is_never_stored(writer: Endpoint) -> None:
    writer.images[:] = ["not-a-picture"] * 9
    post = await written(writer)
    for _ in range(4):
        await draw.draw(post.id)
        await pass_time(post, minutes=1)
    assert (await the_picture(post)).status == "failed"
    assert await sql.value("SELECT count(*) FROM blob") == 0


async def test_a_failing_picture_never_touches_the_words(writer: Endpoint) -> None:
    writer.images[:] = ["policy"]
    post = await written(writer)
    before = await content.load(post.revision)
    await draw.draw(post.id)
    post = await plan.load(post.id)
    media, text = await the_picture(post), await content.load(post.revision)
    assert (post.status, media.status, media.error_kind) == ("generated_pending_review", "failed", "refused")
    assert media.error_message
    assert (text.id, text.body) == (before.id, before.body)
    with pytest.raises(Refused, match="draw again, upload your own or go without"):
        await review.approve(post, await digest(post), by=await somebody())


async def test_a_busy_illustrator_is_asked_three_times(writer: Endpoint) -> None:
    writer.images[:] = ["503"] * 9
    post = await written(writer)
    for _ in range(5):
        await draw.draw(post.id)
        await pass_time(post, minutes=1)
    assert (await the_picture(post)).status == "failed"
    assert len([call for call in writer.calls if "images" in call.path]) == 3
    assert await status(post) == "generated_pending_review"


async def test_a_drawing_that_is_interrupted_three_times_fails(writer: Endpoint) -> None:
    post = await written(writer)
    for _ in range(3):
        assert await draw._claim(post.id) is not None
        await pass_time(post, seconds=31)
    await draw.draw(post.id)
    assert (await the_picture(post)).status == "failed"


async def test_two_workers_draw_a_picture_once(writer: Endpoint) -> None:
    post = await written(writer)
    await asyncio.gather(*(asyncio.create_task(draw.draw(post.id)) for _ in range(3)))
    assert len([call for call in writer.calls if "images" in call.path]) == 1
    assert (await moves_of(post)).count("finish") == 1


async def test_a_zombies_picture_changes_nothing(writer: Endpoint) -> None:
    post = await written(writer)
    zombie = await draw._claim(post.id)
    assert zombie is not None
    await pass_time(post, seconds=31)
    await draw.draw(post.id)
    before = await the_picture(post)
    await draw.settle(zombie, Failed("refused", "No."))
    assert (await the_picture(post)).version == before.version


async def test_a_zombies_picture_does_not_end_the_drawing_that_another_has_taken_up(writer: Endpoint) -> None:
    post = await written(writer)
    zombie = await draw._claim(post.id)
    assert zombie is not None
    await pass_time(post, seconds=31)
    assert await draw._claim(post.id) is not None
    await draw.settle(zombie, Failed("refused", "No."))
    assert (await the_picture(post)).status == "pending"
    assert await status(post) == "text_ready_images_pending"


async def test_without_pictures_the_words_go_to_review_and_the_late_picture_to_the_library(writer: Endpoint) -> None:
    post = await written(writer)
    claimed = await draw._claim(post.id)
    assert claimed is not None
    post = await review.go_without_pictures(post, by=await somebody())
    assert (post.status, (await content.load(post.revision)).pictures) == ("generated_pending_review", ())
    version = post.version
    await draw.settle(claimed, DRAWN)
    post = await plan.load(post.id)
    assert ((await the_picture(post)).status, post.version) == ("processed", version)
    assert (await content.load(post.revision)).pictures == ()


async def test_pictures_that_are_there_already_stay_when_going_on(writer: Endpoint) -> None:
    post = await written(writer)
    ready = await make_media(post)
    await make_picture((await _revision(post)), ready, 1)
    post = await review.go_without_pictures(post, by=await somebody())
    assert [shown.media for shown in (await content.load(post.revision)).pictures] == [ready.id]


async def _revision(post: Post) -> object:
    found = await Revision.objects().get(Revision.id == post.revision)
    assert found is not None
    return found


@pytest.mark.parametrize("meanwhile", ["stopped and begun again", "planned again"])
async def test_a_picture_of_another_run_is_not_attached(writer: Endpoint, meanwhile: str) -> None:
    by = await somebody()
    post = await written(writer)
    claimed = await draw._claim(post.id)
    assert claimed is not None
    post = await review.go_without_pictures(post, by=by)
    post = await review.replan(post, {}, Asked(), by=by)
    if meanwhile == "stopped and begun again":
        post = await generate.start(post, by=by)
        await generate.write(post.id)
    post = await plan.load(post.id)
    await draw.settle(claimed, DRAWN)
    fresh = await plan.load(post.id)
    assert (fresh.status, fresh.version) == (post.status, post.version)


async def test_a_picture_that_lands_after_planning_again_changes_no_version(writer: Endpoint) -> None:
    by = await somebody()
    post = await make_post("rejected")
    revision = await make_revision(post)
    await make_picture(revision, await make_media(post, "pending"))
    await pass_time(post, minutes=2)
    post = await review.replan(await plan.load(post.id), {}, Asked(), by=by)
    await draw.draw(post.id)
    assert (await plan.load(post.id)).version == post.version


async def test_one_more_picture_keeps_approval_waiting_until_it_is_there(writer: Endpoint, bells: list[str]) -> None:
    by = await somebody()
    post = await make_post("generated_pending_review")
    post = await pictures.have_drawn(post, "A lighthouse", by=by)
    assert (post.status, bells) == ("modified_pending_review", ["draw"])
    with pytest.raises(Refused, match="still being drawn"):
        await review.approve(post, await digest(post), by=by)
    await draw.draw(post.id)
    fresh = await plan.load(post.id)
    assert fresh.version == post.version + 1, "what would be sealed changed"
    assert (await review.approve(fresh, await digest(fresh), by=by)).post.status == "approved"


async def test_an_uploaded_picture_is_attached_at_once() -> None:
    by = await somebody()
    post = await pictures.add(await make_post("generated_pending_review"), DRAWN_OK(), "A boat", by=by)
    (shown,) = (await content.load(post.revision)).pictures
    assert (shown.alt, shown.status) == ("A boat", "processed")


def DRAWN_OK() -> images.Image:

    return images.Image(picture(), "image/png", 48, 32, sha256(picture()).hexdigest())


async def test_a_picture_needs_words_to_belong_to() -> None:
    with pytest.raises(Refused, match="Write the text first"):
        await pictures.have_drawn(await make_post("to_be_generated"), "A boat", by=await somebody())
    assert await Media.count() == 0


# Autopilot, which only ever follows a finished draft


@pytest.mark.parametrize("gaps", [False, True])
async def test_autopilot_seals_and_schedules_the_finished_draft_in_its_own_name(writer: Endpoint, gaps: bool) -> None:
    await make_team(mode="autopilot")
    post = await written(writer, channels=[await make_channel("site")], brief="" if gaps else "Salt and wind.")
    await draw.draw(post.id)
    post = await plan.load(post.id)
    if gaps:
        assert post.status == "generated_pending_review"
        return
    assert post.status == "scheduled"
    assert await sql.value("SELECT by_kind FROM seal WHERE voided_at IS NULL") == "autopilot"
    assert (await moves_of(post))[-2:] == ["finish", "schedule"]
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_autopilot_goes_on_too_when_a_person_goes_on_without_pictures(writer: Endpoint) -> None:
    await make_team(mode="autopilot")
    post = await written(writer, channels=[await make_channel("site")], brief="Salt and wind.")
    post = await review.go_without_pictures(post, by=await somebody())
    assert post.status == "scheduled"


async def test_autopilot_leaves_a_failed_picture_to_a_person(writer: Endpoint) -> None:
    await make_team(mode="autopilot")
    writer.images[:] = ["policy"]
    post = await written(writer, channels=[await make_channel("site")], brief="Salt and wind.")
    await draw.draw(post.id)
    assert await status(post) == "generated_pending_review"


async def test_without_a_channel_autopilot_has_nothing_to_do(writer: Endpoint) -> None:
    await make_team(mode="autopilot")
    post = await written(writer, brief="Salt and wind.")
    await draw.draw(post.id)
    assert await status(post) == "generated_pending_review"
