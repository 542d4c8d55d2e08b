"""The planned day and time: picked, changed freely before approval, and missed when nobody wrote it."""

from datetime import time

import pytest

from app import content, sql
from app.flow import generate, plan, review, schedule
from app.lifecycles.post import REVIEW, STATUSES
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Post, Publication
from app.times import Planned, planned
from tests.flow.stage import a_key, acting, digest, moves_of, queued, somebody, soon, status
from tests.makers import make_channel, make_delivery, make_person, make_post, make_team
from tests.rows import now

FREE = (
    "to_be_generated", "generating", "generation_failed", "text_ready_images_pending", "generated_pending_review",
    "modified_pending_review", "unpublished", "rejected",
)  # fmt: skip


def on(days: int = 3, wall: time | None = None) -> Planned:
    return planned(now(days=days).date(), wall, "UTC")


async def test_an_idea_with_a_date_is_planned() -> None:
    post = await make_post("awaiting_user_date")
    post = await plan.set_date(post, on(3, time(9)), by=await somebody())
    assert (post.status, post.planned_on, post.planned_time) == ("to_be_generated", on().on, time(9))
    assert post.publish_at is not None
    assert await moves_of(post) == ["set_date"]


@pytest.mark.parametrize(("when", "reason"), [(on(-1), "passed"), (Planned(None, None, "UTC", None), "Pick a date")])
async def test_a_date_is_today_or_later(when: Planned, reason: str) -> None:
    post = await make_post("awaiting_user_date")
    with pytest.raises(Refused, match=reason):
        await plan.set_date(post, when, by=await somebody())


async def test_only_an_idea_needs_its_date_picked() -> None:
    with pytest.raises(IllegalMove):
        await plan.set_date(await make_post("to_be_generated"), on(), by=await somebody())


@pytest.mark.parametrize("where", STATUSES)
async def test_the_time_changes_freely_before_approval(where: str) -> None:
    author = await make_person("writer")
    post = await make_post(where, author=author)
    if where == "awaiting_user_date":
        assert (await plan.set_time(post, on(), by=acting(author))).status == "to_be_generated"
        return
    if where not in FREE:
        with pytest.raises(Refused):
            await plan.set_time(post, on(), by=acting(author))
        assert (await plan.load(post.id)).planned_on == post.planned_on
        return
    fresh = await plan.set_time(post, on(4, time(8, 30)), by=acting(author))
    assert (fresh.status, fresh.version) == (where, post.version + 1)
    assert (fresh.planned_on, fresh.planned_time) == (on(4).on, time(8, 30))
    assert await moves_of(post) == ["plan"]


async def test_on_an_approved_post_an_editor_may_and_the_approval_stays() -> None:
    post = await make_post("approved")
    fresh = await plan.set_time(post, on(4, time(9)), by=await somebody())
    assert fresh.status == "approved"
    assert await sql.value("SELECT count(*) FROM seal WHERE voided_at IS NULL") == 1
    with pytest.raises(Refused):
        await plan.set_time(fresh, on(5), by=await somebody("writer"))


async def test_a_scheduled_post_is_rescheduled_instead() -> None:
    post = await queued(await make_channel(), at=soon())
    with pytest.raises(Refused, match="rescheduling"):
        await plan.set_time(post, on(), by=await somebody())


async def test_a_day_that_is_over_is_refused_but_an_old_one_may_stay() -> None:
    post = await make_post("generated_pending_review", planned_on=now(days=-4).date())
    with pytest.raises(Refused, match="That day has passed"):
        await plan.set_time(post, on(-1), by=await somebody())
    assert (await plan.set_time(post, on(-4, time(7)), by=await somebody())).planned_time == time(7)


async def test_a_planned_post_keeps_a_day() -> None:
    with pytest.raises(Refused, match="needs a day"):
        await plan.set_time(await make_post("to_be_generated"), Planned(None, None, "UTC", None), by=await somebody())


async def test_the_slower_of_two_changes_nothing() -> None:
    post, by = await make_post("to_be_generated"), await somebody()
    await plan.set_time(await plan.load(post.id), on(5), by=by)
    with pytest.raises(MovedMeanwhile):
        await plan.set_time(post, on(6), by=by)
    assert (await plan.load(post.id)).planned_on == on(5).on


@pytest.mark.parametrize("who", ["another writer", "viewer", "read"])
async def test_others_posts_need_an_editor(who: str) -> None:
    post = await make_post("to_be_generated", author=await make_person("writer"))
    by = await (a_key("read") if who == "read" else somebody("viewer" if who == "viewer" else "writer"))
    with pytest.raises(Refused) as refused:
        await plan.set_time(post, on(5), by=by)
    assert refused.value.forbidden


# Missed


async def why(post: Post) -> str:
    note: str = await sql.value("SELECT note FROM event WHERE move = 'miss' AND post = $1", post.id)
    return note


async def test_a_day_that_passed_is_missed_once_and_says_why() -> None:
    post = await make_post("to_be_generated", planned_on=now(days=-1).date(), channels=[await make_channel()])
    assert [await plan.daily(), await plan.daily()] == [1, 0]
    assert await status(post) == "missed"
    assert await moves_of(post) == ["miss"]
    assert await why(post) == "Automatic writing is off."


