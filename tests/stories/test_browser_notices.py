"""Somebody hears what happened in Chromium: by the bell to the thing itself, with the mouse, by keys, on a phone."""

import re

import pytest
from playwright.async_api import Browser, expect

from app import channels, sql
from app.content import Text
from app.flow import comments, news, notices, review
from app.flow.assign import assign
from app.flow.comments import Remark
from app.flow.notices import NoticeKind
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.flow.stage import acting
from tests.makers import make_channel, make_person, make_post, make_team

pytestmark = pytest.mark.browser

LONG = "Twelve things a very patient person notices while the water goes out and comes back again " * 2


async def swept() -> None:
    for _ in range(3):
        await news.sweep()


async def busy() -> tuple[Person, Post]:
    """What an admin hears on a busy day, through the product's own verbs; and a post that waits for them."""
    await make_team()
    nina, mara = await make_person("admin", name="Nina Lorenz"), await make_person("writer", name="Mara Okafor")
    feed = await make_channel("sandbox", name="Feed")
    post = await make_post("to_be_generated", channels=[feed], author=mara, title="Cold brew ratios that work")
    await review.submit(post, Text(post.title, "Twice a day."), by=acting(mara))
    hers = await make_post(channels=[feed], author=nina, title=LONG.strip())
    await comments.say(hers.id, Remark("@Nina Lorenz, is the second table still right?"), by=acting(mara))
    jonas = await make_person("editor", name="Jonas Beck")
    await review.reject(hers, "Too long for a Tuesday.", by=acting(jonas))
    await assign(await make_post("awaiting_user_date", author=mara, title="Paper bags"), nina.id, by=acting(jonas))
    for kind in (NoticeKind.PUBLISHING_FAILED, NoticeKind.HELD_LATE):
        await notices.tell(nina.id, kind, post=hers.id, note="Feed")
    await channels.mark_broken(feed.id, "expired_token")
    await swept()
    await sql.run("UPDATE notice SET at = now() - interval '1 day', seen_at = now() WHERE kind = 'declined'")
    await sql.run("UPDATE notice SET at = now() - interval '30 hours' WHERE kind = 'assigned'")
    return nina, post


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing(browser: Browser, address: str, width: int) -> None:
    nina, _ = await busy()
    nobody = await make_person("viewer")
    found: list[str] = []
    async with opened(browser, address, nina, width=width) as page:
        for path in ("/notices", "/notices?show=unseen"):
            await page.goto(path)
            found += await violations(page)
    async with opened(browser, address, nobody, width=width) as page:
        await page.goto("/notices")
        found += await violations(page)
    assert found == []


@pytest.mark.parametrize("width", [SMALL, PHONE, 861, DESK])
async def test_nothing_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    nina, _ = await busy()
    async with opened(browser, address, nina, width=width) as page:
        await page.goto("/notices")
        assert not await sideways(page)


async def test_from_the_bell_to_the_thing_with_the_mouse(browser: Browser, address: str) -> None:
    nina, post = await busy()
    async with opened(browser, address, nina) as page:
        await page.goto("/inbox")
        await expect(page.locator("#nav-notices .count")).to_have_text("unseen: 6")
        await page.locator("#nav-notices").click()
        await expect(page.get_by_role("heading", name="Today")).to_be_visible()
        await page.get_by_role("link", name="Approval asked: Cold brew ratios that work", exact=True).click()
        await expect(page).to_have_url(re.compile(f"/posts/{post.id}$"))
        await expect(page.locator("#nav-notices .count")).to_have_text("unseen: 5")
        await expect(page.get_by_role("button", name="Approve").first).to_be_visible()
        await page.go_back()
        await page.get_by_role("link", name=re.compile("^Open ?: Mara Okafor mentioned you")).click()
        await expect(page).to_have_url(re.compile(r"#comment-\d+$"))
        await page.locator("#nav-notices").click()
        await page.locator("#show-unseen").click()
        await expect(page.locator("[data-row]")).to_have_count(4)
        await page.locator("#see-all-go").click()
        await expect(page.locator("#toast")).to_contain_text("All notices are marked as read.")
        await expect(page.locator("#nav-notices .count")).to_have_count(0)
        await expect(page.get_by_text("New", exact=True)).to_have_count(0)


async def test_by_keys_alone(browser: Browser, address: str) -> None:
    nina, _ = await busy()
    async with opened(browser, address, nina) as page:
        await page.goto("/notices")
        rows = page.locator("[data-row]")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(rows.nth(1)).to_have_class(re.compile("cur"))
        await page.keyboard.press("k")
        await expect(rows.nth(0)).to_have_class(re.compile("cur"))
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(r"/channels/\d+$"))
        await page.goto("/notices")
        await page.locator("#see-all-go").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#toast")).to_contain_text("All notices are marked as read.")


async def test_on_a_phone_more_tells_of_it_and_leads_there(browser: Browser, address: str) -> None:
    nina, _ = await busy()
    await sql.run("UPDATE channel SET broken_kind = NULL")
    async with opened(browser, address, nina, width=PHONE) as page:
        await page.goto("/inbox")
        await expect(page.locator("#tab-more summary .count")).to_have_text("Notices unseen: 6")
        await page.locator("#tab-more summary").click()
        await page.locator("#more-notices").click()
        await expect(page.get_by_role("heading", name="Notices")).to_be_visible()


async def test_without_scripts_it_works_the_same(browser: Browser, address: str) -> None:
    nina, post = await busy()
    async with opened(browser, address, nina, scripts=False) as page:
        await page.goto("/notices")
        await page.get_by_role("link", name="Approval asked: Cold brew ratios that work", exact=True).click()
        await expect(page).to_have_url(re.compile(f"/posts/{post.id}$"))
        await page.goto("/notices")
        await page.locator("#see-all-go").click()
        await expect(page.locator("#toast")).to_contain_text("All notices are marked as read.")
