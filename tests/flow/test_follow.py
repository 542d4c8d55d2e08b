"""What follows by itself: an approval schedules by the team's mode, a finished draft by autopilot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.flow import review, schedule
from app.settings import settings
from app.tables import Post, Seal
from tests.flow.stage import (
    digest,
    moves_of,
    somebody,
    soon,
)
from tests.makers import make_campaign, make_channel, make_post, make_team


async def in_review(status: str = "generated_pending_review", **values: object) -> Post:
    return await make_post(status, channels=[await make_channel("site"), await make_channel()], **values)  # type: ignore[arg-type]


async def test_in_mode_approval_a_future_time_is_scheduled_with_the_approval() -> None:
    at = soon(days=1)
    post = await in_review(planned_on=at.date(), planned_time=at.time().replace(second=0))
    post = (await review.approve(post, await digest(post), by=await somebody())).post
    assert post.status == "scheduled"
    assert (await moves_of(post))[-2:] == ["approve", "schedule"]


@pytest.mark.parametrize("why", ["manual", "past", "no time", "campaign", "no channel"])
async def test_otherwise_it_waits_approved(why: str) -> None:
    at = soon(days=-1 if why == "past" else 1)
    time = None if why == "no time" else at.time().replace(second=0)
    values = {"campaign": await make_campaign()} if why == "campaign" else {}
    await make_team(mode="manual" if why == "manual" else "approval")
    targets = [] if why == "no channel" else [await make_channel("site")]
    post = await make_post(
        "generated_pending_review", channels=targets, planned_on=at.date(), planned_time=time, **values
    )
    post = (await review.approve(post, await digest(post), by=await somebody())).post
    assert post.status == "approved"


async def test_a_campaign_may_choose_the_teams_way() -> None:
    at = soon(days=1)
    campaign = await make_campaign(mode="approval")
    post = await in_review(planned_on=at.date(), planned_time=at.time().replace(second=0), campaign=campaign)
    assert (await review.approve(post, await digest(post), by=await somebody())).post.status == "scheduled"


async def test_autopilots_free_slot_is_never_before_the_planned_day(monkeypatch: pytest.MonkeyPatch) -> None:
    known = replace(settings(), llm_base_url="http://127.0.0.1:1")
    monkeypatch.setattr("app.facts.settings", lambda: known)
    await make_team(mode="autopilot")
    day = (soon() + timedelta(days=3)).date()
    post = await in_review(planned_on=day, planned_time=None)
    post = await schedule.follow_draft(post)
    assert (post.status, post.planned_on) == ("scheduled", day)
    seal = await Seal.objects().get(Seal.post == post.id)
    assert seal and seal.by_kind == "autopilot"


async def test_autopilot_refuses_to_run_with_the_outline_writer() -> None:
    await make_team(mode="autopilot")
    post = await in_review()
    assert (await schedule.follow_draft(post)).status == "generated_pending_review"
