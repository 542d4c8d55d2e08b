"""An editor's day in Chromium, with the mouse and by keyboard alone: inbox, queue, calendar and list."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from app import sql
from app.flow import plan
from app.lifecycles.statuses import PostStatus
from app.tables import Person, Post
from tests.browsing import status
from tests.makers import make_channel, make_person, make_post, make_team
from tests.stories.journeys import Hands, both, known, seated

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")
TITLES = ("Tide tables", "Ebb and flow", "Spring tides", "Neap tides", "The moon pulls")


async def desk() -> tuple[Person, list[Post]]:
    """Five drafts of Mara's, due one after the other, and Nina, who decides."""
    await make_team(zone="Europe/Berlin", mode="manual")
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    channel, mara = await make_channel("sandbox", name="Feed"), await make_person("writer", name="Mara Okafor")
    days = [_in(days=n + 2) for n in range(len(TITLES))]
    posts = [
        await make_post(title=title, channels=[channel], planned_on=day, author=mara, zone="Europe/Berlin")
        for title, day in zip(TITLES, days, strict=True)
    ]
    return await known("editor", "Nina Lorenz"), posts


def _in(days: int) -> date:
    return datetime.now(BERLIN).date() + timedelta(days=days)


async def changed_her_mind(hands: Hands, post: Post) -> None:
    """The row of the inbox acts in place, and Undo gives it back."""
    await hands.sees(".topbar", "5 things")
    await hands.press(f"#post-{post.id}-approve")
    await hands.sees(f"#row-{post.id}", "Approved.")
    await hands.press(f"#row-{post.id}-undo", key="z")
    await expect(hands.page.locator(f"#post-{post.id}-approve")).to_be_visible()
    await hands.keeps_focus()


async def reviewed(hands: Hands, posts: list[Post]) -> None:
    """One by one: the first approved, the second rejected, the third sent back with a sentence."""
    first, second, third = (post.id for post in posts[:3])
    await hands.press("#review-all")
    await hands.sees("#queue-place", "1 of 5")
    await hands.press(f"#post-{first}-approve", key="a")
    await hands.sees("h1", TITLES[1])
    await hands.press(f"#post-{second}-reject", key="r")
    await hands.write("#f-reason", "We said this last week.")
    await hands.press("#confirm-reject-yes", key="Control+Enter")
    await hands.sees("h1", TITLES[2])
    await hands.press(f"#post-{third}-more-summary")
    await hands.press(f"#post-{third}-request")
    await hands.write("#f-body", "@Mara Okafor, say when the next one is.")
    await hands.press("#confirm-request-yes")
    await hands.sees(f"#post-{third} .why", "Nina Lorenz asked for changes")
    await hands.sees(f"#comments-{third}", "say when the next one is.")


async def scheduled(hands: Hands, post: Post) -> None:
    """What she approved gets its time; the page says when it goes out, and where."""
    await hands.go("Posts")
    await hands.press(f"#title-{post.id}")
    await status(hands.page, "Approved")
    await hands.press(f"#post-{post.id}-schedule")
    await hands.date("#f-at", datetime.combine(_in(days=2), datetime.min.time()).replace(hour=9, minute=30), timed=True)
    await hands.press("#confirm-schedule-yes")
    await status(hands.page, "Scheduled")
    await hands.says("Scheduled.")
    await hands.sees(".why", "09:30 (Berlin)")


async def moved_and_back(hands: Hands, post: Post) -> None:
    """Dragged to the next day, or asked for one by M; and taken back from the toast."""
    to = _in(days=3)
    await hands.page.goto(f"/calendar?date={to:%Y-%m}")
    if hands.keys:
        await hands.reach(hands.at(f"#ev-{post.id}-title"))
        await hands.press(f"#move-{post.id}", key="m")
        await hands.date("#f-on", datetime.combine(to, datetime.min.time()))
        await hands.press("#confirm-time-yes")
    else:
        await hands.at(f"#ev-{post.id}").drag_to(hands.at(f"#d-{to}"))
    await hands.sees(f"#d-{to} #ev-{post.id}", "09:30")
    await hands.says("Moved to")
    assert await stands(post) == to
    await hands.press("#undo", key="z")
    await hands.sees("#toast", "Back on")
    assert await stands(post) == _in(days=2)


async def stands(post: Post) -> date:
    at: datetime = await sql.value("SELECT publish_at FROM post WHERE id = $1", post.id)
    return at.astimezone(BERLIN).date()


async def several(hands: Hands, posts: list[Post]) -> None:
    """Two at once: the question names a doubt about each and leaves it out; she ticks both, and reads the report."""
    await hands.page.goto("/posts?group=review")
    for post in posts:
        await hands.tick(f"#pick-{post.id}")
    await hands.sees("#bulk-bar", "2 selected")
    await hands.press("#bulk-approve", key="a")
    await hands.sees("#dialog h2", "Approve 2 posts?")
    await hands.sees("#dialog", f"Says the same as “{TITLES[0]}” on Feed")
    for post in posts:
        await expect(hands.at(f"#bulk-row-{post.id}")).not_to_be_checked()
        await hands.tick(f"#bulk-row-{post.id}")
    await hands.press("#bulk-yes")
    await hands.sees("h1", "2 approved.")
    await hands.press("#bulk-back")
    await hands.page.wait_for_url("**/posts?group=review")


async def put_off_and_back(hands: Hands, posts: list[Post]) -> None:
    """Two moved by a week; the report takes both back."""
    before = [(await plan.load(post.id)).planned_on for post in posts]
    await hands.page.goto("/posts?q=tide")
    for post in posts:
        await hands.tick(f"#pick-{post.id}")
    await hands.press("#bulk-move", key="m")
    await hands.write("#f-by_days", "7")
    await hands.press("#bulk-yes")
    await hands.sees("h1", "2 moved.")
    await hands.press("#bulk-undo-go")
    await hands.sees("h1", "2 moved back.")
    assert [(await plan.load(post.id)).planned_on for post in posts] == before


async def unscheduled(hands: Hands, post: Post) -> None:
    """Off the schedule again, after a question that says what becomes of it."""
    await hands.page.goto(f"/posts/{post.id}")
    await hands.press(f"#post-{post.id}-unschedule")
    await hands.sees("#dialog", "Keep scheduled")
    await hands.press("#confirm-unschedule-yes")
    await status(hands.page, "Approved")
    await hands.says("Taken off the schedule.")


@both
async def test_an_editor_reviews_schedules_moves_and_takes_back(browser: Browser, address: str, by: str) -> None:
    nina, posts = await desk()
    async with seated(browser, address, by) as hands:
        await hands.sign_in(nina)
        await changed_her_mind(hands, posts[4])
        await reviewed(hands, posts)
        await scheduled(hands, posts[0])
        await moved_and_back(hands, posts[0])
        await put_off_and_back(hands, [posts[2], posts[3]])
        await several(hands, posts[3:])
        await unscheduled(hands, posts[0])
    found = [PostStatus((await plan.load(post.id)).status) for post in posts]
    approved = PostStatus.APPROVED
    assert found == [approved, PostStatus.REJECTED, PostStatus.PENDING_REVIEW, approved, approved]
    assert await sql.value("SELECT count(*) FROM publication WHERE canceled_at IS NOT NULL") == 1
    assert await sql.value("SELECT note FROM event WHERE move = 'reject'") == "We said this last week."
    assert await sql.value("SELECT max(at) FROM event") <= datetime.now(UTC)
