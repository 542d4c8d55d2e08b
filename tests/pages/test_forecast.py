"""The forecast's page and JSON: by day, filtered, with what helps; breaches; the marks on cards, rows and posts."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest

from app import self_check, sql
from app.tables import Channel, Post
from tests.makers import make_channel, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import Visitor, enter


@pytest.fixture
async def visitor(client: httpx.AsyncClient) -> Visitor:
    await make_team(zone="Europe/Berlin")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    return await enter(client)


async def scheduled(*channels: Channel, days: float = 2, **values: object) -> Post:
    on = now(days=days).date()
    return await make_post("scheduled", channels=channels, planned_on=on, **values)  # type: ignore[arg-type]


async def shown(visitor: Visitor, path: str = "/forecast") -> str:
    answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def row(text: str, post: Post) -> str:
    found = re.search(rf'<li id="coming-{post.id}".*?</li>', text, re.DOTALL)
    assert found, text
    return re.sub(r"\s+", " ", found[0])


async def test_each_future_post_says_whether_it_will_publish_and_what_helps(visitor: Visitor) -> None:
    wire, blog = await make_channel("webhook", name="Wire"), await make_channel("site", name="Blog")
    good, bad = await scheduled(blog), await scheduled(wire, blog)
    await sql.run("UPDATE channel SET broken_kind = 'expired_token', broken_at = now() WHERE id = $1", wire.id)
    text = await shown(visitor)
    assert "Will publish" in row(text, good) and "lnk" not in row(text, good)
    assert "Not everywhere" in row(text, bad) and "Wire: the sign-in has expired." in row(text, bad)
    assert f'href="/channels/{wire.id}">Reconnect Wire</a>' in row(text, bad)


async def test_times_are_the_teams_and_stand_under_their_day(visitor: Visitor) -> None:
    at = datetime(2027, 1, 5, 23, 30, tzinfo=UTC)
    post = await make_post("scheduled", planned_on=date(2027, 1, 5), planned_time=time(23, 30), publish_at=at)
    text = await shown(visitor)
    assert '<time datetime="2027-01-06T00:30:00+01:00">00:30</time>' in row(text, post)
    assert "Wed 6 Jan 2027</h2>" in text and "Berlin time" in text


async def test_it_is_filtered_by_verdict_and_counted(visitor: Visitor) -> None:
    wire, blog = await make_channel(), await make_channel("site")
    good, bad = await scheduled(blog), await scheduled(wire)
    draft = await make_post("generated_pending_review", channels=[blog], planned_on=now(days=4).date())
    await sql.run("UPDATE channel SET paused_at = now() WHERE id = $1", wire.id)
    everything = await shown(visitor)
    counts = re.findall(r'id="chip-(\w+)".*?<b>(\d+)</b>', everything, re.DOTALL)
    assert counts == [("all", "3"), ("red", "1"), ("amber", "1"), ("green", "1")]
    for verdict, post in (("green", good), ("amber", draft), ("red", bad)):
        text = await shown(visitor, f"/forecast?verdict={verdict}")
        assert re.findall(r'<li id="coming-(\d+)"', text) == [str(post.id)]
    assert (await visitor.get("/forecast?verdict=blue")).status_code == 400


async def test_without_anything_ahead_it_says_so_and_where_to_go(visitor: Visitor) -> None:
    text = await shown(visitor)
    assert "Nothing is planned ahead" in text and "Publisher seen" in text
    assert "Nothing here has that verdict" in await shown(visitor, "/forecast?verdict=red")


async def test_a_later_page_follows_and_an_old_link_is_forgiven(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [await scheduled(days=n) for n in (2, 3, 4)]
    monkeypatch.setattr("app.forecast.MOST", 2)
    first = await shown(visitor)
    assert "All <b>2</b>" in first
    later = unescape(re.search(r'id="page-next" href="([^"]+)"', first)[1])  # type: ignore[index]
    assert re.findall(r'<li id="coming-(\d+)"', await shown(visitor, later)) == [str(posts[2].id)]
    for nonsense in ("x", "2026-11-24T09:00:00+00:00", "~1", "0001-01-01T00:00:00+00:00~1", "2026-11-24T09:00:00~1"):
        assert "coming-" in await shown(visitor, f"/forecast?after={nonsense}")


async def test_what_it_costs_does_not_grow_with_what_is_ahead(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scheduled()
    await make_post("generated_pending_review", channels=[await make_channel()])
    one = await statements(monkeypatch, visitor, "/forecast")
    for n in range(6):
        await scheduled(await make_channel(), days=n + 2)
        await make_post("generated_pending_review", channels=[await make_channel()])
    assert await statements(monkeypatch, visitor, "/forecast") == one <= 10


async def test_json_says_the_same_with_instants_and_zones(visitor: Visitor) -> None:
    channel = await make_channel("webhook", name="Wire")
    at = datetime(2027, 7, 5, 7, 0, tzinfo=UTC)
    post = await make_post(
        "scheduled", channels=[channel], zone="Europe/Berlin", planned_on=at.date(), planned_time=time(9), publish_at=at
    )
    await sql.run("UPDATE channel SET paused_at = now()")
    body = (await visitor.get("/forecast.json")).json()
    assert body["counts"] == {"red": 1, "amber": 0, "green": 0}
    assert (body["zone"], body["next"], body["breaches"]) == ("Europe/Berlin", None, [])
    told = body["posts"][0]
    assert (told["post"], told["editorial_status"], told["verdict"]) == (post.id, post.status, "red")
    assert (told["at"], told["zone"]) == ("2027-07-05T09:00:00+02:00", "Europe/Berlin")
    assert told["channels"] == [{"id": channel.id, "name": "Wire", "provider": "webhook"}]
    assert told["reasons"] == [
        {"key": "paused", "text": "Wire is paused.", "grave": True, "channel": channel.id, "fix": "Open Wire",
         "href": f"/channels/{channel.id}"}
    ]  # fmt: skip


async def test_json_goes_on_behind_its_own_link(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [(await scheduled(days=n)).id for n in (2, 3, 4)]
    monkeypatch.setattr("app.forecast.MOST", 2)
    first = (await visitor.get("/forecast.json")).json()
    rest = (await visitor.get(first["next"])).json()
    assert [one["post"] for one in first["posts"] + rest["posts"]] == posts and rest["next"] is None


async def test_strangers_see_neither(client: httpx.AsyncClient) -> None:
    await make_team()
    for path in ("/forecast.json", "/forecast"):
        assert "/sign-in" in (await client.get(path)).headers["location"]
    assert (await client.get("/forecast.json", headers={"accept": "application/json"})).status_code == 401


async def test_a_breach_is_a_banner_and_a_line_that_leads_to_its_post(visitor: Visitor) -> None:
    post = await make_post("generating")
    await self_check.look_over()
    text = await shown(visitor)
    banners = text.split('aria-label="Needs attention"')[1].split("</section>")[0]
    assert "The self-check found" in banners
    assert 'id="self-check"' in text and f"post {post.id}: version" in text and f'href="/posts/{post.id}"' in text


async def test_many_breaches_are_cut_short(visitor: Visitor) -> None:
    for _ in range(9):
        await make_post("generating")
    await self_check.look_over()
    text = await shown(visitor)
    assert text.count("version 1, 0 events") == 8 and "and 1 more" in text


async def test_only_links_that_one_may_open_are_offered(visitor: Visitor) -> None:
    post = await make_post("approved", channels=[await make_channel()], planned_on=now(days=5).date())
    href = f'href="/posts/{post.id}/moves/'
    assert href in row(await shown(visitor), post)
    viewer = await enter(visitor.client, "viewer")
    told = row(await shown(viewer), post)
    assert href not in told and "It is approved and not scheduled." in told


async def test_without_a_breach_there_is_no_banner(visitor: Visitor) -> None:
    await self_check.look_over()
    text = await shown(visitor)
    assert "self-check" not in text


async def test_the_navigation_leads_there(visitor: Visitor) -> None:
    assert re.search(r'<a href="/forecast"[^>]* aria-current="page"', await shown(visitor))
    assert 'href="/forecast"' in await shown(visitor, "/posts")


async def test_a_card_in_the_calendar_is_marked_with_why(visitor: Visitor) -> None:
    channel = await make_channel(name="Wire")
    post = await scheduled(channel, days=2)
    path = f"/calendar?date={post.planned_on}"
    assert 'class="risk"' not in await shown(visitor, path)
    token = post.publish_at - timedelta(minutes=1)
    await sql.run("UPDATE channel SET token_expires_at = $1", token)
    text = await shown(visitor, path)
    assert text.count('class="risk"') == 1 and "Will not publish: The sign-in of Wire ends" in text


async def test_a_row_in_the_list_is_marked_with_why(visitor: Visitor) -> None:
    post = await scheduled(await make_channel(name="Wire"))
    assert "At risk" not in await shown(visitor, "/posts")
    await sql.run("UPDATE channel SET broken_kind = 'expired_token', broken_at = now()")
    text = await shown(visitor, "/posts")
    marked = text.split(f'id="row-{post.id}"')[1].split("</tr>")[0]
    assert 'title="At risk: Wire needs attention"' in marked
    assert "At risk: Wire needs attention" in re.sub("<[^>]+>", "", marked)


async def test_a_posts_own_page_says_whether_it_will_publish(visitor: Visitor) -> None:
    post = await scheduled(await make_channel(name="Wire"))
    assert "Will publish" in await shown(visitor, f"/posts/{post.id}")
    await sql.run("UPDATE channel SET paused_at = now()")
    text = await shown(visitor, f"/posts/{post.id}")
    assert "Wire is paused." in text and "Will not publish" in text
    live = await make_post("published")
    assert "ill publish" not in await shown(visitor, f"/posts/{live.id}")


async def test_a_breach_is_said_to_admins_on_every_page_and_to_nobody_else(client: httpx.AsyncClient) -> None:
    await make_post("generating")
    await self_check.look_over()
    assert "The self-check found" in (await (await enter(client, "admin")).get("/posts")).text
    assert "The self-check found" not in (await (await enter(client, "editor")).get("/posts")).text


async def test_clocks_that_are_apart_are_said(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s apart" not in await shown(visitor)
    monkeypatch.setattr("app.clocks.MOST_SKEW", -1.0)
    assert "clock and the database" in await shown(visitor)
