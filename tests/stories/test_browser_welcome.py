"""A new desk and a lost race in Chromium: with the mouse, by keyboard alone, without scripts; axe finds nothing."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from app import accounts, sql
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_person, make_post, make_revision, make_team

pytestmark = pytest.mark.browser
PASSWORD = "nine quiet lighthouses"


async def found(page: Page) -> None:
    """Found a team through the set-up link, as the keyboard would."""
    await page.goto(str(await accounts.setup_link()))
    await page.locator("#f-team").focus()
    await page.keyboard.type("Tide House")
    for text in ("", "Ada Brandt", "ada@example.com", PASSWORD):
        await page.keyboard.press("Tab")
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Setup")


async def test_a_new_desk_is_set_up_with_the_mouse(browser: Browser, address: str) -> None:
    async with opened(browser, address) as page:
        await found(page)
        await expect(page.locator("#first-steps header")).to_contain_text("2 of 5 done")
        await sql.run("DELETE FROM channel")
        await page.goto("/setup")
        await page.locator("#step-channel-do").click()
        await expect(page.locator("#step-channel")).to_contain_text("Done.")
        await page.locator("#step-mode-go").click()
        await page.locator("#f-mode-manual").check()
        await page.locator("#mode-save").click()
        await expect(page.locator("#first-steps header")).to_contain_text("3 of 5 done")
        await page.locator("#first-steps-dismiss").click()
        await expect(page.locator("h1")).to_have_text("Waiting for you")
    assert await sql.value("SELECT mode FROM team") == "manual"


async def test_a_new_desk_is_set_up_by_keyboard_alone(browser: Browser, address: str) -> None:
    async with opened(browser, address) as page:
        await found(page)
        await page.locator("#step-mode-go").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Publishing mode")
        await page.locator("#f-mode-approval").focus()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Enter")
        await expect(page.locator("#first-steps header")).to_contain_text("3 of 5 done")
    assert await sql.value("SELECT mode FROM team") == "manual"


async def edited() -> tuple[Person, Post]:
    await make_team()
    me = await make_person("editor")
    return me, await make_post(author=me)


async def test_the_slower_of_two_tabs_sees_both_texts_and_can_save_after_all(browser: Browser, address: str) -> None:
    me, post = await edited()
    async with opened(browser, address, me) as slow, opened(browser, address, me) as fast:
        for page in (slow, fast):
            await page.goto(f"/posts/{post.id}/edit")
        await slow.get_by_label("Text in Markdown").fill("What the slow tab says.")
        await expect(slow.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"), timeout=9000)
        await fast.get_by_label("Text in Markdown").fill("What the fast tab says.")
        await fast.locator("#edit-save").click()
        await expect(fast.locator("h1")).not_to_have_text("Edit")
        assert await sql.value("SELECT count(*) FROM draft_copy") == 1, "the other tab's typing stays"
        await slow.locator("#edit-save").click()
        await expect(slow.locator("#theirs-h")).to_contain_text("saved version 2 while you were typing")
        await expect(slow.locator("#theirs")).to_have_value("What the fast tab says.")
        await expect(slow.get_by_label("Text in Markdown")).to_have_value("What the slow tab says.")
        assert await violations(slow) == []
        await slow.locator("#edit-save").click()
        await expect(slow.locator("h1")).not_to_have_text("Edit")
    newest = "SELECT body FROM revision WHERE post = $1 ORDER BY number DESC LIMIT 1"
    assert await sql.value(newest, post.id) == "What the slow tab says."


async def test_without_scripts_the_lost_race_carries_both_texts(browser: Browser, address: str) -> None:
    me, post = await edited()
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.get_by_label("Text in Markdown").fill("Mine.")
        await make_revision(post, body="Theirs.", origin="edited")
        await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
        await page.locator("#edit-save").click()
        await expect(page.locator("#theirs")).to_have_value("Theirs.")
        await expect(page.get_by_label("Text in Markdown")).to_have_value("Mine.")


async def test_unsaved_text_comes_back_and_is_given_up_by_keyboard(browser: Browser, address: str) -> None:
    me, post = await edited()
    async with opened(browser, address, me) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"/posts/{post.id}/edit")
        await page.get_by_label("Text in Markdown").fill("Never saved.")
        await expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"), timeout=9000)
        await page.goto(f"/posts/{post.id}/edit")
        await expect(page.get_by_label("Text in Markdown")).to_have_value("Never saved.")
        await expect(page.get_by_text("You have unsaved text from today")).to_be_visible()
        assert await violations(page) == []
        await page.locator("#edit-discard").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Text in Markdown")).not_to_have_value("Never saved.")


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_on_the_pages_of_a_new_desk(browser: Browser, address: str, width: int) -> None:
    await make_team(name="Our team")
    async with opened(browser, address, await make_person("admin"), width=width) as page:
        for path in ("/setup", "/setup/mode"):
            await page.goto(path)
            assert await violations(page) == []
            assert await sideways(page) == 0
