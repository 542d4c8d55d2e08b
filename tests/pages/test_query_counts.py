"""A page asks the database as often for thirty rows as for three: no page may ask once for each row it shows."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app import sql
from app.flow import notices
from app.flow.notices import NoticeKind
from app.lifecycles.statuses import PostStatus
from app.tables import Channel
from tests.makers import make_campaign, make_channel, make_post
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import Visitor, enter

ALL = tuple(PostStatus)
AIMED = ("published", "approved", "generated_pending_review")
PAGES = (
    "/inbox", "/calendar", "/calendar?view=week", "/calendar?view=list", "/posts", "/posts?q=tides&group=review",
    "/log", "/channels", "/forecast", "/library", "/campaigns", "/campaigns/{campaign}", "/campaigns/{campaign}/review",
    "/posts/many", "/notices", "/settings/people", "/blog", "/blog/feed.xml", "/sitemap.xml",
)  # fmt: skip


@pytest.fixture
async def editor(client: httpx.AsyncClient) -> AsyncIterator[Visitor]:
    yield await enter(client, "admin")


async def _grow(campaign: int, blog: Channel, sets: int) -> None:
    """Each set: a post in every status, on channels of its own, all this month and in one campaign."""
    for _ in range(sets):
        for status in ALL:
            targets = (
                [await make_channel()] if status in ("published", "approved", "generated_pending_review") else None
            )
            await make_post(status, channels=targets, campaign=campaign)
        post = await make_post("published", channels=[blog, await make_channel("sandbox")], campaign=campaign)
        people = [row["id"] for row in await sql.rows("SELECT id FROM person")]
        await notices.tell(people, NoticeKind.UPDATE_FAILED, post=post.id)


async def test_no_page_asks_once_for_each_row(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, blog = (await make_campaign()).id, await make_channel("site")
    paths = [path.format(campaign=campaign) for path in PAGES]
    await _grow(campaign, blog, 3)
    few = {path: await statements(monkeypatch, editor, path) for path in paths}
    await _grow(campaign, blog, 6)
    many = {path: await statements(monkeypatch, editor, path) for path in paths}
    # One more where there is a further page by then, or one less where something was remembered: never one per row.
    assert {path: many[path] for path in paths if many[path] > few[path] + 1} == {}


async def test_an_item_asks_as_often_with_many_channels_versions_and_remarks(
    editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for size in (3, 30):
        post = await make_post("published", channels=[await make_channel() for _ in range(size)])
        for number in range(size):
            await editor.post(f"/posts/{post.id}/comments", body=f"Remark {number} of {now():%H:%M}")
        pages = ("", "/changes", "/checks", "/card")
        counts.append([await statements(monkeypatch, editor, f"/posts/{post.id}{page}") for page in pages])
    assert counts[0] == counts[1]
