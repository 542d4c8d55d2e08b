"""Submitting: words written by hand go to review."""

import pytest

from app import content
from app.content import Text
from app.flow import plan, review
from app.moves import MovedMeanwhile, Refused
from app.tables import Revision
from tests.flow.stage import somebody
from tests.makers import make_person, make_post
from tests.rows import now

REVIEW = ("generated_pending_review", "modified_pending_review")
PLANS = ("awaiting_user_date", "to_be_generated", "missed", "generation_failed")
WORDS = Text("Ebb", "The water goes.")


@pytest.mark.parametrize("where", PLANS)
async def test_words_written_by_hand_go_to_review(where: str) -> None:
    post = await review.submit(await make_post(where), WORDS, by=await somebody())
    text = await content.load(post.revision)
    assert (post.status, post.title, text.body, text.origin) == (REVIEW[0], "Ebb", "The water goes.", "written")


async def test_words_saved_before_can_be_sent_as_they_are() -> None:
    post = await make_post("to_be_generated", with_revision=True)
    fresh = await review.submit(post, None, by=await somebody())
    assert (fresh.status, fresh.revision, fresh.title) == (REVIEW[0], post.revision, post.title)


@pytest.mark.parametrize("text", [None, Text("Ebb", "  \n ")], ids=["nothing", "blank"])
async def test_nothing_is_not_sent_to_review(text: Text | None) -> None:
    post = await make_post("to_be_generated")
    with pytest.raises(Refused, match="no text yet"):
        await review.submit(post, text, by=await somebody())
    assert await Revision.count() == 0


async def test_submitting_needs_the_right_and_the_newest_version() -> None:
    post = await make_post("to_be_generated", author=await make_person("writer"))
    with pytest.raises(Refused) as refused:
        await review.submit(post, WORDS, by=await somebody("writer"))
    assert refused.value.forbidden
    await plan.set_time(
        await plan.load(post.id), plan.Planned(now(days=9).date(), None, "UTC", None), by=await somebody()
    )
    with pytest.raises(MovedMeanwhile):
        await review.submit(post, WORDS, by=await somebody())
    assert await Revision.count() == 0
