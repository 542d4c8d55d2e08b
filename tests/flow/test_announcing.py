"""IndexNow: what the blog publishes, changes or takes down is announced once, afterwards, and fails nothing."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from app import content, sql, worker
from app.content import Text
from app.flow import announcing, recall, review, schedule
from app.lifecycles.machine import By
from app.piccolo_conf import DB
from app.settings import settings
from app.tables import Channel, Post
from tests.flow.listener import Answer, Listener
from tests.flow.stage import live, queued, somebody, webhook, work
from tests.makers import make_channel, make_team
from tests.platforms.receiver import Receiver

KEY = "a1b2c3d4-e5f6"
CONFIRMED = """
INSERT INTO event (about, about_id, post, move, by_kind)
SELECT 'delivery', id, post, 'confirm', 'worker' FROM delivery WHERE post = $1
"""


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> AsyncIterator[Listener]:
    """IndexNow on a port that the operator opened, and a desk with a key."""
    async with Listener() as listener:
        listener.usual = Answer(200)
        opened = frozenset({f"127.0.0.1:{listener.port}", f"127.0.0.1:{receiver.port}"})
        monkeypatch.setattr("app.safe_http.client.opened", lambda: opened)
        known = replace(settings(), indexnow_key=KEY, indexnow_url=listener.url)
        monkeypatch.setattr(announcing, "settings", lambda: known)
        yield listener


@pytest.fixture
async def site() -> Channel:
    return await make_channel("site", name="Blog")


async def sweeps(times: int = 3) -> None:
    """One sees that something happened, the next that it is over, and tells."""
    for _ in range(times):
        await announcing.sweep()


async def rows() -> list[Any]:
    return await sql.rows("SELECT *, next_at - now() AS wait FROM announcement ORDER BY id")


def told(listener: Listener) -> list[list[str]]:
    """The paths of each call."""
    return [[urlsplit(url).path for url in heard.said["urlList"]] for heard in listener.heard]


async def path(post: Post) -> str:
    return f"/blog/{await sql.value('SELECT slug FROM revision WHERE id = $1', post.revision)}"


async def pass_by(seconds: float) -> None:
    moved = "UPDATE announcement SET next_at = next_at - make_interval(secs => $1) WHERE next_at IS NOT NULL"
    await sql.run(moved, seconds)


async def changed(post: Post, slug: str, by: By) -> Post:
    before = await content.load(post.revision)
    text = replace(Text(before.title, before.body, before.excerpt, before.slug, before.renditions), slug=slug)
    return await work(await schedule.publish_changes(await review.save(post, text, by=by), by=by))


async def test_a_published_post_is_announced_with_the_key_and_where_it_lies(listener: Listener, site: Channel) -> None:
    await sweeps()
    post = await live(site)
    await sweeps()
    [heard] = listener.heard
    origin = settings().origin
    assert heard.said == {
        "host": urlsplit(origin).netloc, "key": KEY, "keyLocation": f"{origin}/{KEY}.txt",
        "urlList": [origin + await path(post)],
    }  # fmt: skip
    assert heard.headers["content-type"] == "application/json; charset=utf-8"
    [row] = await rows()
    assert (row["result"], row["http_status"], row["next_at"], row["tries"]) == ("heard", 200, None, 1)


async def test_each_thing_is_announced_once(listener: Listener, site: Channel) -> None:
    await sweeps()
    first, second = await live(site), await live(site)
    await sweeps(8)
    assert sorted(url for call in told(listener) for url in call) == sorted([await path(first), await path(second)])
    await sweeps(4)
    assert sum(map(len, told(listener))) == 2


async def test_a_new_address_is_announced_together_with_the_old_one(listener: Listener, site: Channel) -> None:
    by = await somebody()
    post = await live(site, by=by)
    old = await path(post)
    await sweeps()
    post = await changed(post, "flut-潮汐", by)
    await sweeps()
    assert told(listener) == [sorted([old, "/blog/flut-%E6%BD%AE%E6%B1%90"])]


async def test_what_is_taken_down_is_announced_as_well(listener: Listener, site: Channel) -> None:
    by = await somebody()
    post = await live(site, by=by)
    await sweeps()
    await work(await recall.unpublish(post, by=by))
    await sweeps()
    assert told(listener) == [[await path(post)]]


async def test_what_other_channels_publish_is_none_of_our_addresses(
    listener: Listener, site: Channel, receiver: Receiver
) -> None:
    await sweeps()
    await live(await webhook(receiver))
    await queued(site)
    await sweeps(4)
    assert listener.heard == [] and await rows() == []


async def test_what_was_there_before_the_key_is_left_to_the_sitemap(listener: Listener, site: Channel) -> None:
    await live(site)
    await sweeps(4)
    assert listener.heard == []


def test_the_worker_does_it_aside_where_nothing_waits_for_it() -> None:
    assert announcing.sweep in worker.ASIDE and announcing.forget_old in worker.DAILY


async def test_without_a_key_nothing_is_asked_of_the_database(
    monkeypatch: pytest.MonkeyPatch, listener: Listener, site: Channel
) -> None:
    monkeypatch.setattr(announcing, "settings", settings)
    monkeypatch.setattr(announcing, "sql", None)
    await announcing.sweep()
    await announcing.forget_old()
    assert await announcing.latest() is None


async def test_what_commits_late_with_an_earlier_number_is_not_lost(listener: Listener, site: Channel) -> None:
    """Two verbs at once: the one whose event has the lower id commits last."""
    early = await live(site)
    await sweeps()
    slow = await asyncpg.connect(**DB.config)
    try:
        still_open = slow.transaction()
        await still_open.start()
        await slow.execute(CONFIRMED, early.id)
        late = await live(site)
        await sweeps(4)
        assert listener.heard == [], "one transaction is still open"
        await still_open.commit()
    finally:
        await slow.close()
    await sweeps(4)
    assert {url for call in told(listener) for url in call} == {await path(early), await path(late)}


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        (Answer(429, {"retry-after": "600"}), 590, 601),
        (Answer(429), 50, 61),
        (Answer(503), 50, 61),
        (Answer(500), 50, 61),
        (Answer(drop=True), 50, 61),
    ],
)
async def test_what_may_pass_is_asked_again_later(
    listener: Listener, site: Channel, answer: Answer, least: int, most: int
) -> None:
    await sweeps()
    post = await live(site)
    listener.answers.append(answer)
    await sweeps()
    [row] = await rows()
    assert row["result"] is None and least < row["wait"].total_seconds() <= most and row["note"]
    await sweeps()
    assert len(listener.heard) == 1, "it is not time yet"
    await pass_by(most)
    await sweeps(1)
    assert told(listener) == [[await path(post)]] * 2
    assert [row["result"] for row in await rows()] == ["heard"]


@pytest.mark.parametrize("status", [400, 403, 404, 422, 301])
async def test_a_refusal_is_final_and_told(
    listener: Listener, site: Channel, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    await sweeps()
    post = await live(site)
    listener.answers.append(Answer(status, {"location": "https://elsewhere.example/"} if status == 301 else {}))
    with caplog.at_level(logging.WARNING, "galley.announcing"):
        await sweeps()
    await pass_by(3600)
    await sweeps()
    assert len(listener.heard) == 1 and (await work(post)).status == "published"
    latest = await announcing.latest()
    assert latest and latest.refused and str(status) in latest.note
    assert str(status) in caplog.text
    if status == 403:
        assert f"{settings().origin}/{KEY}.txt" in latest.note


async def test_a_frozen_desk_waits_and_then_tells_what_is_still_news(listener: Listener, site: Channel) -> None:
    await sweeps()
    post = await live(site)
    await make_team(frozen_at=datetime.now(UTC), frozen_for="person")
    await sweeps(4)
    assert listener.heard == []
    await make_team(frozen_at=None, frozen_for=None)
    await sweeps(4)
    assert told(listener) == [[await path(post)]]


async def test_what_is_older_than_a_restore_is_never_announced(listener: Listener, site: Channel) -> None:
    await sweeps()
    await live(site)
    await make_team(restored_at=await sql.value("SELECT clock_timestamp()"))
    await sweeps(4)
    assert listener.heard == [] and await rows() == []


async def test_what_a_restore_brought_back_in_line_is_given_up(listener: Listener, site: Channel) -> None:
    listener.usual = Answer(503)
    await sweeps()
    await live(site)
    await sweeps()
    await make_team(restored_at=await sql.value("SELECT clock_timestamp()"))
    await pass_by(3600)
    await sweeps()
    await announcing.forget_old()
    assert [row["result"] for row in await rows()] == ["given_up"] and len(listener.heard) == 1


async def test_what_waited_longer_than_a_day_is_given_up(listener: Listener, site: Channel) -> None:
    await sweeps()
    await live(site)
    listener.usual = Answer(503)
    await sweeps()
    await sql.run("UPDATE announcement SET made_at = made_at - interval '25 hours', next_at = now()")
    await announcing.forget_old()
    await sweeps()
    assert [row["result"] for row in await rows()] == ["given_up"] and len(listener.heard) == 1
    await sql.run("UPDATE announcement SET ended_at = ended_at - interval '31 days'")
    await announcing.forget_old()
    assert await rows() == []


async def test_more_than_fits_goes_in_several_calls(
    listener: Listener, site: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "MOST", 2)
    await sweeps()
    for _ in range(3):
        await live(site)
    await sweeps(5)
    assert sorted(map(len, told(listener))) == [1, 2]


async def test_two_workers_make_one_call(listener: Listener, site: Channel) -> None:
    await sweeps()
    await live(site)
    for _ in range(4):
        await asyncio.gather(announcing.sweep(), announcing.sweep())
    assert len(listener.heard) == 1


async def test_a_worker_that_was_too_slow_changes_nothing(listener: Listener, site: Channel) -> None:
    """Its lease ran out, another one called again and was refused; the late answer does not overwrite that."""
    await sweeps()
    await live(site)
    listener.answers.append(Answer(200, hold=True))
    await sweeps(1)
    slow = asyncio.create_task(sweeps(1))
    await listener.until(1)
    await pass_by(61)
    listener.answers.append(Answer(403))
    await sweeps(1)
    listener.let_go.set()
    await slow
    [row] = await rows()
    assert (row["result"], row["http_status"], row["tries"]) == ("refused", 403, 2)


async def test_an_answer_of_rubbish_is_kept_short(listener: Listener, site: Channel) -> None:
    await sweeps()
    await live(site)
    listener.answers.append(Answer(418, body=json.dumps({"said": "x" * 9000}).encode()))
    await sweeps()
    [row] = await rows()
    assert row["result"] == "refused" and len(row["note"]) <= 500
