"""freeze and unfreeze: nothing new leaves; lifting lets go in order what is not too late, and keeps the rest."""

from datetime import timedelta

import pytest

from app import sql
from app.flow import freeze, letting_go, publish, recall, schedule
from app.lifecycles.machine import WORKER, By
from app.moves import Refused
from app.platforms.contract import WentOn
from app.tables import Post
from tests.flow.stage import (
    live,
    moves_of,
    only,
    pass_time,
    queued,
    rehearsal,
    runs,
    somebody,
    soon,
    statuses,
    webhook,
    work,
)
from tests.makers import make_person, make_revision
from tests.platforms.receiver import Receiver

GOES_AT = "SELECT next_at FROM delivery WHERE post = $1"


async def admin() -> By:
    person = await make_person("admin")
    return By("person", person=person.id, role="admin", name=person.name)


async def held_for(post: Post) -> str | None:
    found: str | None = await sql.value("SELECT held_for FROM publication WHERE post = $1", post.id)
    return found


async def team_events() -> list[tuple[str, str | None]]:
    found = await sql.rows("SELECT move, note FROM event WHERE about = 'team' ORDER BY id")
    return [(record["move"], record["note"]) for record in found]


async def test_a_freeze_says_who_and_why_and_stops_what_comes_due(receiver: Receiver) -> None:
    by = await admin()
    post = await queued(await webhook(receiver))
    await freeze.freeze("The shop is on fire.", by=by)
    assert (await work(post)).status == "scheduled"
    assert await held_for(post) == "freeze"
    assert receiver.requests() == []
    team = await sql.row("SELECT frozen_for, frozen_by, frozen_note FROM team")
    assert team is not None and tuple(team) == ("person", by.person, "The shop is on fire.")
    assert await team_events() == [("freeze", "The shop is on fire.")]


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_an_admin_freezes_and_lifts(role: str) -> None:
    by = By("person", person=(await make_person(role)).id, role=role)
    with pytest.raises(Refused, match="admin") as refused:
        await freeze.freeze(by=by)
    assert refused.value.forbidden
    await freeze.freeze(by=WORKER)
    with pytest.raises(Refused, match="admin"):
        await freeze.unfreeze(by=by)


async def test_freezing_twice_and_lifting_nothing_are_refused() -> None:
    with pytest.raises(Refused, match="not frozen"):
        await freeze.unfreeze(by=WORKER)
    await freeze.freeze(by=WORKER)
    with pytest.raises(Refused, match="already"):
        await freeze.freeze(by=WORKER)
    assert await team_events() == [("freeze", None)]


