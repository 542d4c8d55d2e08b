"""Taking back when things go wrong: overtaken, crashed half-way, silence, and the time that comes first."""

import json

import pytest

from app import facts
from app.flow import calls, lookups, recall
from app.lifecycles.machine import PLATFORM
from app.platforms.contract import Published
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import (
    attempts,
    of,
    pass_time,
    somebody,
    statuses,
    work,
)
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.stories.taking_back import ENDS, LIVE, SCHEDULED, TAKES_BACK, ask, ended, standing

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]


@pytest.mark.parametrize("name", SCHEDULED)
async def test_overtaken_what_is_live_already_is_shown_and_the_move_does_not_happen(
    receiver: Receiver, name: str
) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by), name, by)
    item = {"id": "item-1", "url": f"{receiver.origin}/p/item-1", "status": "live"}
    receiver.play(Fault("status", status=409, body=json.dumps(item), on=TAKES_BACK))
    post = await work(post)
    assert (post.status, await statuses(post)) == ("published", ["published"])
    result, note = await ended(post)
    assert result == "overtaken" and note and "already" in note


@pytest.mark.parametrize("name", SCHEDULED)
async def test_overtaken_by_a_callback_before_anybody_was_asked(receiver: Receiver, name: str) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by, twice=True), name, by)
    row = (await of(post))[0]
    await lookups.heard(row.id, Published("item-1", "https://there.example/1"), by=PLATFORM)
    post = await work(post)
    assert (await ended(post))[0] == "overtaken"
    assert (await of(post))[0].status == "published"
    # The other one was canceled there, or is there (or with us) for its time.
    assert post.status == ("scheduled" if name in ("reschedule", "send_now") else "publish_failed")


@pytest.mark.parametrize("when", ["before the call", "after the call"])
@pytest.mark.parametrize("name", [*SCHEDULED, *LIVE])
async def test_crashed_half_way_it_is_taken_up_again_and_done_once(receiver: Receiver, name: str, when: str) -> None:
    by = await somebody()
    post = await ask(await standing(receiver, name, by, twice=True), name, by)
    claimed = await recall._claim(post.id)
    assert claimed is not None
    first = (await recall._concerned(claimed))[0]
    opened = await recall._write_down(claimed, first.id)
    assert opened is not None
    if when == "after the call":
        await calls.make(opened)
    await work(post)
    assert (await facts.of(post.id)).recall is not None, "its lease has not run out"
    await pass_time(post, receiver, seconds=31)
    post = await work(post)
    assert post.status == ENDS[name]
    assert len(receiver.log.effects("remove")) <= 2
    assert not [attempt for attempt in await attempts(post) if attempt["ended_at"] is None]


async def test_answers_already_given_are_not_asked_for_again(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by, twice=True)
    receiver.play(Fault("drop_before", on=("DELETE",)))
    post = await work(await ask(post, "unpublish", by), rounds=1)
    assert await statuses(post) == ["published", "withdrawn"]
    await pass_time(post, seconds=11)
    assert (await work(post)).status == "unpublished"
    assert len([request for request in receiver.requests() if request["method"] == "DELETE"]) == 3


async def test_silence_is_asked_three_times_and_then_told(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    receiver.play(Fault("drop_before", on=("DELETE",), times=9))
    post = await ask(post, "unpublish", by)
    for _ in range(5):
        post = await work(post)
        await pass_time(post, seconds=11)
    assert (post.status, (await ended(post))[0]) == ("published", "refused")
    assert len([request for request in receiver.requests() if request["method"] == "DELETE"]) == 3


async def test_a_wait_that_the_platform_names_is_kept_and_costs_no_try(receiver: Receiver) -> None:
    by = await somebody()
    post = await standing(receiver, "unpublish", by)
    receiver.play(Fault("status", status=429, headers={"retry-after": "300"}, on=("DELETE",), times=4))
    post = await ask(post, "unpublish", by)
    for _ in range(4):
        await work(post)
        await pass_time(post, seconds=60)
        assert await recall._claim(post.id) is None
        await pass_time(post, seconds=245)
    assert (await work(post)).status == "unpublished"


@pytest.mark.parametrize("name", ["unschedule", "reopen", "reschedule"])
async def test_without_an_answer_by_the_time_the_recall_ends_and_the_post_goes_out(
    receiver: Receiver, name: str
) -> None:
    by = await somebody()
    post = await standing(receiver, name, by)
    receiver.play(Fault("drop_before", on=TAKES_BACK, times=9))
    post = await work(await ask(post, name, by))
    assert (await facts.of(post.id)).recall == name
    await pass_time(post, receiver, hours=2)
    post = await work(post)
    assert await ended(post) == ("refused", recall.TOO_LATE)
    assert post.status == "published"
