"""The inbox and the review queue in Chromium: with the mouse, by keys alone, without scripts; and axe."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import plan
from app.tables import Person, Post, Revision
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser

REVIEWED = "generated_pending_review"


async def some(count: int = 3) -> tuple[Person, list[Post]]:
    """An editor, and drafts that wait for review in this order."""
    await make_team(mode="manual")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    channel = await make_channel()
    days = [now(days=n + 1).date() for n in range(count)]
    posts = [await make_post(title=f"Tide {n}", channels=[channel], planned_on=day) for n, day in enumerate(days)]
    return await make_person("editor"), posts


async def statuses(posts: list[Post]) -> list[str]:
    return [(await plan.load(post.id)).status for post in posts]


async def test_a_row_collapses_in_place_and_undo_brings_it_back(browser: Browser, address: str) -> None:
    me, posts = await some()
    first, second = posts[:2]
    async with opened(browser, address, me) as page:
        await page.goto("/inbox")
        await page.click(f"#post-{first.id}-approve")
        row = page.locator(f"#row-{first.id}")
        await expect(row).to_contain_text("Approved.")
        await expect(page.locator(f"#row-{second.id}-title")).to_be_focused()
        await row.get_by_role("button", name="Undo").click()
        await expect(page.locator(f"#post-{first.id}-approve")).to_be_visible()
    assert await statuses(posts) == [REVIEWED] * 3


async def test_a_row_whose_checks_fail_asks_first_and_the_focus_goes_on_to_the_next_row(
    browser: Browser, address: str
) -> None:
    me, posts = await some()
    text = await Revision.objects().get(Revision.id == posts[0].revision)
    assert text
    await make_picture(text, await make_media(posts[0]), alt="")
    async with opened(browser, address, me) as page:
        await page.goto("/inbox")
        await page.keyboard.press("j")
        await page.keyboard.press("a")
        await expect(page.locator("dialog")).to_contain_text("1 picture has no alt text")
        assert not await violations(page)
        await page.click("#confirm-approve-yes")
        await expect(page.locator(f"#row-{posts[0].id}")).to_contain_text("Approved.")
        await expect(page.locator(f"#row-{posts[1].id}-title")).to_be_focused()
        await page.keyboard.press("r")
        await expect(page.locator("#dialog textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator(f"#post-{posts[1].id}-reject")).to_be_focused()
        await page.keyboard.press("r")
        await page.fill("#dialog textarea", "No.")
        await page.click("#confirm-reject-yes")
        await expect(page.locator(f"#row-{posts[2].id}-title")).to_be_focused()
    assert await statuses(posts) == ["approved", "rejected", REVIEWED]


async def test_keys_alone_approve_undo_and_select(browser: Browser, address: str) -> None:
    me, posts = await some()
    async with opened(browser, address, me) as page:
        await page.goto("/inbox")
        await page.keyboard.press("j")
        await page.keyboard.press("a")
        await expect(page.locator(f"#row-{posts[0].id}")).to_contain_text("Approved.")
        await page.keyboard.press("z")
        await expect(page.locator(f"#post-{posts[0].id}-approve")).to_be_visible()
        for key in ("k", "x", "Shift+J"):
            await page.keyboard.press(key)
        await expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
        await expect(page.locator("#bulk-approve")).to_contain_text("Approve 2")
        await page.keyboard.press("Escape")
        await expect(page.locator("#bulk-bar")).to_be_hidden()
        for key in ("x", "Shift+J", "a"):
            await page.keyboard.press(key)
        await expect(page.locator("dialog h2")).to_contain_text("Approve ")
        await page.click("#bulk-yes")
        await expect(page.locator("h1")).to_have_text("2 approved.")
    assert sorted(await statuses(posts)) == ["approved", "approved", REVIEWED]


async def shows(page: Page, selector: str, text: str) -> None:
    """The next page is there, with its scripts: a key pressed before would be lost."""
    await expect(page.locator(selector)).to_have_text(text)
    await page.wait_for_load_state()


async def test_the_queue_is_walked_and_decided_by_keys_alone(browser: Browser, address: str) -> None:
    me, posts = await some()
    async with opened(browser, address, me) as page:
        await page.goto("/inbox")
        await page.click("#review-all")
        await shows(page, "#queue-place", "1 of 3")
        await page.keyboard.press("j")
        await shows(page, "#queue-place", "2 of 3")
        await page.keyboard.press("k")
        await shows(page, "h1", "Tide 0")
        await page.keyboard.press("a")
        await shows(page, "#queue-place", "1 of 2")
        await page.keyboard.press("r")
        await page.locator("dialog textarea").fill("Too long.")
        await page.keyboard.press("Control+Enter")
        await shows(page, "h1", "Tide 2")
        await page.keyboard.press("j")
        await expect(page.locator("h1")).to_have_text("1 post still waits.")
        await expect(page.locator("#queue-end")).to_contain_text("1 approved, 1 rejected.")
    assert await statuses(posts) == ["approved", "rejected", REVIEWED]


async def test_without_scripts_the_queue_leads_on_and_rows_are_ticked(browser: Browser, address: str) -> None:
    me, posts = await some(2)
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto("/review")
        await page.click(f"#post-{posts[0].id}-approve")
        await expect(page.locator("h1")).to_have_text("Tide 1")
        await page.goto("/inbox")
        await page.check(f"#pick-{posts[1].id}")
        await page.click("#bulk-approve")
        await expect(page.locator("h1")).to_have_text("Approve 1 post?")
        await page.click("#bulk-yes")
        await page.click("#bulk-back")
        await expect(page).to_have_url(re.compile("/inbox$"))
    assert await statuses(posts) == ["approved", "approved"]


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_no_page_of_it_breaks_a_rule(browser: Browser, address: str, width: int) -> None:
    me, posts = await some()
    wire = await make_channel(name="Wire")
    for n in range(2):
        await make_post("publish_failed", channels=[wire], title=f"Ebb {n}")
    await sql.run("UPDATE delivery SET error_kind = 'expired_token'")
    async with opened(browser, address, me, width=width) as page:
        for path in ("/inbox", "/review", "/review?began=5&end=1", f"/channels/{wire.id}/requeue"):
            await page.goto(path)
            if path == "/inbox":
                await page.check(f"#pick-{posts[0].id}")
            assert await violations(page) == [], path
            assert not await sideways(page), path
