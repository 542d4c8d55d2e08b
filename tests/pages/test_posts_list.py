"""The list of posts: what it shows, how it is filtered, sorted and paged, and what it costs."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest

from app import facts, sql
from app.lifecycles.post import POST, STATUSES, group, label
from app.tables import Channel, Post
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now, store
from tests.visitors import Visitor, enter

COLUMNS = ("title", "status", "channels", "publishes", "owner", "updated")


def ids(page: httpx.Response) -> list[int]:
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'<tr id="row-(\d+)"', page.text)]


def row(page: httpx.Response, post: Post) -> str:
    found = re.search(rf'<tr id="row-{post.id}".*?</tr>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[0])


async def plain(**values: object) -> Post:
    """A post that only has to be listed."""
    usual = {"status": "awaiting_user_date", "title": "Tides", "zone": "UTC"}
    return await store(Post, values, **usual)  # type: ignore[arg-type]


async def test_label_and_colour_are_those_of_the_lifecycle_in_every_status(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channels = [await make_channel(), await make_channel("sandbox")]
    posts = [await make_post(status, channels=channels) for status in STATUSES]
    await special(posts, channels)
    page = await visitor.get("/posts")
    known = await facts.many([post.id for post in posts])
    for post in posts:
        fact = known[post.id]
        assert f">{label(fact, connected=fact.connected)}</span>" in re.sub(r"<svg.*?</svg>", "", row(page, post))
        assert f"g-{group(fact, connected=fact.connected)}" in row(page, post)


async def special(posts: list[Post], channels: list[Channel]) -> None:
    """Some more whose label depends on more than the status."""
    posts.append(await make_post("scheduled", channels=channels, planned_on=None))
    posts.append(await make_post("generated_pending_review", channels=[]))
    for _ in range(3):
        posts.append(await make_post("publish_failed", channels=channels))
    posts.append(await make_post("scheduled", channels=channels))
    held, live, lost = posts[-1].id, posts[-2].id, posts[-3].id
    await sql.run("UPDATE publication SET held_for = 'late', held_at = now(), due_at = now() - interval '3 h'"
                  " WHERE post = $1", held)  # fmt: skip
    await sql.run(
        "UPDATE delivery SET status = 'published', error_kind = NULL, error_note = NULL, published_at = now(),"
        " live_seal = (SELECT id FROM seal WHERE post = $1), remote_id = 'x' WHERE post = $1 AND channel = $2",
        live, channels[0].id,
    )  # fmt: skip
    await sql.run("UPDATE delivery SET status = 'unconfirmed', error_kind = 'outcome_unknown' WHERE post = $1", lost)


async def test_the_special_labels_are_among_those_compared(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await special([], [await make_channel(), await make_channel("sandbox")])
    text = (await visitor.get("/posts")).text
    for said in ("Queued", "Done", "Held: 3 h late", "Partly published: 1 of 2 live", "Not confirmed"):
        assert f"{said}</span>" in text, said


async def test_a_row_says_where_when_and_whose(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    mara = await make_person("writer", name="Mara Diaz")
    campaign = await make_campaign(title="Holiday 2026")
    channel = await make_channel(name="Shop feed")
    await sql.run("UPDATE person SET zone = 'Europe/Berlin' WHERE id = $1", visitor.person.id)
    post = await make_post(
        channels=[channel], title="<script>alert(1)</script>", author=mara, campaign=campaign,
        planned_on=date(2031, 7, 4), planned_time=time(7), publish_at=datetime(2031, 7, 4, 7, tzinfo=UTC),
    )  # fmt: skip
    page = await visitor.get("/posts")
    shown = row(page, post)
    for said in ("Shop feed", "Mara Diaz", "Holiday 2026", "Fri 4 Jul 2031, 09:00", "just now"):
        assert said in shown, said
    assert "Publishes (Berlin time)" in page.text
    assert "<script>alert" not in page.text


async def test_a_published_post_shows_when_it_really_went_out(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post("published")
    await sql.run("UPDATE delivery SET published_at = '2026-03-05 17:42Z' WHERE post = $1", post.id)
    assert "Thu 5 Mar, 17:42" in row(await visitor.get("/posts"), post)


@pytest.mark.parametrize("column", COLUMNS)
async def test_every_column_sorts_both_ways(client: httpx.AsyncClient, column: str) -> None:
    visitor = await enter(client)
    made = [await sortable(n) for n in range(4)]
    head = "Publishes" if column == "publishes" else column.capitalize()
    for sort, expected, said in ((column, made, "ascending"), (f"-{column}", made[::-1], "descending")):
        page = await visitor.get(f"/posts?sort={sort}")
        assert ids(page) == [post.id for post in expected], sort
        heads = re.findall(r'<th scope="col"( aria-sort="\w+")?><a href="[^"]*" id="sort-\d">(\w+)', page.text)
        assert [(order, name) for order, name in heads if order] == [(f' aria-sort="{said}"', head)]


async def sortable(n: int) -> Post:
    """The nth in every column."""
    letter = "abcd"[n]
    channel, owner = await make_channel(name=letter), await make_person(name=letter.upper())
    post = await make_post(
        STATUSES[1:][n] if n < 3 else "generated_pending_review", channels=[channel], title=letter, author=owner,
        planned_on=date(2030, 1, n + 1), updated_at=now(days=n - 9),
    )  # fmt: skip
    await sql.run("UPDATE post SET updated_at = now() + make_interval(days => $2) WHERE id = $1", post.id, n - 9)
    return post


async def test_a_head_turns_the_order_round_and_keeps_the_filters(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await plain(keyword="salt")
    page = await visitor.get("/posts?q=salt&sort=title")
    links = re.findall(r'<a href="([^"]*)" id="sort-\d"', unescape(page.text))
    assert links[0] == "/posts?q=salt&sort=-title"
    assert links[1] == "/posts?q=salt&sort=status"
    assert links[5] == "/posts?q=salt"


@pytest.mark.parametrize("sort", [*COLUMNS, *(f"-{column}" for column in COLUMNS)])
async def test_paging_there_and_back_shows_every_post_once(client: httpx.AsyncClient, sort: str) -> None:
    visitor = await enter(client)
    await sql.run(
        "INSERT INTO post (status, title, zone, keyword, angle, brief, planned_on, updated_at)"
        " SELECT CASE n % 2 WHEN 0 THEN 'to_be_generated' ELSE 'awaiting_user_date' END, 'T' || n % 7, 'UTC', '', '',"
        " '',"
        " CASE n % 2 WHEN 0 THEN date '2030-01-01' + n % 5 END, now() - make_interval(hours => n % 9)"
        " FROM generate_series(1, 120) n"
    )
    pages, path = [], f"/posts?sort={sort}"
    while path:
        page = await visitor.get(path)
        pages.append(ids(page))
        path = link(page, "page-next")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({post for page in pages for post in page}) == 120
    back = [ids(page)]
    while path := link(page, "page-previous"):
        page = await visitor.get(path)
        back.insert(0, ids(page))
    assert back == pages


def link(page: httpx.Response, name: str) -> str:
    found = re.search(rf'id="{name}" href="([^"]+)"', page.text)
    return unescape(found[1]) if found else ""


async def test_a_row_that_comes_meanwhile_does_not_repeat_one(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for _ in range(51):
        await plain()
    page = await visitor.get("/posts")
    await plain(title="New")
    assert not set(ids(page)) & set(ids(await visitor.get(link(page, "page-next"))))


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
        ("q=50%25_off%5C", found), ("q=0%25_O", found), ("date=2031-05-06", dated),
    ):  # fmt: skip
        assert ids(await visitor.get(f"/posts?{query}")) == [post.id], query


async def test_signs_of_a_pattern_are_searched_as_they_stand(client: httpx.AsyncClient) -> None:
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


async def test_an_empty_desk_offers_the_first_post_to_who_may_write(client: httpx.AsyncClient) -> None:
    assert 'href="/posts/new">New post' in (await (await enter(client, "writer")).get("/posts")).text
    seen = (await (await enter(client, "viewer")).get("/posts")).text
    assert "No posts yet." in seen and "/posts/new" not in seen


async def test_what_is_chosen_stands_in_the_form(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel(name="Shop feed", disconnected_at=now())
    page = (await visitor.get(f"/posts?status=missed&channel={channel.id}&owner=4242&q=salt&archived=1")).text
    for said in ('value="missed" selected', f'value="{channel.id}" selected>Shop feed', 'value="4242" selected>Unknown',
                 'value="salt"', 'value="1" selected>Archived'):  # fmt: skip
        assert said in page, said


async def test_fifty_rows_cost_as_many_statements_as_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor: Visitor = await enter(client)
    channels = [await make_channel(), await make_channel("sandbox")]
    await make_post("publish_failed", channels=channels)
    one = await statements(monkeypatch, visitor, "/posts")
    for status in STATUSES * 2:
        await make_post(status, channels=channels)
    assert await statements(monkeypatch, visitor, "/posts") == one
    assert one <= 4  # who asks, what waits for them, the rows, what the filters offer


async def test_a_day_on_the_edge_of_two_zones_belongs_to_the_teams_day(client: httpx.AsyncClient) -> None:
    await make_team(zone="Pacific/Auckland")
    visitor = await enter(client)
    at = datetime(2031, 3, 1, 22, tzinfo=UTC)
    post = await make_post(planned_on=at.date(), planned_time=time(22), publish_at=at)
    assert ids(await visitor.get("/posts?date=2031-03-01")) == []
    assert ids(await visitor.get("/posts?date=2031-03-02")) == [post.id]
    assert at.date() + timedelta(days=1) == date(2031, 3, 2)
