"""Good as it is: what failed leaves the targets, with the reason."""

import pytest

from app import sql
from app.flow import plan, review, schedule
from app.moves import IllegalMove, Refused
from app.tables import Publication
from tests.flow.stage import somebody
from tests.makers import (
    make_channel,
    make_delivery,
    make_post,
    make_revision,
)


@pytest.mark.parametrize("delivery", ["published", "unconfirmed", None])
async def test_good_as_it_is_needs_something_live_and_nothing_unclear(delivery: str | None) -> None:
    by, live = await somebody(), await make_channel()
    post = await make_post("publish_failed")
    publication = await Publication.objects().get(Publication.post == post.id)
    assert publication is not None
    if delivery:
        await make_delivery(publication, live, delivery)
    if delivery != "published":
        with pytest.raises(Refused):
            await review.accept(post, "Enough.", by=by)
        return
    post = await review.accept(post, "Enough.", by=by)
    assert (post.status, await plan.targets(post.id)) == ("published", (live.id,))
    assert await sql.value("SELECT note FROM event WHERE move = 'accept'") == "Enough."


async def test_scheduling_is_not_approving() -> None:
    post = await make_post("rejected", channels=[await make_channel()])
    await make_revision(post)
    with pytest.raises(IllegalMove):
        await schedule.line_up(await plan.load(post.id), None, by=await somebody())
