"""Guest links: one exact content, one answer, in the name of the editor who made the link."""

import asyncio
import re

import pytest

from app import people, sql, tickets
from app.content import Text
from app.flow import approvers, guests, review
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.tables import Post
from tests.flow.stage import acting, digest, moves_of, runs, somebody, status
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now

REVIEW = "generated_pending_review"


@pytest.fixture(autouse=True)
async def team(database: object) -> object:
    return await make_team()


async def in_review(**values: object) -> Post:
    return await make_post(REVIEW, channels=[await make_channel()], **values)  # type: ignore[arg-type]


async def linked(post: Post, by: By | None = None, days: int = 7) -> str:
    """The token of a new link."""
    link = await guests.invite(post, days, by=by or await somebody())
    return link.rsplit("/", 1)[1]


async def found(token: str) -> tickets.Guest:
    guest = await tickets.guest(token)
    assert guest is not None
    return guest


async def test_a_link_has_256_bits_and_only_its_digest_is_kept() -> None:
    post = await in_review()
    token = await linked(post)
    assert re.fullmatch(r"[\w-]{43}", token)
    stored = await sql.row("SELECT * FROM ticket WHERE kind = 'guest'")
    assert stored and token not in str(dict(stored)) and (stored["post"], stored["digest"]) == (
        post.id, await digest(post),
    )  # fmt: skip


async def test_a_guests_approval_goes_the_way_of_a_persons_vote() -> None:
    """Seal, approval, the team's mode: all in the editor's name, and the guest is told in the events."""
    by = await somebody()
    post = await in_review(planned_on=now(days=2).date(), planned_time=now().time())
    token = await linked(post, by)
    await guests.approve(token, "Pat")
    assert (await status(post), await runs(post)) == ("scheduled", ["pending"])
    vote = await sql.row("SELECT person, guest FROM approval WHERE post = $1", post.id)
    assert vote and (vote["person"], vote["guest"]) == (by.person, "Pat")
    assert await sql.value("SELECT person FROM seal WHERE post = $1", post.id) == by.person
    told = await sql.row("SELECT person, facts ->> 'guest' AS guest, note FROM event WHERE move = 'approve'")
    assert told and (told["person"], told["guest"]) == (by.person, "Pat") and "Pat" in told["note"]
    assert await guests.outcome(await found(token)) == "Pat approved this version. There is nothing left to do."


async def test_with_more_approvals_needed_a_guest_brings_one_and_the_editor_no_second() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    await guests.approve(await linked(post, by), "Pat")
    assert (await status(post), await moves_of(post)) == (REVIEW, ["invite_guest", "vote"])
    with pytest.raises(Refused, match="You approved it"):
        await review.approve(post, await digest(post), by=by)
    with pytest.raises(Refused, match="counts as yours"):
        await linked(post, by)
    assert (await review.approve(post, await digest(post), by=await somebody())).missing == 0


async def test_a_link_answers_once_also_when_it_is_clicked_twice_at_once() -> None:
    await make_team(approvals_needed=2)
    post = await in_review()
    token = await linked(post)
    results = await asyncio.gather(
        guests.approve(token, "Pat"), guests.approve(token, "Pat"), return_exceptions=True
    )  # fmt: skip
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert await sql.value("SELECT count(*) FROM approval") == 1
    with pytest.raises(Refused):
        await guests.request_changes(token, "Pat", "Shorter.")


