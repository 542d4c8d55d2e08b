"""Posts that failed on the same channel for the same reason, and the one fix for all. For a failed post's page."""

from dataclasses import dataclass

from app import sql
from app.access import allows
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import words
from app.pages.inbox_sections import SORTED
from app.pages.words import View
from app.sessions import Who

MOST = 12
WORDS = "content_rejected"  # what was declined for its words is a cause of its own
SAME = f"""
SELECT p.id, p.title, p.publish_at FROM (
  SELECT id, title, publish_at FROM post WHERE status = '{PostStatus.PUBLISH_FAILED}' AND archived_at IS NULL
  ORDER BY planned_on, planned_time NULLS FIRST, id LIMIT {SORTED}) p
WHERE EXISTS (SELECT 1 FROM delivery d JOIN post_channel x ON x.post = d.post AND x.channel = d.channel
  WHERE d.post = p.id AND d.channel = $1 AND d.error_kind = $2 AND d.status = '{DeliveryStatus.FAILED}'
  AND NOT EXISTS (SELECT 1 FROM delivery l WHERE l.post = p.id AND l.channel = $1 AND l.id > d.id))
ORDER BY p.id <> $3, p.publish_at NULLS LAST, p.id LIMIT {MOST + 1}
"""  # noqa: S608  (names of statuses)


@dataclass(frozen=True, slots=True)
class Alike:
    """One of them; `when` it was to go out."""

    id: int
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class SameCause:
    """`requeue`: where the ticked ones get new times, for those who may, once the channel works; `fix`: what helps."""

    posts: tuple[Alike, ...]
    more: bool
    requeue: str
    fix: str


async def same_cause(view: View, who: Who) -> SameCause | None:
    """This post first, then the others; None for a post that stands alone."""
    sent = words.worst(view)
    if sent is None or sent.status != DeliveryStatus.FAILED or sent.error_kind in ("", WORDS):
        return None
    found = await sql.rows(SAME, sent.channel, sent.error_kind, view.detail.id)
    if len(found) < 2:
        return None
    posts = tuple(
        Alike(one["id"], one["title"], view.when(one["publish_at"]) if one["publish_at"] else "")
        for one in found[:MOST]
    )  # fmt: skip
    may = allows(who, "GET /channels/{id:int}/requeue") and not sent.broken
    works = f"{sent.name} works again." if sent.mended else "They can be sent again together."
    fix = f"One fix for all: reconnect {sent.name}." if sent.broken else works
    return SameCause(posts, len(found) > MOST, f"/channels/{sent.channel}/requeue" if may else "", fix)
