"""The forecast in Chromium: nothing for axe, no policy violation, no sideways scroll, and a filter that filters."""

import pytest
from playwright.async_api import Browser, expect

from app import self_check, sql
from app.tables import Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser


async def some() -> Post:
    """One post of each colour, a breach, and the one that will not publish."""
    await make_team(zone="Europe/Berlin")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    blog, wire = await make_channel("site"), await make_channel("webhook", paused_at=now())
    on = now(days=3).date()
    await make_post("scheduled", channels=[blog], planned_on=on)
    await make_post("generated_pending_review", channels=[blog], planned_on=on)
    post = await make_post("scheduled", channels=[wire], planned_on=on)
    await self_check.look_over()
    return post


@pytest.mark.parametrize("width", [DESK, PHONE, SMALL])
async def test_axe_finds_nothing_on_the_forecast(browser: Browser, address: str, width: int) -> None:
    post, found = await some(), []
    async with opened(browser, address, await make_person("editor"), width=width) as page:
        for path in (
            "/forecast",
            "/forecast?verdict=green",
            "/forecast?after=2990-01-01T00:00:00Z~1",
            f"/posts/{post.id}",
        ):
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += await violations(page)
    assert found == []


async def test_a_verdict_is_picked_and_its_reason_leads_to_the_channel(browser: Browser, address: str) -> None:
    post = await some()
    async with opened(browser, address, await make_person("editor")) as page:
        await page.goto("/forecast")
        await page.click("#chip-red")
        await expect(page.locator("[data-row]")).to_have_count(1)
        await page.click(f"#coming-{post.id}-fix-1")
        await expect(page).to_have_url(f"{address}/channels/{await sql.value('SELECT max(id) FROM channel')}")
