"""Re-queueing after a reconnect: new times that keep their distance, each post on its own."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx

from app import sql
from app.flow.requeue import spread
from app.tables import Channel, Post
from tests.makers import make_channel, make_post
from tests.visitors import enter

NOON = datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
GAP = timedelta(minutes=10)


async def failed(count: int, **values: object) -> tuple[Channel, list[Post]]:
    channel = await make_channel(name="Wire", **values)
    posts = [await make_post("publish_failed", channels=[channel], title=f"Tide {n}") for n in range(count)]
    await sql.run("UPDATE delivery SET error_kind = 'expired_token'")
    return channel, posts


def values(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return re.findall(r'name="row" id="requeue-\d+" value="([^"]+)" checked', page.text)


def test_times_keep_their_distance_from_each_other_and_from_what_is_lined_up() -> None:
    soonest = NOON.replace(minute=10)
    later = NOON + timedelta(hours=3)
    taken = [soonest + GAP]
    found = spread([None, NOON - GAP, later], NOON, taken, GAP)
    assert found == [soonest, soonest + 2 * GAP, later]
    together = sorted([*found, *taken])
    assert all(b - a >= GAP for a, b in pairwise(together))


async def test_all_are_ticked_with_new_times_and_lined_up_on_their_own(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, posts = await failed(3)
    page = await visitor.get(f"/channels/{channel.id}/requeue")
    assert "Re-queue 3 waiting posts?" in page.text
    rows = values(page)
    assert [int(row.split(":")[0]) for row in rows] == [post.id for post in posts]
    times = [int(row.split(":")[2]) for row in rows]
    assert times[1] - times[0] >= 300 and times[2] - times[1] >= 300
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", posts[1].id)
    report = await visitor.post(f"/channels/{channel.id}/requeue", row=rows)
    assert "2 posts lined up again. 1 not." in report.text
    statuses = [await sql.value("SELECT status FROM post WHERE id = $1", post.id) for post in posts]
    assert statuses == ["scheduled", "publish_failed", "scheduled"]
    due = await sql.value("SELECT due_at FROM publication WHERE post = $1 ORDER BY id DESC LIMIT 1", posts[0].id)
    assert int(due.timestamp()) == times[0]


async def test_sending_the_form_twice_lines_nothing_up_twice(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, posts = await failed(1)
    rows = values(await visitor.get(f"/channels/{channel.id}/requeue"))
    await visitor.post(f"/channels/{channel.id}/requeue", row=rows)
    assert (await visitor.post(f"/channels/{channel.id}/requeue", row=rows)).status_code == 409
    assert await sql.value("SELECT count(*) FROM publication WHERE post = $1", posts[0].id) == 2


async def test_nothing_is_offered_while_the_channel_does_not_work(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, _ = await failed(1, broken_kind="expired_token", broken_at=datetime.now(UTC))
    page = await visitor.get(f"/channels/{channel.id}/requeue")
    assert values(page) == [] and "Reconnect it first" in page.text


async def test_what_was_declined_or_is_unclear_is_not_sent_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, (declined, unclear) = await failed(2)
    await sql.run("UPDATE delivery SET error_kind = 'content_rejected' WHERE post = $1", declined.id)
    unknown = "UPDATE delivery SET status = 'unconfirmed', error_kind = 'outcome_unknown' WHERE post = $1"
    await sql.run(unknown, unclear.id)
    assert values(await visitor.get(f"/channels/{channel.id}/requeue")) == []


async def test_without_a_tick_the_page_asks_for_one(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, _ = await failed(1)
    answer = await visitor.post(f"/channels/{channel.id}/requeue")
    assert answer.status_code == 422 and "Tick at least one post first." in answer.text
