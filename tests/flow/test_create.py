"""Creating: an idea, a plan or a written post; the same form never makes two."""

import asyncio
from datetime import UTC, date, datetime, time
from uuid import uuid4

import pytest

from app import content, sql
from app.content import Text
from app.flow import plan
from app.flow.plan import Plan
from app.lifecycles.machine import CLOCK, WORKER
from app.moves import Refused
from app.tables import Post
from app.times import Planned, TimeGap, planned
from tests.flow.stage import a_key, moves_of, somebody
from tests.makers import make_channel, make_media, make_picture, make_post, make_revision
from tests.rows import now

NO_DATE = Planned(None, None, "Europe/Berlin", None)


def on(days: int = 2, wall: time | None = None) -> Planned:
    return planned(now(days=days).date(), wall, "Europe/Berlin")


@pytest.mark.parametrize(
    ("when", "text", "status"),
    [
        (NO_DATE, None, "awaiting_user_date"),
        (on(), None, "to_be_generated"),
        (on(0), None, "to_be_generated"),
        (on(), Text("Tides", "Twice a day."), "generated_pending_review"),
        (NO_DATE, Text("Tides", "Twice a day."), "generated_pending_review"),
        (on(), Text("Tides", "   "), "to_be_generated"),
    ],
    ids=["no date", "a date", "today", "written", "written without a date", "nothing typed"],
)
async def test_what_is_given_decides_where_it_starts(when: Planned, text: Text | None, status: str) -> None:
    post = await plan.create(Plan("Tides", when, text=text), by=await somebody("writer"))
    assert post.status == status
    assert await moves_of(post) == ["create"]
    assert (post.revision is not None) == (status == "generated_pending_review")


async def test_the_whole_plan_is_kept() -> None:
    by, channel, gone = await somebody("writer"), await make_channel(), await make_channel(disconnected_at=now())
    wanted = Plan("Tides", on(2, time(9)), "tide", "for sailors", "Why.", channels=(channel.id, gone.id))
    post = await plan.create(wanted, by=by)
    row = await plan.load(post.id)
    assert (row.title, row.keyword, row.angle, row.brief, row.author) == (
        "Tides",
        "tide",
        "for sailors",
        "Why.",
        by.person,
    )
    assert (row.planned_on, row.planned_time, row.zone) == (wanted.when.on, time(9), "Europe/Berlin")
    assert row.publish_at == wanted.when.at
    assert await plan.targets(post.id) == (channel.id,), "a disconnected channel is no target"


async def test_typed_words_are_kept_even_without_a_body() -> None:
    post = await plan.create(Plan("Tides", on(), text=Text("Tides", "", "In short.")), by=await somebody("writer"))
    assert post.status == "to_be_generated"
    assert (await content.load(post.revision)).excerpt == "In short."


async def test_the_same_form_twice_makes_one_post() -> None:
    by, token = await somebody("writer"), uuid4()
    first = await plan.create(Plan("Tides", on(), form_token=token), by=by)
    again = await plan.create(Plan("Tides, typed again", on(), form_token=token), by=by)
    assert (again.id, again.title) == (first.id, "Tides")


async def test_the_same_form_twice_at_once_makes_one_post() -> None:
    by, token = await somebody("writer"), uuid4()
    wanted = Plan("Tides", on(), form_token=token)
    made = await asyncio.gather(*(asyncio.create_task(plan.create(wanted, by=by)) for _ in range(8)))
    assert len({post.id for post in made}) == 1
    assert await Post.count() == 1


def test_a_time_inside_a_dst_gap_is_refused_with_the_next_valid_one() -> None:
    with pytest.raises(TimeGap, match="Use 03:30") as gap:
        planned(date(2027, 3, 28), time(2, 30), "Europe/Berlin")
    assert gap.value.valid == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


async def test_a_day_that_is_over_is_refused() -> None:
    with pytest.raises(Refused, match="That day has passed"):
        await plan.create(Plan("Tides", on(-2)), by=await somebody("writer"))
    assert await Post.count() == 0


async def test_what_is_written_already_may_keep_an_old_day() -> None:
    post = await plan.create(Plan("Tides", on(-2), text=Text("Tides", "Old.")), by=await somebody("writer"))
    assert post.status == "generated_pending_review"


@pytest.mark.parametrize(("scope", "may"), [("write", True), ("read", False), ("publish", False)])
async def test_a_key_needs_the_scope_write(scope: str, may: bool) -> None:
    key = await a_key(scope)
    try:
        post = await plan.create(Plan("Tides", on()), by=key)
        assert post.created_by_key == key.key
    except Refused as refused:
        assert refused.forbidden
    assert bool(await Post.count()) == may


@pytest.mark.parametrize("who", [WORKER, CLOCK])
async def test_nobody_else_creates(who: object) -> None:
    with pytest.raises(Refused):
        await plan.create(Plan("Tides", on()), by=who)  # type: ignore[arg-type]


async def test_a_viewer_creates_nothing() -> None:
    with pytest.raises(Refused) as refused:
        await plan.create(Plan("Tides", on(), text=Text("T", "B")), by=await somebody("viewer"))
    assert refused.value.forbidden
    assert await sql.value("SELECT count(*) FROM revision") == 0


# Duplicate


async def test_a_duplicate_has_the_content_and_no_history() -> None:
    by, channel = await somebody("writer"), await make_channel()
    post = await make_post("published", channels=[channel], keyword="tide")
    revision = await make_revision(post)
    media = await make_media(post)
    await make_picture(revision, media)
    await sql.run(
        'INSERT INTO rendition (revision, channel, fields) VALUES ($1, $2, \'{"text": "Hi"}\')', revision.id, channel.id
    )
    copy = await plan.duplicate(post, by=by, when=NO_DATE)
    text, before = await content.load(copy.revision), await content.load(revision.id)
    assert copy.id != post.id and copy.status == "generated_pending_review"
    assert (text.title, text.body, text.excerpt, dict(text.renditions)) == (
        before.title, before.body, before.excerpt, {channel.id: {"text": "Hi"}},
    )  # fmt: skip
    assert [picture.media for picture in text.pictures] == [media.id]
    assert (copy.keyword, await plan.targets(copy.id)) == ("tide", (channel.id,))
    assert text.slug != before.slug, "each post has an address of its own"
    assert text.number == 1 and await moves_of(copy) == ["create"]


@pytest.mark.parametrize(("when", "status"), [(NO_DATE, "awaiting_user_date"), (on(), "to_be_generated")])
async def test_a_duplicate_of_a_plan_is_a_plan(when: Planned, status: str) -> None:
    copy = await plan.duplicate(await make_post("missed"), by=await somebody("writer"), when=when)
    assert (copy.status, copy.revision) == (status, None)


async def test_a_double_click_duplicates_once() -> None:
    post, by, token = await make_post("published"), await somebody("writer"), uuid4()
    made = {(await plan.duplicate(post, by=by, when=NO_DATE, form_token=token)).id for _ in range(3)}
    assert len(made) == 1
