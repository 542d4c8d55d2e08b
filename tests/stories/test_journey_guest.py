"""A guest without an account on a phone, in Chromium, by touch and by keyboard: reads, asks, approves, comes back."""

import pytest
from playwright.async_api import Browser, expect

from app import sql
from app.flow import guests, plan
from app.lifecycles.statuses import PostStatus
from app.tables import Person, Post
from tests.browsing import PHONE, sideways
from tests.flow.stage import acting
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now
from tests.stories.journeys import Hands, both, seated

pytestmark = pytest.mark.browser

TITLES = ("Cold brew ratios", "Paper bags, one year on", "A visit to the mill")


async def desk() -> tuple[Person, list[Post]]:
    """Three drafts that would go out in three days, and Nina, who asks a guest about each."""
    await make_team(zone="Europe/Berlin", mode="approval")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    channels, at = [await make_channel("site", name="Blog"), await make_channel("sandbox", name="Feed")], now(days=3)
    nina = await make_person("editor", name="Nina Lorenz")
    posts = [
        await make_post(title=title, channels=channels, planned_on=at.date(), planned_time=at.time())
        for title in TITLES
    ]
    return nina, posts


async def read(hands: Hands, link: str, post: Post) -> None:
    """Who asks, what exactly goes out, and where; nothing to scroll sideways."""
    await hands.page.goto(link)
    await hands.sees("h1", "Nina Lorenz asks for your approval")
    await hands.sees("#guest", post.title)
    await hands.sees("#guest", "Tides come twice a day.")
    for channel in ("Blog", "Feed"):
        await hands.sees("#channels", channel)
    assert await sideways(hands.page) == 0
    assert await sql.value("SELECT count(*) FROM approval WHERE post = $1", post.id) == 0, "looking decides nothing"


async def asked(hands: Hands, post: Post) -> None:
    """For changes, with a sentence and a name; forgotten first, and asked for then."""
    await hands.press("#guest-request-open")
    await hands.write("#f-reason", "Please name the roaster.")
    await hands.write("#f-name-2", "Pat Client")
    await hands.press("#guest-ask")
    await hands.sees("#guest-closed", "Nina Lorenz was asked for changes.")
    assert await sql.value("SELECT guest || ': ' || body FROM comment") == "Pat Client: Please name the roaster."


async def approved(hands: Hands) -> None:
    await hands.write("#f-name", "Pat Client")
    await hands.press("#guest-approve")
    await hands.sees("#guest-closed", "Pat Client approved this version")


async def closed(hands: Hands, link: str, words: str) -> None:
    """A link that is over says so, and asks nothing more."""
    await hands.page.goto(link)
    await hands.sees("#guest-closed", words)
    await expect(hands.page.locator("form")).to_have_count(0)
    assert await sideways(hands.page) == 0


async def stopped(hands: Hands, post: Post, nina: Person) -> None:
    """Taken back while the guest reads: the answer is refused in words, and so is the next visit."""
    await guests.revoke(post.id, (await guests.links(post.id))[0].id, by=acting(nina))
    await hands.write("#f-name", "Pat Client")
    await hands.press("#guest-approve")
    await hands.sees("main", guests.GONE)
    await hands.page.reload()
    await hands.sees("main", guests.GONE)
    await expect(hands.page.locator("form")).to_have_count(0)


@both
async def test_a_guest_reads_asks_approves_and_comes_back(browser: Browser, address: str, by: str) -> None:
    nina, posts = await desk()
    links = [await guests.invite(post, 7, by=acting(nina)) for post in posts]
    async with seated(browser, address, by, width=PHONE) as hands:
        await read(hands, links[0], posts[0])
        await asked(hands, posts[0])
        await closed(hands, links[0], "was asked for changes")
        await read(hands, links[1], posts[1])
        await approved(hands)
        await closed(hands, links[1], "Pat Client approved this version")
        await read(hands, links[2], posts[2])
        await stopped(hands, posts[2], nina)
    found = [PostStatus((await plan.load(post.id)).status) for post in posts]
    assert found == [PostStatus.PENDING_REVIEW, PostStatus.SCHEDULED, PostStatus.PENDING_REVIEW]
    assert await sql.value("SELECT guest FROM approval WHERE voided_at IS NULL") == "Pat Client"
