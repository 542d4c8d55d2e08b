"""Notices: told directly, seen, forgotten; their words and where each leads."""

import pytest

from app import sql
from app.flow import comments, notice_words, notices, reminders
from app.flow.comments import Remark
from app.flow.notice_words import SENTENCES, Told
from app.flow.notices import FAILURES, URGENT, NoticeKind
from app.tables import Person, Post
from tests.flow.stage import acting, queued, webhook
from tests.makers import make_channel, make_person, make_post
from tests.platforms.receiver import Receiver
from tests.rows import now


async def ids(person: Person) -> list[int]:
    return [row["id"] for row in await sql.rows("SELECT id FROM notice WHERE person = $1 ORDER BY id", person.id)]


async def read(person: Person) -> list[Told]:
    return await notice_words.told(await ids(person))


async def said(post: Post, body: str, by: Person, parent: int | None = None, guest: str = "") -> int:
    return await comments.say(post.id, Remark(body, parent=parent), by=acting(by), guest=guest)


async def test_one_or_several_are_told_and_who_has_left_is_not() -> None:
    ada, bo = await make_person(), await make_person()
    gone, post = await make_person(disabled_at=now()), await make_post()
    await notices.tell(ada.id, NoticeKind.REMINDER, post=post.id)
    await notices.tell([bo.id, gone.id], NoticeKind.REMINDER, post=post.id, note="x" * 900)
    await notices.tell([], NoticeKind.REMINDER, post=post.id)
    assert [len(await ids(person)) for person in (ada, bo, gone)] == [1, 1, 0]
    assert await sql.value("SELECT max(length(note)) FROM notice") == 500


async def test_only_ones_own_notice_is_seen_and_only_once() -> None:
    ada, bo = await make_person(), await make_person()
    await notices.tell(ada.id, NoticeKind.REMINDER)
    [notice] = await ids(ada)
    await notices.see(notice, bo.id)
    assert await sql.value("SELECT seen_at FROM notice") is None
    await notices.see(notice, ada.id)
    seen_at = await sql.value("SELECT seen_at FROM notice")
    await notices.see(notice, ada.id)
    assert seen_at is not None and seen_at == await sql.value("SELECT seen_at FROM notice")


async def test_all_are_seen_up_to_the_newest_that_was_shown() -> None:
    ada, bo = await make_person(), await make_person()
    for _ in range(3):
        await notices.tell([ada.id, bo.id], NoticeKind.REMINDER)
    shown = await ids(ada)
    assert await notices.see_all(ada.id, shown[1]) == 2
    assert await sql.value("SELECT count(*) FROM notice WHERE seen_at IS NULL") == 4


async def test_what_was_seen_long_ago_is_forgotten_and_what_was_not_is_kept() -> None:
    ada = await make_person()
    for days in (None, 89, 91):
        await notices.tell(ada.id, NoticeKind.REMINDER, note=str(days))
        await sql.run("UPDATE notice SET seen_at = $1, at = $2 WHERE note = $3",
                      now(days=-days) if days else None, now(days=-200), str(days))  # fmt: skip
    await notices.forget_old()
    assert await sql.value("SELECT array_agg(note ORDER BY id) FROM notice") == ["None", "89"]


# Comments and reminders


async def test_who_is_named_is_told_once_however_often_the_words_change() -> None:
    mara, jonas, post = await make_person("writer", name="Mara"), await make_person(name="Jonas"), await make_post()
    comment = await said(post, "@Jonas and @Mara, look.", mara)
    await comments.rewrite(comment, "@Jonas, please look.", by=acting(mara))
    [told] = await read(jonas)
    assert (told.kind, told.sentence, told.detail) == (
        NoticeKind.MENTION, "Mara mentioned you: Tides", "@Jonas, please look."
    )  # fmt: skip
    assert told.href == f"/posts/{post.id}#comment-{comment}" and await ids(mara) == []


async def test_a_reply_is_told_to_everybody_in_the_thread_but_its_writer() -> None:
    mara, jonas, nina = [await make_person(name=name) for name in ("Mara", "Jonas", "Nina")]
    post = await make_post()
    first = await said(post, "Twice?", mara)
    await said(post, "Elsewhere.", nina)
    await said(post, "Yes.", jonas, first)
    await said(post, "@Mara so be it.", nina, first)
    assert [told.sentence for told in await read(jonas)] == ["Nina replied: Tides"]
    assert [told.kind for told in await read(mara)] == [NoticeKind.MENTION, NoticeKind.REPLY]
    assert await ids(nina) == []


