"""Beside move(): touch() changes no status, begin() makes rows, record() tells; deliveries move under their post."""

from typing import Any

import pytest

from app import audit, sql
from app.lifecycles.facts import Asked
from app.lifecycles.machine import WORKER
from app.moves import IllegalMove, Refused, begin, move, touch
from app.moves import MovedMeanwhile as Moved
from app.tables import Delivery, Event, Media, Person, Post, Publication, Recall
from tests import makers
from tests.rows import now
from tests.witness import by, events, stored

REVIEW = "generated_pending_review"


@pytest.fixture(autouse=True)
async def team(database: object) -> Any:
    return await makers.make_team()


@pytest.fixture
async def editor() -> Person:
    return await makers.make_person("editor")


async def test_a_touch_is_a_new_version_with_one_event_and_no_new_status() -> None:
    author = await makers.make_person("writer")
    post = await makers.make_post(REVIEW, author=author)
    fresh = await touch(post, "plan", by=by(author), values={Post.keyword: "ebb"}, note="Better.", told={"on": None})
    assert (fresh.status, fresh.version, fresh.keyword) == (REVIEW, post.version + 1, "ebb")
    [event] = await events(post)
    assert (event["move"], event["from_status"], event["to_status"]) == ("plan", None, None)
    assert (event["person"], event["note"], event["version"]) == (author.id, "Better.", fresh.version)


async def test_a_touch_by_the_wrong_person_is_forbidden() -> None:
    post = await makers.make_post(REVIEW, author=await makers.make_person("writer"))
    for role in ("viewer", "writer"):
        with pytest.raises(Refused) as refused:
            await touch(post, "plan", by=by(await makers.make_person(role)), values={Post.keyword: "ebb"})
        assert refused.value.forbidden
    assert (await stored(post)).version == post.version


async def test_a_touch_of_a_stale_version_is_refused(editor: Person) -> None:
    seen = await makers.make_post(REVIEW)
    await touch(await stored(seen), "plan", by=by(editor), values={Post.keyword: "ebb"})
    with pytest.raises(Moved):
        await touch(seen, "plan", by=by(editor), values={Post.keyword: "flood"})
    assert (await stored(seen)).keyword == "ebb"


async def test_while_a_platform_is_asked_a_person_touches_nothing_and_the_worker_may(editor: Person) -> None:
    post = await makers.make_post("scheduled")
    await Recall(post=post.id, move="unschedule", person=editor.id, next_at=now()).save()
    with pytest.raises(Refused, match="asked first") as refused:
        await touch(post, "plan", by=by(editor), values={Post.keyword: "ebb"})
    assert not refused.value.forbidden
    assert (await touch(post, "picture", by=WORKER, values={})).version == post.version + 1


@pytest.mark.parametrize(
    ("asked", "status"), [(Asked(), "awaiting_user_date"), (Asked(on=now().date()), "to_be_generated")]
)
async def test_a_new_post_begins_in_its_first_status_with_an_event(asked: Asked, status: str) -> None:
    author = await makers.make_person("writer")
    values = {Post.title: "Tides", "zone": "UTC", Post.author: author.id, Post.planned_on: asked.on}
    post = await begin(Post, by=by(author), asked=asked, values=values)
    [event] = await events(post)
    assert (post.status, post.version, (await stored(post)).status) == (status, 1, status)
    assert (event["move"], event["version"], event["from_status"], event["to_status"]) == ("create", 1, None, status)


async def test_a_viewer_begins_no_post() -> None:
    with pytest.raises(Refused) as refused:
        await begin(Post, by=by(await makers.make_person("viewer")), values={Post.title: "Tides", Post.zone: "UTC"})
    assert refused.value.forbidden and await Post.count() == 0


async def test_publication_delivery_and_media_begin_pending(editor: Person) -> None:
    post = await makers.make_post("approved", channels=[channel := await makers.make_channel()])
    seal = await sql.value("SELECT id FROM seal WHERE post = $1", post.id)
    values = {"post": post.id, "number": 1, "kind": "create", "seal": seal, "next_at": now()}
    publication = await begin(Publication, by=by(editor), values=values)
    values = {"publication": publication.id, "post": post.id, "channel": channel.id, "kind": "create", "key": "k"}
    delivery = await begin(Delivery, by=by(editor), values=values)
    media = await begin(Media, by=WORKER, values={Media.post: post.id, Media.source: "drawn", Media.next_at: now()})
    assert (publication.status, delivery.status, media.status) == ("pending", "pending", "pending")
    assert [(event["about"], event["move"]) for event in await events(post)] == [("publication", "create")]


async def test_a_record_is_an_event_without_a_version(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    await audit.record("post", post.id, "vote", by=by(editor), post=post.id, told={"missing": 1})
    [event] = await Event.select().where(Event.post == post.id)
    assert (event["move"], event["version"], event["person"]) == ("vote", None, editor.id)
    assert (await stored(post)).version == post.version


# The small lifecycles


async def test_a_delivery_moves_under_its_post_with_an_event_of_its_own() -> None:
    post = await makers.make_post("publishing")
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    values = {Delivery.next_at: None, Delivery.error_kind: "unexpected"}
    fresh = await move(delivery, "refuse", by=WORKER, values=values, note="It answered 418.")
    [event] = await events(post)
    assert (fresh.status, fresh.version) == ("failed", 2)
    assert (event["about"], event["about_id"], event["by_kind"]) == ("delivery", fresh.id, "worker")
    assert (event["from_status"], event["to_status"]) == ("sending", "failed")
    assert (await stored(post)).version == post.version


async def test_only_an_editor_says_what_became_of_an_unconfirmed_delivery() -> None:
    writer, editor = await makers.make_person("writer"), await makers.make_person("editor")
    post = await makers.make_post("approved", author=writer)
    delivery = await makers.make_delivery(
        await makers.make_publication(post), await makers.make_channel(), "unconfirmed"
    )
    gone = {Delivery.error_kind: "unexpected"}
    with pytest.raises(Refused) as refused:
        await move(delivery, "deny", by=by(writer), values=gone)
    assert refused.value.forbidden
    assert (await move(delivery, "deny", by=by(editor), values=gone)).status == "failed"


async def test_a_settled_delivery_is_not_sent_again() -> None:
    post = await makers.make_post("publish_failed")
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    with pytest.raises(IllegalMove, match="“send” is not possible while it is “Failed”"):
        await move(delivery, "send", by=WORKER)
