"""Second thoughts in Chromium: Undo, free slots, new times, and typed words that outlive a reload. Mouse, keys, axe."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.content import Shown
from app.flow import guests, plan
from app.tables import Channel, Person, Post
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.flow.stage import acting
from tests.makers import make_campaign, make_channel, make_media, make_person, make_post, make_team
from tests.pages.test_checks import draft
from tests.rows import now

pytestmark = pytest.mark.browser

REVIEWED = "generated_pending_review"


async def desk(**team: object) -> Person:
    await make_team(**team)
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    await sql.run("""UPDATE team SET settings = '{"slots": ["07:15", "21:45"]}'""")
    return await make_person("editor", name="Jonas Weber")


async def status(post: Post) -> str:
    return (await plan.load(post.id)).status


async def press_until(page: Page, focused: str, *, key: str = "Tab", most: int = 80) -> None:
    """Walk by keyboard until the control of that id has the focus."""
    for _ in range(most):
        if await page.evaluate("document.activeElement?.id") == focused:
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{focused} is out of the keyboard's reach")


async def test_the_toast_takes_an_approval_back_with_the_mouse(browser: Browser, address: str) -> None:
    me, post = await desk(mode="manual"), await make_post(channels=[await make_channel()])
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await page.click(f"#post-{post.id}-approve")
        await expect(page.locator("#toast")).to_contain_text("Approved.")
        await expect(page.locator("#live")).to_have_text("Approved.")
        await page.click("#toast-undo")
        await expect(page.locator(f"#post-{post.id}-approve")).to_be_visible()
    assert await status(post) == REVIEWED


async def test_history_takes_it_back_by_keys_alone_after_any_time(browser: Browser, address: str) -> None:
    me, post = await desk(mode="manual"), await make_post(channels=[await make_channel()])
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await page.keyboard.press("a")
        await expect(page.locator("#toast")).to_contain_text("Approved.")
        await page.reload()
        await expect(page.locator("#toast-undo")).to_have_count(0)
        await page.keyboard.press("z")
        await expect(page.locator(f"#post-{post.id}-approve")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.locator("#toast")).to_contain_text("Approved.")
        await page.reload()
        await press_until(page, f"post-{post.id}-undo")
        await page.keyboard.press("Enter")
        await expect(page.locator(f"#post-{post.id}-approve")).to_be_visible()
    assert await status(post) == REVIEWED


async def test_the_queue_is_gone_back_by_keys_and_without_scripts(browser: Browser, address: str) -> None:
    me, channel = await desk(mode="manual"), await make_channel()
    days = [now(days=n + 1).date() for n in range(2)]
    first, _ = [await make_post(channels=[channel], planned_on=day, title=f"Tide {day}") for day in days]
    for scripts in (True, False):
        async with opened(browser, address, me, scripts=scripts) as page:
            await page.goto("/review")
            await page.click(f"#post-{first.id}-approve")
            await expect(page.locator("#queue-decided")).to_contain_text(f"Approved: {first.title}")
            await page.wait_for_load_state()
            await (page.keyboard.press("z") if scripts else page.click("#queue-undo"))
            await expect(page.locator("h1")).to_have_text(first.title)
            await expect(page.locator("#queue-place")).to_have_text("1 of 2")
        assert await status(first) == REVIEWED


async def test_a_free_slot_is_taken_with_the_mouse_and_by_keys(browser: Browser, address: str) -> None:
    me, channel = await desk(zone="UTC"), await make_channel()
    async with opened(browser, address, me) as page:
        for by_keys in (False, True):
            post = await make_post("approved", channels=[channel], by=me)
            await page.goto(f"/posts/{post.id}")
            await page.click(f"#post-{post.id}-schedule")
            await expect(page.locator("#slot-4")).to_be_visible()
            value = await page.locator("#slot-2").get_attribute("value")
            if by_keys:
                await press_until(page, "slot-2")
                await page.keyboard.press("Enter")
            else:
                await page.click("#slot-2")
            await expect(page.locator("article .ihead .pill").first).to_have_text("Scheduled")
            assert f"{(await plan.load(post.id)).publish_at:%Y-%m-%dT%H:%M}" == value


async def test_enter_in_the_time_takes_the_time_and_no_slot(browser: Browser, address: str) -> None:
    me, post = await desk(zone="UTC"), await make_post("awaiting_user_date")
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await page.click(f"#post-{post.id}-set_date")
        wanted = f"{now(days=40).date()}"
        await page.fill("#f-on", wanted)
        await page.press("#f-on", "Enter")
        await expect(page.locator("article .ihead .pill").first).to_have_text("Planned")
    assert f"{(await plan.load(post.id)).planned_on}" == wanted


async def failed(count: int) -> Channel:
    wire = await make_channel(name="Wire")
    for n in range(count):
        await make_post("publish_failed", channels=[wire], title=f"Ebb {n}")
    await sql.run("UPDATE delivery SET error_kind = 'expired_token'")
    return wire


async def test_new_times_are_typed_by_keys_and_a_wrong_one_is_told(browser: Browser, address: str) -> None:
    me, wire = await desk(), await failed(2)
    post = await sql.value("SELECT max(id) FROM post")
    async with opened(browser, address, me) as page:
        await page.goto(f"/channels/{wire.id}/requeue")
        await press_until(page, f"f-at-{post}")
        await page.fill(f"#f-at-{post}", "2001-01-01T10:00")
        await press_until(page, "requeue-yes")
        await page.keyboard.press("Enter")
        await expect(page.locator("#summary")).to_contain_text("That time has passed. Pick a later one.")
        await expect(page.locator(f"#f-at-{post}")).to_have_value("2001-01-01T10:00")
        await page.fill(f"#f-at-{post}", f"{now(days=9):%Y-%m-%d}T10:00")
        await page.click("#requeue-yes")
        await expect(page.locator("h1")).to_have_text("2 posts lined up again.")


async def test_words_outlive_a_reload_until_they_are_sent(browser: Browser, address: str) -> None:
    me, post = await desk(), await make_post(channels=[await make_channel()])
    field = f"#comment-{post.id}-body"
    async with opened(browser, address, me) as page:
        await page.goto(f"/posts/{post.id}")
        await page.locator(field).press_sequentially("Which mill?")
        await page.reload()
        await expect(page.locator(field)).to_have_value("Which mill?")
        await page.press(field, "Control+Enter")
        await expect(page.locator("#toast")).to_contain_text("Commented.")
        await expect(page.locator(field)).to_have_value("")
        await page.reload()
        await expect(page.locator(field)).to_have_value("")
        await page.goto("/inbox")
        await page.keyboard.press("j")
        await page.keyboard.press("r")
        await page.locator("dialog textarea").press_sequentially("Too long.")
        await page.reload()
        await page.keyboard.press("j")
        await page.keyboard.press("r")
        await expect(page.locator("dialog textarea")).to_have_value("Too long.")
    assert await status(post) == REVIEWED


async def test_a_brief_and_a_guests_words_outlive_a_reload_and_signing_out_forgets(
    browser: Browser, address: str
) -> None:
    me, campaign = await desk(), await make_campaign(title="Holiday")
    post = await make_post(channels=[await make_channel("site")])
    link = await guests.invite(post, 7, by=acting(me))
    async with opened(browser, address, me) as page, opened(browser, address) as guest:
        await page.goto(f"/campaigns/{campaign.id}/edit")
        await page.locator("#f-brief").press_sequentially("Warm, short, no puns.")
        await page.reload()
        await expect(page.locator("#f-brief")).to_have_value("Warm, short, no puns.")
        await page.press("#f-brief", "Control+Enter")
        await expect(page).to_have_url(re.compile(rf"/campaigns/{campaign.id}$"))
        await page.goto("/posts/new")
        await page.locator("#f-brief").press_sequentially("The mill.")
        await page.click("#side-sign-out")
        assert await page.evaluate("sessionStorage.length") == 0
        await guest.goto(link)
        await guest.click("#guest-request-open")
        await guest.locator("#f-reason").press_sequentially("Say where.")
        await guest.reload()
        await guest.click("#guest-request-open")
        await expect(guest.locator("#f-reason")).to_have_value("Say where.")


async def test_words_typed_over_an_older_brief_are_shown_beside_the_new_one(browser: Browser, address: str) -> None:
    me, campaign = await desk(), await make_campaign(title="Holiday", brief="Old.")
    async with opened(browser, address, me) as page:
        await page.goto(f"/campaigns/{campaign.id}/edit")
        await page.locator("#f-brief").press_sequentially(" And mine.")
        await sql.run("UPDATE campaign SET brief = 'Theirs.'")
        await page.reload()
        await expect(page.locator("#f-brief")).to_have_value("Theirs.")
        await expect(page.get_by_label("Your text")).to_have_value(re.compile("And mine"))


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_no_page_of_it_breaks_a_rule(browser: Browser, address: str, width: int) -> None:
    media = await make_media()
    heavy = await draft(pictures=(Shown(media.id),))
    me, wire = await desk(), await failed(2)
    await make_post(channels=[wire], planned_on=now(days=2).date())
    approved = await make_post("approved", channels=[wire], by=me)
    async with opened(browser, address, me, width=width) as page:
        for path in (
            f"/channels/{wire.id}/requeue", f"/posts/{heavy.id}/moves/approve_and_schedule",
            f"/posts/{approved.id}/time", "/posts/new", "/calendar?date=2031-01",
        ):  # fmt: skip
            await page.goto(path)
            assert await violations(page) == [] and not await sideways(page), path
        await page.goto("/review")
        await page.click(f"#{'bar-' if width == PHONE else ''}post-{heavy.id}-approve")
        await expect(page.locator("#queue-decided")).to_be_visible()
        assert await violations(page) == [] and not await sideways(page)
        await page.goto(f"/posts/{heavy.id}")
        await expect(page.locator(f"#post-{heavy.id}-undo")).to_be_visible()
        assert await violations(page) == [] and not await sideways(page)
