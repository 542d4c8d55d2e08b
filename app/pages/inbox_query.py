"""The SQL of the inbox beside its sections: what is wrong with channels, what would be sealed. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import msgspec
from asyncpg import Record

from app import content, seals, sql
from app.content import Revision
from app.lifecycles import publication
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages.inbox_sections import acts
from app.seals import Channel
from app.sessions import Who

MOST = 15  # mentions that are shown
CHANNELS = """
SELECT k.id, k.name, k.platform, k.broken_kind, k.broken_at, now() AS now, count(p.id) AS waiting,
  min(p.publish_at) FILTER (WHERE p.publish_at > now()) AS next
FROM channel k LEFT JOIN post_channel x ON x.channel = k.id
LEFT JOIN post p ON p.id = x.post AND p.archived_at IS NULL AND p.status = ANY($1::text[])
WHERE k.broken_kind IS NOT NULL AND k.disconnected_at IS NULL GROUP BY k.id ORDER BY k.broken_at, k.id
"""
NEXT = "SELECT min(due_at) FROM publication WHERE status = ANY($1::text[]) AND held_for IS NULL AND due_at > now()"
TARGETS = """
SELECT p.id AS post, p.revision, c.id, c.name, c.platform, c.settings FROM post p
LEFT JOIN post_channel x ON x.post = p.id LEFT JOIN channel c ON c.id = x.channel
WHERE p.id = ANY($1::bigint[]) AND p.revision IS NOT NULL ORDER BY p.id, c.id
"""
MENTIONS = """
SELECT c.id, c.post, p.title, c.body, coalesce(n.name, c.guest, 'Somebody') AS by, c.created_at, now() AS now,
  count(*) OVER () AS in_all
FROM mention m JOIN comment c ON c.id = m.comment AND c.deleted_at IS NULL JOIN post p ON p.id = c.post
LEFT JOIN person n ON n.id = c.person
WHERE m.person = $1 AND m.seen_at IS NULL ORDER BY c.id DESC LIMIT $2
"""
# The words are no cause that posts share, so what was declined for them is left out.
CAUSES = f"""
SELECT DISTINCT ON (d.post) d.post, d.channel, k.name, k.broken_kind IS NOT NULL AS broken, d.error_kind
FROM delivery d JOIN post p ON p.id = d.post JOIN channel k ON k.id = d.channel AND k.disconnected_at IS NULL
JOIN post_channel x ON x.post = d.post AND x.channel = d.channel
WHERE d.post = ANY($1::bigint[]) AND p.status = '{PostStatus.PUBLISH_FAILED}'
  AND d.status = '{DeliveryStatus.FAILED}' AND d.error_kind <> 'content_rejected'
  AND NOT EXISTS (SELECT 1 FROM delivery l WHERE l.post = d.post AND l.channel = d.channel AND l.id > d.id)
ORDER BY d.post, d.id DESC
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Text:
    """What a reviewer reads: the digest an approval would seal, as hex, and how many words it has."""

    digest: str
    words: int


async def broken_channels(who: Who) -> list[Record]:
    """Connected channels that stopped working, and what waits for them."""
    return [] if not acts(who) else await sql.rows(CHANNELS, (PostStatus.APPROVED, PostStatus.SCHEDULED))


async def next_publish() -> datetime | None:
    found: datetime | None = await sql.value(NEXT, publication.OPEN)
    return found


async def digests(posts: Sequence[int]) -> dict[int, str]:
    """What an approval of each post would seal, as hex: two queries however many."""
    return {post: text.digest for post, text in (await texts(posts)).items()}


async def texts(posts: Sequence[int]) -> dict[int, Text]:
    """What there is to read of each post, and what an approval would seal: two queries however many."""
    if not posts:
        return {}
    targets = {post: list(rows) for post, rows in groupby(await sql.rows(TARGETS, list(posts)), lambda r: r["post"])}
    wanted = [rows[0]["revision"] for rows in targets.values()]
    revisions = await content.many(wanted)
    return {post: _text(post, revisions[rows[0]["revision"]], rows) for post, rows in targets.items()}


async def mentions(who: Who) -> list[Record]:
    """Comments that name this person and that they have not seen, the newest first."""
    return await sql.rows(MENTIONS, who.id, MOST)


async def causes(posts: Sequence[int]) -> list[Record]:
    """For failed posts: the channel that failed, why, and whether it works again."""
    return await sql.rows(CAUSES, list(posts)) if posts else []


def _text(post: int, revision: Revision, rows: Sequence[Record]) -> Text:
    channels = [
        Channel(row["id"], row["name"], row["platform"], msgspec.json.decode(row["settings"]))
        for row in rows
        if row["id"] is not None
    ]
    return Text(seals.canonical(post, revision, channels).digest.hex(), len(revision.body.split()))
