"""Review: submitting, approving what was seen, rejecting, changing one's mind, back to editing, planning again."""

import asyncio

import pytest

from app import content, facts, seals, sql
from app.content import Text
from app.flow import plan, review, schedule
from app.flow.review import SealChanged
from app.lifecycles.facts import Asked
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Post, Post as PostTable, Revision
from tests.flow.stage import a_key, acting, approved, digest, moves_of, queued, runs, somebody, soon, status, statuses
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.rows import now

REVIEW = ("generated_pending_review", "modified_pending_review")
PLANS = ("awaiting_user_date", "to_be_generated", "missed", "generation_failed")
WORDS = Text("Ebb", "The water goes.")


async def in_review(status: str = "generated_pending_review", **values: object) -> Post:
    return await make_post(status, channels=[await make_channel()], **values)  # type: ignore[arg-type]


# Submit


@pytest.mark.parametrize("where", PLANS)
async def test_words_written_by_hand_go_to_review(where: str) -> None:
    post = await review.submit(await make_post(where), WORDS, by=await somebody())
    text = await content.load(post.revision)
    assert (post.status, post.title, text.body, text.origin) == (REVIEW[0], "Ebb", "The water goes.", "written")


async def test_words_saved_before_can_be_sent_as_they_are() -> None:
    post = await make_post("to_be_generated", with_revision=True)
    fresh = await review.submit(post, None, by=await somebody())
    assert (fresh.status, fresh.revision, fresh.title) == (REVIEW[0], post.revision, post.title)


@pytest.mark.parametrize("text", [None, Text("Ebb", "  \n ")], ids=["nothing", "blank"])
async def test_nothing_is_not_sent_to_review(text: Text | None) -> None:
    post = await make_post("to_be_generated")
    with pytest.raises(Refused, match="no text yet"):
        await review.submit(post, text, by=await somebody())
    assert await Revision.count() == 0


async def test_submitting_needs_the_right_and_the_newest_version() -> None:
    post = await make_post("to_be_generated", author=await make_person("writer"))
    with pytest.raises(Refused) as refused:
        await review.submit(post, WORDS, by=await somebody("writer"))
    assert refused.value.forbidden
    await plan.set_time(await plan.load(post.id), plan.Planned(now(days=9).date(), None, "UTC", None), by=await somebody())
    with pytest.raises(MovedMeanwhile):
        await review.submit(post, WORDS, by=await somebody())
    assert await Revision.count() == 0


# Approve


@pytest.mark.parametrize("where", REVIEW)
async def test_the_last_vote_needed_seals_exactly_what_was_seen(where: str) -> None:
    post, by = await in_review(where), await somebody()
    what = await seals.sealable(post.id)
    vote = await review.approve(post, what.digest, by=by)
    assert (vote.missing, vote.post.status) == (0, "approved")
    seal = await sql.row("SELECT * FROM seal WHERE post = $1", post.id)
    assert seal and (seal["content"], seal["digest"], seal["person"]) == (what.text, what.digest, by.person)
    assert await moves_of(post) == ["approve"]


@pytest.mark.parametrize("change", ["words", "channel", "caption"])
async def test_anything_sealed_that_changed_meanwhile_refuses_with_the_difference(change: str) -> None:
    post, by = await in_review(), await somebody()
    seen = await digest(post)
    match change:
        case "words":
            post = await review.save(post, WORDS, by=by)
        case "channel":
            await plan.aim(post.id, [(await make_channel("site")).id])
        case "caption":
            await sql.run("UPDATE channel SET settings = '{\"content\": \"text\"}'")
    with pytest.raises(SealChanged):
        await review.approve(post, seen, by=by)
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_a_stale_page_approves_nothing_even_when_the_words_are_the_same() -> None:
    post, by = await in_review(), await somebody()
    seen = await digest(post)
    await plan.set_time(await plan.load(post.id), plan.Planned(now(days=9).date(), None, "UTC", None), by=by)
    with pytest.raises(MovedMeanwhile):
        await review.approve(post, seen, by=by)


async def test_two_of_three_are_enough_and_one_is_an_event_but_no_move() -> None:
    await make_team(approvals_needed=2)
    post = await in_review()
    people = [await somebody() for _ in range(3)]
    vote = await review.approve(post, await digest(post), by=people[0])
    assert (vote.missing, vote.post.status, vote.post.version) == (1, REVIEW[0], post.version)
    assert await moves_of(post) == ["vote"]
    with pytest.raises(Refused, match="You approved it. Needs 1 more approval"):
        await review.approve(post, await digest(post), by=people[0])
    vote = await review.approve(post, await digest(post), by=people[2])
    assert (vote.missing, vote.post.status) == (0, "approved")


async def test_a_guests_vote_counts() -> None:
    await make_team(approvals_needed=2)
    post = await in_review()
    await sql.run("INSERT INTO approval (post, digest, guest) VALUES ($1, $2, 'Client')", post.id, await digest(post))
    assert (await review.approve(post, await digest(post), by=await somebody())).missing == 0


