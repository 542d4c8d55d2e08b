"""A WordPress on the desk's pages: its connect form, what a failed test says, and what is kept."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from app import sql
from tests.visitors import enter

from .wordpress_peer import ours
from .wordpress_site import PASSWORD, WordPressSite


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    async with ours(monkeypatch) as site:
        yield site


def typed(site: WordPressSite, **changes: str) -> Mapping[str, str]:
    known = {"name": "Our blog", "url": site.origin, "user": "editor", "password": PASSWORD, "schedules": "on"}
    return {**known, "categories": "", "tags": "roses", **changes}


async def test_the_form_asks_for_what_people_can_find_and_keeps_the_schedule_there_by_default(
    client: httpx.AsyncClient,
) -> None:
    admin = await enter(client, "admin")
    assert "/channels/new/wordpress" in (await admin.get("/channels")).text
    page = (await admin.get("/channels/new/wordpress")).text
    for label in ("Address of the site", "User name", "Application password", "Categories", "Tags"):
        assert label in page
    switch = page[page.index('name="schedules"') - 200 : page.index('name="schedules"') + 200]
    assert "checked" in switch


async def test_a_sound_account_is_kept_with_its_lane_and_its_password_sealed(
    client: httpx.AsyncClient, site: WordPressSite
) -> None:
    admin = await enter(client, "admin")
    assert (await admin.post("/channels/new/wordpress", **typed(site))).status_code == 303
    row = await sql.row("SELECT name, lane, settings::text AS settings, secret FROM channel")
    assert row is not None
    assert (row["name"], row["lane"]) == ("Our blog", f"wordpress 127.0.0.1:{site.port}/")
    assert PASSWORD not in row["settings"] and PASSWORD.encode() not in row["secret"]
    page = (await admin.get("/channels")).text
    assert "Our blog" in page and ">Wp<" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "no longer accepts the application password"),
        ({"user": "contributor"}, "lets contributor not publish posts or upload pictures"),
        ({"user": "author", "categories": "Gardens"}, "has no “Gardens” among its categories"),
        ({"url": "http://example.com"}, "Use https://"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    client: httpx.AsyncClient, site: WordPressSite, changes: Mapping[str, str], said: str
) -> None:
    admin = await enter(client, "admin")
    answer = await admin.post("/channels/new/wordpress", **typed(site, **changes))
    assert answer.status_code == 422
    assert said in answer.text and "Our blog" in answer.text
    assert PASSWORD not in answer.text
    assert await sql.value("SELECT count(*) FROM channel") == 0
