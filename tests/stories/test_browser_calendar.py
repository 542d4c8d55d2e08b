"""The calendar in Chromium: posts dragged and moved back with the mouse, the same by keyboard, and every view read."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.tables import Person, Post
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.rows import now

pytestmark = pytest.mark.browser

MARCH, WEEK = "/calendar?date=2027-03", "/calendar?view=week&date=2027-03-09"
VIEWS = (MARCH, WEEK, f"{WEEK}&hours=all", "/calendar?view=list&date=2027-03-08", "/calendar/day/2027-03-09")
SEND_AT_ONCE = """window.stayed = true;
document.addEventListener('htmx:afterRequest', () => {
  document.getElementById('f-on').value = '2027-03-12';
  document.querySelector('#dialog form').requestSubmit();
}, {once: true})"""


async def desk() -> tuple[Person, Post, Post]:
    """An editor, a post planned for 9 March at 09:00 in Berlin, and an idea."""
    await make_team(zone="Europe/Berlin")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    nina = await make_person("editor", name="Nina Lorenz")
    return nina, await planned(date(2027, 3, 9), 8), await make_post("awaiting_user_date", title="Kigali")


async def planned(on: date, hour: int, status: str = "generated_pending_review", **values: object) -> Post:
    """A post at that hour of UTC."""
    at = datetime.combine(on, time(hour), UTC)
    return await make_post(  # type: ignore[arg-type]
        status, planned_on=on, planned_time=time(hour + 1), publish_at=at, zone="Europe/Berlin", **values
    )


async def stands(post: Post) -> datetime | None:
    at: datetime | None = await sql.value("SELECT publish_at FROM post WHERE id = $1", post.id)
    return at


async def drop(page: Page, post: str, day: str, wall: str = "") -> None:
    """Drag a card onto a day, in a week onto the upper half of the row of `wall`."""
    target, spot = page.locator(f"#d-{day}"), None
    if wall:
        cell, row = await target.bounding_box(), await page.locator(f'[data-wall="{wall}"]').bounding_box()
        assert cell and row
        spot = {"x": cell["width"] - 4, "y": row["y"] - cell["y"] + row["height"] / 4}
    await page.locator(post).drag_to(target, target_position=spot)  # type: ignore[arg-type]


async def test_a_card_is_dragged_to_another_day_and_undone(browser: Browser, address: str) -> None:
    nina, post, idea = await desk()
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        await drop(page, f"#ev-{post.id}", "2027-03-11")
        await expect(page.locator(f"#d-2027-03-11 #ev-{post.id}")).to_contain_text("09:00")
        await expect(page.locator("#toast")).to_contain_text("Moved to Thu 11 Mar 2027, 09:00 (Berlin).")
        await expect(page.locator("#live")).to_contain_text("Moved to Thu 11 Mar")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator(f"#d-2027-03-09 #ev-{post.id}")).to_be_visible()
        await expect(page.locator("#toast")).to_contain_text("Back on Tue 9 Mar 2027, 09:00 (Berlin).")
        assert await stands(post) == datetime(2027, 3, 9, 8, tzinfo=UTC)
        await drop(page, f"#tray-{idea.id}", "2027-03-10")
        await expect(page.locator(f"#d-2027-03-10 #ev-{idea.id}")).to_contain_text("no time")
        await expect(page.locator("#tray")).to_have_count(0)


async def test_a_row_of_the_week_sets_the_time_to_a_quarter(browser: Browser, address: str) -> None:
    nina, post, idea = await desk()
    async with opened(browser, address, nina) as page:
        await page.goto(WEEK)
        await drop(page, f"#ev-{post.id}", "2027-03-12", "14:30")
        await expect(page.locator(f"#d-2027-03-12 .row-14 #ev-{post.id}")).to_contain_text("14:30")
        row = await page.locator('[data-wall="11:00"]').bounding_box()
        cell = await page.locator("#d-2027-03-12").bounding_box()
        assert row and cell
        below = {"x": cell["width"] - 4, "y": row["y"] - cell["y"] + row["height"] * 3 / 4}
        await page.locator(f"#ev-{post.id}").drag_to(page.locator("#d-2027-03-12"), target_position=below)  # type: ignore[arg-type]
        await expect(page.locator(f"#d-2027-03-12 .row-7 #ev-{post.id}")).to_contain_text("11:15")
        await drop(page, f"#tray-{idea.id}", "2027-03-08", "09:00")
        await expect(page.locator(f"#d-2027-03-08 .row-3 #ev-{idea.id}")).to_contain_text("09:00")


async def test_a_time_that_does_not_exist_is_asked_for_and_the_focus_comes_back(browser: Browser, address: str) -> None:
    nina, _, _ = await desk()
    early = await planned(date(2027, 3, 9), 1)
    await sql.run("UPDATE post SET planned_time = '02:30', publish_at = publish_at + interval '30 min' WHERE id = $1",
                  early.id)  # fmt: skip
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        await drop(page, f"#ev-{early.id}", "2027-03-28")
        await expect(page.locator("#dialog")).to_contain_text("02:30 does not exist on 28 March in Berlin.")
        await page.keyboard.press("Escape")
        await expect(page.locator(f"#move-{early.id}")).to_be_focused()
        await drop(page, f"#ev-{early.id}", "2027-03-28")
        await page.get_by_role("button", name="Use 03:30").click()
        await expect(page.locator(f"#d-2027-03-28 #ev-{early.id}")).to_contain_text("03:30")
        await expect(page.locator("#dialog")).to_be_hidden()


async def test_a_day_that_is_over_is_refused_in_words(browser: Browser, address: str) -> None:
    nina, _, _ = await desk()
    today = now().date()
    soon = await planned(today + timedelta(days=3), 8)
    async with opened(browser, address, nina) as page:
        await page.goto(f"/calendar?view=list&date={today - timedelta(days=5)}")
        await planned(today - timedelta(days=4), 8, "missed")
        await page.reload()
        await drop(page, f"#ev-{soon.id}", str(today - timedelta(days=4)))
        await expect(page.locator("#dialog")).to_contain_text("passed")
        await expect(page.locator(f"#d-{today + timedelta(days=3)} #ev-{soon.id}")).to_be_attached()


async def test_the_loser_of_a_race_sees_where_it_went_and_by_whom(browser: Browser, address: str) -> None:
    nina, post, _ = await desk()
    mara = await make_person("editor", name="Mara Klein")
    async with opened(browser, address, nina) as page, opened(browser, address, mara) as other:
        await page.goto(MARCH)
        await other.goto(MARCH)
        await drop(other, f"#ev-{post.id}", "2027-03-17")
        await expect(other.locator(f"#d-2027-03-17 #ev-{post.id}")).to_be_visible()
        await drop(page, f"#ev-{post.id}", "2027-03-11")
        await expect(page.locator("#toast")).to_contain_text("Mara Klein changed this a moment ago.")
        await expect(page.locator(f"#d-2027-03-17 #ev-{post.id}")).to_be_visible()


async def test_what_may_not_be_moved_cannot_be_dragged(browser: Browser, address: str) -> None:
    nina, _, _ = await desk()
    live = await planned(date(2027, 3, 9), 7, "published")
    await sql.run("UPDATE delivery SET published_at = '2027-03-09 07:00Z'")
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        await drop(page, f"#ev-{live.id}", "2027-03-11")
        await expect(page.locator(f"#d-2027-03-09 #ev-{live.id}")).to_be_visible()
        assert await page.locator(f"#ev-{live.id}").get_attribute("draggable") is None


async def test_a_form_that_just_came_is_alive(browser: Browser, address: str) -> None:
    """Sent in the very moment it stands there, it still changes its part of the page, not the whole."""
    nina, post, _ = await desk()
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        await page.evaluate(SEND_AT_ONCE)
        await page.focus(f"#ev-{post.id}-title")
        await page.keyboard.press("m")
        await expect(page.locator(f"#d-2027-03-12 #ev-{post.id}")).to_be_visible()
        assert await page.evaluate("window.stayed")


async def test_the_same_by_keyboard_alone(browser: Browser, address: str) -> None:
    nina, post, idea = await desk()
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        press = page.keyboard.press
        await press("j")
        await expect(page.locator(f"#tray-{idea.id} a").first).to_be_focused()
        await press("j")
        await expect(page.locator(f"#ev-{post.id}-title")).to_be_focused()
        await press("m")
        await expect(page.locator("#dialog-title")).to_be_focused()
        await press("Tab")
        await page.keyboard.type("03122027")
        await press("Enter")
        await expect(page.locator(f"#d-2027-03-12 #ev-{post.id}")).to_be_visible()
        await expect(page.locator(f"#move-{post.id}")).to_be_focused()
        assert await stands(post) == datetime(2027, 3, 12, 8, tzinfo=UTC)
        await press("z")
        await expect(page.locator(f"#d-2027-03-09 #ev-{post.id}")).to_be_visible()
        await press("]")
        await expect(page.locator("h1")).to_have_text("April 2027")
        await press("[")
        await expect(page.locator("h1")).to_have_text("March 2027")
        await press("t")
        await expect(page.locator("h1")).to_have_text(f"{datetime.now(UTC):%B %Y}")


async def test_a_full_day_unfolds_in_its_place_and_keeps_the_focus(browser: Browser, address: str) -> None:
    nina, _, _ = await desk()
    posts = [await planned(date(2027, 3, 10), 6 + n) for n in range(6)]
    async with opened(browser, address, nina) as page:
        await page.goto(MARCH)
        more = page.locator("#more-2027-03-10")
        await expect(more).to_have_text("3 more on Wednesday 10 March 2027")
        await more.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#d-2027-03-10 .ev")).to_have_count(6)
        await expect(more).to_be_focused()
        await drop(page, f"#ev-{posts[5].id}", "2027-03-11")
        await expect(page.locator(f"#d-2027-03-11 #ev-{posts[5].id}")).to_be_visible()


@pytest.mark.parametrize("width", [DESK, PHONE, SMALL])
async def test_axe_finds_nothing_in_any_view(browser: Browser, address: str, width: int) -> None:
    nina, post, _ = await desk()
    channel, campaign, found = await make_channel("site"), await make_campaign(title="Holiday 2026"), []
    for n, status in enumerate(("approved", "scheduled", "to_be_generated", "rejected", "modified_pending_review")):
        await planned(date(2027, 3, 9), 4 + 3 * n, status, channels=[channel], campaign=campaign.id)
    await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'person'")
    async with opened(browser, address, nina, width=width) as page:
        for path in (*VIEWS, "/calendar?view=week", f"/posts/{post.id}/time?back=%2Fcalendar"):
            answer = await page.goto(path)
            assert answer is not None and answer.status == 200, path
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += await violations(page)
        await page.goto(MARCH)
        await page.locator(f"#move-{post.id}").click()
        await expect(page.locator("#dialog-title")).to_be_visible()
        found += await violations(page)
    assert found == []
