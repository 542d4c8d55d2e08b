"""An admin's first day in Chromium, with the mouse and by keyboard alone: from an empty desk to a delivery retried."""

import pytest
from playwright.async_api import Browser, expect

from app import accounts, seals, sql
from app.flow import plan, review
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.tables import Channel, Person, Post
from tests.browsing import status, working
from tests.flow.stage import acting
from tests.makers import make_person, make_post
from tests.stories.journeys import Hands, both, seated
from tests.visitors import PASSWORD

pytestmark = pytest.mark.browser


async def founded(hands: Hands) -> None:
    """Through the one-time link to the list of first steps."""
    await hands.page.goto(str(await accounts.setup_link()))
    await hands.write("#f-team", "Tide House")
    await hands.select("#f-zone", "Europe/Berlin")
    await hands.write("#f-name", "Ada Brandt")
    await hands.write("#f-email", "ada@example.com")
    await hands.write("#f-password", PASSWORD)
    if await hands.at("#f-site_on").is_checked():
        await hands.tick("#f-site_on")
    await hands.press("#setup-go")
    await hands.sees("#first-steps", "1 of 5 done")


async def connected(hands: Hands) -> Channel:
    """A rehearsal channel, by the step that asks for one."""
    await hands.press("#step-channel-go")
    await hands.press("a[href='/channels/new/sandbox']")
    await hands.write("#f-name", "Feed")
    await hands.press("#connect")
    await hands.sees("h1", "Feed")
    await hands.sees(".topbar", "Connected")
    return await Channel.objects().get(Channel.name == "Feed")


async def invited(hands: Hands, browser: Browser, address: str) -> Person:
    """Jonas gets a link, and joins by it in a browser of his own."""
    await hands.press("#nav-settings")
    await hands.press(hands.page.get_by_role("link", name="People"))
    await hands.write("#f-name", "Jonas Beck")
    await hands.write("#f-email", "jonas@example.com")
    await hands.select("#f-role", "Editor")
    await hands.press("#invite-go")
    await hands.sees("#link", "The link for Jonas Beck")
    link = (await hands.at("#link-text").inner_text()).strip()
    async with seated(browser, address, hands.by) as other:
        await other.page.goto(link)
        await other.write("#f-password", PASSWORD)
        await other.press("#join-go")
        await other.sees("h1", "Waiting for you")
    await hands.page.reload()
    await hands.sees("#people", "jonas@example.com · Editor")
    return await Person.objects().get(Person.name == "Jonas Beck")


async def two_have_to_approve(hands: Hands) -> None:
    await hands.press(hands.page.get_by_role("link", name="Team", exact=True))
    await hands.choose("#f-approval_rule-several")
    await hands.write("#f-approvals_needed", "2")
    await hands.press("#workspace-save")
    await hands.says("Saved.")
    assert await sql.value("SELECT approvals_needed FROM team") == 2


async def frozen_and_lifted(hands: Hands) -> None:
    """Everybody reads why nothing is sent, on every page, until it is lifted."""
    await hands.press(hands.page.locator(".subnav a[href='/settings/freeze']"))
    await hands.write("#f-note", "The museum is closed.")
    await hands.press("#freeze-stop")
    await hands.sees("#freeze h2", "Sending is frozen")
    await hands.go("Calendar")
    await hands.sees(".banners", "The museum is closed.")
    await hands.page.go_back()
    await hands.press("#freeze-lift")
    await hands.sees("#freeze h2", "Sending is on")
    await expect(hands.page.locator(".banners")).to_have_count(0)


async def approved(hands: Hands, post: Post, jonas: Person) -> None:
    """The forecast says what it still needs; hers is the first of two."""
    await hands.go("Forecast")
    await hands.sees("main", post.title)
    await hands.sees("main", "approval")
    await hands.page.goto(f"/posts/{post.id}")
    await hands.press(f"#post-{post.id}-approve", key="a")
    await hands.sees(f"#post-{post.id}", "Needs 1 more approval")
    await hands.says("Your approval counts; more are needed.")
    digest = (await seals.sealable(post.id)).digest
    await review.approve(await plan.load(post.id), digest, by=acting(jonas), ahead=False)


async def told_to_fail(hands: Hands, channel: Channel) -> None:
    """The rehearsal answers once that the post is too large."""
    await hands.page.goto(f"/channels/{channel.id}/rehearsal")
    await hands.press("#script-more > summary")
    await hands.choose("#f-answer-too_large")
    await hands.press("#script-set")
    await hands.sees("#script", "too large")


async def retried(hands: Hands, post: Post) -> None:
    """It fails, says why and what is certain; sent again by hand it is live."""
    await hands.page.goto(f"/posts/{post.id}")
    await hands.press(f"#post-{post.id}-publish_now")
    await hands.press("#confirm-publish_now-yes")
    await status(hands.page, "Publish failed")
    await hands.sees(".why", "too large")
    await hands.press(f"#post-{post.id}-publish_now")
    await hands.press("#confirm-publish_now-yes")
    await status(hands.page, "Published")
    await hands.sees(".why", "Stays live.")


async def read_in_the_log(hands: Hands, post: Post) -> None:
    """What happened, newest first, with every call that was made."""
    await hands.go("Publishing log")
    await hands.sees("main", post.title)
    await hands.sees("main", "Failed")
    await hands.press(hands.page.locator(".attempts > summary").first)
    await hands.sees("details[open] ol", "Publish: live, 201")


@both
async def test_an_admin_founds_connects_invites_freezes_and_retries(browser: Browser, address: str, by: str) -> None:
    async with working(), seated(browser, address, by) as hands:
        await founded(hands)
        channel = await connected(hands)
        jonas = await invited(hands, browser, address)
        await two_have_to_approve(hands)
        await frozen_and_lifted(hands)
        post = await make_post(title="Mud and moon", channels=[channel], author=await make_person("writer"))
        await approved(hands, post, jonas)
        await told_to_fail(hands, channel)
        await retried(hands, post)
        await read_in_the_log(hands, post)
    assert (await plan.load(post.id)).status == PostStatus.PUBLISHED
    found = await sql.rows("SELECT status FROM delivery ORDER BY id")
    assert [DeliveryStatus(row["status"]) for row in found][-1] == DeliveryStatus.PUBLISHED
    assert await sql.value("SELECT count(*) FROM attempt WHERE ended_at IS NOT NULL") == 2
    assert await sql.value("SELECT frozen_at FROM team") is None
    moves = "SELECT count(*) FROM event WHERE move IN ('freeze', 'unfreeze')"
    assert await sql.value(moves) == 2
