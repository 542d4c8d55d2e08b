"""Which posts wait for a person, by section of the inbox, and in which order: one statement for all. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from asyncpg import Record

from app import sql
from app.access import RANK
from app.flow.comments import ASKS_FOR_CHANGES
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed
from app.sessions import Who

MOST = 15  # rows of a section; the rest is behind its link
SORTED = 200  # posts of one status among which those rows are found
COUNTED = 1000  # posts of a section that are counted; more show as 999+
FIX, CHANGES, READING, REJECTED, MISSED, UNDATED = "fix", "changes", "review", "rejected", "missed", "undated"
# Deliveries that wait for a person's word, of posts whose platforms are not being asked right now.
RAISED = f"""
SELECT DISTINCT d.post FROM delivery d WHERE d.resurfaced_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM recall WHERE post = d.post AND ended_at IS NULL)
UNION SELECT d.post FROM delivery d JOIN publication u ON u.id = d.publication
WHERE d.next_at IS NOT NULL AND d.status IN ({listed(DeliveryStatus.HANDED_OFF)}) AND d.error_kind = 'changed_there'
  AND u.due_at > now() AND NOT EXISTS (SELECT 1 FROM recall WHERE post = d.post AND ended_at IS NULL)
"""  # noqa: S608
# The person, and whether they decide in reviews. Asked for in this way they do not change the plan, so PostgreSQL keeps
# one: planning anew takes 1 ms.
ME, DECIDES = "(SELECT $1::bigint)", "(SELECT $2::boolean)"
MINE, NOBODYS = f"coalesce(author, 0) = {ME}", "coalesce(author, 0) = 0"
REACHABLE = f"({DECIDES} OR {MINE})"  # who does not decide could only look on at what happens to others' posts
CONNECTED = """EXISTS (SELECT 1 FROM post_channel x JOIN channel k ON k.id = x.channel
  WHERE x.post = post.id AND k.disconnected_at IS NULL OFFSET 0)"""
# Posts of this person's that somebody wants changed: not for themselves to review.
WISHED = f"""
SELECT DISTINCT p.id FROM post p JOIN comment c ON c.post = p.id
WHERE {ASKS_FOR_CHANGES} AND {MINE} AND p.id NOT IN (SELECT post FROM raised)
"""  # noqa: S608
SMALL = ((FIX, "raised"), (CHANGES, "wished"))
TOLD = f"""
WITH raised AS MATERIALIZED (
  SELECT found.post FROM ({RAISED}) found JOIN post ON post.id = found.post WHERE {REACHABLE}),
wished AS MATERIALIZED ({WISHED})
"""  # noqa: S608
KINDS: dict[str, tuple[Sequence[str], str]] = {
    FIX: ((PostStatus.PUBLISH_FAILED, PostStatus.GENERATION_FAILED), REACHABLE),
    READING: (REVIEW, f"{DECIDES} AND {CONNECTED} AND id NOT IN (SELECT id FROM wished)"),  # noqa: S608
    REJECTED: ((PostStatus.REJECTED,), MINE),
    MISSED: ((PostStatus.MISSED,), f"({MINE} OR {DECIDES} AND {NOBODYS})"),
    UNDATED: ((PostStatus.AWAITING_DATE,), REACHABLE),
}
OF_STATUS = "FROM post WHERE status IN ({}) AND archived_at IS NULL AND id NOT IN (SELECT post FROM raised) AND {}"
HELD = f"""
  FROM publication u JOIN post p ON p.id = u.post AND p.status = '{PostStatus.SCHEDULED}' AND p.archived_at IS NULL
  WHERE u.held_for IS NOT NULL AND u.post NOT IN (SELECT post FROM raised) AND {REACHABLE}
"""  # noqa: S608
# Each status is walked along its index, the soonest first; a section is counted no further than anybody would read.
SOONEST = " UNION ALL ".join(
    f"(SELECT '{section}' AS section, id, false AS raised {OF_STATUS.format(listed(status), but)}"
    f" ORDER BY planned_on, planned_time NULLS FIRST, id LIMIT {SORTED})"
    for section, (statuses, but) in KINDS.items()
    for status in statuses
)


def waiting(most: int) -> str:
    """One row, with the name of its section, for each post that waits; not many more than `most` of a section."""
    parts = [
        f"(SELECT '{section}' AS section {OF_STATUS.format(listed(*statuses), but)} LIMIT {most})"
        for section, (statuses, but) in KINDS.items()
    ]
    held = f"(SELECT '{FIX}' {HELD} LIMIT {most})"
    return " UNION ALL ".join((*parts, held, *(f"SELECT '{name}' FROM {told}" for name, told in SMALL)))  # noqa: S608


SECTIONS = f"""
{TOLD}, found AS ({SOONEST} UNION ALL (SELECT '{FIX}', u.post, false {HELD} ORDER BY u.due_at, u.post LIMIT {SORTED})
  UNION ALL SELECT '{FIX}', post, true FROM raised UNION ALL SELECT '{CHANGES}', id, false FROM wished),
counted AS (SELECT section, least(count(*), {COUNTED}) AS in_all FROM ({waiting(COUNTED)}) waiting GROUP BY section),
sorted AS (
  SELECT f.section, p.id, p.updated_at AS since, f.raised,
    coalesce(p.publish_at, p.planned_on::timestamp AT TIME ZONE p.zone) AS at,
    -- What this person may not approve comes after what they may.
    f.section = '{READING}' AND (
      EXISTS (SELECT 1 FROM approval WHERE post = p.id AND person = {ME} AND voided_at IS NULL) OR own.counts
        AND (p.author = {ME} OR EXISTS (SELECT 1 FROM revision WHERE post = p.id AND person = {ME}))) AS closed
  FROM found f JOIN post p ON p.id = f.id CROSS JOIN (
    SELECT self_approval = 'never' OR self_approval = 'alone' AND (SELECT count(*) FROM person
      WHERE role IN ('editor', 'admin') AND disabled_at IS NULL) > 1 AS counts FROM team) own),
placed AS (SELECT *, row_number() OVER (PARTITION BY section ORDER BY closed, at NULLS LAST, id) AS place FROM sorted)
SELECT section, id, since, now() AS now, in_all, raised FROM placed JOIN counted USING (section)
WHERE place <= {MOST} ORDER BY section, place
"""  # noqa: S608


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


def decides(who: Who) -> bool:
    """Whether reviews wait for this person."""
    return RANK[who.role] >= RANK["editor"]


async def sections(who: Who) -> dict[str, Waiting]:
    """Posts that wait for `who`, by section; at most MOST in each. Nothing waits for who only reads."""
    if not acts(who):
        return {}
    found = await sql.rows(SECTIONS, who.id, decides(who))
    grouped = {name: list(rows) for name, rows in groupby(found, lambda record: str(record["section"]))}
    return {name: _waiting(rows) for name, rows in grouped.items()}


def _waiting(found: Sequence[Record]) -> Waiting:
    posts = {record["id"]: record["since"] for record in found}
    raised = frozenset(record["id"] for record in found if record["raised"])
    return Waiting(posts, found[0]["in_all"], found[0]["now"], raised)
