"""Re-queueing after a reconnect: new times that keep their distance, each post on its own."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from app import sql
from app.flow.requeue import spread
from app.pages.requeue import _at
from app.pages.wall_times import field_of
from app.tables import Channel, Post
from tests.makers import make_channel, make_post
from tests.visitors import Visitor, enter

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


def times(page: httpx.Response) -> dict[int, str]:
    found = re.findall(r'id="f-at-(\d+)" name="at" type="datetime-local" value="([^"]*)"', page.text)
    return {int(post): at for post, at in found}


async def sent(visitor: Visitor, channel: Channel, rows: list[str], typed: dict[int, str]) -> httpx.Response:
    fields = {"row": rows, "post": list(typed), "at": list(typed.values())}
    return await visitor.post(f"/channels/{channel.id}/requeue", **fields)


async def test_every_time_can_be_changed_before_it_is_lined_up(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, (first, second) = await failed(2)
    await sql.run("UPDATE post SET zone = 'Europe/Berlin'")
    page = await visitor.get(f"/channels/{channel.id}/requeue")
    typed = times(page)
    assert list(typed) == [first.id, second.id] and "Goes out (Berlin)" in page.text
    report = await sent(visitor, channel, values(page), {**typed, second.id: "2031-07-01T09:00"})
    assert "2 posts lined up again." in report.text
    due = "SELECT due_at FROM publication WHERE post = $1 ORDER BY id DESC LIMIT 1"
    assert await sql.value(due, second.id) == datetime(2031, 7, 1, 7, tzinfo=UTC)
    assert int((await sql.value(due, first.id)).timestamp()) == int(values(page)[0].split(":")[2])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("2031-03-30T02:30", "02:30 does not exist on 30 March in Berlin. Use 03:30."),
        ("2021-03-30T12:00", "That time has passed. Pick a later one."),
        ("soon", "Write a day and a time, like 2026-11-24 09:00."),
        ("", "Pick a day and a time, or take the tick away."),
    ],
)
async def test_a_time_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, wrong: str, said: str
) -> None:
    visitor = await enter(client)
    channel, (first, second, third) = await failed(3)
    await sql.run("UPDATE post SET zone = 'Europe/Berlin'")
    page = await visitor.get(f"/channels/{channel.id}/requeue")
    typed = {first.id: "2031-01-01T10:00", second.id: wrong, third.id: "nor is this"}
    answer = await sent(visitor, channel, values(page)[:2], typed)  # the third is not ticked, so it may be anything
    assert answer.status_code == 422 and answer.text.count(said) == 2 and f'href="#f-at-{second.id}"' in answer.text
    assert times(answer) == typed
    ticked = re.findall(r'id="requeue-(\d+)" value="[^"]+" checked', answer.text)
    assert ticked == [str(first.id), str(second.id)]
    assert await sql.value("SELECT count(*) FROM post WHERE status = 'publish_failed'") == 3


async def test_a_time_left_alone_stays_the_hour_that_was_meant_in_a_fold() -> None:
    second_hour = datetime(2031, 10, 26, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, the second time that night
    shown = field_of(second_hour, "Europe/Berlin")
    assert _at(second_hour, shown, "Europe/Berlin") == second_hour
    assert _at(second_hour, "2031-10-26T02:35", "Europe/Berlin") == datetime(2031, 10, 26, 0, 35, tzinfo=UTC)
