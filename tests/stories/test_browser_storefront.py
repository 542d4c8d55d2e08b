"""The storefront's machine side in Chromium: a reader finds the feeds, an admin sees what search engines were told."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from app.flow import announcing
from app.settings import settings
from app.tables import Channel
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.flow.listener import Answer, Listener
from tests.flow.stage import live
from tests.makers import make_channel, make_person, make_team

pytestmark = pytest.mark.browser
KEY = "a1b2c3d4-e5f6"
TEAM = "/settings/workspace"


@pytest.fixture
async def site(database: object) -> Channel:
    await make_team()
    return await make_channel("site", name="Blog")


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch, site: Channel) -> AsyncIterator[Listener]:
    """IndexNow on loopback, and a desk with a key."""
    async with Listener() as listener:
        listener.usual = Answer(202)
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{listener.port}"}))
        known = replace(settings(), indexnow_key=KEY, indexnow_url=listener.url)
        for place in ("app.pages.crawlers", "app.pages.announced", "app.flow.announcing"):
            monkeypatch.setattr(f"{place}.settings", lambda: known)
        await announcing.sweep()
        yield listener


async def told() -> None:
    for _ in range(3):
        await announcing.sweep()


async def _press(page: Page, name: str) -> None:
    await page.locator(f"#{name}").focus()
    await page.keyboard.press("Enter")


async def test_a_reader_finds_the_feed_with_the_mouse(browser: Browser, address: str, site: Channel) -> None:
    post = await live(site)
    async with opened(browser, address) as page:
        await page.goto("/blog")
        async with page.expect_response("**/blog/feed.json") as answer:
            await page.get_by_role("link", name="JSON Feed").click()
        [item] = (await (await answer.value).json())["items"]
    assert item["id"].endswith(f"/posts/{post.id}") and item["_status"] == {"name": "published"}


async def test_a_reader_finds_the_feed_by_keyboard_and_without_scripts(
    browser: Browser, address: str, site: Channel
) -> None:
    await live(site)
    async with opened(browser, address, scripts=False) as page:
        await page.goto("/blog")
        await page.get_by_role("link", name="JSON Feed").focus()
        async with page.expect_response("**/blog/feed.json") as answer:
            await page.keyboard.press("Enter")
        assert len((await (await answer.value).json())["items"]) == 1


async def test_an_admin_learns_with_the_mouse_why_search_engines_heard_nothing(
    browser: Browser, address: str, listener: Listener, site: Channel
) -> None:
    listener.answers.append(Answer(403))
    await live(site)
    await told()
    async with opened(browser, address, await make_person("admin")) as page:
        await page.goto("/settings")
        await page.get_by_role("link", name="Team", exact=True).click()
        await expect(page.locator("#workspace-form")).to_contain_text("Search engines did not take 1 address")
        where = f"{settings().origin}/{KEY}.txt"
        await expect(page.locator("#workspace-form")).to_contain_text(f"It did not find the key at {where}")
        await page.goto(where)
        assert KEY in await page.content()
        await live(site)
        await told()
        await page.goto(TEAM)
        await expect(page.locator("#workspace-form")).to_contain_text("They heard of 1 address just now.")


async def test_the_settings_are_saved_beside_it_by_keyboard_alone(
    browser: Browser, address: str, listener: Listener, site: Channel
) -> None:
    await live(site)
    await told()
    async with opened(browser, address, await make_person("admin")) as page:
        await page.goto(TEAM)
        await page.locator("#f-blog_title").focus()
        await page.keyboard.press("Control+a")
        await page.keyboard.type("Ebb & Flow")
        await _press(page, "workspace-save")
        await expect(page.locator("#toast")).to_contain_text("Saved.")
        await expect(page.locator("#workspace-form")).to_contain_text("They heard of 1 address")
        feed = await (await page.request.get("/blog/feed.json")).json()
        assert feed["title"] == "Ebb & Flow" and feed["authors"][0]["name"] == "Ebb & Flow"


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_the_pages_are_sound_in_every_theme_and_width(
    browser: Browser, address: str, listener: Listener, site: Channel, width: int
) -> None:
    listener.answers.append(Answer(403))
    await live(site)
    await told()
    async with opened(browser, address, await make_person("admin"), width=width) as page:
        for path in (TEAM, "/api", "/log", "/blog"):
            await page.goto(path)
            assert await violations(page) == [] and await sideways(page) == 0, path
