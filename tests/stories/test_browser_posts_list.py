"""The posts list in Chromium: several posts at once with the mouse, by keys alone and without scripts; and axe."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import plan
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.rows import now

pytestmark = pytest.mark.browser

REVIEWED = "generated_pending_review"


async def some(count: int = 3) -> tuple[Person, list[Post]]:
    """An editor, and posts that wait for review; the newest is the last."""
    await make_team(mode="manual")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    channel = await make_channel()
    posts = [await make_post(title=f"Tide {n}", channels=[channel]) for n in range(count)]
    return await make_person("editor"), posts


async def statuses(posts: list[Post]) -> list[str]:
    return [(await plan.load(post.id)).status for post in posts]


async def test_several_are_approved_with_the_mouse(browser: Browser, address: str) -> None:
    me, posts = await some()
    async with opened(browser, address, me) as page:
        await page.goto("/posts")
        await expect(page.locator("#bulk-bar")).to_be_hidden()
        for post in posts[:2]:
            await page.check(f"#pick-{post.id}")
        await expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
        await page.click("#bulk-approve")
        await expect(page.locator("dialog h2")).to_have_text("Approve 2 posts?")
        await page.click("#bulk-yes")
        await expect(page.locator("h1")).to_have_text("2 approved.")
        await page.click("#bulk-back")
        await expect(page).to_have_url(re.compile("/posts$"))
    assert await statuses(posts) == ["approved", "approved", REVIEWED]


async def test_several_are_moved_by_keys_alone_and_moved_back(browser: Browser, address: str) -> None:
    me, posts = await some()
    async with opened(browser, address, me) as page:
        await page.goto("/posts")
        for key in ("j", "x", "Shift+J", "m"):
            await page.keyboard.press(key)
        await expect(page.locator("dialog h2")).to_be_focused()
        await press_until(page, "f-by_days")
        await page.keyboard.type("3")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("2 moved.")
        moved = [(await plan.load(post.id)).planned_on for post in posts]
        assert moved == [now(days=1).date(), now(days=4).date(), now(days=4).date()]
        await press_until(page, "bulk-undo-go")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("2 moved back.")
    assert {(await plan.load(post.id)).planned_on for post in posts} == {now(days=1).date()}


async def press_until(page: Page, id: str) -> None:
    """Tab until the focus is there."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == id:
            return
    raise AssertionError(f"{id} was not reached")


async def test_without_scripts_everything_is_a_form(browser: Browser, address: str) -> None:
    me, posts = await some()
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto("/posts")
        await page.check(f"#pick-{posts[0].id}")
        await page.click("#bulk-approve")
        await expect(page.locator("h1")).to_have_text("Approve 1 post?")
        await page.click("#bulk-yes")
        await expect(page.locator("h1")).to_have_text("1 approved.")
        await page.goto("/posts?q=tide")
        await page.check("#bulk-all")
        await page.click("#bulk-approve")
        await expect(page.locator("h1")).to_have_text("Approve 2 posts?")
        await expect(page.locator("#bulk-unfit")).to_contain_text("1 is left out")
    assert await statuses(posts) == ["approved", REVIEWED, REVIEWED]


async def test_all_that_match_are_taken_and_one_taken_out_ends_it(browser: Browser, address: str) -> None:
    me, _ = await some(52)
    async with opened(browser, address, me) as page:
        await page.goto("/posts?q=tide")
        await page.get_by_label("Select all 52 matching").check()
        await expect(page.locator("#bulk-bar")).to_contain_text("52 selected")
        await page.click("#bulk-approve")
        await expect(page.locator("dialog h2")).to_have_text("Approve 52 posts?")
        await page.click("#bulk-no")
        await page.locator("input[data-select]").first.uncheck()
        await expect(page.locator("#bulk-bar")).to_contain_text("49 selected")
        await expect(page.locator("#bulk-all")).not_to_be_checked()
        await page.click("#bulk-clear")
        await expect(page.locator("#bulk-bar")).to_be_hidden()


async def test_a_view_is_saved_from_the_list(browser: Browser, address: str) -> None:
    me, _ = await some()
    async with opened(browser, address, me) as page:
        await page.goto("/posts?group=review")
        await page.click("#view-save")
        await page.get_by_label("Name", exact=True).fill("To read")
        await page.keyboard.press("Enter")
        await expect(page.locator("#saved-views [aria-current]")).to_have_text("To read")


async def pages(me: Person, posts: list[Post]) -> list[str]:
    mute = await make_revision(posts[0], body="Salt and tide.")
    await make_picture(mute, await make_media(posts[0]), alt="")
    await sql.run(
        "INSERT INTO saved_view (person, name, query, shared) VALUES ($1, 'Mine', 'group=review', true)", me.id
    )
    others = [await make_post(status) for status in ("published", "publish_failed", "scheduled")]
    rows = "&".join(f"row={post.id}" for post in (*posts, *others))
    acts = [f"/posts/bulk/{do}?{rows}" for do in ("approve", "move", "assign", "retry", "archive")]
    return ["/posts", "/posts?q=tide", "/posts?q=nothing", "/posts/views", "/posts/views?group=review", *acts]


@pytest.mark.parametrize("width", [DESK, PHONE, SMALL])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    me, posts = await some()
    found: list[str] = []
    async with opened(browser, address, me, width=width) as page:
        for path in await pages(me, posts):
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += await violations(page)
        await page.goto("/posts")
        await page.locator("input[data-select]").first.check()
        await page.click("#bulk-more-summary")
        found += await violations(page)
        await page.goto(f"/posts/bulk/archive?row={posts[0].id}&row={posts[1].id}")
        await page.click("#bulk-yes")
        await expect(page.locator("h1")).to_have_text("2 archived.")
        found += await violations(page)
    assert found == []
