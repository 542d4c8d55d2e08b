"""Comments: said, answered, changed, taken back, settled; whom they name; and what asking for changes voids."""

from uuid import uuid4

import pytest
from asyncpg import Record

from app import sql
from app.content import Text
from app.flow import comments, plan, presence, review
from app.flow.comments import Remark
from app.lifecycles.machine import By
from app.lifecycles.post import POST, REVIEW
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.pages.inbox_query import MENTIONS
from app.tables import Comment, Person, Post
from tests.flow.stage import acting, digest, moves_of, somebody
from tests.makers import make_approval, make_channel, make_person, make_post, make_seal, make_team

OTHERS = [status for status in POST.statuses if status not in (*REVIEW, "text_ready_images_pending", "generating")]


async def said(post: Post, body: str = "Hm.", *, by: By, **more: object) -> Comment:
    number = await comments.say(post.id, Remark(body, **more), by=by)  # type: ignore[arg-type]
    found = await Comment.objects().get(Comment.id == number)
    assert found is not None
    return found


async def test_a_comment_is_kept_with_its_version_and_told_in_the_history() -> None:
    post, by = await make_post(), await somebody("writer")
    comment = await said(post, "Twice?", by=by)
    assert (comment.body, comment.person, comment.revision, comment.kind) == (
        "Twice?",
        by.person,
        post.revision,
        "comment",
    )
    assert await moves_of(post) == ["comment"]
    assert (await plan.load(post.id)).version == post.version


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 5001])
async def test_nothing_and_too_much_are_refused(body: str) -> None:
    post, by = await make_post(), await somebody("writer")
    with pytest.raises(Refused):
        await comments.say(post.id, Remark(body), by=by)
    assert await Comment.count() == 0


