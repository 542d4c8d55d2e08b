"""Small things of a sitting in Chromium: what is copied, where the focus lands, what covers what. Mouse, keys, axe."""

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.tables import Post
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_channel, make_person, make_post, make_team

pytestmark = pytest.mark.browser
NO_CLIPBOARD = """Object.defineProperty(navigator, 'clipboard', {value: undefined});
document.addEventListener('copy', () => { window.copied = document.activeElement.value; });"""
COVERED = """id => { const box = document.getElementById(id).getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest('button')?.id !== id; }"""


async def a_key(page: Page) -> str:
    await page.goto("/settings/api")
    await page.get_by_label("Which program?").fill("Our shop")
    await page.locator("#key-go").click()
    return (await page.locator("#secret-text").inner_text()).strip()


async def test_a_secret_is_copied_as_it_is_and_a_link_whole(browser: Browser, address: str) -> None:
    await make_team()
    me, post = await make_person("admin"), await make_post()
    async with opened(browser, address, me) as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        secret = await a_key(page)
        await page.locator("#secret-copy").click()
        await expect(page.locator("#toast")).to_contain_text("Copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == secret
        await page.goto(f"/posts/{post.id}")
        await page.locator(f"#post-{post.id}-more-summary").press("Enter")
        await page.locator(f"#post-{post.id}-copy").press("Enter")
        await expect(page.locator("#toast")).to_contain_text("Copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == f"{address}/posts/{post.id}"


async def test_without_a_clipboard_it_is_copied_all_the_same(browser: Browser, address: str) -> None:
    await make_team()
    async with opened(browser, address, await make_person("admin")) as page:
        await page.add_init_script(NO_CLIPBOARD)
        secret = await a_key(page)
        await page.locator("#secret-copy").press("Enter")
        await expect(page.locator("#toast")).to_contain_text("Copied.")
        assert await page.evaluate("window.copied") == secret
        assert await page.evaluate("document.activeElement.id") == "secret-copy"


async def test_a_reason_is_typed_right_after_the_key_that_asks_for_it(browser: Browser, address: str) -> None:
    await make_team()
    me, post = await make_person("editor"), await make_post(channels=[await make_channel()])
    async with opened(browser, address, me) as page:
        await page.goto("/inbox")
        await page.keyboard.press("j")
        await page.keyboard.press("r")
        await expect(page.get_by_label("Why?")).to_be_focused()
        await page.keyboard.type("Not this week.")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(f"#row-{post.id} .pill")).to_have_text("Rejected")
    assert await sql.value("SELECT note FROM event WHERE move = 'reject'") == "Not this week."


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_a_toast_leaves_the_bar_for_several_free(browser: Browser, address: str, width: int) -> None:
    await make_team()
    me = await make_person("editor")
    posts = [await make_post(channels=[await make_channel()]) for _ in range(12)]
    async with opened(browser, address, me, width=width) as page:
        await page.goto("/posts")
        await page.locator(f"#pick-{posts[-1].id}").check()
        for words in ("Saved.", "A much longer sentence that takes two lines on a phone, and more."):
            await page.evaluate("text => document.dispatchEvent(new CustomEvent('toast', {detail: {text}}))", words)
            await expect(page.locator("#toast")).to_contain_text(words)
            assert not await page.evaluate(COVERED, "bulk-approve")


async def failed() -> list[Post]:
    channel = await make_channel(name="Wire")
    posts = [await make_post("publish_failed", channels=[channel], title=f"Tide {n}") for n in range(3)]
    await sql.run("UPDATE delivery SET error_kind = 'expired_token'")
    return posts


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_posts_with_one_cause_are_lined_up_from_any_of_them(browser: Browser, address: str, width: int) -> None:
    await make_team()
    me = await make_person("editor")
    first, second, third = await failed()
    async with opened(browser, address, me, width=width) as page:
        await page.goto(f"/posts/{second.id}")
        assert await violations(page) == [] and not await sideways(page)
        await page.locator(f"#alike-{third.id}").focus()
        await page.keyboard.press("Space")
        await page.locator("#alike-requeue").press("Enter")
        await expect(page.locator(f"#requeue-{third.id}")).not_to_be_checked()
        await page.locator("#requeue-yes").click()
        await expect(page.locator("#bulk-report")).to_contain_text("2 posts lined up again.")
    statuses = [await sql.value("SELECT status FROM post WHERE id = $1", post.id) for post in (first, second, third)]
    assert statuses == ["scheduled", "scheduled", "publish_failed"]
