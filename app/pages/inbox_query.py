"""The SQL of the inbox: what waits in each section, what is wrong with channels, what would be sealed. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import msgspec
from asyncpg import Record

from app import content, seals, sql
from app.access import RANK
from app.content import Revision
from app.lifecycles import publication
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed
from app.seals import Channel
from app.sessions import Who

MOST = 15  # rows of a section; the rest is behind its link
SORTED = 200  # posts of one status among which those rows are found
COUNTED = 1000  # posts of a section that are counted; more show as 999+
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
CONNECTED = """AND EXISTS (SELECT 1 FROM post_channel x JOIN channel k ON k.id = x.channel
  WHERE x.post = post.id AND k.disconnected_at IS NULL OFFSET 0)"""
KINDS: dict[str, tuple[Sequence[str], str]] = {
    FIX: (BROKEN_POSTS, ""), "review": (REVIEW, CONNECTED), MINE: ((PostStatus.REJECTED,), "AND author = $1"),
    UNDATED: ((PostStatus.AWAITING_DATE,), ""),
}  # fmt: skip
OF_STATUS = "FROM post WHERE status IN ({}) AND archived_at IS NULL AND id NOT IN (SELECT post FROM raised) {}"
HELD = f"""
  FROM publication u JOIN post p ON p.id = u.post AND p.status = '{PostStatus.SCHEDULED}' AND p.archived_at IS NULL
  WHERE u.held_for IS NOT NULL AND u.post NOT IN (SELECT post FROM raised)
"""  # noqa: S608
# Each status is walked along its index, the soonest first; a section is counted no further than anybody would read.
SOONEST = " UNION ALL ".join(
    f"(SELECT '{section}' AS section, id, false AS raised {OF_STATUS.format(listed(status), but)}"
    f" ORDER BY planned_on, planned_time NULLS FIRST, id LIMIT {SORTED})"
    for section, (statuses, but) in KINDS.items()
    for status in statuses
)
ALL = " UNION ALL ".join(
    f"(SELECT '{section}' AS section {OF_STATUS.format(listed(*statuses), but)} LIMIT {COUNTED})"
    for section, (statuses, but) in KINDS.items()
)
SECTIONS = f"""
WITH raised AS MATERIALIZED ({RAISED}),
found AS ({SOONEST} UNION ALL (SELECT '{FIX}', u.post, false {HELD} ORDER BY u.due_at, u.post LIMIT {SORTED})
  UNION ALL SELECT '{FIX}', post, true FROM raised),
counted AS (SELECT section, least(count(*), {COUNTED}) AS in_all FROM (
  {ALL} UNION ALL (SELECT '{FIX}' {HELD} LIMIT {COUNTED}) UNION ALL SELECT '{FIX}' FROM raised) waiting
  GROUP BY section),
sorted AS (
  SELECT f.section, p.id, p.updated_at AS since, f.raised,
    coalesce(p.publish_at, p.planned_on::timestamp AT TIME ZONE p.zone) AS at,
    -- What this person may not approve comes after what they may.
    f.section = 'review' AND (EXISTS (SELECT 1 FROM approval WHERE post = p.id AND person = $1 AND voided_at IS NULL)
      OR own.counts AND (p.author = $1 OR EXISTS (SELECT 1 FROM revision WHERE post = p.id AND person = $1))) AS closed,
    -- What others want changed in this person's own words comes before what they are to read.
    f.section = 'review' AND p.author = $1 AND EXISTS (SELECT 1 FROM comment WHERE post = p.id AND kind = 'request'
      AND revision = p.revision AND resolved_at IS NULL AND deleted_at IS NULL) AS mine
  FROM found f JOIN post p ON p.id = f.id CROSS JOIN (
    SELECT self_approval = 'never' OR self_approval = 'alone' AND (SELECT count(*) FROM person
      WHERE role IN ('editor', 'admin') AND disabled_at IS NULL) > 1 AS counts FROM team) own),
placed AS (SELECT *, row_number() OVER (PARTITION BY section ORDER BY mine DESC, closed, at NULLS LAST, id) AS place
  FROM sorted)
SELECT section, id, since, now() AS now, in_all, raised FROM placed JOIN counted USING (section)
WHERE place <= {MOST} ORDER BY section, place
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


def acts(who: Who) -> bool:
    """Whether posts and channels can wait for this person; whoever only reads is named in comments at most."""
    return RANK[who.role] >= RANK["writer"]


async def sections(who: Who) -> dict[str, Waiting]:
    """Posts that wait for `who`, by section; at most MOST in each. Nothing waits for who only reads."""
    if not acts(who):
        return {}
    found = await sql.rows(SECTIONS, who.id)
    grouped = {name: list(rows) for name, rows in groupby(found, lambda record: str(record["section"]))}
    return {name: _waiting(rows) for name, rows in grouped.items()}


def _waiting(found: Sequence[Record]) -> Waiting:
    posts = {record["id"]: record["since"] for record in found}
    raised = frozenset(record["id"] for record in found if record["raised"])
    return Waiting(posts, found[0]["in_all"], found[0]["now"], raised)


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
