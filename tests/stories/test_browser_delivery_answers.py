"""The answers to what platforms did on their own, in Chromium: nothing for axe, no sideways scroll, decided by hand."""

import re

import pytest
from playwright.async_api import Browser, expect

from app.lifecycles.statuses import DeliveryStatus
from app.tables import Delivery
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_person, make_team
from tests.pages.test_delivery_answers import changed, field, resurfaced

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_where_an_answer_is_wanted(browser: Browser, address: str, width: int) -> None:
    await make_team()
    me = await make_person("editor")
    found: list[str] = []
    (moved, first), (back, second) = await changed(), await resurfaced()
    paths = [
        "/inbox", f"/posts/{moved.id}", f"/posts/{back.id}", f"/deliveries/{first.id}", f"/deliveries/{second.id}",
        f"/deliveries/{first.id}/moves/use_their_time", f"/deliveries/{second.id}/moves/take_down",
    ]  # fmt: skip
    async with opened(browser, address, me, width=width) as page:
        for path in paths:
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += await violations(page)
    assert found == []


async def test_what_came_back_is_kept_from_the_inbox_without_leaving_it(browser: Browser, address: str) -> None:
    await make_team()
    post, sent = await resurfaced()
    async with opened(browser, address, await make_person("editor")) as page:
        await page.goto("/inbox")
        await page.click(f"#delivery-{sent.id}-keep")
        await page.click("#confirm-keep-yes")
        await expect(page.locator(f"#row-{post.id}")).to_contain_text("Settled.")
    assert await field(sent, "resurfaced_at") is None


async def test_without_scripts_their_time_is_taken_by_plain_forms(browser: Browser, address: str) -> None:
    await make_team()
    post, sent = await changed()
    async with opened(browser, address, await make_person("editor"), scripts=False) as page:
        await page.goto(f"/posts/{post.id}")
        await page.click(f"#delivery-{sent.id}-use_their_time")
        await page.click("#confirm-use_their_time-yes")
        await expect(page).to_have_url(re.compile(rf"/posts/{post.id}$"))
    row = await Delivery.objects().get(Delivery.id == sent.id)
    assert row and (row.status, row.error_kind) == (DeliveryStatus.HANDED_OFF, None)
