"""Notices: what one person is told, once, until they look. For verbs that tell directly, for news.py and doors."""

from collections.abc import Collection
from enum import StrEnum

from app import sql

FORGOTTEN = "interval '90 days'"


class NoticeKind(StrEnum):
    """What a notice is about, the most pressing first; its words are in notice_words.py."""

    PUBLISHING_FAILED = "publishing_failed"
    PARTLY_PUBLISHED = "partly_published"
    NOT_CONFIRMED = "not_confirmed"
    UPDATE_FAILED = "update_failed"
    RESURFACED = "resurfaced"
    RECALL_REFUSED = "recall_refused"
    CHANGED_THERE = "changed_there"
    HELD_LATE = "held_late"
    CHANNEL_BROKEN = "channel_broken"
    WEBHOOK_PAUSED = "webhook_paused"
    WRITING_FAILED = "writing_failed"
    DAY_PASSED = "day_passed"
    REMINDER = "reminder"
    APPROVAL_ASKED = "approval_asked"
    CHANGES_ASKED = "changes_asked"
    MENTION = "mention"
    REPLY = "reply"
    DECLINED = "declined"
    ASSIGNED = "assigned"
    APPROVAL_GIVEN = "approval_given"


FAILURES = (
    NoticeKind.PUBLISHING_FAILED, NoticeKind.PARTLY_PUBLISHED, NoticeKind.NOT_CONFIRMED, NoticeKind.UPDATE_FAILED,
    NoticeKind.RESURFACED, NoticeKind.RECALL_REFUSED, NoticeKind.CHANGED_THERE, NoticeKind.HELD_LATE,
    NoticeKind.CHANNEL_BROKEN, NoticeKind.WEBHOOK_PAUSED, NoticeKind.WRITING_FAILED, NoticeKind.DAY_PASSED,
)  # fmt: skip
URGENT = (*FAILURES, NoticeKind.MENTION)  # what does not wait for a digest, for those who want that

TELL = """
INSERT INTO notice (person, kind, post, comment, channel, delivery, note)
SELECT id, $2, $3, $4, $5, $6, $7 FROM person WHERE id = ANY($1::bigint[]) AND disabled_at IS NULL
"""
SEE = "UPDATE notice SET seen_at = now() WHERE id = $1 AND person = $2 AND seen_at IS NULL"
SEE_ALL = "UPDATE notice SET seen_at = now() WHERE person = $1 AND id <= $2 AND seen_at IS NULL"
FORGET = f"DELETE FROM notice WHERE seen_at < now() - {FORGOTTEN}"  # noqa: S608


async def tell(
    person: int | Collection[int], kind: NoticeKind, *, post: int | None = None, comment: int | None = None,
    channel: int | None = None, delivery: int | None = None, note: str = "",
) -> None:  # fmt: skip
    """Tell one person or several, in the transaction of what they are told; who has left is not told anything."""
    people = [person] if isinstance(person, int) else [*person]
    if people:
        await sql.run(TELL, people, kind, post, comment, channel, delivery, note[:500])


async def see(notice: int, person: int) -> None:
    """Somebody looked at a notice of their own."""
    await sql.run(SEE, notice, person)


async def see_all(person: int, newest: int) -> int:
    """Everything up to the newest they were shown; what came since stays new. Returns how many."""
    return await sql.run(SEE_ALL, person, newest)


async def forget_old() -> None:
    """Drop what was seen long ago; for the daily sweep."""
    await sql.run(FORGET)
