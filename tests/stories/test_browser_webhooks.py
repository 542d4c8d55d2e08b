"""Webhooks in Chromium: an endpoint added, tried, watched and removed with the mouse, and by keyboard alone."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import webhook_sending, webhooks
from app.flow.webhooks import Wanted
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.flow.listener import Answer, Listener
from tests.flow.stage import acting
from tests.flow.test_webhooks import approving
from tests.makers import make_campaign, make_person, make_team

pytestmark = pytest.mark.browser
HERE = "/settings/webhooks"


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch, database: object) -> AsyncIterator[Listener]:
    async with Listener() as listener:
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{listener.port}"}))
        await make_team()
        yield listener


async def test_an_endpoint_is_added_tried_and_removed_with_the_mouse(
    browser: Browser, address: str, listener: Listener
) -> None:
    me = await make_person("admin")
    async with opened(browser, address, me) as page:
        await page.goto(HERE)
        await page.locator("#f-name").fill("Our shop")
        await page.locator("#f-url").fill(listener.url)
        await page.locator("#f-types").fill("post.approv")
        await page.locator("#endpoint-add").click()
        await expect(page.locator("#summary")).to_contain_text("No message is called post.approv.")
        await page.locator("#f-types").fill("post.approve")
        await page.locator("#endpoint-add").click()
        secret = await page.locator("#secret-text").inner_text()
        await page.locator("#endpoint-test").click()
        await expect(page.locator("#toast")).to_contain_text("The test arrived: answered 204")
        listener.answers.append(Answer(500, body=b"Out of order"))
        await approving()
        await webhook_sending.sweep()
        await page.reload()
        row = page.locator("#log [data-row]").first
        await expect(row).to_contain_text("Trying again")
        await row.get_by_text("1 try").click()
        await expect(row.get_by_text("Out of order")).to_be_visible()
        await page.locator("#endpoint-remove").click()
        await page.locator("dialog").get_by_role("button", name="Remove").click()
        await expect(page.locator("#endpoints-none")).to_be_visible()
    assert [one.said["type"] for one in listener.heard] == ["galley.test", "post.approve"]
    assert all(one.believed(secret) for one in listener.heard)


async def test_pausing_and_sending_what_was_missed_works_by_keyboard_and_without_scripts(
    browser: Browser, address: str, listener: Listener
) -> None:
    me = await make_person("admin")
    number, _ = await webhooks.add(Wanted("Our shop", listener.url), by=acting(me))
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto(HERE)
        await _press(page, f"endpoint-{number}-open")
        await _press(page, "endpoint-pause")
        await expect(page.locator("#state")).to_contain_text("Nothing is sent until somebody resumes it.")
        await approving()
        await _press(page, "endpoint-resume")
        await _press(page, "endpoint-missed")
        await webhook_sending.sweep()
        await page.reload()
        await expect(page.locator("#log [data-row]")).to_contain_text("Delivered")
        again = f"send-{await sql.value('SELECT id FROM webhook_send')}-again"
        await page.locator("#log summary").focus()
        await page.keyboard.press("Enter")
        await _press(page, again)
        await webhook_sending.sweep()
        await _press(page, "endpoint-remove")
        await _press(page, "confirm-remove-yes")
        await expect(page).to_have_url(re.compile(f"{HERE}$"))
    first, second = listener.heard
    assert first.id == second.id and first.said["type"] == "post.approve"


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
async def test_an_endpoint_that_paused_itself_is_told_of_opened_and_resumed(
    browser: Browser, address: str, listener: Listener, by: str
) -> None:
    me = await make_person("admin")
    number, _ = await webhooks.add(Wanted("Our shop", listener.url), by=acting(me))
    listener.answers.append(Answer(410))
    await approving()
    await webhook_sending.sweep()
    notice = await sql.value("SELECT id FROM notice WHERE person = $1", me.id)
    async with opened(browser, address, me, scripts=by == "mouse") as page:
        await page.goto("/notices")
        row = page.locator(f"#notice-{notice}")
        await expect(row).to_contain_text("The webhook “Our shop” was paused")
        await expect(row).to_contain_text("It answered 410: it wants no more.")
        for id in (f"notice-{notice}-open", "endpoint-resume"):
            await (page.locator(f"#{id}").click() if by == "mouse" else _press(page, id))
        await expect(page).to_have_url(re.compile(f"{HERE}/{number}$"))
        await expect(page.locator("#state")).not_to_contain_text("Paused")
        await page.goto("/notices")
        await expect(row).to_contain_text("It was resumed.")
        await expect(row).not_to_contain_text("New")


async def _press(page: Page, id: str) -> None:
    """A link or button that leads somewhere, by keyboard."""
    await page.locator(f"#{id}").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, address: str, listener: Listener, width: int
) -> None:
    me, campaign = await make_person("admin"), await make_campaign()
    first, _ = await webhooks.add(Wanted("Our shop", listener.url), by=acting(me))
    wanted = Wanted("Analytics of the whole house", f"{listener.url}?token={'x' * 120}", ("post.*",), campaign.id)
    second, _ = await webhooks.add(wanted, by=acting(me))
    listener.answers += [Answer(), Answer(500, body=b"Out of order " * 30)]
    for _ in range(3):
        await approving()
    await webhook_sending.sweep()
    await webhooks.pause(second, by=acting(me))
    async with opened(browser, address, me, width=width) as page:
        for path in (HERE, f"{HERE}/{first}", f"{HERE}/{second}", f"{HERE}/{first}/remove"):
            await page.goto(path)
            for summary in await page.locator("main details.attempts > summary").all():
                await summary.click()
            assert await violations(page) == [] and await sideways(page) == 0
