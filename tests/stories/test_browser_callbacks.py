"""Callbacks in Chromium: what a platform told us looked at and applied again, a new secret made; mouse and keyboard."""

import json
import re
from dataclasses import replace

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import callbacks, callers
from app.tables import Channel, Delivery
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.faults.forgeries import Door
from tests.flow.test_callbacks import arrived
from tests.hooks.calling import hear_all, live, make_caller, make_sent, status_of
from tests.makers import make_person, make_team
from tests.verifiers.signers import genuine

pytestmark = pytest.mark.browser
HERE = "/settings/callbacks"


@pytest.fixture(autouse=True)
async def team(database: object) -> None:
    await make_team()


async def calling(address: str, door: Door, said: dict[str, object], id: str) -> int:
    """A platform that calls over real HTTP."""
    sent = genuine(door.scheme, door.secret, json.dumps(said).encode(), id=id)
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        return (await client.post(door.path, content=sent.body, headers=sent.headers)).status_code


async def told() -> tuple[Channel, Delivery]:
    """A call that is heard, one that waits for its delivery, one that says nothing to us, and some that lied."""
    channel, _ = await make_caller("webhook", callbacks="ghost")
    _, delivery = await make_sent(channel)
    await callbacks.keep(arrived(channel, "evt-1", keys=(delivery.key,)))
    await callbacks.keep(arrived(channel, "evt-2", keys=("nobodys",)))
    body = json.dumps({"type": "member.added", "data": {"name": "x" * 300, "list": list(range(30))}})
    await callbacks.keep(replace(arrived(channel, "evt-3", None), type="member.added", body=body))
    await hear_all()
    await callers.doubted(channel.id)
    return channel, delivery


async def test_a_platform_calls_and_an_admin_sees_it_with_the_mouse(browser: Browser, address: str) -> None:
    me = await make_person("admin")
    channel, secret = await make_caller("webhook", url="https://there.example/hook")
    _, delivery = await make_sent(channel)
    async with opened(browser, address, me) as page:
        await page.goto(HERE)
        await expect(page.locator("main")).to_contain_text("No platform has called back yet.")
        assert await calling(address, Door(channel, "standard", "whsec_" + "A" * 40), live(delivery), "evt-0") == 401
        assert await calling(address, Door(channel, "standard", secret), live(delivery), "evt-1") == 200
        await hear_all()
        await page.reload()
        await expect(page.locator(f"#doubt-{channel.id}")).to_contain_text("1 call was not believed today.")
        row = page.locator("#callbacks [data-row]")
        await expect(row).to_contain_text("The delivery is now: published.")
        await row.get_by_text("What it said").click()
        await expect(row.locator("pre")).to_contain_text('"delivery.published"')
        await row.get_by_role("button", name="Apply again").click()
        await expect(page.locator("#toast")).to_contain_text("It was known, or came too late to matter.")
        await page.locator("[id^=callback-][id$=-channel]").click()
        await page.locator("#channel-callback-secret").click()
        await page.locator("dialog").get_by_role("button", name="Make a new secret").click()
        fresh = await page.locator("#made-secret").inner_text()
        await page.locator("#made-done").click()
        await expect(page).to_have_url(re.compile(f"/channels/{channel.id}$"))
    _, other = await make_sent(channel)
    for number, known in enumerate((secret, fresh)):
        assert await calling(address, Door(channel, "standard", known), live(other), f"evt-9{number}") == 200
    await hear_all()
    assert await status_of(delivery) == await status_of(other) == "published"


async def test_the_same_by_keyboard_and_without_scripts(browser: Browser, address: str) -> None:
    me, (channel, delivery) = await make_person("admin"), await told()
    waiting = await sql.value("SELECT id FROM callback WHERE event_id = 'evt-2'")
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto(HERE)
        await page.locator("#f-result").focus()
        await page.keyboard.type("No post")
        await _press(page, "callbacks-filter-go")
        await expect(page.locator("#callbacks [data-row]")).to_have_count(1)
        await sql.run("UPDATE delivery SET key = 'nobodys', status = status WHERE id = $1", delivery.id)
        await page.locator(f"#callback-{waiting}-more summary").focus()
        await page.keyboard.press("Enter")
        await _press(page, f"callback-{waiting}-again")
        await expect(page.locator(f"#callback-{waiting}")).to_contain_text("Applied")
        await page.locator(f"#callback-{waiting}-more summary").focus()
        await page.keyboard.press("Enter")
        await _press(page, f"callback-{waiting}-delivery")
        await expect(page).to_have_url(re.compile(f"/deliveries/{delivery.id}$"))
        await page.goto(f"/channels/{channel.id}")
        await _press(page, "channel-callback-secret")
        await _press(page, "confirm-callback-secret-yes")
        await _press(page, "made-done")
        await expect(page).to_have_url(re.compile(f"/channels/{channel.id}$"))


async def _press(page: Page, id: str) -> None:
    """A link or button that leads somewhere, by keyboard."""
    await page.locator(f"#{id}").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, address: str, width: int) -> None:
    me, (channel, _) = await make_person("admin"), await told()
    own = f"/channels/{channel.id}"
    async with opened(browser, address, me, width=width) as page:
        for path in (HERE, f"{HERE}?result=failed", own, f"{own}/callback-secret"):
            await page.goto(path)
            for summary in await page.locator("main details.attempts > summary").all():
                await summary.click()
            assert await violations(page) == [] and await sideways(page) == 0
        await page.locator("#confirm-callback-secret-yes").click()
        await expect(page.locator("#made-secret")).to_be_visible()
        assert await violations(page) == [] and await sideways(page) == 0
