"""Lining up: one publication, one pending delivery per channel, sealed first and rung after."""

from dataclasses import replace

import pytest

from app import sql
from app.flow import plan, recall, schedule
from app.lifecycles.machine import CLOCK
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.platforms.sandbox import Sandbox
from app.tables import Approval, Post, Publication, Seal
from app.times import local
from tests.flow.stage import (
    a_key,
    acting,
    approved,
    live,
    moves_of,
    of,
    only,
    queued,
    rehearsal,
    runs,
    somebody,
    soon,
    statuses,
    webhook,
    work,
)
from tests.makers import make_channel, make_person, make_post, make_team
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver


async def in_review(status: str = "generated_pending_review", **values: object) -> Post:
    return await make_post(status, channels=[await make_channel("site"), await make_channel()], **values)  # type: ignore[arg-type]


async def the_publication(post: Post) -> Publication:
    row = await Publication.objects().get(Publication.post == post.id)
    assert row is not None
    return row


async def test_a_future_time_schedules_every_channel_under_the_approved_seal(bells: list[str]) -> None:
    post, at = await approved(await make_channel("site"), await make_channel(), zone="Europe/Berlin"), soon()
    by = await somebody()
    post = await schedule.line_up(post, at, by=by)
    publication = await the_publication(post)
    assert (post.status, publication.status, publication.due_at) == ("scheduled", "pending", at)
    assert publication.seal == await sql.value("SELECT id FROM seal WHERE post = $1 AND voided_at IS NULL", post.id)
    assert await statuses(post) == ["pending", "pending"]
    assert len({row.key for row in await of(post)}) == 2
    assert (await moves_of(post))[-1] == "schedule"
    assert bells == ["advance"]
    wall = local(at, "Europe/Berlin")
    assert (post.publish_at, post.planned_on) == (at, wall.date())
    assert post.planned_time == wall.time().replace(second=0, microsecond=0)


async def test_no_time_means_as_soon_as_a_worker_is_free() -> None:
    post = await schedule.line_up(await approved(await make_channel()), None, by=await somebody())
    assert (post.status, (await the_publication(post)).due_at) == ("scheduled", None)
    assert (await moves_of(post))[-1] == "publish_now"


async def test_a_person_who_names_a_past_time_is_refused() -> None:
    post = await approved(await make_channel())
    with pytest.raises(Refused, match="That time has passed"):
        await schedule.line_up(post, soon(hours=-1), by=await somebody())
    assert (await plan.load(post.id)).status == "approved"


async def test_a_keys_past_time_sends_what_is_scheduled_already_instead_of_a_second_run() -> None:
    post = await queued(await make_channel(), at=soon())
    post = await schedule.line_up(post, soon(hours=-1), by=await a_key("publish"))
    assert await sql.value("SELECT count(*) FROM publication WHERE post = $1", post.id) == 1
    assert await sql.value("SELECT due_at <= now() FROM publication WHERE post = $1", post.id)


async def test_a_keys_past_time_means_now() -> None:
    post = await schedule.line_up(await approved(await make_channel()), soon(days=-3), by=await a_key("publish"))
    assert (post.status, (await the_publication(post)).due_at) == ("scheduled", None)


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_who_may_not_schedule_is_refused(role: str) -> None:
    post = await approved(await make_channel())
    with pytest.raises(Refused) as refused:
        await schedule.line_up(post, soon(), by=await somebody(role))
    assert refused.value.forbidden


@pytest.mark.parametrize("status", ["to_be_generated", "rejected", "published", "generating"])
async def test_from_any_other_state_it_is_refused(status: str) -> None:
    post = await make_post(status, channels=[await make_channel()])
    with pytest.raises(IllegalMove):
        await schedule.line_up(post, soon(), by=await somebody())


async def test_a_stale_version_changes_nothing(bells: list[str]) -> None:
    post = await approved(await make_channel())
    seen = await plan.load(post.id)
    await schedule.unschedule(await schedule.line_up(post, soon(), by=await somebody()), by=await somebody())
    bells.clear()
    with pytest.raises(MovedMeanwhile):
        await schedule.line_up(seen, soon(), by=await somebody())
    assert bells == []


async def test_without_a_channel_there_is_nowhere_to_send() -> None:
    with pytest.raises(Refused, match="Connect one first"):
        await schedule.line_up(await approved(), None, by=await somebody())