@pytest.mark.parametrize("reason", ["No channel", "A person has started", "used up", "before the worker"])
async def test_the_reason_is_the_one_that_kept_it_from_being_written(reason: str) -> None:
    await make_team(generation_on=True, monthly_quota=0 if reason == "used up" else None)
    channels = [] if reason == "No channel" else [await make_channel()]
    typed = reason == "A person has started"
    post = await make_post("to_be_generated", planned_on=now(days=-1).date(), channels=channels, with_revision=typed)
    await plan.daily()
    assert reason in await why(post)


@pytest.mark.parametrize("days", [0, 1])
async def test_today_and_later_is_not_missed(days: int) -> None:
    post = await make_post("to_be_generated", planned_on=now(days=days).date())
    assert await plan.daily() == 0
    assert await status(post) == "to_be_generated"


async def test_the_day_ends_where_the_team_works() -> None:
    await make_team(zone="Pacific/Kiritimati")
    here = await sql.value("SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date")
    await make_post("to_be_generated", planned_on=here)
    await make_team(zone="Etc/GMT+12")
    assert await plan.daily() == 0


async def test_archived_posts_are_left_alone() -> None:
    await make_post("to_be_generated", planned_on=now(days=-1).date(), archived_at=now())
    assert await plan.daily() == 0


@pytest.mark.parametrize("verb", ["generate", "rewrite"])
async def test_a_missed_post_can_still_be_written_or_planned_anew(verb: str) -> None:
    post, by = await make_post("missed"), await somebody()
    if verb == "generate":
        assert (await generate.start(post, by=by)).status == "generating"
        return
    fresh = await plan.rewrite(post, plan.Plan("New", on(), "new"), by=by)
    assert (fresh.status, fresh.title, fresh.keyword, fresh.planned_on) == ("missed", "New", "new", post.planned_on)


# Rewrite


@pytest.mark.parametrize("where", STATUSES)
async def test_a_plan_is_rewritten_while_it_is_not_settled(where: str) -> None:
    post = await make_post(where)
    wanted = plan.Plan("Ebb", on(), "ebb", "calm", "Because.")
    if where not in plan.REWRITTEN:
        with pytest.raises(Refused, match="settled"):
            await plan.rewrite(post, wanted, by=await somebody())
        return
    fresh = await review.replanned(post, wanted, by=await somebody())
    assert (fresh.status, fresh.title, fresh.keyword, fresh.angle, fresh.brief) == (
        "modified_pending_review" if where in REVIEW else where,
        "Ebb",
        "ebb",
        "calm",
        "Because.",
    )
    drafted = where in (*REVIEW, "unpublished")  # there the title is a second change, of the text
    assert fresh.version == post.version + (2 if drafted else 1)


@pytest.mark.parametrize("change", [True, False])
async def test_other_channels_void_the_votes_given(change: bool) -> None:
    await make_team(approvals_needed=2)
    channel, other = await make_channel(), await make_channel()
    post = await make_post("generated_pending_review", channels=[channel])
    await review.approve(post, await digest(post), by=await somebody())
    wanted = plan.Plan("Tides", on(), channels=(channel.id, other.id) if change else (channel.id,))
    post = await plan.rewrite(post, wanted, by=await somebody())
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == (0 if change else 1)
    assert await plan.targets(post.id) == wanted.channels
    assert post.status == ("modified_pending_review" if change else "generated_pending_review")


async def test_a_new_title_of_a_draft_is_an_edit_of_its_text() -> None:
    post = await make_post("generated_pending_review")
    fresh = await review.replanned(post, plan.Plan("Ebb", on()), by=await somebody())
    assert (fresh.status, fresh.title) == ("modified_pending_review", "Ebb")
    assert (await content.load(fresh.revision)).title == "Ebb"


# Archive


@pytest.mark.parametrize("where", STATUSES)
async def test_only_what_nobody_works_on_and_nothing_of_which_is_live_is_archived(where: str) -> None:
    post, by = await make_post(where), await somebody()
    if where in plan.BUSY:
        with pytest.raises(Refused, match="Take it down first"):
            await plan.archive(post, by=by)
        return
    post = await plan.archive(post, by=by)
    assert post.archived_at is not None and post.status == where
    assert (await plan.unarchive(post, by=by)).archived_at is None
    assert await moves_of(post) == ["archive", "unarchive"]


@pytest.mark.parametrize("delivery", ["published", "unconfirmed"])
async def test_what_is_or_may_be_live_is_not_archived(delivery: str) -> None:
    post = await make_post("publish_failed")
    publication = await Publication.objects().get(Publication.post == post.id)
    assert publication is not None
    await make_delivery(publication, await make_channel(), delivery)
    with pytest.raises(Refused):
        await plan.archive(post, by=await somebody())


async def test_an_archived_post_takes_no_moves() -> None:
    post, by = await make_post("approved", channels=[await make_channel()]), await somebody()
    post = await plan.archive(post, by=by)
    with pytest.raises(Refused, match="archived"):
        await schedule.line_up(post, None, by=by)


async def test_a_writer_archives_only_what_is_theirs() -> None:
    author = await make_person("writer")
    post = await make_post("rejected", author=author)
    with pytest.raises(Refused):
        await plan.archive(post, by=await somebody("writer"))
    assert (await plan.archive(post, by=acting(author))).archived_at is not None
