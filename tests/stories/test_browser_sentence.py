"""The product's sentence played in Chromium: by mouse, without scripts, and by keyboard alone."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from app import accounts, sql
from app.pages.plain import Reports
from tests.browsing import opened, status, working
from tests.visitors import PASSWORD

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")
TITLE = "Paper bags, one year on"
BRIEF = "Paper bags replaced plastic in our shop a year ago.\n\nCosts: bags rose from 2 to 6 cents each."
GAP = re.compile(r"\[write:[^\]]*\]")


async def founded(page: Page) -> None:
    """Set the desk up by its one-time link."""
    link = await accounts.setup_link()
    assert link
    await page.goto(link)
    await page.get_by_label("Team name").fill("Harbor Coffee")
    await page.get_by_label("Time zone").select_option("Europe/Berlin")
    await page.get_by_label("Your name").fill("Nina Lorenz")
    await page.get_by_label("E-mail").fill("nina@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("switch").check()
    await page.get_by_role("button", name="Open the desk").click()
    await page.wait_for_url("**/setup")


async def planned(page: Page) -> int:
    """Plan a post for tomorrow and return its number."""
    tomorrow = datetime.now(BERLIN).date() + timedelta(days=1)
    await page.goto("/posts")
    await page.get_by_role("link", name="New post").first.click()
    await page.get_by_label("Title").fill(TITLE)
    await page.get_by_label("Brief").fill(BRIEF)
    await page.get_by_label("Day").fill(tomorrow.isoformat())
    await page.get_by_role("button", name="Plan it").click()
    await page.wait_for_url(re.compile(r"/posts/\d+$"))
    return int(page.url.rsplit("/", 1)[1])


async def gaps_filled(page: Page) -> None:
    """Open the editor and write what the outline writer left open."""
    await page.locator(".acts").get_by_role("link", name="Edit").click()
    editor = page.get_by_label("Text in Markdown")
    await editor.fill(GAP.sub("Nine of ten customers brought them back.", await editor.input_value()))
    for field in (page.get_by_label("Title"), page.get_by_label("Excerpt")):
        await field.fill(GAP.sub("A year later", await field.input_value()))
    await page.get_by_role("button", name="Save", exact=False).first.click()
    await page.wait_for_url(re.compile(r"/posts/\d+$"))


async def on_the_blog(page: Page, post: int) -> str:
    """The blog's page of the post as a stranger reads it; empty when it is not there."""
    slug = await sql.value("SELECT r.slug FROM post p JOIN revision r ON r.id = p.revision WHERE p.id = $1", post)
    answer = await page.request.get(f"/blog/{slug}")
    return await answer.text() if answer.status == 200 else ""


async def test_the_whole_sentence_by_mouse_and_the_page_follows_by_itself(browser: Browser, address: str) -> None:
    reports = Reports.total
    async with working(), opened(browser, address) as page:
        await founded(page)
        post = await planned(page)
        await status(page, "Planned")
        await page.locator(f"#post-{post}-generate").click()
        await status(page, "Pending review")
        await expect(page.locator("main")).to_contain_text("Arranged by the outline writer from your own words")
        await expect(page.locator("main img").first).to_be_visible()
        await gaps_filled(page)
        await status(page, "Modified, pending review")
        await page.evaluate("window.here = 1")
        await page.locator(f"#post-{post}-approve").click()
        await status(page, "Approved")
        await page.locator(f"#post-{post}-schedule").click()
        soon = (datetime.now(BERLIN) + timedelta(seconds=62)).replace(second=0, microsecond=0)
        await page.get_by_label("Day and time").fill(f"{soon:%Y-%m-%dT%H:%M}")
        await page.locator("#confirm-schedule-yes").click()
        await status(page, "Scheduled")
        await expect(page.locator(".why")).to_contain_text(f"Goes out today, {soon:%H:%M} (Berlin)")
        assert await on_the_blog(page, post) == "", "nothing is sent before its time"
        await status(page, "Published", seconds=80)
        assert await page.evaluate("window.here") == 1, "the page was loaded anew"
        assert TITLE in await on_the_blog(page, post)
        await _change_and_take_down(page, post)
    assert Reports.total == reports


