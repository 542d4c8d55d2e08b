"""Back to editing and planning again: content kept, approval void."""

import pytest

from app import facts, seals, sql
from app.flow import clicks, review
from app.lifecycles.facts import Asked
from app.moves import Refused
from app.tables import Post, Revision
from tests.flow.stage import acting, approved, moves_of, queued, runs, somebody, soon, status, statuses
from tests.makers import make_channel, make_person, make_post
from tests.rows import now

REVIEW = ("generated_pending_review", "modified_pending_review")


async def test_reopened_the_content_stays_and_the_approval_is_void() -> None:
    post = await approved()
    fresh = await review.reopen(post, by=await somebody())
    assert (fresh.status, fresh.revision) == (REVIEW[0], post.revision)
    assert await seals.valid(post.id) is None
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0


async def test_reopened_from_the_schedule_its_publication_is_canceled() -> None:
    by = await somebody()
    post = await review.reopen(await queued(await make_channel(), by=by, at=soon()), by=by)
    assert (post.status, await runs(post), await statuses(post)) == (REVIEW[0], ["canceled"], ["canceled"])


@pytest.mark.parametrize(("where", "may"), [("approved", True), ("scheduled", False), ("publish_failed", False)])
async def test_its_writer_reopens_only_what_is_not_on_its_way(where: str, may: bool) -> None:
    author = await make_person("writer")
    post = await make_post(where, author=author, channels=[await make_channel()])
    if may:
        assert (await review.reopen(post, by=acting(author))).status == REVIEW[0]
        return
    with pytest.raises(Refused) as refused:
        await review.reopen(post, by=acting(author))
    assert refused.value.forbidden


async def test_a_hand_off_that_happens_meanwhile_is_not_simply_canceled() -> None:
    """The click and the worker race for the post's lock; whoever comes second sees what the first did."""
    by = await somebody()
    post = await queued(await make_channel(), by=by, at=soon())
    await sql.run("UPDATE publication SET status = 'scheduled', next_at = NULL")
    await sql.run("UPDATE delivery SET status = 'handed_off', next_at = now(), remote_id = 'r'")
    fresh = await review.reopen(post, by=by)
    assert (fresh.status, (await facts.of(post.id)).recall) == ("scheduled", "reopen")


# Plan again


@pytest.mark.parametrize("where", ["rejected", *REVIEW])
async def test_planned_again_the_draft_stays_as_a_revision(where: str) -> None:
    by = await somebody()
    post = await make_post(where)
    fresh = await review.replan(post, {Post.title: "Ebb"}, Asked(), by=by)
    assert (fresh.status, fresh.title, fresh.revision) == ("to_be_generated", "Ebb", post.revision)
    assert await Revision.exists().where(Revision.id == post.revision)


async def test_planned_again_without_a_date_it_waits_for_one() -> None:
    post = await make_post("rejected", planned_on=None)
    assert (await review.replan(post, {}, Asked(), by=await somebody())).status == "awaiting_user_date"


@pytest.mark.parametrize("chained", [True, False])
async def test_a_date_that_passed_needs_a_new_one_unless_writing_starts_at_once(chained: bool) -> None:
    post, by = await make_post("rejected", planned_on=now(days=-3).date()), await somebody()
    if chained:
        fresh = await clicks.perform(post, clicks.Click("replan_and_generate"), by=by)
        assert (fresh.status, await moves_of(post)) == ("generating", ["replan", "generate"])
        return
    with pytest.raises(Refused, match="Its date has passed"):
        await review.replan(post, {}, Asked(), by=by)


async def test_regenerating_an_idea_without_a_date_does_nothing_at_all() -> None:
    post = await make_post("rejected", planned_on=None)
    with pytest.raises(Refused, match="no date"):
        await clicks.perform(post, clicks.Click("replan_and_generate"), by=await somebody())
    assert (await status(post), await moves_of(post)) == ("rejected", [])
