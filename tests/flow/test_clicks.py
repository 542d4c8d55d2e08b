"""Every button by its name: each move and chain of the table has its verb, and unknown ones are refused."""

from datetime import time

import pytest

from app.flow import clicks
from app.flow.clicks import Click
from app.lifecycles.offers import CHAINS, FROM_A_PAGE
from app.lifecycles.post import POST
from app.moves import IllegalMove, Refused
from tests.flow.stage import digest, moves_of, somebody, soon
from tests.makers import make_channel, make_post
from tests.rows import now

BY_ITSELF = {
    "create",
    "text_ready",
    "miss",
    "edit",
    "start_publishing",
    "complete",
    "fail_publishing",
    "keep_live",
    "fail_recall",
}


def test_every_move_a_person_may_make_and_every_chain_has_its_verb() -> None:
    offered = {line.name for line in POST.moves if line.label} | {chain.name for chain in CHAINS} - {*FROM_A_PAGE}
    assert offered <= {*clicks.VERBS}
    assert {line.name for line in POST.moves} - BY_ITSELF <= {*clicks.VERBS}


async def test_an_unknown_button_is_refused() -> None:
    with pytest.raises(IllegalMove, match="no move called"):
        await clicks.perform(await make_post("approved"), Click("explode"), by=await somebody())


@pytest.mark.parametrize("name", ["schedule", "reschedule", "approve_and_schedule"])
async def test_a_time_has_to_be_picked(name: str) -> None:
    post = await make_post("approved", channels=[await make_channel()])
    with pytest.raises(Refused, match="Pick a time"):
        await clicks.perform(post, Click(name), by=await somebody())


async def test_approve_and_publish_goes_out_as_soon_as_a_worker_is_free() -> None:
    post = await make_post("generated_pending_review", channels=[await make_channel()])
    click = Click("approve_and_publish", digest=await digest(post))
    post = await clicks.perform(post, click, by=await somebody())
    assert (post.status, await moves_of(post)) == ("scheduled", ["approve", "publish_now"])


async def test_publish_now_on_a_scheduled_post_means_send_it_now() -> None:
    by = await somebody()
    post = await make_post("approved", channels=[await make_channel()])
    post = await clicks.perform(post, Click("schedule", at=soon()), by=by)
    post = await clicks.perform(post, Click("publish_now"), by=by)
    assert await moves_of(post) == ["schedule", "publish_now"]


async def test_a_new_day_keeps_the_time_of_day() -> None:
    post = await make_post("rejected", planned_on=now(days=-3).date(), planned_time=time(9, 30))
    click = Click("replan", on=now(days=3).date(), title="Ebb")
    post = await clicks.perform(post, click, by=await somebody())
    assert (post.planned_on, post.planned_time, post.title) == (now(days=3).date(), time(9, 30), "Ebb")
