"""A campaign in Chromium: planned from a pasted list, read through, approved in place, scheduled; mouse, then keys."""

import re
from datetime import time

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.tables import Campaign, Channel, Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser
SOON = f"{now(days=9):%Y-%m-%d}"


async def some() -> tuple[Person, Campaign, list[Post]]:
    """A campaign with a post in each of the states that its page tells apart."""
    await make_team(zone="Europe/Berlin")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    blog, wire = await make_channel("site", name="Blog"), await make_channel("webhook", name="Wire")
    campaign = await make_campaign(title="Holiday 2026", brief="Sell **gifts**.\n\n- never pushy")
    statuses = ("generated_pending_review", "modified_pending_review", "approved", "scheduled", "published",
                "publish_failed", "to_be_generated", "awaiting_user_date", "rejected")  # fmt: skip
    posts = [
        await make_post(status, campaign=campaign.id, channels=[blog, wire][: n % 3], title=f"Gift guide, part {n}")
        for n, status in enumerate(statuses, 1)
    ]
    return await make_person("editor"), campaign, posts


async def reviewable() -> tuple[Person, Campaign, list[Post], Channel]:
    await make_team(zone="Europe/Berlin")
    channel, campaign = await make_channel("site", name="Blog"), await make_campaign(title="Holiday 2026")
    posts = [
        await make_post("generated_pending_review", campaign=campaign.id, channels=[channel], title=f"Part {n}",
                        planned_on=now(days=n + 3).date(), planned_time=time(9), zone="Europe/Berlin")
        for n in (1, 2)
    ]  # fmt: skip
    return await make_person("editor"), campaign, posts, channel


async def status(post: Post) -> str:
    found: str = await sql.value("SELECT status FROM post WHERE id = $1", post.id)
    return found


@pytest.mark.parametrize("width", [DESK, PHONE, SMALL])
async def test_axe_finds_nothing_on_the_campaign_pages(browser: Browser, address: str, width: int) -> None:
    (person, campaign, _), found = await some(), []
    home = f"/campaigns/{campaign.id}"
    async with opened(browser, address, person, width=width) as page:
        for path in ("/campaigns", "/campaigns/new", home, f"{home}/edit", f"{home}/duplicate", f"{home}/archive",
                     f"{home}/review", f"{home}/moves/schedule", f"{home}/moves/reopen", "/posts/many", "/library",
                     "/campaigns?archived=1"):  # fmt: skip
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += await violations(page)
        await page.goto(f"/posts/many?campaign={campaign.id}")
        await page.fill("#f-rows", f"Gift guide | {SOON} | 09:00\n | tomorrow")
        await page.click("#many-check")
        await expect(page.locator("#verdict-2 .error").first).to_be_visible()
        found += await violations(page)
        await page.click("#many-plan")
        await expect(page.locator("#dialog-title")).to_have_text("1 planned.")
        found += await violations(page)
    assert found == []


async def test_a_campaign_is_planned_read_approved_and_scheduled_with_the_mouse(browser: Browser, address: str) -> None:
    person, campaign, posts, _ = await reviewable()
    async with opened(browser, address, person) as page:
        await page.goto("/campaigns")
        await page.click(f"#campaign-{campaign.id}-title")
        await page.click("#campaign-more-summary")
        await page.click("#edit")
        await page.fill("#f-brief", "Sell gifts, never pushy.")
        await page.click("#campaign-save")
        await expect(page.locator(".prose")).to_contain_text("never pushy")
        await page.click("#read-through")
        for post in posts:
            await page.click(f"#read-{post.id}-approve")
            await expect(page.locator(f"#read-{post.id} .pill").first).to_have_text("Approved")
        await page.click("#schedule-all")
        await expect(page.locator("#verb-form")).to_contain_text("09:00 (Berlin) on Blog.")
        await page.click("#verb-yes")
        await expect(page.locator("#dialog-title")).to_have_text("2 scheduled.")
        await page.click("#bulk-back")
        await expect(page.locator(".pill").first).to_have_text("Scheduled")
    assert [await status(post) for post in posts] == ["scheduled", "scheduled"]


async def go(page: Page, selector: str) -> None:
    """Reach it by Tab alone and press it."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement?.matches(s)", selector):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{selector} is not reached by Tab")


async def test_the_same_by_keyboard_alone(browser: Browser, address: str) -> None:
    person, campaign, posts, _ = await reviewable()
    async with opened(browser, address, person) as page:
        await page.goto("/campaigns")
        await go(page, f"#campaign-{campaign.id}-title")
        await expect(page).to_have_url(re.compile(f"/campaigns/{campaign.id}$"))
        await go(page, "#read-through")
        await expect(page.locator("h1")).to_have_text("Read through")
        for post in posts:
            await page.keyboard.press("j")
            await page.keyboard.press("a")
            await expect(page.locator(f"#read-{post.id} .pill").first).to_have_text("Approved")
        await go(page, "#schedule-all")
        await expect(page.locator("h1")).to_have_text("Schedule all?")
        await page.locator(f"#row-{posts[1].id}-pick").focus()
        await page.keyboard.press("Space")
        await go(page, "#verb-yes")
        await expect(page.locator("#dialog-title")).to_have_text("1 scheduled.")
    assert [await status(post) for post in posts] == ["scheduled", "approved"]


async def test_a_list_is_planned_without_scripts(browser: Browser, address: str) -> None:
    person, campaign, _, channel = await reviewable()
    async with opened(browser, address, person, scripts=False) as page:
        await page.goto(f"/posts/many?campaign={campaign.id}")
        await page.fill("#f-rows", f"One | {SOON}\nTwo\nThree | yesterday")
        await page.click("#many-check")
        await page.uncheck("#verdict-2-pick")
        await page.click("#many-plan")
        await expect(page.locator("#bulk-report")).to_contain_text("1 planned.")
    found = await sql.row("SELECT title, campaign FROM post ORDER BY id DESC LIMIT 1")
    assert found is not None and (found["title"], found["campaign"]) == ("One", campaign.id)
    assert await sql.value("SELECT count(*) FROM post_channel WHERE channel = $1", channel.id) == 3


async def test_an_article_that_somebody_changed_shows_itself_anew(browser: Browser, address: str) -> None:
    person, campaign, posts, _ = await reviewable()
    async with opened(browser, address, person) as page:
        await page.goto(f"/campaigns/{campaign.id}/review")
        await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", posts[0].id)
        await page.click(f"#read-{posts[0].id}-approve")
        await expect(page.locator("#toast")).to_contain_text("Someone changed this")
        await page.click("#toast button")
        await page.click(f"#read-{posts[0].id}-approve")
        await expect(page.locator(f"#read-{posts[0].id} .pill").first).to_have_text("Approved")
    assert await status(posts[0]) == "approved"
