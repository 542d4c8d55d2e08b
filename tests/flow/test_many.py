"""Many posts at once: each through its own single verb, in its own transaction; one refusal stops no other."""

from datetime import timedelta
from uuid import uuid4

from app import sql
from app.flow import many
from app.flow.many import Seen
from app.flow.plan import Plan
from app.times import planned
from tests.flow.stage import moves_of, somebody, soon, status
from tests.makers import make_campaign, make_channel, make_post
from tests.rows import now


async def test_one_refusal_stops_no_other() -> None:
    campaign, channel = await make_campaign(), await make_channel()
    posts = [await make_post("approved", campaign=campaign.id, channels=[channel]) for _ in range(3)]
    late = Seen(posts[1].id, posts[1].version, now(hours=-1))
    seen = [Seen(posts[0].id, posts[0].version, soon()), late, Seen(posts[2].id, posts[2].version, soon())]
    done = await many.click(seen, "schedule", campaign=campaign.id, by=await somebody())
    assert [await status(post) for post in posts] == ["scheduled", "approved", "scheduled"]
    assert [bool(one.fresh) for one in done] == [True, False, True] and done[1].why


async def test_what_changed_meanwhile_is_refused_and_said() -> None:
    campaign = await make_campaign()
    post = await make_post("to_be_generated", campaign=campaign.id)
    done = await many.click([Seen(post.id, 99)], "generate", campaign=campaign.id, by=await somebody())
    assert done[0].meanwhile and await status(post) == "to_be_generated"


async def test_a_post_that_went_to_another_campaign_is_left_alone() -> None:
    post = await make_post("to_be_generated", campaign=(await make_campaign()).id)
    other = await make_campaign()
    done = await many.click([Seen(post.id, post.version), Seen(4711, 1)], "generate", campaign=other.id,
                            by=await somebody())  # fmt: skip
    assert [one.why for one in done] == ["It belongs to another campaign now.", many.GONE]
    assert await status(post) == "to_be_generated"


async def test_a_viewer_presses_nothing() -> None:
    campaign = await make_campaign()
    post = await make_post("to_be_generated", campaign=campaign.id)
    done = await many.click(
        [Seen(post.id, post.version)], "generate", campaign=campaign.id, by=await somebody("viewer")
    )
    assert not done[0].fresh and await moves_of(post) == []


async def test_plans_are_made_once_each_and_a_past_day_is_only_its_own_trouble() -> None:
    by, once, again = await somebody("writer"), uuid4(), uuid4()
    past = planned((now() - timedelta(days=2)).date(), None, "UTC")
    plans = {
        1: Plan("One", planned(None, None, "UTC"), form_token=once),
        2: Plan("Two", past),
        3: Plan("Three", planned(now(days=1).date(), None, "UTC"), form_token=again),
    }
    done = await many.plan_all(plans, by=by)
    repeated = await many.plan_all({1: plans[1], 3: plans[3]}, by=by)
    assert [one.fresh.status if one.fresh else one.why for one in done] == [
        "awaiting_user_date", "That day has passed. Pick today or a later one.", "to_be_generated",
    ]  # fmt: skip
    assert [one.fresh.id for one in repeated if one.fresh] == [one.fresh.id for one in done if one.fresh]
    assert await sql.value("SELECT count(*) FROM post") == 2
