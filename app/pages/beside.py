"""What stands beside a post's text, read in one query: comments, who is here, and what its checks have to go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app import sql
from app.flow.links import Answer
from app.lifecycles.facts import UNSETTLED
from app.lifecycles.statuses import listed

THREADS = 100  # the newest of a post; older ones are counted
# Of the post `p` and its revision. What says the same: an article, or a caption that was typed; links aside.
SAME = """
SELECT x.id, x.post, NULL::bigint AS channel FROM revision x
WHERE fingerprint(x.body) = (SELECT fingerprint(m.body) FROM revision m WHERE m.id = p.revision)
UNION ALL SELECT y.revision, z.post, y.channel FROM rendition mine JOIN rendition y ON y.channel = mine.channel
  AND fingerprint(y.fields ->> 'text') = fingerprint(mine.fields ->> 'text') JOIN revision z ON z.id = y.revision
WHERE mine.revision = p.revision AND mine.fields ->> 'text' <> ''
"""
TWINS = f"""
SELECT DISTINCT ON (k.id) o.id AS post, o.title, k.name AS channel, d.published_at AS at
FROM (SELECT * FROM ({SAME}) found LIMIT 200) same JOIN post o ON o.id = same.post AND o.id <> p.id
JOIN delivery d ON d.post = o.id AND d.kind = 'create' AND d.removed_at IS NULL
  AND (d.published_at > now() - interval '30 days' OR d.status IN ({listed(*UNSETTLED)}))
JOIN publication u ON u.id = d.publication JOIN seal s ON s.id = coalesce(d.live_seal, u.seal) AND s.revision = same.id
JOIN post_channel t ON t.post = p.id AND t.channel = d.channel AND d.channel = coalesce(same.channel, d.channel)
JOIN channel k ON k.id = d.channel ORDER BY k.id, d.published_at DESC NULLS FIRST
"""  # noqa: S608  (names of statuses)
KEPT = f"""
(SELECT json_agg(json_build_object('name', w.name, 'note', w.note, 'by', n.name)) FROM waiver w
  JOIN person n ON n.id = w.person WHERE w.revision = p.revision) AS waived,
(SELECT json_build_object('found', c.found, 'waits', c.next_at IS NOT NULL) FROM link_check c
  WHERE c.revision = p.revision) AS links,
(SELECT json_agg(twins) FROM ({TWINS}) twins) AS twins,
(SELECT json_object_agg(g.media, b.size) FROM picture g JOIN media m ON m.id = g.media JOIN blob b ON b.sha256 = m.blob
  WHERE g.revision = p.revision) AS weights
"""  # noqa: S608
KEPT_OF = f"SELECT p.id, {KEPT} FROM post p WHERE p.id = ANY($1::bigint[])"  # noqa: S608
COMMENTS = f"""
SELECT c.id, c.parent, c.kind, c.body, c.anchor, c.revision, r.number, c.person, c.created_at, c.resolved_at,
  coalesce(n.name, c.guest) AS by, c.guest IS NOT NULL AS guest, coalesce(b.name, '') AS resolved_by,
  c.edited_at IS NOT NULL AS edited, c.deleted_at IS NOT NULL AS deleted,
  c.created_at > now() - interval '10 minutes' AS fresh,
  (SELECT json_agg(q.name) FROM mention m JOIN person q ON q.id = m.person WHERE m.comment = c.id) AS named
FROM comment c LEFT JOIN person n ON n.id = c.person LEFT JOIN person b ON b.id = c.resolved_by
LEFT JOIN revision r ON r.id = c.revision WHERE c.post = p.id AND coalesce(c.parent, c.id) IN (
  SELECT coalesce(parent, id) FROM comment WHERE post = p.id GROUP BY 1 ORDER BY max(id) DESC LIMIT {THREADS})
ORDER BY c.id
"""  # noqa: S608
BESIDE = f"""
SELECT {KEPT}, (SELECT json_agg(said) FROM ({COMMENTS}) said) AS comments,
  (SELECT count(*) FROM comment WHERE post = p.id AND parent IS NULL) AS threads,
  (SELECT json_agg(n.name ORDER BY n.name) FROM person n WHERE n.disabled_at IS NULL AND n.id <> $2) AS people,
  (SELECT json_agg(json_build_object('name', n.name, 'editing', h.editing) ORDER BY n.name) FROM presence h
    JOIN person n ON n.id = h.person WHERE h.post = p.id AND h.person <> $2
    AND h.seen_at > now() - interval '2 minutes') AS present,
  NOT EXISTS (SELECT 1 FROM presence WHERE post = p.id AND person = $2 AND NOT editing
    AND seen_at > now() - interval '1 minute')
  OR EXISTS (SELECT 1 FROM mention m JOIN comment c ON c.id = m.comment AND c.post = p.id
    WHERE m.person = $2 AND m.seen_at IS NULL)
  OR EXISTS (SELECT 1 FROM link_check WHERE revision = p.revision AND next_at IS NULL
    AND checked_at < now() - interval '1 day') AS news
FROM post p WHERE p.id = $1
"""  # noqa: S608


class Said(msgspec.Struct, frozen=True):
    """One comment as it is stored."""

    id: int
    parent: int | None
    kind: str
    body: str
    anchor: str | None
    revision: int | None
    number: int | None
    person: int | None
    created_at: datetime
    resolved_at: datetime | None
    by: str
    guest: bool
    resolved_by: str
    edited: bool
    deleted: bool
    fresh: bool
    named: tuple[str, ...] | None


class Waived(msgspec.Struct, frozen=True):
    """A failing check that somebody let pass."""

    name: str
    note: str
    by: str


class Links(msgspec.Struct, frozen=True):
    """What the links answered so far; `waits`: the worker has yet to ask."""

    found: tuple[Answer, ...] = ()
    waits: bool = True


class Twin(msgspec.Struct, frozen=True):
    """Another post that says the same on one of this post's channels; `at` None: it is on its way."""

    post: int
    title: str
    channel: str
    at: datetime | None


class Here(msgspec.Struct, frozen=True):
    """Somebody else who has the post open."""

    name: str
    editing: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What the checks of one post go by, besides its text."""

    waived: tuple[Waived, ...] = ()
    links: Links | None = None
    twins: tuple[Twin, ...] = ()
    weights: dict[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything beside one post's text, for one reader. `news`: their visit has something to write down."""

    post: int
    kept: Kept
    comments: tuple[Said, ...] = ()
    threads: int = 0
    people: tuple[str, ...] = ()
    present: tuple[Here, ...] = ()
    news: bool = True


async def beside(post: int, reader: int) -> Beside:
    found = await sql.row(BESIDE, post, reader)
    if found is None:
        return Beside(post, Kept())
    return Beside(
        post=post,
        kept=_kept(found),
        comments=_many(found["comments"], Said),
        threads=found["threads"],
        people=_many(found["people"], str),
        present=_many(found["present"], Here),
        news=found["news"],
    )


async def kept(posts: Sequence[int]) -> dict[int, Kept]:
    """What the checks of several posts go by; one query however many."""
    return {found["id"]: _kept(found) for found in await sql.rows(KEPT_OF, list(posts))}


def _kept(found: Any) -> Kept:
    links = msgspec.json.decode(found["links"], type=Links) if found["links"] else None
    weights = msgspec.json.decode(found["weights"] or "{}", type=dict[int, int])
    return Kept(_many(found["waived"], Waived), links, _many(found["twins"], Twin), weights)


def _many(text: str | None, kind: Any) -> Any:
    return msgspec.json.decode(text, type=tuple[kind, ...]) if text else ()
