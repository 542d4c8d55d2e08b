"""Pictures in Chromium: uploaded into a media store, shown in fitting sizes, and what is said while it is away."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.tables import Person, Post
from tests.blobs.conftest import bucket, moto
from tests.blobs.pictures import noisy
from tests.blobs.stores import Bucket, elsewhere, set_store
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.makers import make_channel, make_person, make_post, make_team

__all__ = ["bucket", "moto"]
pytestmark = pytest.mark.browser
DRAWN = """() => [...document.querySelectorAll('main img[srcset]')].map(
  image => ({src: new URL(image.currentSrc).search, width: image.naturalWidth, whole: image.complete}))"""


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    file = tmp_path / "harbour.jpg"
    file.write_bytes(noisy())
    return file


async def draft() -> tuple[Person, Post]:
    await make_team()
    me = await make_person()
    return me, await make_post("generated_pending_review", channels=[await make_channel("site")], author=me.id)


async def shown(page: Page) -> list[dict[str, object]]:
    await page.wait_for_load_state("networkidle")
    for image in await page.locator("main img[srcset]").all():
        await image.scroll_into_view_if_needed()
    await page.wait_for_load_state("networkidle")
    found: list[dict[str, object]] = await page.evaluate(DRAWN)
    return found


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_an_uploaded_picture_is_shown_in_a_fitting_size_with_the_mouse(
    browser: Browser, address: str, bucket: Bucket, photograph: Path, width: int
) -> None:
    me, post = await draft()
    async with opened(browser, address, me, width=width) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.locator("#f-body").fill("The harbour at noon.")
        await page.locator("#f-file").set_input_files(photograph)
        await page.locator("#f-new_alt").fill("Boats in a harbour")
        await page.locator("#upload-send").click()
        await expect(page.locator("#toast")).to_contain_text("Picture added.")
        await page.goto(f"/posts/{post.id}?since=none")
        await expect(page.get_by_alt_text("Boats in a harbour").first).to_be_visible()
        seen = await shown(page)
        assert seen and all(one["whole"] and one["src"] in ("?w=320", "?w=640", "?w=1280") for one in seen), seen
        assert await violations(page) == [] and await sideways(page) == 0
    assert await sql.value("SELECT count(*) FROM blob WHERE key IS NULL") == 0
    assert len(await bucket.keys()) == await sql.value("SELECT count(*) FROM blob") >= 2


async def test_while_the_store_is_away_the_text_stays_and_it_works_again_by_keyboard(
    browser: Browser, address: str, bucket: Bucket, photograph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, post = await draft()
    set_store(monkeypatch, elsewhere(bucket.store))
    async with opened(browser, address, me, scripts=False) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.locator("#f-body").fill("The harbour at noon.")
        await page.locator("#f-new_alt").fill("Boats in a harbour")
        await _chosen(page, photograph)
        await expect(page.locator("#summary")).to_contain_text("The media store does not answer at the moment.")
        await expect(page.locator("#f-body")).to_have_value("The harbour at noon.")
        await expect(page.locator("#f-new_alt")).to_have_value("Boats in a harbour")
        assert await bucket.keys() == []
        set_store(monkeypatch, bucket.store)
        await _chosen(page, photograph)
        await expect(page.get_by_alt_text("Boats in a harbour")).to_be_visible()
    assert len(await bucket.keys()) >= 1
    assert await sql.value("SELECT body FROM revision ORDER BY id DESC LIMIT 1") == "The harbour at noon."


async def _chosen(page: Page, file: Path) -> None:
    """A browser's own dialog cannot be typed into; everything else is done with keys."""
    await page.locator("#f-file").set_input_files(file)
    await page.locator("#upload-send").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_axe_finds_nothing_while_the_store_is_away(
    browser: Browser, address: str, bucket: Bucket, photograph: Path, monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:  # fmt: skip
    me, post = await draft()
    set_store(monkeypatch, elsewhere(bucket.store))
    async with opened(browser, address, me, width=width) as page:
        await page.goto(f"/posts/{post.id}/edit")
        await page.locator("#f-file").set_input_files(photograph)
        await page.locator("#upload-send").click()
        await expect(page.locator("#summary")).to_contain_text("The media store does not answer")
        assert await violations(page) == [] and await sideways(page) == 0