async def _change_and_take_down(page: Page, post: int) -> None:
    await page.locator(".acts").get_by_role("link", name="Edit").click()
    await expect(page.locator("main")).to_contain_text("Saving changes nothing there until you publish the changes.")
    await page.get_by_label("Text in Markdown").press("Control+End")
    await page.keyboard.type("\n\nA new last line.")
    await expect(page.locator("#live-preview")).to_contain_text("A new last line.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(re.compile(r"/posts/\d+$"))
    assert "A new last line." not in await on_the_blog(page, post)
    await page.locator(f"#post-{post}-publish_changes").click()
    await page.locator("#confirm-publish_changes-yes").click()
    await status(page, "Published")
    await expect(page.locator(".why")).to_contain_text("Stays live.")
    assert "A new last line." in await on_the_blog(page, post)
    await page.locator(f"#post-{post}-unpublish").click()
    await expect(page.locator("dialog")).to_contain_text("Blog will be asked to take it down.")
    await page.locator("#confirm-unpublish-yes").click()
    await status(page, "Unpublished")
    assert await on_the_blog(page, post) == ""


async def until(page: Page, label: str) -> None:
    """Without scripts a reader loads the page again until it says so."""
    for _ in range(60):
        if label == await page.locator("article .ihead .pill").first.inner_text():
            return
        await page.wait_for_timeout(250)
        await page.reload()
    raise AssertionError(f"never {label}")


async def confirmed(page: Page, post: int, move: str) -> None:
    """A button that asks first: to its page, and yes."""
    link = page.locator(f"#actions-{post} #post-{post}-{move}")
    if not await link.is_visible():
        await page.locator(f"#post-{post}-more-summary").click()
    await link.click()
    await page.locator(f"#confirm-{move}-yes").click()


async def test_the_whole_sentence_without_scripts(browser: Browser, address: str) -> None:
    async with working(), opened(browser, address, scripts=False) as page:
        await founded(page)
        post = await planned(page)
        await page.locator(f"#actions-{post} #post-{post}-generate").click()
        await until(page, "Pending review")
        await gaps_filled(page)
        await page.locator(f"#actions-{post} #post-{post}-approve").click()
        await until(page, "Approved")
        await confirmed(page, post, "publish_now")
        await until(page, "Published")
        assert TITLE in await on_the_blog(page, post)
        await confirmed(page, post, "unpublish")
        await until(page, "Unpublished")
        assert await on_the_blog(page, post) == ""


async def reach(page: Page, id: str, most: int = 120) -> None:
    """Press Tab until the element with that id has the focus."""
    for _ in range(most):
        if await page.evaluate("document.activeElement?.id") == id:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {id}")


async def test_the_whole_sentence_by_keyboard_alone(browser: Browser, address: str) -> None:
    async with working(), opened(browser, address) as page:
        await founded(page)
        await page.goto("/posts/new")
        await reach(page, "f-title")
        await page.keyboard.type(TITLE)
        await reach(page, "f-brief")
        await page.keyboard.type("Bags rose from two to six cents each.")
        await reach(page, "f-on")
        await page.keyboard.type(f"{datetime.now(BERLIN) + timedelta(days=1):%m%d%Y}")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url(re.compile(r"/posts/\d+$"))
        post = int(page.url.rsplit("/", 1)[1])
        await reach(page, f"post-{post}-generate")
        await page.keyboard.press("Enter")
        await status(page, "Pending review")
        await page.keyboard.press("e")
        await page.wait_for_url("**/edit")
        text = GAP.sub("It paid off.", await page.get_by_label("Text in Markdown").input_value())
        excerpt = GAP.sub("It paid off.", await page.get_by_label("Excerpt").input_value())
        for id, words in (("f-body", text), ("f-excerpt", excerpt)):
            await reach(page, id)
            await page.keyboard.press("Control+A")
            await page.keyboard.insert_text(words)
        await page.keyboard.press("Control+s")
        await page.wait_for_url(re.compile(r"/posts/\d+$"))
        await page.keyboard.press("a")
        await status(page, "Approved")
        await reach(page, f"post-{post}-publish_now")
        await page.keyboard.press("Enter")
        await reach(page, "confirm-publish_now-yes")
        await page.keyboard.press("Enter")
        await status(page, "Published")
        await reach(page, f"post-{post}-unpublish")
        await page.keyboard.press("Enter")
        await reach(page, "confirm-unpublish-yes")
        await page.keyboard.press("Enter")
        await status(page, "Unpublished")