async def test_lifting_sends_what_is_a_little_late_and_keeps_the_rest_for_a_person(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    old, young = await queued(channel, at=soon()), await queued(channel, at=soon())
    await freeze.freeze(by=WORKER)
    await pass_time(old, hours=4)
    await pass_time(young, hours=2, minutes=20)
    await work(old)
    await work(young)
    shown = await letting_go.lifting()
    assert [one.post for one in shown.goes] == [young.id]
    assert [one.post for one in shown.stays] == [old.id]
    assert await freeze.unfreeze(by=await admin()) == shown
    assert (await work(young)).status == "published"
    assert (await work(old)).status == "scheduled"
    assert await held_for(old) == "late"
    assert len(receiver.log.effects()) == 1
    assert await moves_of(young, "publication") == ["create", "advance", "hold", "release", "complete"]
    assert await sql.value("SELECT frozen_at IS NULL AND frozen_note IS NULL FROM team")


async def test_lifting_does_not_burst_and_the_oldest_go_first(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    posts = [await queued(channel, at=soon(hours=2, minutes=place)) for place in (2, 0, 1)]
    await freeze.freeze(by=WORKER)
    for post in posts:
        await pass_time(post, hours=2, minutes=10)
        await work(post)
    await freeze.unfreeze(by=WORKER)
    last, first, second = [await sql.value(GOES_AT, post.id) for post in posts]
    assert first <= await sql.value("SELECT now()")
    assert (second - first, last - second) == (letting_go.GAP, letting_go.GAP)


async def test_what_is_spread_out_still_goes_before_it_is_too_late(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letting_go, "GAP", timedelta(hours=1))
    channel = await webhook(receiver)
    posts = [await queued(channel, at=soon()) for _ in range(2)]
    await freeze.freeze(by=WORKER)
    for post in posts:
        await pass_time(post, hours=2, minutes=58)
        await work(post)
    await freeze.unfreeze(by=WORKER)
    assert await sql.value(GOES_AT, posts[1].id) < await sql.value("SELECT now() + interval '2 minutes'")


async def test_what_was_half_way_waits_and_goes_on_after_the_freeze(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), await webhook(receiver))
    await sql.run("UPDATE channel SET paused_at = now() WHERE id = (SELECT max(id) FROM channel)")
    assert (await work(post)).status == "publishing"
    await sql.run("UPDATE channel SET paused_at = NULL")
    await freeze.freeze(by=WORKER)
    await pass_time(post, seconds=31)
    await work(post)
    assert await statuses(post) == ["published", "pending"]
    assert [one.post for one in (await letting_go.lifting()).begun] == [post.id]
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"


async def test_a_frozen_update_of_a_live_post_waits_too(receiver: Receiver) -> None:
    by = await somebody()
    post = await live(await webhook(receiver), by=by)
    sent = len(receiver.requests())
    await freeze.freeze(by=WORKER)
    await make_revision(post, body="The tide turned.")
    post = await work(await schedule.publish_changes(await Post.objects().get(Post.id == post.id), by=by))
    assert (post.status, len(receiver.requests())) == ("publishing", sent)
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"
    assert len(receiver.requests()) == sent + 1


async def test_what_a_platform_holds_is_listed_and_left_to_it(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon()))
    await freeze.freeze(by=WORKER)
    found = await letting_go.lifting()
    assert [one.post for one in found.elsewhere] == [post.id] and found.goes == ()
    await freeze.unfreeze(by=WORKER)
    assert await statuses(post) == ["handed_off"]


async def test_taking_down_and_taking_back_stay_possible_while_frozen(receiver: Receiver) -> None:
    by = await somebody()
    gone = await live(await rehearsal(receiver), by=by)
    back = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    await freeze.freeze(by=WORKER)
    await recall.unpublish(gone, by=by)
    await schedule.unschedule(back, by=by)
    assert (await work(gone)).status == "unpublished"
    assert (await work(back)).status == "approved"
    assert await runs(back) == ["canceled"]


async def test_what_was_planned_while_frozen_is_handed_over_when_it_is_lifted(receiver: Receiver) -> None:
    await freeze.freeze(by=WORKER)
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon()))
    assert await statuses(post) == ["pending"]
    await freeze.unfreeze(by=WORKER)
    await work(post)
    assert await statuses(post) == ["handed_off"]


async def test_what_was_held_while_the_freeze_was_being_lifted_is_found(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await freeze.freeze(by=WORKER)
    await work(post)
    await freeze.sweep()
    assert await held_for(post) == "freeze"
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    await freeze.sweep()
    assert (await work(post)).status == "published"


async def test_what_a_restore_holds_is_not_let_go(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await freeze.freeze(by=WORKER)
    await work(post)
    await sql.run("UPDATE publication SET held_for = 'restore'")
    assert [one.post for one in (await letting_go.lifting()).kept] == [post.id]
    await freeze.unfreeze(by=WORKER)
    assert (await work(post)).status == "scheduled"
    assert await held_for(post) == "restore"


async def test_the_next_step_of_several_waits_for_the_freeze_to_be_lifted(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    row = await only(post)
    call = await publish.begin(row.id)
    assert call is not None
    await freeze.freeze(by=WORKER)
    await publish.settle(row.id, call.fence, WentOn("create", {}))
    assert await publish.begin(row.id) is None
    await freeze.unfreeze(by=WORKER)
    await pass_time(post, seconds=31)
    assert (await work(post)).status == "published"
