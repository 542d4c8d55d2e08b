"""Lookups at the due time, on a WordPress: live by itself, nudged once when overdue, never when people said no."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app import channels, sql
from app.flow import asking, lookups, turns
from app.lifecycles.machine import PLATFORM
from app.platforms.contract import HandedOff
from app.tables import Channel, Post
from tests.flow.stage import attempts, moves_of, only, pass_time, queued, rehearsal, somebody, soon, status, work
from tests.makers import make_channel
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.platforms.wordpress_peer import ours
from tests.platforms.wordpress_site import PASSWORD, WordPressSite
from tests.rows import now


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    async with ours(monkeypatch) as site:
        yield site


async def wordpress(site: WordPressSite, **settings: Any) -> Channel:
    channel = await make_channel("wordpress", settings={"url": site.origin, "user": "editor", **settings})
    await channels._keep_secrets(channel.id, {"password": PASSWORD})
    return channel


async def handed_over(site: WordPressSite) -> Post:
    return await work(await queued(await wordpress(site), at=soon()))


async def overdue(site: WordPressSite, **past: float) -> Post:
    """Handed over, its time past by `past`, found so by the look at its time, and nothing done yet."""
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    await at_its_time(post, site, **(past or {"seconds": 1}))
    return post


async def at_its_time(post: Post, site: WordPressSite, **delta: float) -> Post:
    await pass_time(post, **delta)
    site.pass_time(**delta)
    known = await sql.rows("SELECT id, progress->>'overdue' AS at FROM delivery WHERE post = $1", post.id)
    for found in known:  # the mark names the time it stands for, which lies further back now
        if found["at"]:
            await sql.run(
                "UPDATE delivery SET progress = progress || jsonb_build_object('overdue', $2::text) WHERE id = $1",
                found["id"], (await only(post)).remote_at.isoformat(),
            )  # fmt: skip
    return await work(post)


async def intents(post: Post) -> list[tuple[str, str]]:
    return [(row["intent"], row["outcome"]) for row in await attempts(post)]


async def test_it_is_handed_over_in_steps_and_found_live_at_its_time(site: WordPressSite) -> None:
    post = await handed_over(site)
    row = await only(post)
    assert (post.status, row.status) == ("scheduled", "handed_off")
    assert await intents(post) == [("hand_off", "went_on"), ("hand_off", "handed_off")]
    assert (await at_its_time(post, site, hours=2)).status == "published"
    assert (await only(post)).remote_url == f"{site.origin}/{site.posts[int(row.remote_id)]['slug']}/"
    assert [effect["verb"] for effect in site.log.effects()] == ["draft", "hand_off", "publish"]


async def test_a_look_that_is_not_let_in_tells_of_the_channel_at_once_and_loses_nothing(site: WordPressSite) -> None:
    post = await work(await queued(await wordpress(site), at=soon(hours=5)))
    site.play(Fault("status", status=503, on=("GET",)))
    await at_its_time(post, site, minutes=61)
    assert await sql.value("SELECT broken_kind FROM channel") is None, "an outage is no dead account"
    site.play(Fault("status", status=401, on=("GET",)))
    await at_its_time(post, site, minutes=61)
    assert await sql.value("SELECT broken_kind FROM channel") == "expired_token"
    assert (await only(post)).status == "handed_off"
    assert (await at_its_time(post, site, hours=5)).status == "published"
    assert await sql.value("SELECT broken_kind FROM channel") is None, "it worked, so nobody has to connect it again"


async def test_the_first_look_that_finds_it_overdue_waits_for_the_visit_it_was(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    row = await only(post)
    assert row.status == "handed_off" and row.next_at - now() <= timedelta(seconds=10)
    assert ("nudge", "published") not in await intents(post)


async def test_what_is_still_overdue_a_moment_later_is_nudged_once_and_live(site: WordPressSite) -> None:
    post = await overdue(site, seconds=11)
    assert await status(post) == "published"
    assert (await intents(post))[-1] == ("nudge", "published")
    assert len(site.log.effects("publish")) == 1
    assert (await moves_of(post, "delivery"))[-1] == "confirm"


async def test_a_nudge_is_written_down_with_fence_digest_and_next_action(site: WordPressSite) -> None:
    post = await overdue(site, seconds=11)
    attempt = (await attempts(post))[-1]
    assert attempt["intent"] == "nudge"
    assert attempt["request_sha256"] and attempt["ended_at"] and attempt["next_action"] == "live"


async def test_a_nudge_whose_answer_is_lost_is_found_live_by_the_next_look(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    site.play(Fault("drop_after", on=("POST",)))
    await at_its_time(post, site, seconds=11)
    assert await status(post) == "scheduled"
    assert (await intents(post))[-1] == ("nudge", "unknown")
    assert (await at_its_time(post, site, seconds=11)).status == "published"
    assert len(site.log.effects("publish")) == 1


async def test_a_nudge_that_did_nothing_is_made_again_until_the_grace_ends_and_then_it_failed(
    site: WordPressSite,
) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    site.play(Fault("status", status=503, on=("POST",), times=99))
    for _ in range(3):
        await at_its_time(post, site, seconds=11)
    assert (await intents(post)).count(("nudge", "try_later")) == 3
    assert (await only(post)).status == "handed_off"
    await at_its_time(post, site, minutes=30)
    row = await only(post)
    assert (row.status, row.error_kind) == ("failed", "platform_unavailable")
    assert await status(post) == "publish_failed"


async def test_a_platform_that_asks_for_patience_is_not_nudged_before(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    site.play(Fault("status", status=503, headers={"retry-after": "300"}, on=("POST",)))
    for _ in range(5):
        await at_its_time(post, site, seconds=60)
    assert [intent for intent, _ in await intents(post)].count("nudge") == 1
    await at_its_time(post, site, seconds=61)
    assert (await status(post), (await intents(post))[-1]) == ("published", ("nudge", "published"))


async def test_a_worker_that_slept_past_the_grace_still_nudges_before_it_fails(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2, minutes=40)
    await at_its_time(post, site, seconds=11)
    assert await status(post) == "published"


@pytest.mark.parametrize(
    "stop",
    [
        "UPDATE channel SET paused_at = now()",
        "UPDATE team SET frozen_at = now(), frozen_for = 'person'",
        "UPDATE channel SET broken_kind = 'expired_token', broken_at = now()",
    ],
)
async def test_nothing_is_nudged_while_sending_is_stopped(site: WordPressSite, stop: str) -> None:
    site.cron = False
    post = await handed_over(site)
    await sql.run(stop)
    await at_its_time(post, site, hours=2)
    await at_its_time(post, site, seconds=11)
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    assert (await only(post)).status == "handed_off"
    assert not site.log.effects("publish")


async def test_nothing_is_nudged_while_somebody_takes_it_back(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    await asking.ask(await Post.objects().get(Post.id == post.id), "unschedule", by=await somebody())
    await sql.run("UPDATE recall SET next_at = now() + interval '1 hour'")
    await at_its_time(post, site, seconds=11)
    assert ("nudge", "published") not in await intents(post)
    assert (await only(post)).status == "handed_off"


async def test_a_nudge_that_a_dead_worker_left_open_ends_and_is_made_again(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    row = await only(post)
    await sql.run(
        "INSERT INTO attempt (delivery, number, intent, step, fence, lease_until) VALUES ($1, 9, 'nudge', 'call',"
        " gen_random_uuid(), now() - interval '1 second')",
        row.id,
    )
    await at_its_time(post, site, seconds=11)
    assert await status(post) == "published"
    assert (await intents(post))[-2:] == [("nudge", "unknown"), ("nudge", "published")]


async def test_a_right_that_was_taken_away_marks_the_channel_and_is_looked_at_again(site: WordPressSite) -> None:
    site.cron = False
    post = await handed_over(site)
    await at_its_time(post, site, hours=2)
    refusal = '{"code": "rest_cannot_publish", "message": "No.", "data": {"status": 403}}'
    site.play(Fault("status", status=403, body=refusal, on=("POST",)))
    await at_its_time(post, site, seconds=11)
    assert (await only(post)).status == "handed_off"
    assert await sql.value("SELECT broken_kind FROM channel") == "permission_revoked"


async def test_a_platform_that_needs_no_nudge_is_given_none(receiver: Receiver) -> None:
    post = await work(await queued(await rehearsal(receiver, schedules=True), at=soon()))
    await pass_time(post, hours=2)
    await work(post)
    await pass_time(post, seconds=60)
    await work(post)
    assert [row["intent"] for row in await attempts(post)] == ["hand_off"]


async def test_whoever_waits_for_the_site_is_called_when_the_nudge_before_it_has_ended(
    site: WordPressSite, bells: list[str]
) -> None:
    """Many that missed the same minute are nudged one after the other, not one a sweep."""
    site.cron = False
    channel = await wordpress(site)
    await sql.run("UPDATE channel SET lane = 'there'")
    first, second = [await work(await queued(channel, at=soon())) for _ in range(2)]
    for post in (first, second):
        await at_its_time(post, site, hours=2)
    row = await only(second)
    open_call = await sql.value(
        "INSERT INTO attempt (delivery, number, intent, step, fence, lane, lease_until) VALUES ($1, 9, 'nudge', 'call',"
        " gen_random_uuid(), 'there', now() + interval '20 seconds') RETURNING fence",
        (await only(first)).id,
    )
    await at_its_time(second, site, seconds=11)
    assert (await only(second)).status == "handed_off" and not site.log.effects("publish")
    bells.clear()
    await sql.run("UPDATE attempt SET ended_at = now(), outcome = 'unknown' WHERE fence = $1", open_call)
    await turns.call(channel.id)
    assert bells == ["send"] and (await only(second)).next_at <= now()
    await work(second)
    assert (await status(second), row.status) == ("published", "handed_off")


async def test_a_callback_alone_never_nudges(site: WordPressSite) -> None:
    post = await overdue(site)
    row = await only(post)

    assert await lookups.heard(row.id, HandedOff(row.remote_id or "", "", row.remote_at or now()), by=PLATFORM) is None
    assert ("nudge", "published") not in await intents(post)
