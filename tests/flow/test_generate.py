"""Generating: one fenced run, charged once, that nobody's stop, crash or clock can turn into two drafts."""

import asyncio
from datetime import timedelta

import pytest

from app import content, sql
from app.flow import generate, plan
from app.lifecycles.facts import Asked
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Generation, Post
from app.writers.contract import Draft, Failed, ImageWish
from tests.flow.stage import a_key, acting, moves_of, pass_time, somebody, soon, status
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now
from tests.writers.endpoint import Endpoint


async def planned(**values: object) -> Post:
    return await make_post("to_be_generated", **values)  # type: ignore[arg-type]


async def begun(**values: object) -> Post:
    return await generate.start(await planned(**values), by=await somebody())


async def charges() -> int:
    count: int = await sql.value("SELECT count(*) FROM charge")
    return count


async def the_run(post: Post) -> Generation:
    run = await Generation.objects().where(Generation.post == post.id).order_by(Generation.id, ascending=False).first()
    assert run is not None
    return run


async def origins(post: Post) -> list[str]:
    found = await sql.rows("SELECT origin FROM revision WHERE post = $1 ORDER BY number", post.id)
    return [record["origin"] for record in found]


async def test_a_click_opens_one_run_and_rings_for_the_writer(bells: list[str]) -> None:
    post = await begun()
    run = await the_run(post)
    assert (post.status, run.ended_at, run.writer) == ("generating", None, "outline")
    assert bells == ["write"]
    assert await moves_of(post) == ["generate"]


async def test_the_words_come_first_and_are_charged_once(writer: Endpoint, bells: list[str]) -> None:
    post = await begun(channels=[await make_channel(settings={"content": "text"})])
    await generate.write(post.id)
    post = await plan.load(post.id)
    assert post.status == "text_ready_images_pending"
    assert post.revision == post.generated_revision is not None
    text = await content.load(post.revision)
    assert "An opening about Tides" in text.body and text.renditions
    assert [picture.status for picture in text.pictures] == ["pending"]
    run = await the_run(post)
    assert (run.result, run.model, run.tokens_in, run.images_wanted) == ("drafted", "scripted-1", 812, 1)
    assert await charges() == 1
    assert bells == ["write", "draw"]
    await generate.write(post.id)
    assert (await charges(), len(writer.calls)) == (1, 1)


async def test_two_workers_at_once_ask_the_writer_once(writer: Endpoint) -> None:
    post = await begun()
    await asyncio.gather(*(asyncio.create_task(generate.write(post.id)) for _ in range(4)))
    assert len(writer.calls) == 1
    assert (await origins(post), await charges()) == (["generated"], 1)


async def test_of_two_clicks_one_opens_the_run() -> None:
    post, by = await planned(), await somebody()
    seen = await plan.load(post.id)
    await generate.start(post, by=by)
    with pytest.raises(MovedMeanwhile):
        await generate.start(seen, by=by)
    assert await Generation.count() == 1


async def test_stopped_nothing_is_charged_and_the_late_draft_is_kept_aside(writer: Endpoint) -> None:
    post = await begun()
    claimed = await generate._claim(post.id)
    assert claimed is not None
    post = await generate.stop(post, by=await somebody())
    late = Draft("Tides", "Late.", "A late draft.", images=(ImageWish("The sea", "Sea"),))
    await generate.settle(claimed, late)
    post = await plan.load(post.id)
    assert (post.status, post.revision, await origins(post)) == ("generation_failed", None, ["late"])
    assert (await the_run(post)).result == "stopped"
    assert await charges() == 0
    assert await sql.value("SELECT count(*) FROM media") == 0


async def test_a_draft_that_comes_after_a_new_run_began_does_not_touch_it(writer: Endpoint) -> None:
    by = await somebody()
    post = await begun()
    zombie = await generate._claim(post.id)
    assert zombie is not None
    post = await generate.again(await generate.stop(post, by=by), by=by, asked=Asked())
    await generate.settle(zombie, Draft("Tides", "Late.", "A late draft."))
    assert await status(post) == "generating"
    await generate.write(post.id)
    assert await origins(post) == ["late", "generated"]
    assert await charges() == 1


async def test_a_zombie_whose_run_was_taken_over_adds_nothing(writer: Endpoint) -> None:
    post = await begun()
    zombie = await generate._claim(post.id)
    assert zombie is not None
    await pass_time(post, seconds=31)
    await generate.write(post.id)
    await generate.settle(zombie, Failed("refused", "No."))
    assert await status(post) == "text_ready_images_pending"
    assert await charges() == 1


