"""Pages of 200,000 posts read no more than they show: each has an index that stands in its order."""

from typing import Any

import httpx
import pytest
from asyncpg import Connection

from app import channel_health, forecast, sql
from app.atomic import atomic
from app.lifecycles.phrases import bounded
from app.pages import inbox_sections, posts_query
from app.pages.inbox import Section
from app.pages.posts_filters import wanted
from tests.makers import make_post
from tests.visitors import Visitor, enter

SORTED = {
    "sort=title": "post_by_title", "sort=-title": "post_by_title", "sort=publishes": "post_by_time",
    "sort=-publishes&group=review": "post_by_time", "sort=title&group=problem": "post_by_title",
    "sort=publishes&date=2027-03-09": "post_by_time", "": "post_list", "archived=1": "post_put_away",
}  # fmt: skip


@pytest.fixture
async def editor(client: httpx.AsyncClient) -> Visitor:
    return await enter(client)


async def plan(statement: str, *values: Any) -> str:
    """How PostgreSQL goes about it when it may neither read a whole table nor sort: is there an index in that order?"""
    async with atomic():
        for way in ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin"):
            await sql.run(f"SET LOCAL enable_{way} = off")
        return "\n".join(line[0] for line in await sql.rows(f"EXPLAIN {statement}", *values))


async def asked(monkeypatch: pytest.MonkeyPatch, page: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements of `page`, with their values."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    original = Connection.fetch

    async def fetch(self: Any, statement: str, *values: Any, **more: Any) -> Any:
        found.append((statement, values))
        return await original(self, statement, *values, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "fetch", fetch)
        await page
    return found


@pytest.mark.parametrize(("query", "index"), SORTED.items())
async def test_the_list_stands_in_the_order_of_an_index(
    editor: Visitor, monkeypatch: pytest.MonkeyPatch, query: str, index: str
) -> None:
    sent = dict(part.split("=") for part in query.split("&") if part)
    statement, values = (await asked(monkeypatch, posts_query.find(wanted(sent), "UTC")))[0]
    text = await plan(statement, *values)
    assert index in text and "Seq Scan on post" not in text, text


async def test_the_inbox_and_the_forecast_walk_what_waits(editor: Visitor) -> None:
    assert "post_by_status" in await plan(inbox_sections.SECTIONS, editor.person.id, True)
    assert "publication_held" in await plan(inbox_sections.SECTIONS, editor.person.id, True)
    ahead = await plan(forecast.NEXT, None, 0)
    assert "post_ahead" in ahead and "publication_open" in ahead, ahead


async def test_the_channels_walk_what_is_open(editor: Visitor) -> None:
    text = await plan(channel_health.ALL)
    assert "publication_open" in text and "Seq Scan on delivery" not in text, text


async def test_a_common_word_is_not_looked_up_in_full(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [(await make_post(title=f"Tides {n}")).id for n in range(3)]
    rare = await posts_query.find(wanted({"q": "tides"}), "UTC")
    monkeypatch.setattr(posts_query, "OFTEN", 1)
    common = await posts_query.find(wanted({"q": "tides"}), "UTC")
    assert [one["id"] for one in common.records] == [one["id"] for one in rare.records]
    assert {*posts} <= {one["id"] for one in common.records}


@pytest.mark.pure
def test_nobody_counts_further_than_to_999() -> None:
    assert [bounded(n, 1000) for n in (0, 999, 1000, 5000)] == ["0", "999", "999+", "999+"]
    assert Section("fix", "Fix first", inbox_sections.COUNTED, (), (), (), (), "").said == "999+"