async def test_a_vote_for_what_the_post_no_longer_says_does_not_count() -> None:
    """A channel's settings change what would be sealed without a new version; that vote was for other words."""
    await make_team(approvals_needed=2)
    post = await in_review()
    await review.approve(post, await digest(post), by=await somebody())
    await sql.run("UPDATE channel SET settings = '{\"content\": \"text\"}'")
    vote = await review.approve(post, await digest(post), by=await somebody())
    assert (vote.missing, vote.post.status) == (1, REVIEW[0])


async def test_an_edit_voids_the_votes_given() -> None:
    await make_team(approvals_needed=2, self_approval="always")
    post, one, other = await in_review(), await somebody(), await somebody()
    await review.approve(post, await digest(post), by=one)
    post = await review.save(post, WORDS, by=other)
    assert (await review.approve(post, await digest(post), by=other)).missing == 1


@pytest.mark.parametrize(("rule", "alone", "may"), [("always", False, True), ("alone", True, True), ("alone", False, False), ("never", True, False)])
@pytest.mark.parametrize("how", ["wrote it", "edited it"])
async def test_self_approval_follows_the_teams_rule(rule: str, alone: bool, may: bool, how: str) -> None:
    await make_team(self_approval=rule)
    me = await make_person("editor")
    if not alone:
        await make_person("admin")
    post = await in_review(author=me) if how == "wrote it" else await in_review()
    if how == "edited it":
        post = await review.save(post, WORDS, by=acting(me))
    if may:
        assert (await review.approve(post, await digest(post), by=acting(me))).missing == 0
        return
    with pytest.raises(Refused, match="Someone else has to approve it"):
        await review.approve(post, await digest(post), by=acting(me))


@pytest.mark.parametrize("state", ["pending", "failed"])
async def test_pictures_that_are_undecided_close_it(state: str) -> None:
    post = await in_review()
    revision = await Revision.objects().get(Revision.id == post.revision)
    assert revision is not None
    await make_picture(revision, await make_media(post, state))
    with pytest.raises(Refused, match="picture"):
        await review.approve(post, await digest(post), by=await somebody())


async def test_open_gaps_close_it() -> None:
    post, by = await in_review(), await somebody()
    post = await review.save(post, Text("Ebb", "The water [write: where it goes]."), by=by)
    with pytest.raises(Refused, match="1 gap is still open"):
        await review.approve(post, await digest(post), by=by)


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_who_may_not_approve_leaves_no_vote(role: str) -> None:
    post = await in_review()
    with pytest.raises(Refused) as refused:
        await review.approve(post, await digest(post), by=await somebody(role))
    assert refused.value.forbidden
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_no_key_approves() -> None:
    post = await in_review()
    for scope in ("write", "publish", "publish_unreviewed", "admin"):
        with pytest.raises(Refused):
            await review.approve(post, await digest(post), by=await a_key(scope))


async def test_of_many_who_approve_at_once_one_does() -> None:
    post = await in_review()
    seen, people = await digest(post), [await somebody() for _ in range(6)]
    rows = [await plan.load(post.id) for _ in people]
    outcomes = await asyncio.gather(
        *(asyncio.create_task(review.approve(row, seen, by=by)) for row, by in zip(rows, people, strict=True)),
        return_exceptions=True,
    )
    assert [isinstance(outcome, Refused) for outcome in outcomes].count(False) == 1
    assert await moves_of(post) == ["approve"]
    assert await sql.value("SELECT count(*) FROM approval") == 1


@pytest.mark.parametrize("where", ["to_be_generated", "approved", "published", "rejected"])
async def test_only_what_is_in_review_is_approved(where: str) -> None:
    with pytest.raises(IllegalMove):
        await review.approve(await make_post(where), b"", by=await somebody())


async def test_approve_and_schedule_is_two_moves_or_none(bells: list[str]) -> None:
    post, by = await in_review(), await somebody()
    post = await review.approve_and_send(post, await digest(post), soon(), by=by)
    assert (post.status, await moves_of(post)) == ("scheduled", ["approve", "schedule"])
    assert bells == ["advance"]


@pytest.mark.parametrize("why", ["votes", "past", "nowhere"])
async def test_when_the_second_is_refused_the_first_did_not_happen(why: str, bells: list[str]) -> None:
    await make_team(approvals_needed=2 if why == "votes" else 1)
    post = await make_post(REVIEW[0], channels=[] if why == "nowhere" else [await make_channel()])
    at = soon(hours=-1) if why == "past" else soon()
    with pytest.raises(Refused):
        await review.approve_and_send(post, await digest(post), at, by=await somebody())
    assert (await status(post), await moves_of(post), bells) == (REVIEW[0], [], [])
    assert await sql.value("SELECT count(*) FROM approval") + await sql.value("SELECT count(*) FROM seal") == 0


# Reject, restore


async def test_rejected_with_a_reason_the_votes_are_void() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    await review.approve(post, await digest(post), by=by)
    post = await review.reject(post, "Too salty.", by=by)
    assert post.status == "rejected"
    assert await sql.value("SELECT note FROM event WHERE move = 'reject'") == "Too salty."
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0
    assert (await review.restore(post, by=by)).status == REVIEW[0]


