"""The filters of the posts list: what each leaves, and what is refused or ignored."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest

from app import facts
from app.lifecycles.post import POST, STATUSES, group
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.pages.listing import ids, plain, special
from tests.rows import now
from tests.visitors import enter

COLUMNS = ("title", "status", "channels", "publishes", "owner", "updated")


async def test_each_filter_leaves_what_it_names(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel, campaign, owner = await make_channel(), await make_campaign(), await make_person("writer")
    await plain(title="Other")
    on_channel = await make_post("to_be_generated", channels=[channel])
    in_campaign = await plain(campaign=campaign)
    owned = await plain(author=owner)
    found = await plain(keyword="50%_off\\")
    dated = await make_post("to_be_generated", planned_on=date(2031, 5, 6))
    for query, post in (
        (f"channel={channel.id}", on_channel), (f"campaign={campaign.id}", in_campaign), (f"owner={owner.id}", owned),
        ("q=50%25_off%5C", found), ("q=50%20O", found), ("date=2031-05-06", dated),
    ):  # fmt: skip
        assert ids(await visitor.get(f"/posts?{query}")) == [post.id], query


async def test_signs_alone_find_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await plain(title="Fifty percent")
    assert ids(await visitor.get("/posts?q=%25")) == []
    assert ids(await visitor.get("/posts?q=_")) == []


@pytest.mark.parametrize("status", STATUSES)
async def test_the_status_filter_shows_that_status_only(client: httpx.AsyncClient, status: str) -> None:
    visitor = await enter(client)
    posts = {name: (await make_post(name)).id for name in STATUSES}
    assert ids(await visitor.get(f"/posts?status={status}")) == [posts[status]]


async def test_groups_part_the_posts_as_people_see_them(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channels = [await make_channel(), await make_channel("sandbox")]
    posts = [await make_post(status, channels=channels) for status in STATUSES]
    await special(posts, channels)
    known = await facts.many([post.id for post in posts])
    for name in {state.group for state in POST.states}:
        expected = {n for n, fact in known.items() if group(fact, connected=fact.connected) == name}
        assert set(ids(await visitor.get(f"/posts?group={name}"))) == expected, name


async def test_archived_posts_are_hidden_until_asked_for(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    shown, hidden = await make_post("rejected"), await make_post("rejected", archived_at=now())
    assert ids(await visitor.get("/posts")) == [shown.id]
    assert ids(await visitor.get("/posts?archived=1")) == [hidden.id]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=colour", "cannot be sorted by “colour”"),
        ("sort=--title", "cannot be sorted by"),
        ("status=lost", "There is no status “lost”"),
        ("group=lost", "There is no group “lost”"),
        ("channel=me", "There is no channel “me”"),
        ("owner=0", "There is no owner “0”"),
        ("campaign=99999999999999999999", "There is no campaign"),
        ("owner=" + "9" * 5000, "There is no owner"),
        ("channel=%D9%A1", "There is no channel"),
        ("date=2026-02-30", "is no day"),
        ("archived=yes", "There is no archived"),
        ("q=%00", "control characters"),
        ("q=" + "x" * 201, "200 fit"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused_with_a_sentence(
    client: httpx.AsyncClient, query: str, said: str
) -> None:
    answer = await (await enter(client)).get(f"/posts?{query}")
    assert answer.status_code == 400
    assert said in unescape(answer.text)


@pytest.mark.parametrize("sort", COLUMNS)
@pytest.mark.parametrize(
    "where",
    ["x", "AAAA", "bnVsbA", "WzEsMl0", "W10", "WyJhIiwgIjEiXQ", "WyJhIiwgMV0", "WyJcdTAwMDAiLCAxXQ",
     "WyItaW5maW5pdHkiLCAxXQ", "WyIyMDI2LTAxLTAxIiwgMV0", "WyI5OTkiLCAxXQ",
     "WyJhIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ", "%ff", "W1tbW1tb",
     "WyIyMDI2LVcwMS0xVDAwOjAwKzAwOjAwIiwgMV0", "WyJcdTA2NjMiLCAxXQ",
     "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgMV0", "WyItOTk5OTk5OTk5OTkiLCAxXQ", "WyJcdWQ4MDAiLCAxXQ", "W251bGwsIDFd"],
)  # fmt: skip
async def test_a_place_that_is_nonsense_is_the_first_page(client: httpx.AsyncClient, sort: str, where: str) -> None:
    visitor = await enter(client)
    await plain()
    answer = await visitor.get(f"/posts?sort={sort}&after={where}&before={where}")
    assert answer.status_code == 200


async def test_an_empty_filter_is_no_filter(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await plain()
    page = await visitor.get("/posts?q=&status=&channel=&campaign=&owner=&archived=&group=&date=&sort=")
    assert ids(page) == [post.id]
    assert "Clear filters" not in page.text


async def test_nothing_found_offers_to_clear_the_filters(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await plain()
    page = await visitor.get("/posts?q=zebra&sort=title")
    assert "No posts match these filters." in page.text
    assert re.search(r'<a class="btn primary" href="/posts\?sort=title">Clear filters', page.text)


async def test_what_is_chosen_stands_in_the_form(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel(name="Shop feed", disconnected_at=now())
    page = (await visitor.get(f"/posts?status=missed&channel={channel.id}&owner=4242&q=salt&archived=1")).text
    for said in ('value="missed" selected', f'value="{channel.id}" selected>Shop feed', 'value="4242" selected>Unknown',
                 'value="salt"', 'value="1" selected>Archived'):  # fmt: skip
        assert said in page, said


async def test_a_day_on_the_edge_of_two_zones_belongs_to_the_teams_day(client: httpx.AsyncClient) -> None:
    await make_team(zone="Pacific/Auckland")
    visitor = await enter(client)
    at = datetime(2031, 3, 1, 22, tzinfo=UTC)
    post = await make_post(planned_on=at.date(), planned_time=time(22), publish_at=at)
    assert ids(await visitor.get("/posts?date=2031-03-01")) == []
    assert ids(await visitor.get("/posts?date=2031-03-02")) == [post.id]
    assert at.date() + timedelta(days=1) == date(2031, 3, 2)
