"""The product's sentence, verb by verb: plan, generate, review, schedule, publish, recall."""

from datetime import UTC, datetime, timedelta

from app import facts, seals, sql
from app.flow import draw, generate, plan, publish, recall, review, schedule
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.tables import Post
from app.times import planned
from tests.makers import make_channel, make_person, make_team

BRIEF = """Paper bags replaced plastic in our shop a year ago.

Costs: bags rose from 2 to 6 cents each.
Customers: nine of ten brought the bag back.

- We printed the roast date on them
- We asked for feedback on every tenth bag

Next: a deposit for the big ones."""


async def send_all(post: int) -> None:
    """What the worker does: take everything of a post as far as it goes now."""
    await publish.advance(post)
    for found in await sql.rows("SELECT id FROM delivery WHERE post = $1 AND next_at <= now() ORDER BY id", post):
        await publish.send(found["id"])


async def test_a_post_goes_from_plan_to_live_and_back_down() -> None:
    await make_team()
    person = await make_person(role="editor")
    site = await make_channel(platform="site")
    by = By("person", person=person.id, role="editor", name="Nina")
    today = datetime.now(UTC).date() + timedelta(days=2)
    post = await plan.create(
        Plan("Paper bags, one year on", planned(today, None, "Europe/Berlin"), brief=BRIEF, channels=(site.id,)), by=by
    )
    post = await generate.start(post, by=by)
    await generate.write(post.id)
    post = await plan.load(post.id)
    assert post.status == "text_ready_images_pending"
    await draw.draw(post.id)
    post = await plan.load(post.id)
    assert post.status == "generated_pending_review"
    known = await facts.of(post.id)
    assert known.pictures_pending == 0
    post = await _fill(post, by)
    what = await seals.sealable(post.id)
    post = (await review.approve(post, what.digest, by=by)).post
    assert post.status == "approved"
    post = await schedule.line_up(post, None, by=by)
    assert post.status == "scheduled"
    await send_all(post.id)
    post = await plan.load(post.id)
    assert post.status == "published", await sql.rows("SELECT status, error_kind, error_note FROM delivery")
    post = await recall.unpublish(post, by=by)
    await recall.work(post.id)
    post = await plan.load(post.id)
    assert post.status == "unpublished"
    events = [e["move"] for e in await sql.rows("SELECT move FROM event WHERE about = 'post' ORDER BY id")]
    assert events == [
        "create", "generate", "text_ready", "finish", "edit", "approve", "publish_now", "start_publishing", "complete",
        "unpublish",
    ]  # fmt: skip


async def _fill(post: Post, by: By) -> Post:
    """Close the gaps the outline writer left."""
    import re

    from app import content

    before = await content.load(post.revision)
    body = re.sub(r"\[write:[^\]]*\]", "Filled in by hand.", before.body)
    text = content.Text(before.title, body, before.excerpt, before.slug, before.renditions, before.pictures)
    return await review.save(post, text, by=by)
