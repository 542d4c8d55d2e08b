"""News: a sweep that reads the events and makes notices of them, so that no verb has to know about notices.

Ids of events are not committed in their order: a slow transaction may bring a lower one later. So each event is read at
a glance, at once, and once more when every transaction that had begun by then is over; until that time the bookmark
stays before it, and what was told already is found by its unique index. A transaction writes to a post or another row
before it writes an event, so it has its number when the event gets its id.

Two workers: whoever has the bookmark's row reads, the other one passes by. A desk without a bookmark begins a day
back; a backup brings its own, whose transaction numbers mean nothing in another database and count as over.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from app import facts as fact_sheet
from app import sql
from app.atomic import atomic
from app.flow import reminders
from app.flow.notice_rules import HANDS, KINDS, RUN_ENDED, Failed, Happening, whom
from app.flow.notices import NoticeKind
from app.lifecycles.machine import By
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, listed

READER = "notices"
A_BATCH = 2000
RECENT = "interval '7 days'"  # what is older is no news any more, whoever reads it so late
BROKE = f"""
channel c WHERE c.broken_kind IS NOT NULL AND c.disconnected_at IS NULL AND c.broken_at > now() - {RECENT}
  AND NOT EXISTS (SELECT 1 FROM notice WHERE kind = '{NoticeKind.CHANNEL_BROKEN}' AND channel = c.id
    AND at >= c.broken_at)
"""  # noqa: S608
PEEK = f"""
SELECT b.event < (SELECT max(id) FROM event) AS events, EXISTS (SELECT 1 FROM {BROKE}) AS breaks
FROM bookmark b WHERE b.reader = $1
"""  # noqa: S608
BEGIN = """
INSERT INTO bookmark (reader, event, ahead, horizon) SELECT $1, at, at, 0 FROM (SELECT coalesce((SELECT id FROM event
  WHERE at < now() - interval '1 day' ORDER BY id DESC LIMIT 1), 0) AS at) newest ON CONFLICT DO NOTHING
"""
HOLD = "SELECT event, ahead, horizon FROM bookmark WHERE reader = $1 FOR UPDATE SKIP LOCKED"
GLANCE = f"""
SELECT (SELECT max(id) FROM (SELECT id FROM event WHERE id > $1 ORDER BY id LIMIT {A_BATCH}) batch) AS newest,
  pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS next FROM pg_current_snapshot() s
"""  # noqa: S608
TURN = "UPDATE bookmark SET event = ahead, ahead = $2, horizon = $3, at = now() WHERE reader = $1"
MOVES = ", ".join(f"('{about}', '{move}')" for about, move in KINDS if about in ("post", "delivery"))
NEWS = f"""
SELECT e.id AS event, e.at, e.about, e.about_id, e.move, e.from_status AS before, e.to_status AS after, e.post,
  CASE WHEN e.facts ? 'guest' THEN NULL ELSE e.person END AS by, coalesce(e.note, '') AS note,
  CASE WHEN e.move = 'assign' THEN (e.facts ->> 'to')::bigint END AS to,
  CASE WHEN e.move = 'request_changes' THEN (e.facts ->> 'comment')::bigint END AS comment, p.author,
  (SELECT person FROM event WHERE post = e.post AND about = 'post' AND move = 'create' ORDER BY id LIMIT 1) AS creator,
  ARRAY(SELECT DISTINCT person FROM event WHERE post = e.post AND about = 'post' AND person IS NOT NULL
    AND move IN ({listed(*HANDS)})) AS hands,
  CASE WHEN e.move IN ({listed(*RUN_ENDED)}) THEN
    (SELECT json_agg(json_build_object('delivery', d.id, 'channel', c.name, 'status', d.status) ORDER BY d.channel)
     FROM delivery d JOIN channel c ON c.id = d.channel
     WHERE d.publication = (SELECT max(id) FROM publication WHERE post = e.post)
       AND d.status IN ({listed(DeliveryStatus.FAILED, DeliveryStatus.UNCONFIRMED)})) END AS failed,
  EXISTS (SELECT 1 FROM delivery WHERE post = e.post AND kind = 'create' AND set_aside_at IS NULL
    AND status = '{DeliveryStatus.PUBLISHED}') AS live
