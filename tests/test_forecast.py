"""The forecast over real rows: which posts are ahead, what is read of them, how little it costs, and JSON."""

from datetime import UTC, datetime, timedelta

import pytest

from app import forecast, sql
from app.forecast_coming import Verdict
from app.sql import run
from app.tables import Channel, Picture, Post, Revision, Seal
from tests.makers import make_channel, make_media, make_picture, make_post, make_publication, make_team
from tests.rows import now


@pytest.fixture(autouse=True)
async def awake(database: object) -> None:
    await make_team()
    await run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")


async def scheduled(*channels: Channel, **values: object) -> Post:
    return await make_post("scheduled", channels=channels or [await make_channel()], **values)  # type: ignore[arg-type]


async def verdict(post: Post) -> Verdict:
    return (await forecast.of([post.id], "UTC"))[post.id]


async def keys(post: Post) -> list[str]:
    return [reason.key for reason in (await verdict(post)).reasons]


async def test_a_scheduled_post_in_good_order_will_publish() -> None:
    assert (await verdict(await scheduled())).label == "Will publish"


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        ("UPDATE beat SET seen_at = now() - interval '2 minutes'", "worker"),
        ("DELETE FROM beat", "worker"),
        ("UPDATE team SET frozen_at = now(), frozen_for = 'person'", "freeze"),
        ("UPDATE publication SET held_for = 'late', held_at = now()", "held"),
        ("UPDATE publication SET due_at = now() - interval '1 hour'", "late"),
        ("INSERT INTO recall (post, move, next_at) SELECT id, 'unschedule', now() FROM post", "recall"),
        ("UPDATE seal SET voided_at = now()", "approval"),
        ("UPDATE channel SET disconnected_at = now()", "channel"),
        ("UPDATE channel SET broken_kind = 'expired_token', broken_at = now()", "channel"),
        ("UPDATE channel SET paused_at = now()", "paused"),
        ("UPDATE channel SET token_expires_at = now() + interval '1 hour'", "token"),
        ("UPDATE channel SET next_free_at = now() + interval '3 days'", "spacing"),
        ("UPDATE delivery SET progress = '{\"hand_off_refused\": true}', error_note = 'No.'", "hand_off"),
        ("UPDATE post SET zone = 'Asia/Kolkata'", "clock"),
    ],
)
async def test_every_row_that_matters_is_read(statement: str, key: str) -> None:
    post = await scheduled()
    assert await keys(post) == []
    await run(statement)
    assert await keys(post) == [key]


async def test_a_seal_that_was_renewed_after_lining_up_does_not_count() -> None:
    post = await scheduled()
    await run("UPDATE seal SET voided_at = now()")
    await run(
        "INSERT INTO seal (post, revision, digest, content, by_kind, person) SELECT post, revision, digest, content,"
        " by_kind, person FROM seal"
    )
    assert await keys(post) == ["approval"]


async def test_a_token_that_outlives_the_slot_is_no_risk() -> None:
    post = await scheduled()
    await run("UPDATE channel SET token_expires_at = (SELECT publish_at + interval '1 minute' FROM post)")
    assert await keys(post) == []


async def test_pictures_that_are_not_there_yet_are_told() -> None:
    post = await make_post("generated_pending_review", channels=[await make_channel()])
    revision = await Revision.objects().get(Revision.id == post.revision)
    await make_picture(revision, await make_media(post, "failed"))
    assert "media" in await keys(post)
    await Picture.delete(force=True)
    assert "media" not in await keys(post)


async def test_a_draft_is_held_to_what_its_channels_take() -> None:
    channel = await make_channel("sandbox", settings={"caption": True})
    post = await make_post("generated_pending_review", channels=[channel])
    assert "limits" not in await keys(post)
    await run("UPDATE channel SET settings = '{\"caption\": false}'")
    assert "limits" not in await keys(post)  # an article fits, too
    await sql.run(
        "INSERT INTO rendition (revision, channel, fields) VALUES ($1, $2, $3)",
        post.revision, channel.id, '{"text": "' + "x" * 5000 + '"}',
    )  # fmt: skip
    await run('UPDATE channel SET settings = \'{"caption": true, "again": 1}\'')
    assert "limits" in await keys(post)


