"""The past content library: what is live, newest first, with where it is; no number is made up."""

import re
from html import unescape

import httpx
import pytest

from app import sql
from app.pages import library_query
from app.tables import Channel, Post
from tests.makers import make_campaign, make_channel, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import Visitor, enter


async def live(*channels: Channel, days: float = 1, **values: object) -> Post:
    post = await make_post("published", channels=channels, **values)  # type: ignore[arg-type]
    await sql.run("UPDATE delivery SET published_at = $2 WHERE post = $1", post.id, now(days=-days))
    return post


async def shown(visitor: Visitor, query: str = "") -> str:
    answer = await visitor.get(f"/library{query}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def ids(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="inrow" id="entry-(\d+)"', text)]


async def test_what_is_live_stands_newest_first_and_nothing_else(client: httpx.AsyncClient) -> None:
    visitor, blog = await enter(client, "viewer"), await make_channel("site", name="Blog")
    old, new = await live(blog, days=9), await live(blog, days=2)
    for status in ("scheduled", "unpublished", "publish_failed", "approved"):
        await make_post(status, channels=[blog])
    assert ids(await shown(visitor)) == [new.id, old.id]


async def test_a_post_on_several_channels_is_one_entry_with_all_of_them(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    blog, wire = await make_channel("site", name="Blog"), await make_channel("webhook", name="Wire")
    post = await live(blog, wire)
    await sql.run("UPDATE delivery SET published_at = now() WHERE post = $1 AND channel = $2", post.id, wire.id)
    text = await shown(visitor)
    assert ids(text) == [post.id] and text.count("No numbers yet") == 2
    assert text.count("View live") == 2 and "https://example.com/" in text


async def test_writers_may_duplicate_and_viewers_read(client: httpx.AsyncClient) -> None:
    post = await live(await make_channel())
    assert f'href="/posts/{post.id}/moves/duplicate"' in await shown(await enter(client, "writer"))
    assert "duplicate" not in await shown(await enter(client, "viewer"))


async def test_titles_channels_campaigns_and_years_narrow_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(zone="America/New_York")
    blog, wire, campaign = await make_channel(), await make_channel(), await make_campaign(title="Holiday")
    first = await live(blog, title="100% cold brew", campaign=campaign.id)
    second = await live(wire, title="Paper bags")
    await sql.run("UPDATE delivery SET published_at = '2025-01-01 02:00Z' WHERE post = $1", second.id)
    assert ids(await shown(visitor, "?q=COLD")) == [first.id] == ids(await shown(visitor, "?q=100%25"))
    assert ids(await shown(visitor, f"?channel={wire.id}")) == [second.id]
    assert ids(await shown(visitor, f"?campaign={campaign.id}")) == [first.id]
    assert ids(await shown(visitor, "?year=2024")) == [second.id], "a year is one of the team's zone"
    text = await shown(visitor, "?year=2025&q=paper")
    assert ids(text) == [] and "Nothing live matches these filters." in text


async def test_the_years_go_back_to_the_oldest(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await live(await make_channel(), days=800)
    _, choices = (await shown(visitor)).split('name="year"')
    years = re.findall(r'<option value="(\d{4})"', choices)
    assert years[0] == str(now().year) and len(years) >= 3


async def test_older_ones_are_a_page_further_and_none_is_lost(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, channel = await enter(client), await make_channel()
    posts = [await live(channel, days=5) for _ in range(3)] + [await live(channel, days=n) for n in (1, 2)]
    await sql.run("UPDATE delivery SET published_at = date_trunc('day', published_at)")
    monkeypatch.setattr(library_query, "NEWEST_FIRST", library_query.NEWEST_FIRST.replace("LIMIT 31", "LIMIT 3"))
    monkeypatch.setattr("app.pages.library.PAGE", 2)
    seen: list[int] = []
    href = "?year="
    while href:
        text = await shown(visitor, href)
        seen += ids(text)
        found = re.search(r'id="page-next" href="/library([^"]+)"', text)
        href = found[1] if found else ""
    assert len(seen) == 5 and set(seen) == {post.id for post in posts}


@pytest.mark.parametrize("query", ["?year=1", "?channel=x", "?campaign=0", "?q=%00"])
async def test_a_filter_that_means_nothing_is_400(client: httpx.AsyncClient, query: str) -> None:
    assert (await (await enter(client)).get(f"/library{query}")).status_code == 400


@pytest.mark.parametrize("before", ["x", "2026-01-01~", "~1", "2026-01-01T00:00:00Z~99999999999999999999"])
async def test_a_lost_place_is_page_one(client: httpx.AsyncClient, before: str) -> None:
    visitor = await enter(client)
    post = await live(await make_channel())
    assert ids(await shown(visitor, f"?before={before}")) == [post.id]


async def test_it_costs_as_many_statements_for_one_as_for_many(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, channel = await enter(client), await make_channel()
    await live(channel)
    few = await statements(monkeypatch, visitor, "/library")
    for _ in range(4):
        await live(channel)
    assert await statements(monkeypatch, visitor, "/library") == few


async def test_before_anything_is_live_it_says_what_it_is_for(client: httpx.AsyncClient) -> None:
    assert "Nothing is live yet." in await shown(await enter(client))
