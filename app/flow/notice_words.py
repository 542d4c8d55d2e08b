"""The words of notices and where each leads, made of how things stand when somebody reads. For pages and e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from app import sql
from app.flow.notices import NoticeKind
from app.flow.webhook_sending import CAUSES
from app.lifecycles.phrases import counted
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import PostStatus, listed

EXCERPT = 140
SENTENCES = {
    NoticeKind.PUBLISHING_FAILED: "Publishing failed on {note}: {title}",
    NoticeKind.PARTLY_PUBLISHED: "Partly published, not on {note}: {title}",
    NoticeKind.NOT_CONFIRMED: "Not confirmed on {note}: {title}",
    NoticeKind.UPDATE_FAILED: "The changes did not reach {note}: {title}",
    NoticeKind.RESURFACED: "Live on {channel} though it was taken back: {title}",
    NoticeKind.RECALL_REFUSED: "A platform did not do what you asked: {title}",
    NoticeKind.CHANGED_THERE: "Changed on {channel}: {title}",
    NoticeKind.HELD_LATE: "Held, too late to go out by itself: {title}",
    NoticeKind.CHANNEL_BROKEN: "{channel} stopped working",
    NoticeKind.WEBHOOK_PAUSED: "The webhook “{endpoint}” was paused",
    NoticeKind.WRITING_FAILED: "Writing did not finish: {title}",
    NoticeKind.DAY_PASSED: "Its day passed before it was written: {title}",
    NoticeKind.REMINDER: "Approval is due soon: {title}",
    NoticeKind.APPROVAL_ASKED: "Approval asked: {title}",
    NoticeKind.CHANGES_ASKED: "{who} asked for changes: {title}",
    NoticeKind.MENTION: "{who} mentioned you: {title}",
    NoticeKind.REPLY: "{who} replied: {title}",
    NoticeKind.DECLINED: "{who} declined it: {title}",
    NoticeKind.ASSIGNED: "{who} assigned it to you: {title}",
    NoticeKind.APPROVAL_GIVEN: "{who} approved it: {title}",
}
QUOTED = (NoticeKind.MENTION, NoticeKind.REPLY)
# What somebody said or a platform answered stands below the sentence.
NOTED = (
    NoticeKind.RECALL_REFUSED, NoticeKind.CHANGED_THERE, NoticeKind.WRITING_FAILED, NoticeKind.DECLINED,
    NoticeKind.CHANGES_ASKED,
)  # fmt: skip
ASKING = (NoticeKind.APPROVAL_ASKED, NoticeKind.REMINDER)
# What hangs on broken channels is counted at once for all of them, and not at all where no notice is about one.
TOLD = f"""
WITH coming AS (SELECT x.channel, count(*) AS posts FROM post q JOIN post_channel x ON x.post = q.id
  WHERE EXISTS (SELECT 1 FROM notice WHERE id = ANY($1::bigint[]) AND kind = '{NoticeKind.CHANNEL_BROKEN}')
    AND q.archived_at IS NULL AND q.status IN ({listed(PostStatus.APPROVED, PostStatus.SCHEDULED)}) GROUP BY x.channel)
SELECT n.id, n.kind, n.at, now() AS now, n.seen_at IS NOT NULL AS seen, n.post, n.delivery, n.channel, n.note,
  coalesce(p.title, '') AS title, p.status IN ({listed(*REVIEW)}) AS waits, p.archived_at IS NOT NULL AS archived,
  CASE WHEN k.deleted_at IS NULL THEN k.id END AS comment, k.deleted_at IS NOT NULL AS taken_back,
  coalesce(k.body, '') AS body, coalesce(c.name, 'A channel') AS channel_name, c.broken_kind IS NOT NULL AS broken,
  coalesce(e.facts ->> 'guest', k.guest, w.name, 'Somebody') AS who,
  o.id AS endpoint, coalesce(o.name, '') AS endpoint_name, o.removed_at IS NOT NULL AS removed,
  o.paused_at IS NOT NULL AS paused, coalesce(coming.posts, 0) AS waiting
FROM notice n LEFT JOIN post p ON p.id = n.post LEFT JOIN channel c ON c.id = n.channel
LEFT JOIN comment k ON k.id = n.comment LEFT JOIN event e ON e.id = n.event
LEFT JOIN endpoint o ON e.about = 'endpoint' AND o.id = e.about_id
LEFT JOIN person w ON w.id = coalesce(k.person, e.person) LEFT JOIN coming ON coming.channel = n.channel
WHERE n.id = ANY($1::bigint[]) ORDER BY n.id DESC
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as people read it: `sentence` says what, `detail` (may be empty) more of it, `href` leads there."""

    id: int
    kind: NoticeKind
    at: datetime
    now: datetime
    seen: bool
    sentence: str
    detail: str
    href: str


async def told(notices: Sequence[int]) -> list[Told]:
    """Those notices in words, the newest first; one query however many."""
    return [_told(record) for record in await sql.rows(TOLD, list(notices))]


def _told(record: Record) -> Told:
    kind = NoticeKind(record["kind"])
    named = {
        "title": "title", "note": "note", "channel": "channel_name", "endpoint": "endpoint_name", "who": "who"
    }  # fmt: skip
    sentence = SENTENCES[kind].format(**{name: _short(record[column]) for name, column in named.items()})
    told = (record["id"], kind, record["at"], record["now"], record["seen"])
    return Told(*told, sentence, _detail(kind, record), _href(record))


def _detail(kind: NoticeKind, record: Record) -> str:
    if record["taken_back"]:
        return "The comment was deleted."
    if record["archived"]:
        return "It is archived."
    if kind in ASKING:
        return "" if record["waits"] else "It has been decided."
    if kind is NoticeKind.CHANNEL_BROKEN:
        return _waits(record["waiting"]) if record["broken"] else "It works again."
    if kind is NoticeKind.WEBHOOK_PAUSED:
        return _stands(record)
    return _short(record["body"] if kind in QUOTED else record["note"] if kind in NOTED else "")


def _stands(record: Record) -> str:
    if record["removed"]:
        return "It was removed."
    return CAUSES.get(record["note"], "") if record["paused"] else "It was resumed."


def _waits(waiting: int) -> str:
    return (
        f"{counted(waiting, 'coming post needs', 'coming posts need')} it." if waiting else "No coming post needs it."
    )


def _short(text: str) -> str:
    """In one line, however it was typed, and not too long to be read at a glance."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"


def _href(record: Record) -> str:
    """The very place with the way on."""
    if record["endpoint"]:
        return "/settings/webhooks" if record["removed"] else f"/settings/webhooks/{record['endpoint']}"
    if record["delivery"]:
        return f"/deliveries/{record['delivery']}"
    if record["post"]:
        return f"/posts/{record['post']}" + (f"#comment-{record['comment']}" if record["comment"] else "")
    return f"/channels/{record['channel']}" if record["channel"] else "/inbox"
