"""A page that arrives in two pieces, the first ending within a pill: it is drawn once, so that nothing moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import Browser

from tests.browsing import PHONE, opened
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now
from tests.stories.measures import SETTLED, SHIFTS

pytestmark = pytest.mark.browser
CUT, END = b"</svg>Will not publish", 6  # of what stands in a pill: its icon comes before its words


@asynccontextmanager
async def in_pieces(address: str, cuts: list[str]) -> AsyncIterator[str]:
    """The same desk behind a slow line: its address there. `cuts`: what was asked for and came in two pieces."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(one.split(": ", 1) for one in rest if one.startswith("Cookie"))
        async with httpx.AsyncClient() as client:
            found = await client.get(address + line.split()[1], headers=headers)
        head = f"HTTP/1.1 {found.status_code} OK\r\nContent-Length: {len(found.content)}\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Type: {found.headers['content-type']}\r\n\r\n".encode())
        first, cut, second = found.content.partition(CUT)
        writer.write(first + cut[:END])
        await writer.drain()
        if cut:
            cuts.append(line)
            await asyncio.sleep(2)
            writer.write(cut[END:] + second)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as line:
        yield f"http://localhost:{line.sockets[0].getsockname()[1]}"


async def test_a_page_that_arrives_in_pieces_is_drawn_once(browser: Browser, address: str) -> None:
    await make_team()
    paused = await make_channel("webhook", paused_at=now())
    await make_post("scheduled", channels=[paused], planned_on=now(days=3).date())
    reader, cuts = await make_person("editor"), list[str]()
    async with in_pieces(address, cuts) as slow, opened(browser, slow, reader, width=PHONE) as page:
        await page.add_init_script(SHIFTS)
        await page.goto("/forecast", wait_until="commit")
        await page.wait_for_load_state()
        await page.evaluate(SETTLED)
        assert cuts == ["GET /forecast HTTP/1.1"]
        assert await page.evaluate("window.shifts") == []
