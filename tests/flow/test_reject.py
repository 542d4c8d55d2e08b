"""Rejecting with a reason, and changing one's mind."""

import pytest

from app import sql
from app.flow import review
from app.moves import Refused
from app.tables import Post
from tests.flow.stage import digest, somebody
from tests.makers import make_channel, make_post, make_team

REVIEW = ("generated_pending_review", "modified_pending_review")


async def in_review(status: str = "generated_pending_review", **values: object) -> Post:
    return await make_post(status, channels=[await make_channel()], **values)  # type: ignore[arg-type]


async def test_rejected_with_a_reason_the_votes_are_void() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    await review.approve(post, await digest(post), by=by)
    post = await review.reject(post, "Too salty.", by=by)
    assert post.status == "rejected"
    assert await sql.value("SELECT note FROM event WHERE move = 'reject'") == "Too salty."
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0
    assert (await review.restore(post, by=by)).status == REVIEW[0]


async def test_a_rejection_says_why() -> None:
    with pytest.raises(Refused, match="Say why"):
        await review.reject(await in_review(), "  ", by=await somebody())


@pytest.mark.parametrize("verb", ["reject", "restore"])
async def test_a_writer_decides_neither(verb: str) -> None:
    post = await make_post(REVIEW[0] if verb == "reject" else "rejected")
    arguments = ["No."] if verb == "reject" else []
    with pytest.raises(Refused) as refused:
        await getattr(review, verb)(post, *arguments, by=await somebody("writer"))
    assert refused.value.forbidden
