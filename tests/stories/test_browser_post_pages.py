"""A post's own pages in Chromium: nothing for axe, no policy violation, no sideways scroll, no text lost."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.lifecycles.machine import By
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.lifecycles.expected import Actor
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.pages.situations import SITUATIONS, authored
from tests.pages.test_deliveries import failed

pytestmark = pytest.mark.browser

ADMIN = Actor("admin", By("person", role="admin"), own=True)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze " * 6
LOST = "Someone changed this a moment ago. Nothing you did was applied."
OWN = "You changed this a moment ago, perhaps in another tab. Nothing you did now was applied."


async def everything(me: Person) -> list[str]:
    """The address of every page of a post, in every situation, with words that strain them."""
    posts = [await authored(situation, ADMIN, me, me) for situation in SITUATIONS]
    await sql.run("UPDATE post SET title = left($1, 300), keyword = 'tides' WHERE id % 2 = 0", LONG.strip())
    channel = await make_channel("sandbox", name="A feed with a long name", settings='{"caption": "on"}')
    full = await make_post("modified_pending_review", channels=[channel], author=me)
    newer = await make_revision(full, origin="edited", body=f"# {LONG}\n\n`{'x' * 200}`\n\nNew words.")
    await make_picture(newer, await make_media(full))
    await make_picture(newer, await make_media(full, "failed"), position=1)
    approved = await make_post("approved", channels=[channel], author=me)
    _, delivery = await failed()
    own = [f"/posts/{post.id}" for post in posts]
    more = [
        *(f"/posts/{full.id}{tail}" for tail in ("", f"?channel={channel.id}", "?since=none", "/edit", "/changes")),
        f"/posts/{full.id}/plan", "/posts/new",
        *(f"/posts/{approved.id}/moves/{move}" for move in ("schedule", "publish_now", "reopen", "set_time")),
        *(f"/posts/{full.id}/moves/{move}" for move in ("reject", "replan_and_generate", "duplicate")),
        f"/deliveries/{delivery.id}", f"/deliveries/{delivery.id}/moves/confirm",
        f"/deliveries/{delivery.id}/moves/deny",
    ]  # fmt: skip
    return own + more


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_on_any_page_of_a_post(browser: Browser, address: str, width: int) -> None:
    await make_team()
    me = await make_person("admin")
    paths = await everything(me)
    async with opened(browser, address, me, width=width) as page:
        found: list[str] = []
        for path in paths:
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += await violations(page)
        assert found == []


async def test_axe_finds_nothing_where_something_went_wrong(browser: Browser, address: str) -> None:
    await make_team()
    me = await make_person("admin")
    post = await make_post("to_be_generated", author=me)
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.evaluate("document.querySelector('#f-title').required = false")
        await page.get_by_label("Title").fill("")
        await page.get_by_role("button", name="Save and upload it").click()
        await expect(page.locator("#summary")).to_be_focused()
        found = await violations(page)
        await page.goto("/posts/new")
        await page.get_by_label("Title").fill("Tides")
        await page.get_by_label("Time").fill("10:00")
        await page.get_by_role("button", name="Plan it").click()
        await expect(page.locator("#summary")).to_contain_text("Pick a day for that time.")
        assert found + await violations(page) == []


@pytest.mark.parametrize("width", [SMALL, PHONE, 861, DESK])
async def test_no_page_of_a_post_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    await make_team()
    me = await make_person("admin")
    paths = await everything(me)
    async with opened(browser, address, me, width=width) as page:
        wide = []
        for path in paths:
            await page.goto(path)
            if await sideways(page):
                wide.append((path, await sideways(page)))
        assert wide == []


async def review(browser: Browser, **values: Any) -> tuple[Person, Post]:
    await make_team()
    me = await make_person("editor")
    return me, await make_post(author=me, channels=[await make_channel()], **values)


async def test_a_stale_tab_gets_the_fresh_card_and_says_so(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    mara = await make_person("editor", name="Mara")
    await sql.run("UPDATE team SET self_approval = 'always'")
    async with opened(browser, address, mara) as first, opened(browser, address, me) as second:
        for page in (first, second):
            await page.goto(f"/posts/{post.id}")
        await first.locator(f"#post-{post.id}-approve").click()
        await expect(first.locator(".ihead .pill")).to_have_text("Approved")
        await second.locator(f"#post-{post.id}-approve").click()
        await expect(second.locator(".ihead .pill")).to_have_text("Approved")
        await expect(second.locator("#toast")).to_contain_text("Mara changed this a moment ago.")
        await expect(second.locator("#alert")).to_contain_text("Mara changed this a moment ago.")


async def test_a_stale_dialog_keeps_what_was_typed_and_says_why(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    async with opened(browser, address, me) as first, opened(browser, address, me) as second:
        await second.goto(f"/posts/{post.id}")
        await second.locator(f"#post-{post.id}-reject").click()
        await second.get_by_label("Why?").fill("The opening is too long.")
        await first.goto(f"/posts/{post.id}")
        await first.locator(f"#post-{post.id}-approve").click()
        await expect(first.locator(".ihead .pill")).to_have_text("Approved")
        await second.locator("#confirm-reject-yes").click()
        await expect(second.locator("dialog [data-error]")).to_contain_text(OWN)
        await expect(second.get_by_label("Why?")).to_have_value("The opening is too long.")
        await expect(second.locator(".ihead .pill")).to_have_text("Approved")
        assert await sql.value("SELECT count(*) FROM event WHERE move = 'reject'") == 0


async def test_the_editor_of_a_stale_tab_shows_both_texts(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    async with opened(browser, address, me) as page, opened(browser, address, me) as other:
        await page.goto(f"/posts/{post.id}/edit")
        await page.get_by_label("Text in Markdown").fill("What I wrote.")
        await other.goto(f"/posts/{post.id}/edit")
        await other.get_by_label("Text in Markdown").fill("What Mara wrote.")
        await other.locator("#edit-save").click()
        await other.wait_for_url(re.compile(r"/posts/\d+$"))
        await page.locator("#edit-save").click()
        await expect(page.locator("#summary")).to_contain_text(LOST)
        await expect(page.get_by_label("Text in Markdown")).to_have_value("What I wrote.")
        await expect(page.locator("[aria-labelledby=theirs-h]")).to_contain_text("Mara")
        assert await violations(page) == []


async def test_a_question_on_a_page_of_its_own_is_answered_there(browser: Browser, address: str) -> None:
    await make_team()
    me = await make_person("editor")
    post = await make_post("scheduled", author=me, channels=[await make_channel()])
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.get_by_role("button", name="Back to editing").click()
        await expect(page.locator(".ihead .pill")).to_have_text("Pending review")
        await page.goto(f"/posts/{post.id}/moves/duplicate")
        await page.locator("#confirm-duplicate-yes").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(rf"/posts/(?!{post.id}\b)\d+$"))


async def test_a_dialog_opens_asks_again_closes_and_gives_the_focus_back(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    opener = f"#post-{post.id}-reject"
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await page.locator(opener).click()
        await expect(page.locator("dialog[open]").get_by_label("Why?")).to_be_focused()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(page.locator(opener)).to_be_focused()
        await page.locator(opener).click()
        await page.locator("#confirm-reject-yes").click()
        await expect(page.locator("dialog #summary")).to_contain_text("Say why, in a sentence.")
        assert await violations(page) == []
        await page.get_by_label("Why?").fill("Too long.")
        await page.locator("#confirm-reject-yes").click()
        await expect(page.locator("dialog")).not_to_be_visible()
        await expect(page.locator(".ihead .pill")).to_have_text("Rejected")
        await expect(page.locator("#toast")).to_contain_text("Rejected.")


async def test_a_button_that_came_too_late_says_so_without_an_empty_dialog(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await sql.run("UPDATE post SET status = 'rejected', version = version + 1 WHERE id = $1", post.id)
        await page.locator(f"#post-{post.id}-reject").click()
        await expect(page.locator(".ihead .pill")).to_have_text("Rejected")
        await expect(page.locator("dialog")).not_to_be_visible()
        await expect(page.locator("#toast")).to_contain_text("not possible")


async def test_what_is_typed_is_saved_by_itself_and_offered_again(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.get_by_label("Text in Markdown").press("Control+Home")
        await page.keyboard.type("Typed and never saved. ")
        await expect(page.locator("#live-preview")).to_contain_text("Typed and never saved.")
        await expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"), timeout=9000)
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"/posts/{post.id}/edit")
        await expect(page.get_by_label("Text in Markdown")).to_have_value(re.compile("^Typed and never saved"))
        await expect(page.locator("[data-saved]")).to_contain_text("did not save it")
        await page.locator("#edit-discard").click()
        await expect(page.get_by_label("Text in Markdown")).not_to_have_value(re.compile("never saved"))


async def test_a_phone_acts_with_its_bar_above_the_tabs(browser: Browser, address: str) -> None:
    me, post = await review(browser)
    async with opened(browser, address, me, width=PHONE) as page:
        await page.goto(f"/posts/{post.id}")
        bar = page.locator(".actbar")
        await expect(page.locator(".ihead .acts")).not_to_be_visible()
        box, tabs = await bar.bounding_box(), await page.locator(".tabbar").bounding_box()
        assert box and tabs and box["y"] + box["height"] <= tabs["y"] + 1
        await bar.get_by_label("More actions").click()
        assert await violations(page) == []
        await bar.get_by_role("link", name="Reject").click()
        await expect(page.locator("dialog[open]")).to_be_visible()
        await page.keyboard.press("Escape")
        await bar.get_by_role("button", name="Approve").click()
        await expect(page.locator(".ihead .pill")).to_have_text("Approved")


async def test_hostile_words_run_nothing(browser: Browser, address: str) -> None:
    bad = '"><img src=x onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)>{{7*7}}'
    me, post = await review(browser, title=bad, brief=bad, keyword=bad)
    await sql.run("UPDATE channel SET name = $1", bad)
    await make_revision(post, body=bad, body_html="<p>x</p>", excerpt=bad, origin="edited")
    async with opened(browser, address, me) as page:
        shouted: list[str] = []
        page.on("dialog", lambda dialog: shouted.append(dialog.message))
        for tail in ("", "?since=1", "/edit", "/changes", "/plan", "/moves/reject"):
            await page.goto(f"/posts/{post.id}{tail}")
            await page.wait_for_timeout(50)
            assert await _injected(page) == 0, tail
        assert shouted == []


async def _injected(page: Page) -> int:
    return int(await page.locator("main :is(script, [onerror], [onload], img[src=x])").count())