async def test_after_any_edit_the_link_decides_nothing() -> None:
    by = await somebody()
    post = await in_review()
    token = await linked(post, by)
    await review.save(post, Text("Ebb", "The water goes."), by=by)
    for answer in (guests.approve(token, "Pat"), guests.request_changes(token, "Pat", "Shorter.")):
        with pytest.raises(guests.Replaced, match=r"^This version was replaced; ask for a new link\.$"):
            await answer
    assert (await found(token)).used_at is None
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_a_guest_asks_for_changes_and_the_votes_given_are_void() -> None:
    await make_team(approvals_needed=2)
    post, by = await in_review(), await somebody()
    await review.approve(post, await digest(post), by=await somebody())
    token = await linked(post, by)
    await guests.request_changes(token, "Pat", "Say it shorter.")
    said = await sql.row("SELECT person, guest, kind, body FROM comment WHERE post = $1", post.id)
    assert said and tuple(said) == (None, "Pat", "request", "Say it shorter.")
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0
    assert (await status(post), (await found(token)).used_at is not None) == (REVIEW, True)
    assert await guests.outcome(await found(token)) == f"{by.name} was asked for changes."


async def test_what_was_decided_meanwhile_is_not_decided_again() -> None:
    post = await in_review()
    token = await linked(post)
    await review.reject(post, "No.", by=await somebody())
    with pytest.raises(Refused, match="not waiting for an approval any more"):
        await guests.approve(token, "Pat")


@pytest.mark.parametrize("how", ["too old", "stopped", "its editor shut out", "its editor a writer", "made up"])
async def test_a_link_that_does_not_work_is_like_one_that_never_did(how: str) -> None:
    post, editor, admin = await in_review(), await make_person("editor"), await make_person("admin")
    await make_person("admin", password_hash="x")
    token = await linked(post, acting(editor))
    match how:
        case "too old":
            await sql.run("UPDATE ticket SET expires_at = now()")
        case "stopped":
            await guests.revoke(post.id, (await guests.links(post.id))[0].id, by=acting(admin))
        case "its editor shut out":
            await people.disable(admin.id, editor.id)
        case "its editor a writer":
            await sql.run("UPDATE person SET role = 'writer' WHERE id = $1", editor.id)
        case _:
            token = "x" * 43
    assert await tickets.guest(token) is None
    with pytest.raises(Refused, match="does not work any more, or never did"):
        await guests.approve(token, "Pat")
    assert await status(post) == REVIEW


async def test_only_who_could_approve_makes_a_link() -> None:
    await make_team(self_approval="never")
    me, bo = await make_person("editor"), await make_person("editor", name="Bo")
    mine, other = await in_review(author=me), await in_review()
    with pytest.raises(Refused, match="You wrote or edited this"):
        await linked(mine, acting(me))
    with pytest.raises(Refused, match="needs the role editor"):
        await linked(other, await somebody("writer"))
    with pytest.raises(Refused, match="1 gap is still open"):
        await linked(await gap(await in_review()), acting(me))
    await approvers.save(None, [bo.id], by=await somebody())
    with pytest.raises(Refused, match="Bo has to approve it"):
        await linked(other, acting(me))
    stale = await in_review()
    stale.version -= 1
    with pytest.raises(MovedMeanwhile):
        await linked(stale, acting(bo))


async def gap(post: Post) -> Post:
    await sql.run("ALTER TABLE revision DISABLE TRIGGER USER")
    await sql.run("UPDATE revision SET gaps = 1 WHERE post = $1", post.id)
    await sql.run("ALTER TABLE revision ENABLE TRIGGER USER")
    return post


async def test_a_guest_link_lets_nobody_in_and_an_invitation_approves_nothing() -> None:
    token = await linked(await in_review())
    assert await tickets.invitation(token) is None
    invited = await tickets.issue("invite", person=(await make_person("editor")).id)
    assert await tickets.guest(invited) is None


async def test_stopping_is_for_editors_and_a_used_link_stays_used() -> None:
    post = await in_review()
    token = await linked(post)
    link = (await guests.links(post.id))[0]
    with pytest.raises(Refused, match="needs the role editor"):
        await guests.revoke(post.id, link.id, by=await somebody("writer"))
    await guests.approve(token, "Pat")
    await guests.revoke(post.id, link.id, by=await somebody())
    assert (await guests.links(post.id))[0].revoked is False
    assert "revoke_guest" not in await moves_of(post)