async def test_a_sealed_text_is_judged_and_not_the_draft_beside_it() -> None:
    channel = await make_channel()
    post = await scheduled(channel)
    seal = await Seal.objects().get(Seal.post == post.id)
    bare = seal.content.replace('"title":"Tides"', '"title":""')
    await run("UPDATE seal SET content = $1::text, digest = sha256(convert_to($1::text, 'UTF8'))", bare)
    assert await keys(post) == ["limits"]


async def test_only_what_is_still_to_come_is_in_it_the_soonest_first() -> None:
    channel = await make_channel()
    later = await scheduled(channel, planned_on=now(days=3).date())
    sooner = await scheduled(channel, planned_on=now(days=2).date())
    planned = await make_post("to_be_generated", planned_on=now(days=9).date())
    for status in ("published", "publishing", "missed", "rejected", "unpublished", "awaiting_user_date"):
        await make_post(status)
    await make_post("to_be_generated", archived_at=now())
    await make_post("approved", planned_on=now(days=-1).date())
    found = await forecast.ahead("UTC")
    assert [one.coming.post for one in found.posts] == [sooner.id, later.id, planned.id]
    assert not found.more and 0 <= (found.silence or 0) < 60


async def test_a_queued_post_without_a_time_is_in_it() -> None:
    post = await scheduled(planned_on=None)
    await run("UPDATE publication SET due_at = NULL")
    assert [one.coming.post for one in (await forecast.ahead("UTC")).posts] == [post.id]


async def test_posts_that_crowd_on_a_spaced_channel_are_told_their_turn() -> None:
    at = datetime(2027, 1, 5, 9, tzinfo=UTC)
    channel = await make_channel()
    posts = [await scheduled(channel, planned_on=at.date(), planned_time=at.time(), publish_at=at) for _ in range(3)]
    comings = [one.coming for one in (await forecast.ahead("UTC")).posts]
    told = forecast.queued(comings, {channel.id: now()}, {channel.id: timedelta(minutes=10)})
    turns = [coming.accounts[channel.id].free_at for coming in told]
    assert turns == [None, at + timedelta(minutes=10), at + timedelta(minutes=20)] and len(posts) == 3


async def test_a_draft_keeps_nobody_waiting() -> None:
    channel = await make_channel()
    await make_post("to_be_generated", channels=[channel], planned_on=now(days=3).date())
    await make_post("generated_pending_review", channels=[channel], planned_on=now(days=3).date())
    await scheduled(channel, planned_on=now(days=3).date())
    comings = [one.coming for one in (await forecast.ahead("UTC")).posts]
    told = forecast.queued(comings, {channel.id: now()}, {channel.id: timedelta(days=1)})
    assert [coming.accounts[channel.id].free_at for coming in told] == [None, None, None]


async def test_a_long_future_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await make_channel()
    posts = [(await scheduled(channel, planned_on=now(days=1 + n).date())).id for n in range(3)]
    monkeypatch.setattr(forecast, "MOST", 2)
    monkeypatch.setattr(forecast, "NEXT", forecast.NEXT.replace("LIMIT 201", "LIMIT 3"))
    first = await forecast.ahead("UTC")
    last = first.posts[-1]
    second = await forecast.ahead("UTC", (last.sorted_at, last.coming.post))
    assert [one.coming.post for one in first.posts + second.posts] == posts
    assert (first.more, second.more) == (True, False)


async def test_an_update_run_is_not_a_future_post() -> None:
    post = await make_post("published")
    await make_publication(post, kind="update", due_at=None)
    assert await forecast.of([post.id], "UTC") == {}
