"""The list of posts: what its rows say, how it is sorted and paged, and what it costs."""

import re
from datetime import UTC, date, datetime, time
from html import unescape

import httpx
import pytest

from app import facts, sql
from app.lifecycles.post import STATUSES, group, label
from app.tables import Post
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.pages.counting import statements
from tests.pages.listing import ids, link, plain, row, special
from tests.rows import now
from tests.visitors import Visitor, enter

COLUMNS = ("title", "status", "channels", "publishes", "owner", "updated")


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


async def test_a_row_that_comes_meanwhile_does_not_repeat_one(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for _ in range(51):
        await plain()
    page = await visitor.get("/posts")
    await plain(title="New")
    assert not set(ids(page)) & set(ids(await visitor.get(link(page, "page-next"))))


@pytest.mark.parametrize(("role", "acts"), [
    ("viewer", set()), ("writer", {"move", "retry", "archive"}),
    ("editor", {"approve", "move", "assign", "retry", "archive"}),
])  # fmt: skip
async def test_the_bulk_bar_holds_only_what_this_person_may_do(
    client: httpx.AsyncClient, role: str, acts: set[str]
) -> None:
    await make_post()
    page = (await (await enter(client, role)).get("/posts")).text
    assert set(re.findall(r'<button[^>]* id="bulk-(\w+)"', page)) == acts


async def test_an_empty_desk_offers_the_first_post_to_who_may_write(client: httpx.AsyncClient) -> None:
    assert 'href="/posts/new">New post' in (await (await enter(client, "writer")).get("/posts")).text
    seen = (await (await enter(client, "viewer")).get("/posts")).text
    assert "No posts yet." in seen and "/posts/new" not in seen


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
    assert one <= 5  # who asks, what waits for them, the rows, what the filters offer, saved views