async def test_a_rejection_says_why() -> None:
    with pytest.raises(Refused, match="Say why"):
        await review.reject(await in_review(), "  ", by=await somebody())


@pytest.mark.parametrize("verb", ["reject", "restore"])
async def test_a_writer_decides_neither(verb: str) -> None:
    post = await make_post(REVIEW[0] if verb == "reject" else "rejected")
    arguments = ["No."] if verb == "reject" else []
    with pytest.raises(Refused) as refused:
        await getattr(review, verb)(post, *arguments, by=await somebody("writer"))
    assert refused.value.forbidden


# Reopen


async def test_reopened_the_content_stays_and_the_approval_is_void() -> None:
    post = await approved()
    fresh = await review.reopen(post, by=await somebody())
    assert (fresh.status, fresh.revision) == (REVIEW[0], post.revision)
    assert await seals.valid(post.id) is None
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0


async def test_reopened_from_the_schedule_its_publication_is_canceled() -> None:
    by = await somebody()
    post = await review.reopen(await queued(await make_channel(), by=by, at=soon()), by=by)
    assert (post.status, await runs(post), await statuses(post)) == (REVIEW[0], ["canceled"], ["canceled"])


@pytest.mark.parametrize(("where", "may"), [("approved", True), ("scheduled", False), ("publish_failed", False)])
async def test_its_writer_reopens_only_what_is_not_on_its_way(where: str, may: bool) -> None:
    author = await make_person("writer")
    post = await make_post(where, author=author, channels=[await make_channel()])
    if may:
        assert (await review.reopen(post, by=acting(author))).status == REVIEW[0]
        return
    with pytest.raises(Refused) as refused:
        await review.reopen(post, by=acting(author))
    assert refused.value.forbidden


async def test_a_hand_off_that_happens_meanwhile_is_not_simply_canceled() -> None:
    """The click and the worker race for the post's lock; whoever comes second sees what the first did."""
    by = await somebody()
    post = await queued(await make_channel(), by=by, at=soon())
    await sql.run("UPDATE publication SET status = 'scheduled', next_at = NULL")
    await sql.run("UPDATE delivery SET status = 'handed_off', next_at = now(), remote_id = 'r'")
    fresh = await review.reopen(post, by=by)
    assert (fresh.status, (await facts.of(post.id)).recall) == ("scheduled", "reopen")


# Plan again


@pytest.mark.parametrize("where", ["rejected", *REVIEW])
async def test_planned_again_the_draft_stays_as_a_revision(where: str) -> None:
    by = await somebody()
    post = await make_post(where)
    fresh = await review.replan(post, {PostTable.title: "Ebb"}, Asked(), by=by)
    assert (fresh.status, fresh.title, fresh.revision) == ("to_be_generated", "Ebb", post.revision)
    assert await Revision.exists().where(Revision.id == post.revision)


async def test_planned_again_without_a_date_it_waits_for_one() -> None:
    post = await make_post("rejected", planned_on=None)
    assert (await review.replan(post, {}, Asked(), by=await somebody())).status == "awaiting_user_date"


@pytest.mark.parametrize("chained", [True, False])
async def test_a_date_that_passed_needs_a_new_one_unless_writing_starts_at_once(chained: bool) -> None:
    from app.flow import clicks

    post, by = await make_post("rejected", planned_on=now(days=-3).date()), await somebody()
    if chained:
        fresh = await clicks.perform(post, clicks.Click("replan_and_generate"), by=by)
        assert (fresh.status, await moves_of(post)) == ("generating", ["replan", "generate"])
        return
    with pytest.raises(Refused, match="Its date has passed"):
        await review.replan(post, {}, Asked(), by=by)


async def test_regenerating_an_idea_without_a_date_does_nothing_at_all() -> None:
    from app.flow import clicks

    post = await make_post("rejected", planned_on=None)
    with pytest.raises(Refused, match="no date"):
        await clicks.perform(post, clicks.Click("replan_and_generate"), by=await somebody())
    assert (await status(post), await moves_of(post)) == ("rejected", [])


# Good as it is


@pytest.mark.parametrize("delivery", ["published", "unconfirmed", None])
async def test_good_as_it_is_needs_something_live_and_nothing_unclear(delivery: str | None) -> None:
    from app.tables import Publication
    from tests.makers import make_delivery

    by, live = await somebody(), await make_channel()
    post = await make_post("publish_failed")
    publication = await Publication.objects().get(Publication.post == post.id)
    assert publication is not None
    if delivery:
        await make_delivery(publication, live, delivery)
    if delivery != "published":
        with pytest.raises(Refused):
            await review.accept(post, "Enough.", by=by)
        return
    post = await review.accept(post, "Enough.", by=by)
    assert (post.status, await plan.targets(post.id)) == ("published", (live.id,))
    assert await sql.value("SELECT note FROM event WHERE move = 'accept'") == "Enough."


async def test_scheduling_is_not_approving() -> None:
    post = await make_post("rejected", channels=[await make_channel()])
    await make_revision(post)
    with pytest.raises(IllegalMove):
        await schedule.line_up(await plan.load(post.id), None, by=await somebody())
