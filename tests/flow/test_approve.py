"""Approving exactly what was seen: votes, seal, and the chain that schedules in one click."""

import asyncio

import pytest

from app import seals, sql
from app.content import Text
from app.flow import approvers, plan, review
from app.flow.review import SealChanged
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Post, Revision
from tests.flow.stage import a_key, acting, digest, moves_of, somebody, soon, status
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_team
from tests.rows import now

REVIEW = ("generated_pending_review", "modified_pending_review")
WORDS = Text("Ebb", "The water goes.")


async def in_review(status: str = "generated_pending_review", **values: object) -> Post:
    return await make_post(status, channels=[await make_channel()], **values)  # type: ignore[arg-type]


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
            await sql.run('UPDATE channel SET settings = \'{"content": "text"}\'')
    with pytest.raises(SealChanged):
        await review.approve(post, seen, by=by)
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_a_stale_page_approves_nothing_even_when_the_words_are_the_same() -> None:
    post, by = await in_review(), await somebody()
    seen = await digest(post)
    await plan.set_time(await plan.load(post.id), plan.Planned(now(days=9).date(), None, "UTC", None), by=by)
    with pytest.raises(MovedMeanwhile):
        await review.approve(post, seen, by=by)


async def test_a_stale_page_does_not_even_vote() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    await plan.set_time(await plan.load(post.id), plan.Planned(now(days=9).date(), None, "UTC", None), by=by)
    with pytest.raises(MovedMeanwhile):
        await review.approve(post, await digest(post), by=by)
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_two_of_three_are_enough_and_one_is_an_event_but_no_move() -> None:
    await make_team(approvals_needed=2)
    post = await in_review()
    people = [await somebody() for _ in range(3)]
    vote = await review.approve(post, await digest(post), by=people[0])
    assert (vote.missing, vote.post.status, vote.post.version) == (1, REVIEW[0], post.version)
    assert await moves_of(post) == ["vote"]
    with pytest.raises(Refused, match=r"You approved it\. Needs 1 more approval"):
        await review.approve(post, await digest(post), by=people[0])
    vote = await review.approve(post, await digest(post), by=people[2])
    assert (vote.missing, vote.post.status) == (0, "approved")


async def test_a_guests_vote_counts_once_in_its_editors_name() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    assert (await review.approve(post, await digest(post), by=by, guest="Client")).missing == 1
    with pytest.raises(Refused, match="You approved it"):
        await review.approve(post, await digest(post), by=by)
    assert (await review.approve(post, await digest(post), by=await somebody())).missing == 0


async def test_of_named_people_everybody_is_needed_and_nobody_else_counts() -> None:
    post = await in_review()
    ada, bo = await make_person("editor", name="Ada"), await make_person("editor", name="Bo")
    await approvers.save(None, [ada.id, bo.id], by=await somebody())
    with pytest.raises(Refused, match=r"^Ada and Bo have to approve it\.$"):
        await review.approve(post, await digest(post), by=await somebody("admin"))
    with pytest.raises(Refused, match=r"^Needs 1 more approval: Bo\.$"):
        await review.approve_and_send(post, await digest(post), None, by=acting(ada))
    assert (await review.approve(post, await digest(post), by=acting(ada))).missing == 1
    assert (await review.approve(post, await digest(post), by=acting(bo))).missing == 0
    assert await status(post) == "approved"


async def test_a_vote_for_what_the_post_no_longer_says_does_not_count() -> None:
    """A channel's settings change what would be sealed without a new version; that vote was for other words."""
    await make_team(approvals_needed=2)
    post = await in_review()
    await review.approve(post, await digest(post), by=await somebody())
    await sql.run('UPDATE channel SET settings = \'{"content": "text"}\'')
    vote = await review.approve(post, await digest(post), by=await somebody())
    assert (vote.missing, vote.post.status) == (1, REVIEW[0])


async def test_an_edit_voids_the_votes_given() -> None:
    await make_team(approvals_needed=2, self_approval="always")
    post, one, other = await in_review(), await somebody(), await somebody()
    await review.approve(post, await digest(post), by=one)
    post = await review.save(post, WORDS, by=other)
    assert (await review.approve(post, await digest(post), by=other)).missing == 1


@pytest.mark.parametrize(
    ("rule", "alone", "may"),
    [("always", False, True), ("alone", True, True), ("alone", False, False), ("never", True, False)],
)
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
