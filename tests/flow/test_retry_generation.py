"""Trying again: two moves in one click, or nothing; and what the writer gets to know."""

import pytest

from app.flow import clicks, generate
from app.lifecycles.facts import Asked
from app.moves import IllegalMove, Refused
from app.tables import Campaign, Post, Revision
from tests.flow.stage import moves_of, somebody, status
from tests.makers import make_channel, make_post, make_team
from tests.rows import now


async def planned(**values: object) -> Post:
    return await make_post("to_be_generated", **values)  # type: ignore[arg-type]


async def test_try_again_is_two_moves_in_one_click() -> None:
    post = await make_post("generation_failed", planned_on=now(days=-3).date())
    post = await generate.again(post, by=await somebody(), asked=Asked())
    assert (post.status, await moves_of(post)) == ("generating", ["retry_generation", "generate"])


async def test_try_again_without_a_date_does_nothing_at_all() -> None:
    post = await make_post("generation_failed", planned_on=None)
    with pytest.raises(IllegalMove):
        await generate.again(post, by=await somebody(), asked=Asked())
    assert (await status(post), await moves_of(post)) == ("generation_failed", [])


async def test_try_again_may_bring_a_date_along() -> None:
    post = await make_post("generation_failed", planned_on=None)
    click = clicks.Click("retry_and_generate", on=now(days=1).date())
    post = await clicks.perform(post, click, by=await somebody())
    assert (post.status, post.planned_on) == ("generating", now(days=1).date())


async def test_try_again_beyond_the_quota_does_nothing_at_all() -> None:
    await make_team(monthly_quota=0)
    post = await make_post("generation_failed")
    with pytest.raises(Refused, match="used up"):
        await generate.again(post, by=await somebody(), asked=Asked())
    assert await status(post) == "generation_failed"


async def test_the_writer_knows_the_plan_and_nothing_else() -> None:
    campaign = Campaign(title="Spring", brief="Sell boats.")
    await campaign.save()
    channel = await make_channel(settings={"content": "text"}, name="Hook")
    post = await planned(campaign=campaign, keyword="tide", channels=[channel, await make_channel("site")])
    brief = await generate.brief_of(post.id)
    assert (brief.title, brief.keyword, brief.campaign, brief.campaign_brief) == (
        "Tides",
        "tide",
        "Spring",
        "Sell boats.",
    )
    assert [(caption.channel, caption.name) for caption in brief.captions] == [(channel.id, "Hook")]
    assert await Revision.count() == 0
