"""The bars of quality over every page there is, on a filled desk: axe, shifts, narrow and enlarged, no scripts."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from app import accounts, sql
from app.flow import plan, presence
from app.lifecycles.statuses import PostStatus
from app.rules import RULES
from tests.browsing import DESK, PHONE, SMALL, opened, sideways, violations
from tests.stories import filled_desk
from tests.stories.measures import AGAIN, CLIPPED, DEAD, MOVING, SETTLED, SHIFTS, TWICE

pytestmark = pytest.mark.browser

# Doors that are no page of a signed-in reader, or have one only after a restore; and where those are looked at.
ELSEWHERE = {
    "GET /", "GET /settings", "GET /notices/{id:int}",  # lead on
    "GET /health", "GET /ready", "GET /robots.txt", "GET /static/{path:path}", "GET /forecast.json", "GET /posts.csv",
    "GET /sitemap.xml", "GET /blog/feed.xml", "GET /blog/feed.json", "GET /media/{asset_id:str}", "GET /events",
    "GET /{name:str}",  # the key that search engines ask for
    "GET /sandbox/{channel:int}/items", "GET /sandbox/{channel:int}/items/{item:str}",
    "GET /posts/{id:int}/card", "GET /posts/{id:int}/presence", "GET /posts/{id:int}/checks",  # parts of a page
    "GET /setup/{token:str}", "GET /invite/{token:str}", "GET /sign-in",  # below: test_nobody_signed_in_yet
    "GET /approve/{token:str}",  # test_browser_approvals
    "GET /hooks/unsubscribe/{token:str}",  # from a mail
    "GET /hooks/{token:str}",  # platforms try it
    "GET /channels/{id:int}/callback-secret",  # test_browser_callbacks
    "GET /settings/webhooks/{id:int}", "GET /settings/webhooks/{id:int}/remove",  # the demo has none
    "GET /restored/deliveries/{id:int}/live",  # test_restore
}  # fmt: skip


@pytest.fixture(scope="module")
async def walked(address: str) -> AsyncIterator[dict[str, str]]:
    """Every page of the filled desk, and its door."""
    yield await filled_desk.filled(address)
    await filled_desk.forget()


@pytest.fixture
async def pages(walked: dict[str, str]) -> AsyncIterator[dict[str, str]]:
    """The same desk again, in the tables that the last test left empty."""
    if not await sql.value("SELECT 1 FROM team"):
        await filled_desk.give_back()
    yield walked


def one_of_each(pages: dict[str, str]) -> list[str]:
    """One page of each door, and each view of the calendar."""
    return list({door: path for path, door in pages.items()}.values()) + [path for path in pages if "view=" in path]


async def seen(page: Page, path: str) -> None:
    answer = await page.goto(path)
    assert answer is not None and answer.status == 200, path


def test_every_door_is_walked_or_said_to_be_no_page(pages: dict[str, str]) -> None:
    doors = {line for line in RULES if line.startswith("GET ") and not line.startswith("GET /api/")}
    assert doors - set(pages.values()) - ELSEWHERE == set(), "no link leads there: add it, or say why it is no page"
    assert ELSEWHERE & set(pages.values()) == set()


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_in_either_theme(
    browser: Browser, address: str, pages: dict[str, str], width: int
) -> None:
    found: list[str] = []
    async with opened(browser, address, await filled_desk.ada(), width=width) as page:
        for path in one_of_each(pages):
            await seen(page, path)
            found += await violations(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_nothing_shifts_scrolls_sideways_or_is_cut_off(
    browser: Browser, address: str, pages: dict[str, str], width: int
) -> None:
    """Loaded, refreshed in place, narrowed to 320 px, with letters of twice the size; every control is a plain form."""
    found: list[str] = []
    async with opened(browser, address, await filled_desk.ada(), width=width) as page:
        await page.add_init_script(SHIFTS)
        for path in pages:
            await seen(page, path)
            await page.evaluate(SETTLED)
            if width == DESK:
                found += [f"{path} {dead}" for dead in await page.evaluate(DEAD)]
            if await page.evaluate(AGAIN):
                await page.evaluate(SETTLED)
            found += [f"{path} shifts: {shift}" for shift in await page.evaluate("window.shifts")]
            if width == PHONE:
                await page.set_viewport_size({"width": SMALL, "height": 900})
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
            found += [f"{path} {clip}" for clip in await page.evaluate(CLIPPED)]
            if width == DESK:
                await page.evaluate(TWICE)
                found += [f"{path} enlarged scrolls sideways"] if await sideways(page) else []
                found += [f"{path} enlarged {clip}" for clip in await page.evaluate(CLIPPED)]
            await page.set_viewport_size({"width": width, "height": 900})
    assert not found, "\n".join(found)


async def late(route: Route) -> None:
    await asyncio.sleep(0.5)
    await route.continue_()


async def test_nobody_signed_in_yet_finds_pages_as_good(browser: Browser, address: str) -> None:
    """Their browser has none of our files yet, and the letters may come late."""
    found: list[str] = []
    async with opened(browser, address) as page:
        await page.add_init_script(SHIFTS)
        await page.route("**/inter.woff2*", late)
        for path in (str(await accounts.setup_link()), "/sign-in"):
            await seen(page, path)
            await page.evaluate(SETTLED)
            found += [f"{path} shifts: {shift}" for shift in await page.evaluate("window.shifts")]
            found += await violations(page)
            await page.set_viewport_size({"width": SMALL, "height": 900})
            found += [f"{path} scrolls sideways"] if await sideways(page) else []
    assert not found, "\n".join(found)


async def first_of(*statuses: PostStatus) -> list[int]:
    """The posts of these statuses that are due last: nothing comes between."""
    found = "SELECT id FROM post WHERE status = ANY($1) AND publish_at > now() ORDER BY publish_at DESC"
    return [row["id"] for row in await sql.rows(found, [*statuses])]


async def pressed(page: Page, post: int, move: str) -> None:
    """A button of the post that asks first, and yes."""
    link = page.locator(f"#actions-{post} #post-{post}-{move}")
    if not await link.is_visible():
        await page.click(f"#actions-{post} #post-{post}-more-summary")
    await link.click()
    await page.click(f"#confirm-{move}-yes")


async def test_the_main_moves_work_without_scripts(browser: Browser, address: str, pages: dict[str, str]) -> None:
    """Approve, comment, take back, schedule, filter, several at once and undone, a day moved: links and forms only."""
    async with opened(browser, address, await filled_desk.ada(), scripts=False) as page:
        pill, toast = page.locator("article .ihead .pill").first, page.locator("#toast")
        await page.goto("/inbox")
        ids = [await button.get_attribute("id") for button in await page.locator("button[id$=-approve]").all()]
        other, draft = [int(str(id).split("-")[1]) for id in ids if str(id).startswith("post-")][-2:]
        await page.click(f"#post-{draft}-approve")
        await expect(toast).to_contain_text("Approved")
        await page.goto(f"/posts/{draft}")
        await expect(pill).to_have_text("Scheduled")
        await page.fill(f"#comment-{draft}-body", "Read on paper.")
        await page.click("#comment-send")
        await expect(page.locator(f"#comments-{draft}")).to_contain_text("Read on paper.")
        await pressed(page, draft, "unschedule")
        await expect(pill).to_have_text("Approved")
        await pressed(page, draft, "schedule")
        await expect(pill).to_have_text("Scheduled")
        await pressed(page, draft, "reopen")
        await expect(pill).to_have_text("Pending review")
        before = [(await plan.load(post)).planned_on for post in (draft, other)]
        await page.goto("/posts")
        await page.click("#post-filters-more > summary")
        await page.select_option("#f-status", PostStatus.PENDING_REVIEW)
        await page.click("#post-filters-apply")
        await expect(page).to_have_url(re.compile(f"status={PostStatus.PENDING_REVIEW}"))
        for post in (draft, other):
            await page.check(f"#pick-{post}")
        await page.click("#bulk-move")
        await page.fill("#f-by_days", "7")
        await page.click("#bulk-yes")
        await expect(page.locator("h1")).to_have_text("2 moved.")
        await page.click("#bulk-undo-go")
        await expect(page.locator("h1")).to_have_text("2 moved back.")
        assert [(await plan.load(post)).planned_on for post in (draft, other)] == before
        to = max(filter(None, before)) + timedelta(days=1)
        await page.goto(f"/posts/{other}/time?back=/calendar")
        await page.fill("#f-on", to.isoformat())
        await page.click("#confirm-time-yes")
        await expect(toast).to_contain_text("Moved to")
    assert (await plan.load(other)).planned_on == to


async def test_calm_print_and_letters_of_ones_own(browser: Browser, address: str, pages: dict[str, str]) -> None:
    """Who asks for less motion gets none; paper gets the words without the controls."""
    async with opened(browser, address, await filled_desk.ada()) as page:
        for path in ("/inbox", "/calendar", "/posts", "/log", "/forecast", next(iter(pages))):
            await page.emulate_media(reduced_motion="reduce", media="screen")
            await seen(page, path)
            assert await page.evaluate(MOVING) == [], path
            await page.emulate_media(media="print")
            await expect(page.locator("h1")).to_be_visible()
            for control in (".side", ".tabbar", ".actbar"):
                assert await page.locator(f"{control}:visible").count() == 0, (path, control)
            assert await sideways(page) == 0, path


async def test_who_else_is_there_moves_nothing(browser: Browser, address: str, pages: dict[str, str]) -> None:
    """What is asked for right after the page was loaded has its place kept."""
    post = (await first_of(PostStatus.PENDING_REVIEW))[0]
    mara = await sql.value("SELECT id FROM person WHERE role = 'writer' LIMIT 1")
    await presence.stay(post, mara, editing=True)
    async with opened(browser, address, await filled_desk.ada()) as page:
        await page.add_init_script(SHIFTS)
        await seen(page, f"/posts/{post}/edit")
        await expect(page.locator(f"#presence-{post}")).to_contain_text("is editing")
        await page.evaluate(SETTLED)
        assert await page.evaluate("window.shifts") == []


@pytest.mark.pure
def test_every_page_in_a_browser_notes_what_goes_wrong() -> None:
    """`opened` fails a test whose page broke the policy or threw; so nobody opens one on their own."""
    here = Path(__file__).parents[1]
    alone = {file.name for file in here.rglob("*.py") if ".new_page(" in file.read_text()}
    assert alone == {"browsing.py", Path(__file__).name}