FROM event e JOIN post p ON p.id = e.post
WHERE e.id > $1 AND e.id <= $2 AND e.at > now() - {RECENT} AND ((e.about, e.move) IN ({MOVES})
    AND (e.move <> 'confirm' OR e.from_status IN ({listed(DeliveryStatus.CANCELED, DeliveryStatus.WITHDRAWN)}))
    AND (e.move <> 'withdraw' OR e.by_kind = 'platform')
  OR e.about = 'post' AND e.to_status IN ({listed(*REVIEW)})
    AND (e.from_status IS NULL OR e.from_status NOT IN ({listed(*REVIEW)}))
  OR e.about = 'publication' AND e.move = 'hold' AND e.note = 'late'
  OR e.about = 'recall' AND e.move LIKE 'refuse\\_%')
ORDER BY e.id
"""  # noqa: S608
# A notice points at its post, so its row is locked a little: all of them first and in order, as moves lock them.
POSTS = "SELECT 1 FROM post WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE"
PEOPLE = "SELECT id, name, role FROM person WHERE disabled_at IS NULL"
KEEP = """
INSERT INTO notice (person, kind, post, comment, channel, delivery, event, note, at)
SELECT n.person, n.kind, n.post, n.comment, d.channel, n.delivery, n.event, n.note, n.at
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
  $8::timestamptz[]) WITH ORDINALITY AS n (person, kind, post, comment, delivery, event, note, at, place)
LEFT JOIN delivery d ON d.id = n.delivery ORDER BY n.place
ON CONFLICT (person, kind, event) WHERE event IS NOT NULL DO NOTHING
"""
TELL_OF_BREAKS = f"""
INSERT INTO notice (person, kind, channel, at)
SELECT n.id, '{NoticeKind.CHANNEL_BROKEN}', broken.id, broken.broken_at
FROM (SELECT c.id, c.broken_at FROM {BROKE}) broken
JOIN person n ON n.role = 'admin' AND n.disabled_at IS NULL
"""  # noqa: S608


async def sweep() -> None:
    """Tell of everything that happened since the last time; one statement when nothing did."""
    peek = await sql.row(PEEK, READER)
    if peek is None:
        await sql.run(BEGIN, READER)
    elif peek["events"] or peek["breaks"]:
        await _read()


async def _read() -> None:
    async with atomic():
        held = await sql.row(HOLD, READER)
        if held is None:
            return
        glance = await sql.row(GLANCE, held["event"])
        assert glance is not None
        if glance["newest"]:
            await _tell(await sql.rows(NEWS, held["event"], glance["newest"]))
            await _turn(held, glance)
        await sql.run(TELL_OF_BREAKS)


async def _turn(held: Record, glance: Record) -> None:
    """The bookmark goes to where the earlier glance reached, once nothing can appear before that any more."""
    over = glance["oldest"] >= held["horizon"] or held["horizon"] > glance["next"]
    if over:
        await sql.run(TURN, READER, glance["newest"], glance["next"])


async def _tell(found: Sequence[Record]) -> None:
    news = [(one, kind) for one in map(_happening, found) if (kind := one.kind)]
    if not news:
        return
    people = [By("person", row["id"], role=row["role"], name=row["name"]) for row in await sql.rows(PEOPLE)]
    active = {by.person: by.role for by in people if by.person}
    asked = await _asked([one.post for one, kind in news if kind is NoticeKind.APPROVAL_ASKED], people)
    told = [
        (person, kind.value, one.post, one.comment, one.delivery, one.event, one.said[:500], one.at)
        for one, kind in news
        for person in sorted(whom(one, kind, asked.get(one.post, frozenset()), active))
    ]
    if told:
        await sql.rows(POSTS, [one.post for one, _ in news])
        await sql.run(KEEP, *map(list, zip(*told, strict=True)))


async def _asked(posts: Sequence[int], people: Sequence[By]) -> Mapping[int, frozenset[int]]:
    """Who may still approve each of those posts that wait for it, and would be sent somewhere."""
    facts = await fact_sheet.many(sorted({*posts})) if posts else {}
    return {
        post: frozenset(by.person for by in people if by.person and by.reaches("editor") and reminders.may(known, by))
        for post, known in facts.items()
        if known.status in REVIEW and not known.archived and known.connected
    }


def _happening(record: Record) -> Happening:
    known: dict[str, Any] = dict(record)
    failed = msgspec.json.decode(known.pop("failed") or "[]", type=list[Failed])
    return Happening(**known | {"hands": tuple(known["hands"]), "failed": tuple(failed)})
