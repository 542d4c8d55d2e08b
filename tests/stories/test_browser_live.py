"""Live updates in Chromium: what is worked on changes by itself, one stream a page, none where nothing is under way."""

import asyncio
import time

import pytest
from playwright.async_api import Browser, Page, expect

from app.flow import generate
from app.live import live
from app.tables import Person, Post
from tests.browsing import opened
from tests.flow.stage import acting
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser

SOON = 4000  # milliseconds: one look, one fetch


async def desk() -> tuple[Person, Post]:
    """An editor, and a post being written today in a campaign."""
    await make_team()
    channel, campaign = await make_channel(), await make_campaign()
    post = await make_post("generating", channels=[channel], campaign=campaign.id, planned_on=now().date())
    return await make_person("editor"), post


async def streams(wanted: int) -> None:
    """Wait until so many streams are open at the desk."""
    until = time.monotonic() + 5
    while len(live._readers) != wanted:
        assert time.monotonic() < until, f"{len(live._readers)} streams instead of {wanted}"
        await asyncio.sleep(0.05)


def places(post: Post) -> dict[str, str]:
    """Every page that shows it, and where its status stands there."""
    return {
        f"/posts/{post.id}": f"#post-{post.id} .pill",
        "/posts": f"#row-{post.id} .pill",
        "/calendar": f"#ev-{post.id} .st",
        f"/campaigns/{post.campaign}": f"#row-{post.id} .pill",
    }


@pytest.mark.parametrize("nth", range(4), ids=["post", "list", "calendar", "campaign"])
async def test_a_status_changes_by_itself(browser: Browser, address: str, nth: int) -> None:
    me, post = await desk()
    path, mark = list(places(post).items())[nth]
    async with opened(browser, address, me) as page:
        await page.goto(path)
        await expect(page.locator(mark).first).to_contain_text("Generating")
        await streams(1)
        await page.evaluate("window.stayed = true")
        await generate.stop(post, by=acting(me))
        await expect(page.locator(mark).first).to_contain_text("Generation failed", timeout=SOON)
        assert await page.evaluate("window.stayed") is True, "it was loaded anew"
        await streams(0)


async def test_a_page_where_nothing_is_under_way_opens_no_stream(browser: Browser, address: str) -> None:
    me = await make_person("editor")
    await make_team()
    post = await make_post()
    async with opened(browser, address, me) as page:
        for path in ("/posts", f"/posts/{post.id}", "/calendar", "/inbox"):
            await page.goto(path)
            await page.wait_for_timeout(200)
            assert not live._readers


async def test_there_is_one_stream_after_any_number_of_swaps(browser: Browser, address: str) -> None:
    me, post = await desk()
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await streams(1)
        for _ in range(10):
            async with page.expect_response("**/card**"):
                await page.evaluate(f"htmx.trigger('#post-{post.id}', 'live')")
        await streams(1)


async def test_a_ticked_row_is_not_swapped_under_the_hand(browser: Browser, address: str) -> None:
    me, post = await desk()
    other = await make_post(title="Ebb")
    async with opened(browser, address, me) as page:
        await page.goto("/posts")
        await streams(1)
        await page.check(f"#pick-{other.id}")
        await generate.stop(post, by=acting(me))
        await page.wait_for_timeout(2500)
        await expect(page.locator(f"#pick-{other.id}")).to_be_checked()
        await expect(page.locator(f"#row-{post.id} .pill").first).to_contain_text("Generating")


async def test_without_a_stream_the_page_asks_by_itself(browser: Browser, address: str) -> None:
    me, post = await desk()
    async with opened(browser, address, me) as page:
        await page.route("**/events", lambda route: route.fulfill(status=204))
        await page.goto(f"/posts/{post.id}")
        await generate.stop(post, by=acting(me))
        await expect(page.locator(f"#post-{post.id} .pill").first).to_contain_text("Generation failed", timeout=17_000)


async def test_a_hidden_page_listens_to_nothing_and_catches_up(browser: Browser, address: str) -> None:
    me, post = await desk()
    async with opened(browser, address, me) as page:
        await page.goto("/posts")
        await streams(1)
        await hide(page, True)
        await streams(0)
        await generate.stop(post, by=acting(me))
        await hide(page, False)
        await expect(page.locator(f"#row-{post.id} .pill").first).to_contain_text("Generation failed", timeout=SOON)


async def hide(page: Page, hidden: bool) -> None:
    """What the browser tells a page whose tab is left or come back to."""
    value = str(hidden).lower()
    await page.evaluate(f"Object.defineProperty(document, 'hidden', {{ value: {value}, configurable: true }})")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
