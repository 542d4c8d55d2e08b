"""Two people talk about a draft in Chromium: with the mouse, by keyboard alone, without scripts; axe finds nothing."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.content import Shown, Text
from app.flow import comments, links, plan, presence, review
from app.flow.comments import Remark
from app.pages.inbox_query import MENTIONS
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.flow.stage import acting
from tests.makers import make_channel, make_media, make_person, make_post, make_team

pytestmark = pytest.mark.browser

BODY = "The tide comes twice.\n\nThe *moon* pulls it.\n\nSee [this](http://127.0.0.1:1/x)."


async def drafted() -> tuple[Post, Person, Person]:
    """A draft in review with everything that its page may show: its writer Mara, its editor Jonas."""
    await make_team()
    mara, jonas = await make_person("writer", name="Mara Okafor"), await make_person("editor", name="Jonas Beck")
    feed = await make_channel("sandbox", name="Feed", settings={"caption": "on"})
    post = await make_post(channels=[feed, await make_channel("site", name="Site")], author=mara)
    text = Text("Tides", BODY, "Twice a day.", "tides", {}, (Shown((await make_media()).id),))
    return await review.save(await plan.load(post.id), text, by=acting(mara)), mara, jonas


async def full() -> tuple[Post, Person, int]:
    post, mara, jonas = await drafted()
    by = acting(mara)
    first = await comments.say(post.id, Remark(f"@Jonas Beck, look: https://a.example/{'x' * 80}"), by=by)
    await comments.say(post.id, Remark("Looks right.", parent=first), by=acting(jonas))
    await comments.say(post.id, Remark("Really?", revision=post.revision, paragraph=2), by=by)
    await comments.resolve(await comments.say(post.id, Remark("Settled."), by=by), by=by)
    await comments.delete(await comments.say(post.id, Remark("Oops."), by=by), by=by)
    await comments.request_changes(post, "Shorter.", by=acting(jonas))
    await presence.stay(post.id, mara.id, editing=True)
    await links.enlist()
    await links.sweep()
    feed = await sql.value("SELECT channel FROM post_channel WHERE post = $1 ORDER BY channel LIMIT 1", post.id)
    return post, jonas, feed


def places(post: Post, feed: int) -> list[str]:
    own = f"/posts/{post.id}"
    return [f"{own}?since=none", own, f"{own}?since=none&comment=2", f"{own}?channel={feed}&since=none",
            f"{own}/request", f"{own}/edit", f"{own}/changes"]  # fmt: skip


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing(browser: Browser, address: str, width: int) -> None:
    post, jonas, feed = await full()
    async with opened(browser, address, jonas, width=width) as page:
        found: list[str] = []
        for path in places(post, feed):
            await page.goto(path)
            for folded in await page.locator("main details:not(.menu) > summary").all():
                await folded.click()
            found += await violations(page)
        assert found == []


@pytest.mark.parametrize("width", [SMALL, PHONE, 861, DESK])
async def test_nothing_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    post, jonas, feed = await full()
    async with opened(browser, address, jonas, width=width) as page:
        wide = []
        for path in places(post, feed):
            await page.goto(path)
            wide += [path] if await sideways(page) else []
        assert wide == []


async def test_a_paragraph_is_discussed_and_settled_with_the_mouse(browser: Browser, address: str) -> None:
    post, mara, jonas = await drafted()
    async with opened(browser, address, jonas) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        await page.locator("#p-2").hover()
        await page.locator("#say-2").click()
        field = page.locator(f"#comment-{post.id}-body")
        await expect(field).to_be_focused()
        await expect(page.locator("#new-comment blockquote")).to_contain_text("The moon pulls it.")
        await field.fill("Does it? ")
        await page.get_by_role("button", name="@Mara Okafor").click()
        await expect(field).to_have_value("Does it? @Mara Okafor ")
        await page.locator("#comment-send").click()
        await expect(page.locator("#said-2")).to_contain_text("1")
        await expect(field).to_have_value("")
        await expect(page.locator("#toast")).to_contain_text("Commented.")
    async with opened(browser, address, mara) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        thread = page.locator(".thread")
        await thread.locator("summary[id^=reply-]").click()
        await thread.get_by_label("Your reply").fill("It does.")
        await thread.locator("button[id^=reply-]").click()
        await expect(thread.locator(".reply")).to_contain_text("It does.")
        await thread.get_by_role("button", name="Resolve this thread").click()
        await expect(page.locator(f"#comments-{post.id}")).to_contain_text("1 resolved")
        await expect(page.locator("#said-2")).to_have_count(0)
    assert await sql.rows(MENTIONS, mara.id, 5) == []


async def pressed(page: Page, target: str, *, most: int = 120) -> None:
    """Tab until the element has the focus."""
    for _ in range(most):
        if await page.evaluate("s => document.activeElement?.matches(s) ?? false", target):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab")


async def test_comment_waive_and_ask_for_changes_by_keyboard_alone(browser: Browser, address: str) -> None:
    post, _, jonas = await drafted()
    async with opened(browser, address, jonas) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        await page.keyboard.press("c")
        await expect(page.locator(f"#comment-{post.id}-body")).to_be_focused()
        await page.keyboard.type("Is that so?")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".thread")).to_contain_text("Is that so?")
        await page.goto(f"/posts/{post.id}?since=none")
        await pressed(page, "#waive-alt-open")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Only a line.")
        await page.keyboard.press("Enter")
        await expect(page.locator(f"#checks-{post.id}")).to_contain_text("Waived by Jonas Beck: Only a line.")
        await page.goto(f"/posts/{post.id}?since=none")
        await pressed(page, f"#post-{post.id}-more-summary")
        await page.keyboard.press("Enter")
        await pressed(page, f"#post-{post.id}-request")
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog[open] #f-body")).to_be_focused()
        await page.keyboard.type("Shorter, please.")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".why")).to_contain_text("Jonas Beck asked for changes: Shorter, please.")
        await expect(page.locator("dialog")).not_to_be_visible()
    assert await sql.value("SELECT count(*) FROM comment") == 2


async def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    post, _, jonas = await drafted()
    async with opened(browser, address, jonas, scripts=False) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        await page.locator("#say-2").click()
        await expect(page).to_have_url(re.compile("comment=2#new-comment$"))
        await page.get_by_label("Add a comment").fill("Does it?")
        await page.locator("#comment-send").click()
        await expect(page).to_have_url(re.compile(r"#comment-\d+$"))
        await page.get_by_role("button", name="Resolve this thread").click()
        await expect(page.locator(f"#comments-{post.id}")).to_contain_text("1 resolved")
        await page.locator("#waive-alt-open").click()
        await page.get_by_label("Why may it stay as it is?").first.fill("Only a line.")
        await page.locator("#waive-alt-yes").click()
        await expect(page.locator(f"#checks-{post.id}")).to_contain_text("Waived by Jonas Beck")
        await page.goto(f"/posts/{post.id}/request")
        await page.locator("#f-body").fill("Shorter.")
        await page.locator("#confirm-request-yes").click()
        await expect(page.locator(".why")).to_contain_text("asked for changes: Shorter.")


async def test_a_half_typed_comment_outlives_other_swaps(browser: Browser, address: str) -> None:
    post, mara, jonas = await drafted()
    await comments.say(post.id, Remark("First."), by=acting(mara))
    async with opened(browser, address, jonas) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        field = page.locator(f"#comment-{post.id}-body")
        await field.fill("Half a thou")
        await page.get_by_role("button", name="Resolve this thread").click()
        await expect(page.locator(f"#comments-{post.id}")).to_contain_text("1 resolved")
        await expect(field).to_have_value("Half a thou")


async def test_links_are_told_without_loading_the_page_again(browser: Browser, address: str) -> None:
    post, _, jonas = await drafted()
    async with opened(browser, address, jonas) as page:
        await page.goto(f"/posts/{post.id}?since=none")
        box = page.locator(f"#checks-{post.id}")
        await expect(box).to_contain_text("1 link being looked at…")
        await links.sweep()
        await expect(box).to_contain_text("1 link may not work", timeout=12_000)


async def test_one_sees_who_else_is_there(browser: Browser, address: str) -> None:
    post, mara, jonas = await drafted()
    async with opened(browser, address, mara) as other, opened(browser, address, jonas) as page:
        await other.goto(f"/posts/{post.id}/edit")
        await other.wait_for_selector(f"#presence-{post.id}", state="attached")
        await wait_for("SELECT editing FROM presence WHERE person = $1", mara.id)
        await page.goto(f"/posts/{post.id}")
        await expect(page.locator(f"#presence-{post.id}")).to_contain_text("Mara Okafor is editing")


async def wait_for(statement: str, *values: Any) -> None:
    for _ in range(50):
        if await sql.value(statement, *values):
            return
        await sql.value("SELECT pg_sleep(0.1)")
    raise AssertionError(statement)