async def test_a_guests_reply_reaches_the_editor_it_is_said_for() -> None:
    jonas, post = await make_person(name="Jonas"), await make_post()
    first = await said(post, "Fine?", jonas)
    await said(post, "Not yet.", jonas, first, guest="Client")
    assert [told.sentence for told in await read(jonas)] == ["Client replied: Tides"]


async def test_a_comment_that_was_deleted_leads_to_the_post_and_repeats_nothing() -> None:
    mara, jonas, post = await make_person("writer", name="Mara"), await make_person(name="Jonas"), await make_post()
    await comments.delete(await said(post, "@Jonas secret", mara), by=acting(mara))
    [told] = await read(jonas)
    assert (told.detail, told.href) == ("The comment was deleted.", f"/posts/{post.id}")


async def test_a_reminder_is_told_to_those_who_are_still_asked() -> None:
    ada, mara = await make_person(), await make_person("writer")
    at = now(hours=2)
    plan = {"planned_on": at.date(), "planned_time": at.time()}
    post = await make_post(channels=[await make_channel()], author=mara, **plan)
    await reminders.sweep()
    await reminders.sweep()
    [told] = await read(ada)
    assert (told.sentence, told.detail, told.href) == ("Approval is due soon: Tides", "", f"/posts/{post.id}")
    assert await ids(mara) == []


# Words


def test_every_kind_has_its_sentence_and_what_is_urgent_is_a_kind() -> None:
    assert set(SENTENCES) == set(NoticeKind)
    assert set(FAILURES) < set(URGENT) < set(NoticeKind) and NoticeKind.MENTION in URGENT


@pytest.mark.parametrize("kind", NoticeKind)
async def test_every_sentence_is_one_line_with_all_its_names(receiver: Receiver, kind: NoticeKind) -> None:
    ada = await make_person()
    post = await queued(await webhook(receiver, name="Feed"), by=acting(ada))
    channel = await sql.value("SELECT channel FROM delivery")
    await sql.run("UPDATE post SET title = $1", "{note}\n\r <b>Tides</b> {0}")
    await notices.tell(ada.id, kind, post=post.id, channel=channel, note="Feed")
    [told] = await read(ada)
    assert told.sentence == " ".join(told.sentence.split()) and "{who}" not in told.sentence
    nameless = kind in (NoticeKind.CHANNEL_BROKEN, NoticeKind.WEBHOOK_PAUSED)
    assert nameless or "{note} <b>Tides</b> {0}" in told.sentence
    assert told.href == f"/posts/{post.id}"


async def test_one_about_a_delivery_or_a_channel_leads_there(receiver: Receiver) -> None:
    ada = await make_person("admin")
    post = await queued(await webhook(receiver, name="Feed"), by=acting(ada))
    delivery, channel = await sql.value("SELECT id FROM delivery"), await sql.value("SELECT channel FROM delivery")
    await notices.tell(ada.id, NoticeKind.PUBLISHING_FAILED, post=post.id, delivery=delivery, note="Feed")
    await notices.tell(ada.id, NoticeKind.CHANNEL_BROKEN, channel=channel)
    broken, failed = await read(ada)
    assert failed.sentence == "Publishing failed on Feed: Tides" and failed.href == f"/deliveries/{delivery}"
    assert (broken.sentence, broken.detail, broken.href) == (
        "Feed stopped working", "It works again.", f"/channels/{channel}"
    )  # fmt: skip
    await sql.run("UPDATE channel SET broken_kind = 'expired_token', broken_at = now()")
    assert (await read(ada))[0].detail == "1 coming post needs it."


async def test_an_approval_that_was_asked_says_when_it_is_decided() -> None:
    ada, post = await make_person(), await make_post()
    await notices.tell(ada.id, NoticeKind.APPROVAL_ASKED, post=post.id)
    assert (await read(ada))[0].detail == ""
    await sql.run("UPDATE post SET status = 'rejected'")
    assert (await read(ada))[0].detail == "It has been decided."
    await sql.run("UPDATE post SET archived_at = now()")
    assert (await read(ada))[0].detail == "It is archived."
