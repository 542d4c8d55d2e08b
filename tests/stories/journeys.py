"""One story, two ways to play it: `Hands` does the same steps with the mouse, or by keyboard alone, focus seen."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from app import passwords
from app.tables import Person
from tests.browsing import DESK, opened
from tests.makers import make_person
from tests.visitors import PASSWORD

MOUSE, KEYBOARD = "mouse", "keyboard"
both = pytest.mark.parametrize("by", [MOUSE, KEYBOARD])
FARTHEST = 160
GO = {"Inbox": "g i", "Calendar": "g c", "Posts": "g p", "Publishing log": "g l"}
# Where the focus is: on its target, lost, after it, invisible, or under something that sticks to the window.
FOCUS = """target => {
  const at = document.activeElement;
  if (!at || at === document.body) return {lost: true, here: false, after: false, wrong: ''};
  const shown = node => {
    const its = getComputedStyle(node);
    return (its.outlineStyle !== 'none' && parseFloat(its.outlineWidth) >= 2) || its.boxShadow !== 'none';
  };
  const box = at.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const over = (x, y) => document.elementFromPoint(x, y);
  const free = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].some(([x, y]) => {
    const hit = over(left + (right - left) * x, top + (bottom - top) * y);
    return hit && (at.contains(hit) || hit.contains(at) || at.closest('label')?.contains(hit));
  });
  const wraps = [at, at.closest('label'), at.closest('.pane'), at.closest('.ev')].filter(Boolean);
  const name = at.id || at.outerHTML.slice(0, 120);
  // What is only read (a heading), and the button inside a date field, which the browser rings itself.
  const read = at.tabIndex < 0 || (at.matches('input') && !at.matches(':focus'));
  const wrong = !read && !wraps.some(shown) ? `no outline on ${name}`
    : right <= left || bottom <= top ? `out of sight: ${name}` : !read && !free ? `covered: ${name}` : '';
  const after = !!(target && at.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING);
  return {lost: false, here: at === target, after, wrong};
}"""


@dataclass(frozen=True)
class Hands:
    """Somebody at a page. With `by` = keyboard nothing is clicked, and every stop of the focus must be visible."""

    page: Page
    by: str

    @property
    def keys(self) -> bool:
        return self.by == KEYBOARD

    def at(self, target: str | Locator) -> Locator:
        return self.page.locator(target).first if isinstance(target, str) else target

    async def press(self, target: str | Locator, key: str = "") -> None:
        """A link, button or summary: clicked; or by its documented `key`, or reached by Tab and Enter."""
        where = self.at(target)
        await expect(where).to_be_visible()
        await self.page.wait_for_load_state()  # A key pressed before the scripts run would be lost.
        await self.page.evaluate("window.hadFocus = document.activeElement !== document.body")
        if not self.keys:
            await where.click()
        elif key:
            await self.page.keyboard.press(key)
        else:
            await self.reach(where)
            await self.page.keyboard.press("Enter")

    async def write(self, target: str | Locator, text: str) -> None:
        """Put `text` into a field in place of what is there."""
        where = self.at(target)
        await (self.reach(where) if self.keys else where.click())
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.insert_text(text)

    async def add(self, target: str | Locator, text: str) -> None:
        """Type `text` after what a field says already."""
        where = self.at(target)
        await (self.reach(where) if self.keys else where.click())
        await self.page.keyboard.press("Control+End")
        await self.page.keyboard.type(text)

    async def date(self, target: str | Locator, when: datetime, *, timed: bool = False) -> None:
        """A day, or a day and time, in a field of the browser's own."""
        where = self.at(target)
        if not self.keys:
            await where.fill(f"{when:%Y-%m-%dT%H:%M}" if timed else f"{when:%Y-%m-%d}")
            return
        await self.reach(where)
        for _ in range(6 if timed else 3):
            await self.page.keyboard.press("ArrowLeft")
        await self.page.keyboard.type(f"{when:%m%d%Y}")
        if timed:
            await self.page.keyboard.press("ArrowRight")
            await self.page.keyboard.type(f"{when:%I%M%p}")

    async def tick(self, target: str | Locator) -> None:
        """A tick box or switch."""
        where = self.at(target)
        if not self.keys:
            await where.click()
            return
        await self.reach(where)
        await self.page.keyboard.press("Space")

    async def choose(self, target: str | Locator) -> None:
        """One of several radio buttons: Tab leads into the group, the arrows to the one."""
        where = self.at(target)
        if not self.keys:
            await where.check()
            return
        name = await where.get_attribute("name")
        group = self.page.locator(f'input[type=radio][name="{name}"]')
        chosen = group.and_(self.page.locator(":checked"))
        await self.reach(chosen.first if await chosen.count() else group.first)
        for _ in range(await group.count()):
            if await where.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not reach {name}")

    async def select(self, target: str | Locator, begins: str) -> None:
        """The entry of a closed list that begins with these words."""
        where = self.at(target)
        if self.keys:
            await self.reach(where)
            await self.page.keyboard.type(begins)
        else:
            option = where.locator("option").filter(has_text=re.compile(f"^{re.escape(begins)}")).first
            await where.select_option(await option.get_attribute("value"))
        await expect(where.locator("option:checked")).to_have_text(re.compile(f"^{re.escape(begins)}"))

    async def reach(self, where: Locator) -> None:
        """Tab or Shift+Tab, whichever way it lies, until it has the focus."""
        target = await where.element_handle()
        for _ in range(FARTHEST):
            now = await self.page.evaluate(FOCUS, target)
            if now["wrong"]:
                now = await self._at_rest(target)
            if now["here"]:
                return
            await self.page.keyboard.press("Shift+Tab" if now["after"] else "Tab")
        raise AssertionError(f"the keyboard does not reach {where}")

    async def _at_rest(self, target: Any) -> Any:
        """Where the focus is once scrolling has ended; hidden or invisible still, it fails."""
        await self.page.wait_for_timeout(250)
        now = await self.page.evaluate(FOCUS, target)
        assert not now["wrong"], f"{self.page.url}: {now['wrong']}"
        return now

    async def sees(self, target: str | Locator, text: str | re.Pattern[str], seconds: float = 20) -> None:
        """The words are there, and after a swap the focus still is somewhere."""
        await expect(self.at(target)).to_contain_text(text, timeout=seconds * 1000)
        await self.keeps_focus()

    async def says(self, text: str | re.Pattern[str]) -> None:
        """The toast says so; who cannot see it hears the same words."""
        await self.sees("#toast", text)
        await expect(self.page.locator("#live")).to_contain_text(text)

    async def keeps_focus(self) -> None:
        """By keyboard: a page that had the focus somewhere at the last press has not dropped it on its body."""
        for _ in range(40):
            lost = "window.hadFocus === true && document.activeElement === document.body"
            if not self.keys or not await self.page.evaluate(lost):
                return
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"the focus was lost to the body at {self.page.url}")

    async def go(self, room: str) -> None:
        """To another room, by the navigation or by its two keys where it has them."""
        await self.page.wait_for_load_state()
        link = self.page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=room)
        if self.keys and room in GO:
            for one in GO[room].split():
                await self.page.keyboard.press(one)
        else:
            await self.press(link)
        await expect(link).to_have_attribute("aria-current", "page")
        await self.page.wait_for_load_state()

    async def sign_in(self, person: Person) -> None:
        """Through the front door, with e-mail and password."""
        await self.page.goto("/sign-in")
        await self.write("#f-email", person.email)
        await self.write("#f-password", PASSWORD)
        await self.press("#sign-in-go")
        await self.sees("h1", "Waiting for you")


async def known(role: str, name: str) -> Person:
    """Somebody who can sign in with the usual password."""
    return await make_person(role, name=name, password_hash=await passwords.hashed(PASSWORD))


@asynccontextmanager
async def seated(browser: Browser, address: str, by: str, width: int = DESK) -> AsyncIterator[Hands]:
    """A stranger before a browser."""
    async with opened(browser, address, width=width) as page:
        yield Hands(page, by)