@pytest.mark.parametrize(("scope", "may"), [("publish", False), ("publish_unreviewed", True), ("write", False)])
async def test_only_one_scope_sends_unreviewed_content_and_it_is_sealed_in_the_keys_name(scope: str, may: bool) -> None:
    post, key = await in_review(), await a_key(scope)
    if not may:
        with pytest.raises(Refused):
            await schedule.line_up(post, None, by=key)
        assert not await Seal.exists().where(Seal.post == post.id)
        return
    post = await schedule.line_up(post, None, by=key)
    seal = await Seal.objects().get(Seal.post == post.id)
    assert seal and (post.status, seal.by_kind, seal.key) == ("scheduled", "key", key.key)
    assert not await Approval.exists().where(Approval.post == post.id)


async def test_no_key_sends_gaps() -> None:
    post = await in_review()
    await sql.run("ALTER TABLE revision DISABLE TRIGGER USER")
    await sql.run("UPDATE revision SET gaps = 1 WHERE id = $1", post.revision)
    await sql.run("ALTER TABLE revision ENABLE TRIGGER USER")
    with pytest.raises(Refused, match="gap"):
        await schedule.line_up(post, None, by=await a_key("publish_unreviewed"))


async def test_the_clock_schedules_only_for_autopilot() -> None:
    with pytest.raises(Refused, match="Only autopilot"):
        await schedule.line_up(await in_review(), soon(), by=CLOCK)


async def test_what_was_taken_down_is_sealed_again_by_the_editors_click(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    post = await work(await recall.unpublish(post, by=by))
    assert post.status == "unpublished"
    assert not await Seal.exists().where((Seal.post == post.id) & Seal.voided_at.is_null())
    post = await schedule.line_up(post, None, by=by)
    assert await Approval.count().where((Approval.post == post.id) & Approval.voided_at.is_null()) == 1
    assert (await work(post)).status == "published"
    assert len({request["key"] for request in receiver.requests()}) == 3, "another key for another publication"


async def test_a_first_click_that_needs_another_one_is_only_a_vote() -> None:
    await make_team(approvals_needed=2, self_approval="always")
    post = await make_post("unpublished", channels=[await make_channel("site")])
    one, other = await somebody(), await somebody()
    same = await schedule.line_up(post, None, by=one)
    assert (same.status, same.version, await of(post)) == ("unpublished", post.version, await of(post))
    assert (await moves_of(post))[-1] == "vote"
    with pytest.raises(Refused, match="Needs 1 more approval"):
        await schedule.line_up(post, None, by=one)
    assert (await schedule.line_up(post, None, by=other)).status == "scheduled"


async def test_self_approval_rules_hold_for_such_a_click() -> None:
    await make_team(self_approval="never")
    person = await make_person("editor")
    post = await make_post("unpublished", channels=[await make_channel("site")], author=person)

    with pytest.raises(Refused, match="Someone else"):
        await schedule.line_up(post, None, by=acting(person))


async def test_a_retry_reuses_the_approval_there_is(receiver: Receiver) -> None:
    by = await somebody()
    receiver.play(Fault("status", status=422))
    post = await work(await schedule.line_up(await approved(await webhook(receiver)), None, by=by))
    assert post.status == "publish_failed"
    post = await work(await schedule.line_up(post, None, by=by))
    assert (post.status, await runs(post)) == ("published", ["completed", "completed"])
    assert await Seal.count().where(Seal.post == post.id) == 1


async def test_what_stays_live_is_left_out_of_the_next_publication(receiver: Receiver) -> None:
    by = await somebody()
    stays, comes_down = await rehearsal(receiver, removes=False), await rehearsal(receiver)
    post = await live(stays, comes_down, by=by)
    post = await work(await recall.unpublish(post, by=by))
    assert (post.status, await statuses(post)) == ("unpublished", ["published", "withdrawn"])
    post = await work(await schedule.line_up(post, None, by=by))
    assert post.status == "published"
    assert [row.channel for row in await of(post)] == [stays.id, comes_down.id, comes_down.id]


async def test_a_platform_that_drafted_the_item_gets_the_same_one_back(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:

    by = await somebody()
    before = Sandbox.traits
    monkeypatch.setattr(Sandbox, "traits", lambda self, to: replace(before(self, to), removed_comes_back=True))
    post = await live(await rehearsal(receiver), by=by)
    first = await only(post)
    post = await work(await recall.unpublish(post, by=by))
    post = await schedule.line_up(post, None, by=by)
    again = (await of(post))[-1]
    assert (again.remote_id, again.remote_url) == (first.remote_id, first.remote_url)
    assert again.key != first.key


async def test_a_platform_that_deletes_gets_a_new_item(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await rehearsal(receiver), by=by)
    post = await work(await recall.unpublish(post, by=by))
    post = await schedule.line_up(post, None, by=by)
    assert (await of(post))[-1].remote_id is None
