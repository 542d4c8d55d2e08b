"""Approvals in Chromium: a guest without an account answers by mouse and by keyboard, and the rules are set."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import guests, review
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.flow.stage import acting, digest, status
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser


async def waiting(**team: object) -> tuple[Post, Person]:
    """A post in review that goes out in three days, and the editor who asks a guest."""
    await make_team(zone="Europe/Berlin", **team)
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    channels = [await make_channel("site", name="Blog"), await make_channel("sandbox", name="Feed")]
    at = now(days=3)
    post = await make_post(
        "generated_pending_review", channels=channels, planned_on=at.date(), planned_time=at.time(),
        title="Cold brew ratios that actually work",
    )  # fmt: skip
    return post, await make_person("admin", name="Mara Ahrens")


async def made(page: Page, post: Post) -> str:
    """The link, as its maker reads it."""
    await page.goto(f"/posts/{post.id}/guest")
    await page.click("#guest-make")
    await expect(page.locator("#link-text")).to_contain_text("/approve/")
    return str(await page.locator("#link-text").inner_text()).strip()


async def test_a_guest_approves_with_the_mouse(browser: Browser, address: str) -> None:
    post, mara = await waiting()
    async with opened(browser, address, mara) as page, opened(browser, address, width=SMALL) as guest:
        await guest.goto(await made(page, post))
        await expect(guest.locator("h1")).to_have_text("Mara Ahrens asks for your approval")
        await guest.fill("#f-name", "Pat Client")
        await guest.click("#guest-approve")
        await expect(guest.locator("#guest-closed")).to_contain_text("Pat Client approved this version")
        await page.goto(f"/posts/{post.id}/guest")
        await expect(page.locator(f"#approvals-{post.id}")).to_contain_text(
            "Pat Client (guest of Mara Ahrens) approved"
        )
    assert await status(post) == "scheduled"


async def test_a_guest_asks_for_changes_by_keyboard_alone_without_scripts(browser: Browser, address: str) -> None:
    post, mara = await waiting()
    link = await guests.invite(post, 7, by=acting(mara))
    async with opened(browser, address, scripts=False) as guest:
        await guest.goto(link)
        for _ in range(12):
            await guest.keyboard.press("Tab")
            if await guest.locator("#guest-request-open").evaluate("node => node === document.activeElement"):
                break
        await guest.keyboard.press("Enter")
        await guest.keyboard.press("Tab")
        await guest.keyboard.type("Say it shorter.")
        await guest.keyboard.press("Tab")
        await guest.keyboard.type("Pat")
        await guest.keyboard.press("Enter")
        await expect(guest.locator("#guest-closed")).to_contain_text("Mara Ahrens was asked for changes.")
    assert await sql.value("SELECT guest || ': ' || body FROM comment") == "Pat: Say it shorter."


async def test_named_people_are_set_and_the_card_names_who_is_missing(browser: Browser, address: str) -> None:
    post, mara = await waiting()
    jonas = await make_person("editor", name="Jonas Weber")
    async with opened(browser, address, mara) as page:
        await page.goto("/settings/workspace")
        await page.check("#f-approval_rule-named")
        for person in (mara, jonas):
            await page.check(f"#f-approvers-{person.id}")
        await page.click("#workspace-save")
        await expect(page.locator("#f-approval_rule-named")).to_be_checked()
        await page.goto(f"/posts/{post.id}")
        await page.click(f"#actions-{post.id} >> text=Approve (1 of 2)")
        await expect(page.locator(f"#post-{post.id}")).to_contain_text("Needs 1 more approval: Jonas Weber.")
    assert await status(post) == "generated_pending_review"


async def test_the_rules_of_approval_are_set_by_keyboard_alone(browser: Browser, address: str) -> None:
    _, mara = await waiting()
    async with opened(browser, address, mara) as page:
        await page.goto("/settings/workspace")
        await page.focus("#f-approval_rule-one")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.type("3")
        await page.keyboard.press("Enter")
        await page.wait_for_load_state()
        await expect(page.locator("#f-approval_rule-several")).to_be_checked()
    assert await sql.value("SELECT approvals_needed FROM team") == 3


@pytest.mark.parametrize("width", [DESK, PHONE, SMALL])
async def test_axe_finds_nothing_on_the_pages_of_approvals(browser: Browser, address: str, width: int) -> None:
    post, mara = await waiting(approvals_needed=2)
    await review.approve(post, await digest(post), by=acting(await make_person("editor", name="Jonas Weber")))
    link = re.sub("^http://[^/]+", "", await guests.invite(post, 7, by=acting(mara)))
    found: list[str] = []
    async with (
        opened(browser, address, mara, width=width) as page,
        opened(browser, address, width=width) as guest,
    ):
        for view, path, code in (
            (page, f"/posts/{post.id}/guest", 200),
            (page, "/settings/workspace", 200),
            (guest, link, 200),
            (guest, "/approve/nothing", 404),
        ):
            answer = await view.goto(path)
            assert answer is not None and answer.status == code, path
            found += [f"{path} scrolls sideways"] if await sideways(view) else []
            found += await violations(view)
    assert found == []
