"""A new desk in Chromium: from one empty page to the next by its one button; once full, titles have room."""

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from app.lifecycles.statuses import PostStatus
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team

pytestmark = pytest.mark.browser

EMPTY = ("/log", "/forecast", "/channels", "/campaigns", "/posts/views", "/log?outcome=failed", "/review", "/library")
TITLE = "From the store: the brass tide gauge of 1871"


async def test_the_one_button_leads_on_by_mouse_and_by_keyboard(browser: Browser, address: str) -> None:
    await make_team()
    async with opened(browser, address, await make_person("admin")) as page:
        await page.goto("/log")
        await page.locator(".empty .btn").click()
        await expect(page).to_have_url(re.compile("/calendar$"))
        await page.locator(".empty .btn").focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/posts/new"))
        await page.goto("/log?outcome=failed")
        await page.locator("#log-filter-go").focus()
        for _ in range(2):  # the link of the filter, then the button
            await page.keyboard.press("Tab")
        await expect(page.locator(".empty .btn")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/log$"))


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_in_empty_pages(browser: Browser, address: str, width: int) -> None:
    await make_team()
    async with opened(browser, address, await make_person("admin"), width=width) as page:
        for path in EMPTY:
            await page.goto(path)
            assert await violations(page) == [], path
            assert await sideways(page) == 0, path


async def test_an_idea_shows_two_lines_of_its_title(browser: Browser, address: str) -> None:
    await make_team()
    await make_channel("sandbox")
    for _ in range(5):
        await make_post("awaiting_user_date", title=TITLE)
    for width in (DESK, PHONE):
        async with opened(browser, address, await make_person("editor"), width=width) as page:
            await page.goto("/calendar")
            title = page.locator("#tray li b").first
            assert await lines(title) == 2
            assert await title.evaluate("el => el.clientWidth") >= 100


async def test_titles_keep_room_beside_four_channels(browser: Browser, address: str) -> None:
    await make_team()
    on = [await make_channel("sandbox", name=f"Members’ letter {number}") for number in range(4)]
    campaign = await make_campaign(title="Moon and mud")
    post = await make_post(PostStatus.MODIFIED, title=TITLE, campaign=campaign.id, channels=on)
    async with opened(browser, address, await make_person("editor")) as page:
        await page.goto(f"/campaigns/{campaign.id}")
        assert await lines(page.locator(f"#row-{post.id}-title")) <= 2
        assert await violations(page) == [] and await sideways(page) == 0


async def lines(text: Locator) -> int:
    style = "el => el.getBoundingClientRect().height / parseFloat(getComputedStyle(el).lineHeight)"
    high: float = await text.evaluate(style)
    return round(high)