async def test_a_viewer_may_not_comment_resolve_or_ask() -> None:
    post, by = await make_post(), await somebody("viewer")
    comment = await said(post, by=await somebody("writer"))
    for verb in (
        comments.say(post.id, Remark("Hm."), by=by), comments.resolve(comment.id, by=by),
        comments.reopen(comment.id, by=by), comments.request_changes(post, "Hm.", by=by),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            await verb
        assert refusal.value.forbidden


async def test_the_same_form_sent_twice_is_one_comment_and_another_text_is_not_lost() -> None:
    post, by, token = await make_post(), await somebody("writer"), uuid4()
    one = await said(post, "Hm.", by=by, form_token=token)
    assert (await said(post, "Hm.", by=by, form_token=token)).id == one.id
    other = await said(post, "Something else.", by=by, form_token=token)
    assert other.id != one.id and await Comment.count() == 2


async def test_a_comment_keeps_the_words_of_its_paragraph_as_they_were_read() -> None:
    post, by = await make_post(), await somebody("editor")
    row = await review.save(await plan.load(post.id), Text("Tides", "One.\n\nTwo *words*."), by=by)
    newer = await review.save(row, Text("Tides", "Zero.\n\nOne."), by=by)
    comment = await said(newer, by=by, revision=row.revision, paragraph=2)
    assert (comment.anchor, comment.revision) == ("Two words.", row.revision)
    assert (await said(newer, by=by, revision=row.revision, paragraph=99)).anchor is None


async def test_a_version_of_another_post_anchors_nothing() -> None:
    post, other, by = await make_post(), await make_post(), await somebody("writer")
    comment = await said(post, by=by, revision=other.revision, paragraph=1)
    assert comment.anchor is None and comment.revision is None


async def test_a_reply_goes_one_level_deep_below_an_open_thread_of_its_post() -> None:
    post, other, by = await make_post(), await make_post(), await somebody("writer")
    first = await said(post, by=by)
    reply = await said(post, by=by, parent=first.id)
    assert reply.parent == first.id and await moves_of(post) == ["comment", "reply"]
    for wrong in (Remark("x", parent=reply.id), Remark("x", parent=10**9)):
        with pytest.raises(Refused, match="not here"):
            await comments.say(post.id, wrong, by=by)
    with pytest.raises(Refused, match="not here"):
        await comments.say(other.id, Remark("x", parent=first.id), by=by)
    await comments.resolve(first.id, by=by)
    with pytest.raises(Refused, match="Reopen it to reply"):
        await comments.say(post.id, Remark("x", parent=first.id), by=by)


async def named(comment: Comment) -> set[int]:
    found = await sql.rows("SELECT person FROM mention WHERE comment = $1", comment.id)
    return {record["person"] for record in found}


async def test_active_people_are_named_by_their_longest_name_and_oneself_is_not() -> None:
    post = await make_post()
    mara = await make_person("writer", name="Mara Okafor")
    ann, anna = await make_person(name="Ann"), await make_person(name="Ann Ash")
    gone = await make_person(name="Gone Long", disabled_at=post.created_at)
    comment = await said(post, "@mara okafor, @Ann Ash, @Gone Long, @Nobody and mail@Ann", by=acting(mara))
    assert await named(comment) == {anna.id}
    assert await named(await said(post, "@Ann: look", by=acting(mara))) == {ann.id}
    assert gone.id not in await named(comment)


async def unseen(person: Person) -> list[Record]:
    """What the inbox asks."""
    return await sql.rows(MENTIONS, person.id, 5)


async def test_mentions_wait_until_the_post_is_opened() -> None:
    post, mara, jonas = await make_post(), await make_person(name="Mara"), await make_person(name="Jonas")
    comment = await said(post, "@Jonas, please", by=acting(mara))
    waiting = await unseen(jonas)
    assert [(one["id"], one["post"], one["by"]) for one in waiting] == [(comment.id, post.id, "Mara")]
    await presence.opened(post.id, jonas.id, post.revision)
    assert await unseen(jonas) == []


async def test_ones_own_fresh_comment_can_be_changed_and_names_others_then() -> None:
    post, mara, jonas = await make_post(), await make_person(name="Mara"), await make_person(name="Jonas")
    comment = await said(post, "@Jonas", by=acting(mara))
    await comments.rewrite(comment.id, "Nobody", by=acting(mara))
    assert await named(comment) == set()
    await comments.rewrite(comment.id, "@Jonas again", by=acting(mara))
    await comment.refresh()
    assert comment.body == "@Jonas again" and comment.edited_at and await named(comment) == {jonas.id}


async def test_after_ten_minutes_it_stays_as_it_is() -> None:
    post, by = await make_post(), await somebody("writer")
    comment = await said(post, by=by)
    await sql.run("UPDATE comment SET created_at = now() - interval '11 minutes'")
    with pytest.raises(Refused, match="10 minutes"):
        await comments.rewrite(comment.id, "Late", by=by)
    await comments.delete(comment.id, by=by)


async def test_nobody_changes_or_deletes_what_others_said() -> None:
    post, by = await make_post(), await somebody("writer")
    comment = await said(post, by=by)
    for verb in (
        comments.rewrite(comment.id, "x", by=await somebody("admin")),
        comments.delete(comment.id, by=await somebody("admin")),
    ):
        with pytest.raises(Refused, match="Only whoever wrote"):
            await verb


async def test_a_deleted_comment_stays_as_a_row_names_nobody_and_is_deleted_once() -> None:
    post, mara, jonas = await make_post(), await make_person(name="Mara"), await make_person(name="Jonas")
    comment = await said(post, "@Jonas", by=acting(mara))
    await comments.delete(comment.id, by=acting(mara))
    await comment.refresh()
    assert comment.deleted_at and comment.body == "@Jonas"
    assert await unseen(jonas) == []
    with pytest.raises(Refused, match="gone"):
        await comments.delete(comment.id, by=acting(mara))


async def test_a_thread_is_settled_once_and_opened_again_once() -> None:
    post, by = await make_post(), await somebody("writer")
    comment = await said(post, by=by)
    for verb in (comments.resolve, comments.resolve, comments.reopen, comments.reopen):
        await verb(comment.id, by=by)
    await comment.refresh()
    assert comment.resolved_at is None
    assert await moves_of(post) == ["comment", "resolve", "reopen_comment"]


async def reviewed() -> Post:
    await make_team(approvals_needed=2)
    return await make_post(channels=[await make_channel()], author=await make_person("writer"))


async def test_asking_for_changes_voids_approvals_moves_nothing_and_reaches_the_owner() -> None:
    post, by = await reviewed(), await somebody("editor")
    await review.approve(post, await digest(post), by=await somebody("editor"))
    number = await comments.request_changes(post, "Shorter.", by=by)
    fresh = await plan.load(post.id)
    assert (fresh.status, fresh.version) == (post.status, post.version)
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0
    assert (await moves_of(post))[-1] == "request_changes"
    waiting = await comments.open_requests(post.author)
    assert [(one.id, one.post, one.body) for one in waiting] == [(number, post.id, "Shorter.")]
    assert await comments.open_requests(by.person or 0) == []


async def test_a_request_is_over_with_the_next_edit_or_once_it_is_settled() -> None:
    post, by = await reviewed(), await somebody("editor")
    await comments.request_changes(post, "Shorter.", by=by)
    row = await review.save(await plan.load(post.id), Text("Tides", "Short."), by=by)
    assert await comments.open_requests(post.author) == []
    number = await comments.request_changes(row, "Shorter still.", by=by)
    assert len(await comments.open_requests(post.author)) == 1
    await comments.resolve(number, by=by)
    assert await comments.open_requests(post.author) == []


async def test_a_request_needs_an_editor_the_newest_version_and_a_review() -> None:
    post, by = await reviewed(), await somebody("editor")
    with pytest.raises(Refused, match="role editor"):
        await comments.request_changes(post, "x", by=await somebody("writer"))
    await review.save(await plan.load(post.id), Text("Tides", "Newer."), by=by)
    with pytest.raises(MovedMeanwhile):
        await comments.request_changes(post, "x", by=by)
    assert await Comment.count() == 0


@pytest.mark.parametrize("status", OTHERS)
async def test_a_request_outside_a_review_is_refused(status: str) -> None:
    post = await make_post(status, with_revision=True)
    with pytest.raises(IllegalMove):
        await comments.request_changes(post, "x", by=await somebody("editor"))


async def test_a_guest_speaks_in_an_editors_name_and_once_per_form() -> None:
    post, by, token = await reviewed(), await somebody("editor"), uuid4()
    number = await comments.request_changes(post, "Our logo.", by=by, guest="Client", form_token=token)
    assert await comments.request_changes(post, "Our logo.", by=by, guest="Client", form_token=token) == number
    comment = await Comment.objects().get(Comment.id == number)
    assert comment is not None and (comment.person, comment.guest) == (None, "Client")
    assert [one.by for one in await comments.open_requests(post.author)] == ["Client"]


async def test_a_vote_can_be_given_again_after_changes_were_asked_for() -> None:
    post = await reviewed()
    one = await make_person("editor")
    seal = await make_seal(post)
    await make_approval(post, seal, one)
    await comments.request_changes(post, "x", by=await somebody("editor"))
    await review.approve(post, await digest(post), by=acting(one))
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 1