async def test_an_interrupted_run_is_taken_up_again_after_its_lease(writer: Endpoint) -> None:
    post = await begun()
    assert await generate._claim(post.id) is not None
    await generate.write(post.id)
    assert not writer.calls, "the lease still runs"
    await pass_time(post, seconds=31)
    await generate.write(post.id)
    assert await status(post) == "text_ready_images_pending"


async def test_three_interrupted_runs_fail_without_a_charge(writer: Endpoint) -> None:
    post = await begun()
    for _ in range(3):
        assert await generate._claim(post.id) is not None
        await pass_time(post, seconds=31)
    await generate.write(post.id)
    assert await status(post) == "generation_failed"
    assert ((await the_run(post)).error_kind, await charges(), writer.calls) == ("provider_unavailable", 0, [])


async def test_a_busy_writer_is_asked_again_when_it_says(writer: Endpoint) -> None:
    writer.chat[:] = ["429"]
    post = await begun()
    await generate.write(post.id)
    run = await the_run(post)
    assert await status(post) == "generating"
    assert timedelta(seconds=2) < run.next_at - now() <= timedelta(seconds=8)
    assert "attempt 2 of 3" in run.stage
    await generate.write(post.id)
    assert len(writer.calls) == 1, "not before then"
    await pass_time(post, seconds=8)
    await generate.write(post.id)
    assert (await status(post), await charges()) == ("text_ready_images_pending", 1)


async def test_an_absurd_wait_is_shortened(writer: Endpoint) -> None:
    post = await begun()
    claimed = await generate._claim(post.id)
    assert claimed is not None
    await generate.settle(claimed, Failed("rate_limited", "Later.", soon(days=30)))
    assert (await the_run(post)).next_at - now() <= timedelta(hours=1)


async def test_a_writer_that_stays_busy_fails_after_three_tries(writer: Endpoint) -> None:
    writer.chat[:] = ["429"] * 9
    post = await begun()
    for _ in range(4):
        await generate.write(post.id)
        await pass_time(post, minutes=3)
    assert (await status(post), (await the_run(post)).error_kind, await charges()) == (
        "generation_failed",
        "rate_limited",
        0,
    )
    assert len(writer.calls) == 3


@pytest.mark.parametrize("word", ["401", "404", "refusal", "policy", "long"])
async def test_what_no_repetition_helps_fails_at_once(writer: Endpoint, word: str) -> None:
    writer.chat[:] = [word] * 5
    post = await begun()
    await generate.write(post.id)
    run = await the_run(post)
    assert (await status(post), run.result, await charges()) == ("generation_failed", "failed", 0)
    assert run.error_note and await sql.value("SELECT note FROM event WHERE move = 'fail_generation'") == run.error_note


@pytest.mark.parametrize("word", ["empty", "prose", "truncated", "html", "no-body"])
async def test_no_draft_is_ever_empty(writer: Endpoint, word: str) -> None:
    writer.chat[:] = [word] * 20
    post = await begun()
    for _ in range(4):
        await generate.write(post.id)
        await pass_time(post, minutes=3)
    assert await status(post) == "generation_failed"
    assert (await origins(post), await charges()) == ([], 0)


async def test_a_draft_without_pictures_goes_straight_to_review() -> None:
    post = await begun()
    claimed = await generate._claim(post.id)
    assert claimed is not None
    await generate.settle(claimed, Draft("Tides", "Short.", "Words."))
    assert await status(post) == "generated_pending_review"
    assert await moves_of(post) == ["generate", "finish"]


async def test_the_quota_counts_finished_drafts_of_this_month(writer: Endpoint) -> None:
    await make_team(monthly_quota=1)
    by = await somebody()
    post = await generate.start(await planned(), by=by)
    await generate.stop(post, by=by)
    post = await begun()
    await generate.write(post.id)
    with pytest.raises(Refused, match="used up"):
        await generate.start(await planned(), by=by)
    await sql.run("UPDATE charge SET month = month - interval '1 month'")
    assert (await generate.start(await planned(), by=by)).status == "generating"


@pytest.mark.parametrize("where", ["awaiting_user_date", "generated_pending_review", "published", "generating"])
async def test_only_a_plan_is_written(where: str) -> None:
    with pytest.raises(IllegalMove):
        await generate.start(await make_post(where), by=await somebody())


async def test_a_writer_generates_their_own_posts_and_a_key_any() -> None:
    author = await make_person("writer")
    with pytest.raises(Refused) as refused:
        await generate.start(await planned(author=author), by=await somebody("writer"))
    assert refused.value.forbidden
    assert (await generate.start(await planned(author=author), by=acting(author))).status == "generating"
    assert (await generate.start(await planned(), by=await a_key("write"))).status == "generating"
