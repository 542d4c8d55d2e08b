"""One act on many posts: each in its own transaction, by the verbs of the single buttons."""

from datetime import date, time, timedelta

import pytest

from app import seals, sql
from app.flow import bulk
from app.flow.bulk import Act, Row
from tests.flow.stage import somebody
from tests.makers import make_channel, make_post, make_team
from tests.rows import now
from tests.witness import events, stored


@pytest.fixture(autouse=True)
async def team(database: object) -> None:
    await make_team(mode="approval")


async def test_each_post_is_a_transaction_of_its_own() -> None:
    by, channel = await somebody(), await make_channel()
    at = now(days=2).replace(minute=0, second=0, microsecond=0)
    posts = [
        await make_post(channels=[channel], planned_on=at.date(), planned_time=at.time(), publish_at=at)
        for _ in range(3)
    ]
    seen = [Row(post.id, post.version, (await seals.sealable(post.id)).digest) for post in posts]
    seen[1] = Row(posts[1].id, posts[1].version, b"another text")
    done = await bulk.perform(seen, Act("approve"), by=by)
    assert [(one.fresh is not None, one.meanwhile) for one in done] == [(True, False), (False, True), (True, False)]
    assert [(await stored(post)).status for post in posts] == ["scheduled", "generated_pending_review", "scheduled"]
    assert [event["move"] for event in await events(posts[0])][:2] == ["approve", "schedule"]
    assert await events(posts[1]) == []


async def test_what_failed_is_lined_up_again_for_now() -> None:
    by, failed = await somebody(), await make_post("publish_failed")
    [done] = await bulk.perform([Row(failed.id, failed.version)], Act("retry"), by=by)
    assert done.fresh and (await stored(failed)).status == "scheduled"
    [waiting] = await sql.rows("SELECT due_at, next_at <= now() AS due FROM publication WHERE post = $1"
                               " AND status <> 'completed'", failed.id)  # fmt: skip
    assert waiting["due_at"] is None and waiting["due"]


@pytest.mark.parametrize(
    ("status", "act", "why"),
    [
        ("generated_pending_review", Act("retry"), "Only what failed"),
        ("awaiting_user_date", Act("move", days=2), "no day"),
        ("published", Act("move", on=date(2031, 1, 1)), "rescheduling"),
        ("to_be_generated", Act("move", days=10**9), "away"),
        ("generated_pending_review", Act("approve"), "changed"),
    ],
)
async def test_every_refusal_is_a_sentence(status: str, act: Act, why: str) -> None:
    post = await make_post(status, channels=[await make_channel()])
    [done] = await bulk.perform([Row(post.id, post.version)], act, by=await somebody())
    assert done.fresh is None and why in done.why
    assert (await stored(post)).version == post.version


async def test_a_time_that_does_not_exist_that_day_is_told_and_not_guessed() -> None:
    post = await make_post(zone="Europe/Berlin", planned_on=date(2031, 3, 20), planned_time=time(2, 30))
    [done] = await bulk.perform([Row(post.id, post.version)], Act("move", on=date(2031, 3, 30)), by=await somebody())
    assert done.why == "02:30 does not exist on 30 March in Berlin. Use 03:30."


async def test_an_idea_gets_a_day_and_a_queued_post_has_none_to_move() -> None:
    by, there = await somebody(), now(days=5).date()
    idea = await make_post("awaiting_user_date")
    queued = await make_post("scheduled", planned_on=None)
    done = await bulk.perform([Row(p.id, p.version) for p in (idea, queued)], Act("move", on=there), by=by)
    assert done[0].fresh and (await stored(idea)).planned_on == there
    assert done[1].fresh is None and "no time to move" in done[1].why


async def test_the_way_back_asks_for_the_version_it_left() -> None:
    by, post = await somebody(), await make_post()
    before = post.planned_on
    [moved] = await bulk.perform([Row(post.id, post.version)], Act("move", days=4), by=by)
    assert moved.fresh and moved.fresh.planned_on == before + timedelta(days=4)
    [stale] = await bulk.perform([Row(post.id, post.version, on=before)], Act("move_back"), by=by)
    assert stale.meanwhile
    [back] = await bulk.perform([Row(post.id, moved.fresh.version, on=before)], Act("move_back"), by=by)
    assert back.fresh and back.fresh.planned_on == before
