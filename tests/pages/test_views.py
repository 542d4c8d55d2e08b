"""Saved views: what somebody filtered, under a name, as a link above the list."""

import re
from html import unescape

import httpx
import pytest

from app import sql
from tests.makers import make_channel, make_post
from tests.pages.listing import ids, link
from tests.rows import now
from tests.visitors import Visitor, come_back, enter


def names(page: httpx.Response) -> list[str]:
    """The views above the list."""
    found = re.search(r'id="saved-views".*?</nav>', page.text, re.DOTALL)
    assert found, page.text
    return [unescape(name) for name in re.findall(r'<a id="view-\w+" [^>]*>([^<]+)</a>', found[0])]


async def saved(visitor: Visitor, name: str, query: str = "group=review", **more: str) -> int:
    answer = await visitor.post("/posts/views", name=name, query=query, **more)
    assert answer.status_code == 303, answer.text
    number: int = await sql.value("SELECT max(id) FROM saved_view")
    return number


async def test_a_view_keeps_filters_and_order_under_its_name(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _ = await make_post(channels=[await make_channel()]), await make_post("to_be_generated")
    page = await visitor.get("/posts?group=review&sort=title&after=x")
    where = link(page, "view-save")
    assert 'name="query" value="group=review&amp;sort=title"' in (await visitor.get(where)).text
    number = await saved(visitor, "To read", "sort=title&group=review&after=x")
    page = await visitor.get("/posts")
    assert names(page) == ["Mine this week", "To read"]
    shown = await visitor.get(link(page, f"view-{number}"))
    assert ids(shown) == [post.id]
    assert f'id="view-{number}" href="/posts?group=review&amp;sort=title" aria-current="true"' in shown.text


async def test_everybody_has_mine_this_week(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    today = now().date()
    mine = await make_post(author=visitor.person, planned_on=today)
    await make_post(planned_on=today)
    await make_post(author=visitor.person, planned_on=now(days=8).date())
    assert ids(await visitor.get(link(await visitor.get("/posts"), "view-mine"))) == [mine.id]


async def test_the_week_is_the_one_of_the_team(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    today = now().date()
    posts = {
        days: (await make_post(planned_on=now(days=days - today.weekday()).date())).id for days in (-1, 0, 6, 7, 13)
    }
    assert set(ids(await visitor.get("/posts?when=week"))) == {posts[0], posts[6]}
    assert set(ids(await visitor.get("/posts?when=next"))) == {posts[7], posts[13]}


@pytest.mark.parametrize(("name", "status"), [("", 422), ("x" * 61, 422), ("TO READ", 422), ("Other", 303)])
async def test_a_view_needs_a_name_that_no_other_of_mine_has(client: httpx.AsyncClient, name: str, status: int) -> None:
    visitor = await enter(client)
    await saved(visitor, "To read")
    answer = await visitor.post("/posts/views", name=name, query="group=problem")
    assert answer.status_code == status
    if status == 422:
        assert f'value="{name}"' in answer.text and 'value="group=problem"' in answer.text


async def test_a_filter_that_means_nothing_is_not_saved(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert (await visitor.post("/posts/views", name="Odd", query="group=nothing")).status_code == 400
    assert await sql.value("SELECT count(*) FROM saved_view") == 0


async def test_a_shared_view_is_everybodys_and_only_editors_share(client: httpx.AsyncClient) -> None:
    editor = await enter(client)
    await saved(editor, "Team’s problems", "group=problem", shared="on")
    await saved(editor, "My own")
    writer = await enter(client, "writer")
    assert names(await writer.get("/posts")) == ["Mine this week", "Team’s problems"]
    refused = await writer.post("/posts/views", name="Mine", query="group=plan", shared="on")
    assert refused.status_code == 403 and await sql.value("SELECT count(*) FROM saved_view") == 2


async def test_a_view_is_renamed_shared_and_forgotten_by_its_owner(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    number, other = await saved(visitor, "To read"), await saved(visitor, "Other")
    assert (await visitor.post(f"/posts/views/{number}", do="change", name="Later", shared="on")).status_code == 303
    assert names(await visitor.get("/posts")) == ["Mine this week", "Later", "Other"]
    taken = await visitor.post(f"/posts/views/{number}", do="change", name="OTHER")
    assert taken.status_code == 422 and "You have a view of that name already." in taken.text
    assert (await visitor.post(f"/posts/views/{other}", do="change", name=" ")).status_code == 422
    assert (await visitor.post(f"/posts/views/{number}", do="forget")).status_code == 303
    assert (await visitor.post(f"/posts/views/{number}", do="forget")).status_code == 404
    assert names(await visitor.get("/posts")) == ["Mine this week", "Other"]


async def test_somebody_elses_view_is_not_mine_to_change(client: httpx.AsyncClient) -> None:
    owner = await enter(client)
    own, shared = await saved(owner, "Own"), await saved(owner, "Shared", shared="on")
    writer = await enter(client, "writer")
    for number in (own, shared):
        for fields in ({"do": "forget"}, {"do": "change", "name": "Stolen"}):
            assert (await writer.post(f"/posts/views/{number}", **fields)).status_code == 404
    editor = await enter(client)
    assert (await editor.post(f"/posts/views/{own}", do="forget")).status_code == 404
    assert (await editor.post(f"/posts/views/{shared}", do="forget")).status_code == 303
    assert names(await (await come_back(client, owner.person)).get("/posts")) == ["Mine this week", "Own"]


async def test_fifty_views_are_enough(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await sql.run(
        "INSERT INTO saved_view (person, name, query, shared) SELECT $1, 'View ' || n, '', false"
        " FROM generate_series(1, 50) n",
        visitor.person.id,
    )
    answer = await visitor.post("/posts/views", name="One more", query="group=plan")
    assert answer.status_code == 422 and "You have 50 views; forget one first." in answer.text
