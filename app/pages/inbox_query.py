"""The SQL of the inbox: what waits in each section, what is wrong with channels, what would be sealed. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import msgspec
from asyncpg import Record

from app import content, seals, sql
from app.content import Revision
from app.lifecycles import publication
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed
from app.seals import Channel
from app.sessions import Who

MOST = 50  # rows of a section; the rest is behind its link
FIX, UNDATED, MINE = "fix", "undated", "rejected"
BROKEN_POSTS = (PostStatus.PUBLISH_FAILED, PostStatus.GENERATION_FAILED, PostStatus.MISSED)
# Deliveries that wait for a person's word, of posts whose platforms are not being asked right now.
RAISED = f"""
SELECT DISTINCT d.post FROM delivery d WHERE d.resurfaced_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM recall WHERE post = d.post AND ended_at IS NULL)
UNION SELECT d.post FROM delivery d JOIN publication u ON u.id = d.publication
WHERE d.next_at IS NOT NULL AND d.status IN ({listed(DeliveryStatus.HANDED_OFF)}) AND d.error_kind = 'changed_there'
  AND u.due_at > now() AND NOT EXISTS (SELECT 1 FROM recall WHERE post = d.post AND ended_at IS NULL)
"""  # noqa: S608
SECTIONS = f"""
WITH raised AS ({RAISED})
SELECT section, id, since, now, in_all, raised FROM (
  SELECT *, count(*) OVER (PARTITION BY section) AS in_all,
    row_number() OVER (PARTITION BY section ORDER BY closed, at NULLS LAST, id) AS place FROM (
    SELECT p.id, p.updated_at AS since, now() AS now, p.id = ANY(ARRAY(SELECT post FROM raised)) AS raised,
      coalesce(p.publish_at, p.planned_on::timestamp AT TIME ZONE p.zone) AS at,
      CASE WHEN p.id = ANY(ARRAY(SELECT post FROM raised)) THEN 'fix' WHEN p.status = ANY($1::text[]) THEN 'fix'
        WHEN p.status = $2 THEN CASE WHEN EXISTS (SELECT 1 FROM publication WHERE post = p.id
          AND status = ANY($3::text[]) AND held_for IS NOT NULL) THEN 'fix' END
        WHEN p.status = ANY($4::text[]) THEN CASE WHEN EXISTS (SELECT 1 FROM post_channel x JOIN channel k
          ON k.id = x.channel WHERE x.post = p.id AND k.disconnected_at IS NULL) THEN 'review' END
        WHEN p.status = $5 THEN CASE WHEN p.author = $7 THEN 'rejected' END
        ELSE 'undated' END AS section,
      -- What this person may not approve comes after what they may.
      p.status = ANY($4::text[]) AND (EXISTS (SELECT 1 FROM approval WHERE post = p.id AND person = $7
        AND voided_at IS NULL) OR own.counts AND (p.author = $7 OR EXISTS (SELECT 1 FROM revision
        WHERE post = p.id AND person = $7))) AS closed
    FROM post p CROSS JOIN (SELECT self_approval = 'never' OR self_approval = 'alone' AND (SELECT count(*) FROM person
      WHERE role IN ('editor', 'admin') AND disabled_at IS NULL) > 1 AS counts FROM team) own
    WHERE p.archived_at IS NULL AND p.status = ANY($1::text[] || $4::text[] || ARRAY[$2, $5, $6]::text[])
      OR p.id = ANY(ARRAY(SELECT post FROM raised))
  ) sorted WHERE section IS NOT NULL
) placed WHERE place <= $8 ORDER BY section, place
"""  # noqa: S608
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """One section: its posts in order, since when each is there, and how many there are in all.

    `raised`: those with a delivery that waits for a person's word.
    """

    posts: dict[int, datetime]
    in_all: int
    now: datetime
    raised: frozenset[int]


async def sections(who: Who) -> dict[str, Waiting]:
    """Posts that wait for `who`, by section; at most MOST in each."""
    found = await sql.rows(
        SECTIONS, BROKEN_POSTS, PostStatus.SCHEDULED, publication.OPEN, REVIEW, PostStatus.REJECTED,
        PostStatus.AWAITING_DATE, who.id, MOST,
    )  # fmt: skip
    grouped = {name: list(rows) for name, rows in groupby(found, lambda record: str(record["section"]))}
    return {name: _waiting(rows) for name, rows in grouped.items()}


def _waiting(found: Sequence[Record]) -> Waiting:
    posts = {record["id"]: record["since"] for record in found}
    raised = frozenset(record["id"] for record in found if record["raised"])
    return Waiting(posts, found[0]["in_all"], found[0]["now"], raised)


async def broken_channels() -> list[Record]:
    """Connected channels that stopped working, and what waits for them."""
    return await sql.rows(CHANNELS, (PostStatus.APPROVED, PostStatus.SCHEDULED))


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
