"""A writer's whole way in Chromium, with the mouse and by keyboard alone: from signing in to the live post."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from app import seals, sql
from app.flow import comments, plan, review
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.tables import Person
from tests.browsing import status, working
from tests.flow.stage import acting
from tests.makers import make_channel, make_team
from tests.stories.journeys import Hands, both, known, seated

pytestmark = pytest.mark.browser

TITLE = "Paper bags, one year on"
BRIEF = "Paper bags replaced plastic in our shop a year ago.\n\nCosts: bags rose from 2 to 6 cents each."
GAP = re.compile(r"\[write:[^\]]*\]")


async def desk() -> tuple[Person, Person]:
    """A team with its blog, the writer Mara, and the editor Jonas, whose yes it takes."""
    await make_team(zone="Europe/Berlin", mode="approval", self_approval="never")
    await make_channel("site", name="Blog")
    return await known("writer", "Mara Okafor"), await known("editor", "Jonas Beck")


async def planned(hands: Hands) -> int:
    """The number of the post that she plans for tomorrow."""
    await hands.go("Posts")
    await hands.press("#new-post", key="n")
    await hands.write("#f-title", TITLE)
    await hands.write("#f-brief", BRIEF)
    await expect(hands.page.get_by_label("Blog")).to_be_checked()
    await hands.date("#f-on", datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=1))
    await hands.press("#plan-save")
    await status(hands.page, "Planned")
    return int(hands.page.url.rsplit("/", 1)[1])


async def written(hands: Hands, post: int) -> None:
    """The draft comes by itself; she fills its gaps, and every pause is saved."""
    page = hands.page
    await hands.press(f"#post-{post}-generate")
    await status(page, "Pending review")
    await hands.sees("main", "Arranged by the outline writer from your own words")
    await hands.press(f"#post-{post}-edit", key="e")
    for field, words in (("#f-title", "A year later"), ("#f-excerpt", "One year."), ("#f-body", "Nine of ten.")):
        await hands.write(field, GAP.sub(words, await page.locator(field).input_value()))
    await hands.sees("[data-saved]", re.compile(r"Saved \d\d:\d\d"))
    assert "Nine of ten" in await sql.value("SELECT fields::text FROM draft_copy WHERE post = $1", post)
    await hands.press("#edit-save", key="Control+Enter")
    await status(page, "Modified, pending review")


async def discussed(hands: Hands, post: int) -> None:
    """She asks Jonas by name; the page says what it waits for, and that she cannot give it."""
    await hands.write(f"#comment-{post}-body", "@Jonas Beck, are the costs right?")
    await hands.press("#comment-send")
    await hands.sees(".thread", "are the costs right?")
    await hands.says("Commented.")
    await hands.sees(".why", "It needs an approval that includes the changes.")
    await hands.sees(".why", "Approve: This needs the role editor.")


async def asked_for_changes(post: int, jonas: Person) -> None:
    await comments.request_changes(await plan.load(post), "Say what it cost in all.", by=acting(jonas))


async def mended(hands: Hands, post: int) -> None:
    """She finds the request in her inbox, reads it at the post, and does what it says."""
    await hands.go("Inbox")
    await hands.press(f"#row-{post}-title")
    await hands.sees(".why", "Jonas Beck asked for changes: Say what it cost in all.")
    await hands.press(f"#post-{post}-edit", key="e")
    await hands.add("#f-body", "\n\nIn all it cost 240 euros.")
    await hands.sees("#live-preview", "In all it cost 240 euros.")
    await hands.press("#edit-save", key="Control+s")
    await status(hands.page, "Modified, pending review")
    await expect(hands.page.locator(".why")).not_to_contain_text("asked for changes")


async def approved(post: int, jonas: Person) -> None:
    digest = (await seals.sealable(post)).digest
    await review.approve_and_send(await plan.load(post), digest, None, by=acting(jonas))


async def live(hands: Hands, post: int) -> None:
    """From the calendar to the post: who approved it, and that it stays live."""
    await hands.go("Calendar")
    await hands.press(f"#ev-{post}-title")
    await status(hands.page, "Published")
    await hands.sees(".why", "Stays live.")
    await hands.sees(".rail", "Approved")
    await hands.sees(".rail", "Jonas Beck")


@both
async def test_a_writer_plans_writes_asks_mends_and_sees_it_live(browser: Browser, address: str, by: str) -> None:
    mara, jonas = await desk()
    async with working(), seated(browser, address, by) as hands:
        await hands.sign_in(mara)
        post = await planned(hands)
        await written(hands, post)
        await discussed(hands, post)
        await asked_for_changes(post, jonas)
        await mended(hands, post)
        await approved(post, jonas)
        await live(hands, post)
    assert (await plan.load(post)).status == PostStatus.PUBLISHED
    assert await sql.value("SELECT status FROM delivery WHERE post = $1", post) == DeliveryStatus.PUBLISHED
    body = "SELECT r.body FROM delivery d JOIN seal s ON s.id = d.live_seal JOIN revision r ON r.id = s.revision"
    assert "In all it cost 240 euros." in await sql.value(body)
    assert await sql.value("SELECT person FROM mention") == jonas.id
    assert await sql.value("SELECT count(*) FROM draft_copy") == 0
