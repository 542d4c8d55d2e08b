"""How often to be mailed: chosen with the mouse and by keyboard alone, tried, and turned off from a mail."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app import sql
from app.flow import digests, mail_wishes, notices
from app.flow.notices import NoticeKind
from app.settings import read
from tests.browsing import DESK, PHONE, opened, sideways, violations
from tests.mail.postbox import Postbox
from tests.makers import make_channel, make_person, make_post, make_team

pytestmark = pytest.mark.browser
HERE = "/settings/notifications"


def at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    known = read({"SMTP_URL": url, "MAIL_FROM": "Galley <desk@example.com>"})
    for module in ("app.pages.notification_settings", "app.flow.digests"):
        monkeypatch.setattr(f"{module}.settings", lambda: known)


async def wish(person: Any) -> tuple[Any, ...]:
    row = await sql.row("SELECT mail_how, mail_hour, mail_urgent FROM person WHERE id = $1", person.id)
    return tuple(row or ())


async def test_somebody_chooses_and_tries_it_with_the_mouse(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_team()
    me = await make_person("writer")
    async with Postbox() as box, opened(browser, address, me) as page:
        at(monkeypatch, box.url)
        await page.goto("/settings")
        await page.locator(".subnav").get_by_role("link", name="Notifications").click()
        await page.get_by_text("Every hour").click()
        await page.locator("#f-hour").select_option("17")
        await page.locator("#f-urgent").click()
        await page.locator("#notifications-save").click()
        await expect(page.locator("#toast")).to_contain_text("Saved.")
        await expect(page.locator("#f-how-hourly")).to_be_checked()
        await page.locator("#mail-test").click()
        await expect(page.locator("#toast")).to_contain_text("The mail server took it")
        box.play("RCPT", "550 5.1.1 No such user")
        await page.goto(HERE)  # the toast is in the way for a while
        await page.locator("#mail-test").click()
        await expect(page.get_by_text("The e-mail did not go out: “550 5.1.1 No such user”")).to_be_visible()
    assert await wish(me) == ("hourly", 17, False)
    assert len(box.letters) == 1


async def test_somebody_chooses_and_tries_it_by_keyboard_alone(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_team()
    me = await make_person("writer")
    async with Postbox() as box, opened(browser, address, me) as page:
        at(monkeypatch, box.url)
        await page.goto(HERE)
        await _tab_to(page, "f-how-daily")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await _tab_to(page, "f-urgent")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("#toast")).to_contain_text("Saved.")
        await _tab_to(page, "mail-test")
        await page.keyboard.press("Enter")
        await expect(page.locator("#toast")).to_contain_text("The mail server took it")
    assert await wish(me) == ("at_once", 8, False)
    assert len(box.letters) == 1


async def _tab_to(page: Page, id: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == id:
            return
    raise AssertionError(f"Tab never reaches {id}")


async def test_mail_is_turned_off_from_a_mail_without_signing_in(browser: Browser, address: str) -> None:
    await make_team()
    me = await make_person("editor")
    link = "/hooks/unsubscribe/" + mail_wishes.off_link(me.id).rpartition("/")[2]
    async with opened(browser, address, scripts=False) as page:
        await page.goto(link)
        await expect(page.locator("h1")).to_have_text("Turn off e-mail?")
        await page.locator("#mail-off-yes").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("E-mail is off")
    assert (await wish(me))[0] == "never"


async def test_a_line_of_a_mail_opens_the_very_thing_and_counts_as_looked_at(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_team()
    me = await make_person("editor", mail_how="at_once", password_hash="x")
    post = await make_post(title="Why lighthouses are white", channels=[await make_channel()])
    await notices.tell(me.id, NoticeKind.APPROVAL_ASKED, post=post.id)
    await sql.run("UPDATE notice SET at = now() - interval '1 minute'")
    async with Postbox() as box:
        at(monkeypatch, box.url)
        await digests.sweep()
    (letter,) = box.letters
    assert letter.mail["Subject"] == "Galley: 1 waiting for your approval"
    found = re.search(r"http\S+/notices/\d+", letter.body("plain"))
    assert found
    async with opened(browser, address, me) as page:
        await page.goto(found[0])
        await expect(page).to_have_url(re.compile(rf"/posts/{post.id}$"))
        await expect(page.locator("h1")).to_contain_text("Why lighthouses are white")
    assert await sql.value("SELECT seen_at IS NOT NULL AND mailed_at IS NOT NULL FROM notice")


@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_the_pages_are_for_everybody(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    await make_team()
    me = await make_person("admin")
    off = "/hooks/unsubscribe/" + mail_wishes.off_link(me.id).rpartition("/")[2]
    async with opened(browser, address, me, width=width) as page:
        for url in ("", "nonsense", "smtp://localhost"):
            at(monkeypatch, url)
            await sql.run("UPDATE person SET mail_note = '550 5.1.1 No', mail_refused_at = now()")
            await page.goto(HERE)
            assert await violations(page) == [] and await sideways(page) == 0
        await page.goto(off)
        assert await violations(page) == [] and await sideways(page) == 0


async def test_on_a_phone_the_menu_of_the_settings_begins_where_one_is(browser: Browser, address: str) -> None:
    await make_team()
    async with opened(browser, address, await make_person("admin"), width=PHONE) as page:
        await page.goto("/settings/freeze")
        await expect(page.locator(".subnav [aria-current]")).to_be_in_viewport(ratio=1)
        assert await page.evaluate("scrollY") == 0
