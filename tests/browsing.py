"""Chromium at the desk: pages that note every error and policy violation, axe, and a worker that really works."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from app import doorbell, sessions, worker
from app.tables import Person

WATCH = """document.addEventListener('securitypolicyviolation', event =>
  console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile))"""
# Chromium and htmx report every 4xx answer as an error; the tests look at those answers themselves.
EXPECTED = ("Failed to load resource", "Response Status Error Code 4")
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js")).read_text()
RUN = """async options => (await axe.run(document, options)).violations.map(wrong =>
  `${wrong.id}: ${wrong.nodes[0].html.slice(0, 160)} ${wrong.nodes[0].failureSummary}`)"""
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"], "iframes": False,
}  # fmt: skip
PHONE, DESK, SMALL = 390, 1280, 320


@dataclass
class Trouble:
    """What went wrong in a browser while nobody looked."""

    notes: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.notes.append(message.text)

    def error(self, error: object) -> None:
        self.notes.append(str(error))


@asynccontextmanager
async def opened(
    browser: Browser, address: str, person: Person | None = None, *, width: int = DESK, scripts: bool = True
) -> AsyncIterator[Page]:
    """A page of a browser of one's own, signed in as `person`; afterwards nothing may have gone wrong in it."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, base_url=address
    )
    trouble = Trouble()
    await context.add_init_script(WATCH)
    if person is not None:
        token = await sessions.start(person.id, ip="127.0.0.1", agent="Chromium")
        await context.add_cookies([{"name": "session", "value": token, "url": address}])
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", trouble.console)
    page.on("pageerror", trouble.error)
    try:
        yield page
    finally:
        await context.close()
    assert trouble.notes == []


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Both arq workers and the sweeps of `galley worker`, in this loop and on the tests' pool."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(worker.serve(worker.PUBLISHING, doorbell.PUBLISHING, 30, stop)),
        asyncio.create_task(worker.serve(worker.GENERATION, doorbell.GENERATION, 600, stop)),
        asyncio.create_task(worker.every(1.0, worker.SWEEPS, stop)),
        asyncio.create_task(worker.every(worker.BEAT_SECONDS, (worker.beat,), stop)),
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def violations(page: Page) -> list[str]:
    """What axe finds on the page, one line each: the rule, and the first element that breaks it.

    In the dark theme only what another theme can break: all else is the same as in the light one.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found = await page.evaluate(RUN, RULES)
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {wrong}" for wrong in await page.evaluate(RUN, RULES | {"runOnly": CONTRAST})]
    await page.emulate_media(color_scheme="light")
    return [f"{page.url}: {wrong}" for wrong in found]


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def status(page: Page, label: str | re.Pattern[str], seconds: float = 20) -> None:
    """Wait until the post's pill says so, without loading anything anew."""
    await expect(page.locator("article .ihead .pill").first).to_have_text(label, timeout=seconds * 1000)
