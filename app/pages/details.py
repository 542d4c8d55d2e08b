"""What a card needs beside the facts: titles, names, the newest event, progress. One query for any number of posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app import sql
from app.lifecycles.facts import LIVE
from app.lifecycles.statuses import listed
from app.platforms.contract import DEAD_CHANNEL
from app.seals import Channel

DETAILS = f"""
SELECT p.id, p.title, p.zone, p.updated_at, p.author, w.name AS author_name, p.campaign, c.title AS campaign_title,
  p.keyword, p.angle, p.brief, r.number AS revision, p.revision AS revision_id, r.slug, p.planned_time,
  o.number AS generated, w2.writer,
  (SELECT x.number FROM look l JOIN revision x ON x.id = l.revision WHERE l.post = p.id AND l.person = $2) AS looked,
  (SELECT max(x.number) FROM revision x WHERE x.post = p.id AND x.origin <> 'late' AND x.created_at <=
     (SELECT max(v.at) FROM approval v WHERE v.post = p.id AND v.person = $2)) AS approved,
  EXISTS (SELECT 1 FROM channel WHERE disconnected_at IS NULL) AS connectable,
  (SELECT json_agg(json_build_object('id', k.id, 'name', k.name, 'platform', k.platform, 'settings', k.settings)
     ORDER BY k.id) FROM post_channel t JOIN channel k ON k.id = t.channel WHERE t.post = p.id) AS channels,
  (SELECT json_build_object('move', e.move, 'at', e.at, 'note', coalesce(e.note, ''), 'by',
     coalesce(n.name, 'Galley')) FROM event e LEFT JOIN person n ON n.id = e.person
   WHERE e.post = p.id AND e.about = 'post' AND e.to_status IS NOT NULL ORDER BY e.id DESC LIMIT 1) AS last,
  (SELECT json_build_object('stage', coalesce(g.stage, ''), 'started_at', g.started_at, 'tries', g.tries,
     'note', coalesce(g.error_note, ''), 'writer', g.writer) FROM generation g WHERE g.post = p.id
   ORDER BY g.number DESC LIMIT 1) AS run,
  (SELECT json_build_object('move', a.move, 'asked_by', coalesce(n.name, 'Galley'), 'note', coalesce(a.note, ''),
     'open', a.ended_at IS NULL, 'result', coalesce(a.result, ''), 'asked_at', a.asked_at) FROM recall a
   LEFT JOIN person n ON n.id = a.person WHERE a.post = p.id ORDER BY a.id DESC LIMIT 1) AS recall,
  (SELECT json_agg(json_build_object('id', d.id, 'channel', d.channel, 'platform', k.platform, 'name',
     k.name || CASE WHEN d.set_aside_at IS NULL THEN '' ELSE ', earlier copy' END, 'aside', d.set_aside_at IS NOT NULL,
     'resurfaced', d.resurfaced_at IS NOT NULL, 'status', d.status, 'version', d.version, 'kind', d.kind,
     'url', coalesce(d.remote_url, ''), 'broken', k.broken_kind IS NOT NULL,
     'error_kind', coalesce(d.error_kind, ''), 'error_note', coalesce(d.error_note, ''), 'next_at', d.next_at,
     'tries', d.tries, 'published_at', d.published_at, 'removed_at', d.removed_at, 'key', d.key,
     'tried', CASE WHEN d.error_kind IS NULL THEN NULL ELSE (SELECT json_build_object('times', count(*),
       'at', max(a.opened_at)) FROM attempt a WHERE a.delivery = d.id AND a.intent = d.kind) END) ORDER BY d.id DESC)
   FROM delivery d JOIN channel k ON k.id = d.channel WHERE d.post = p.id AND
     (d.kind = 'create' AND d.status IN ({listed(*LIVE)}) OR d.id IN
       (SELECT max(id) FROM delivery WHERE post = p.id GROUP BY channel, kind))) AS deliveries
FROM post p LEFT JOIN person w ON w.id = p.author LEFT JOIN campaign c ON c.id = p.campaign
LEFT JOIN revision r ON r.id = p.revision LEFT JOIN revision o ON o.id = p.generated_revision
LEFT JOIN generation w2 ON w2.id = o.generation WHERE p.id = ANY($1::bigint[])
"""  # noqa: S608


class Last(msgspec.Struct, frozen=True):
    """The newest change of status: what, when, why, by whom."""

    move: str
    at: datetime
    note: str
    by: str


class Run(msgspec.Struct, frozen=True):
    """The newest generation run."""

    stage: str
    started_at: datetime
    tries: int
    note: str
    writer: str


class Asking(msgspec.Struct, frozen=True):
    """The newest recall."""

    move: str
    asked_by: str
    note: str
    open: bool
    result: str
    asked_at: datetime


class Tried(msgspec.Struct, frozen=True):
    """How often a delivery was tried, and when last."""

    times: int
    at: datetime | None


class Sent(msgspec.Struct, frozen=True):
    """The newest delivery of a channel and kind, or a copy that is live.

    `aside`: a second copy was ticked beside it; `resurfaced`: reported live after it was taken back; `broken`: its
    channel does not work now.
    """

    id: int
    channel: int
    name: str
    platform: str
    status: str
    version: int
    kind: str
    url: str
    error_kind: str
    error_note: str
    next_at: datetime | None
    tries: int
    published_at: datetime | None
    removed_at: datetime | None
    key: str = ""
    tried: Tried | None = None
    aside: bool = False
    resurfaced: bool = False
    broken: bool = False

    @property
    def mended(self) -> bool:
        """It failed because its channel did not work, and that works again."""
        return self.error_kind in DEAD_CHANNEL and not self.broken


@dataclass(frozen=True, slots=True)
class Detail:
    """A post's words for people.

    `looked`: the number of the version its reader saw last; `approved`: approved last; `generated`: the draft's.
    """

    id: int
    title: str
    zone: str
    updated_at: datetime
    author: int | None
    author_name: str
    campaign: int | None
    campaign_title: str
    keyword: str
    angle: str
    brief: str
    revision: int | None
    revision_id: int | None
    slug: str
    planned_time: Any
    generated: int | None
    writer: str
    looked: int | None
    approved: int | None
    connectable: bool
    channels: tuple[Channel, ...]
    last: Last | None
    run: Run | None
    recall: Asking | None
    deliveries: tuple[Sent, ...]


async def of(posts: Sequence[int], *, reader: int = 0) -> dict[int, Detail]:
    """Details by post id; `reader` is the person whose last look counts."""
    return {record["id"]: _detail(dict(record)) for record in await sql.rows(DETAILS, list(posts), reader)}


def _detail(known: dict[str, Any]) -> Detail:
    known["author_name"] = known["author_name"] or ""
    known["campaign_title"] = known["campaign_title"] or ""
    known["slug"] = known["slug"] or ""
    known["writer"] = known["writer"] or ""
    known["channels"] = msgspec.json.decode(known["channels"] or "[]", type=tuple[Channel, ...])
    known["last"] = _one(known["last"], Last)
    known["run"] = _one(known["run"], Run)
    known["recall"] = _one(known["recall"], Asking)
    known["deliveries"] = msgspec.json.decode(known["deliveries"] or "[]", type=tuple[Sent, ...])
    return Detail(**known)


def _one(text: str | None, kind: Any) -> Any:
    return None if text is None else msgspec.json.decode(text, type=kind)
