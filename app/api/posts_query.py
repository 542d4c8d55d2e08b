"""The SQL of the API's posts: one statement for one post or a page of them, turned into the shapes it answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.api import shapes
from app.facts import STANDS
from app.lifecycles.delivery import public
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import MediaStatus, PostStatus, PublicationStatus, listed
from app.settings import settings

DRAFT = "draft"  # 002's word for what has no publication yet
# 002's workflow: the open publication's status; else canceled, if the last one was; else completed once it has been
# sent; else a draft. Updates of what is live do not count: it stays completed throughout.
SENT = (PostStatus.PUBLISHING, PostStatus.PUBLISHED, PostStatus.UNPUBLISHED, PostStatus.PUBLISH_FAILED)
WORKFLOW = f"""CASE WHEN u.status IN ({listed(*OPEN, PublicationStatus.CANCELED)}) THEN u.status
  WHEN p.status IN ({listed(*SENT)}) THEN '{PublicationStatus.COMPLETED}' ELSE '{DRAFT}' END"""
NEWEST_RUN = """LEFT JOIN LATERAL
  (SELECT * FROM publication WHERE post = p.id AND kind = 'create' ORDER BY id DESC LIMIT 1) u ON true"""
POST = f"""
SELECT p.id, p.version, p.status AS editorial_status, p.title AS plan_title, p.keyword, p.angle, p.brief,
  p.campaign AS campaign_id, p.planned_on, p.publish_at AS planned_at, p.archived_at, p.created_at, p.updated_at,
  r.title, r.slug, r.excerpt, r.body, {WORKFLOW} AS status, u.due_at, u.canceled_at,
  (SELECT asked_at FROM recall WHERE post = p.id AND ended_at IS NULL AND move IN ('unschedule', 'reopen'))
    AS cancel_requested_at,
  (SELECT array_agg(channel ORDER BY channel) FROM post_channel WHERE post = p.id) AS profiles,
  (SELECT json_object_agg(channel, fields ->> 'text') FROM rendition WHERE revision = p.revision
     AND fields ? 'text') AS captions,
  (SELECT json_agg(json_build_object('status', m.status, 'asset_id', m.asset_id, 'alt', x.alt,
     'error_message', m.error_message) ORDER BY x.position)
   FROM picture x JOIN media m ON m.id = x.media WHERE x.revision = p.revision) AS media,
  (SELECT json_agg(json_build_object('id', d.id, 'profile_id', k.id, 'provider', k.platform, 'detail', d.status,
     'url', d.remote_url, 'remote_id', d.remote_id, 'published_at', d.published_at, 'removed_at', d.removed_at,
     'next_attempt_at', d.next_at, 'kind', d.error_kind, 'message', coalesce(d.error_note, '')) ORDER BY k.id)
   FROM (SELECT channel FROM post_channel WHERE post = p.id UNION
         SELECT channel FROM delivery WHERE post = p.id AND kind = 'create' AND {STANDS}) w
   JOIN channel k ON k.id = w.channel
   JOIN LATERAL (SELECT * FROM delivery WHERE post = p.id AND channel = k.id AND kind = 'create'
     ORDER BY {STANDS} DESC, id DESC LIMIT 1) d ON true) AS deliveries
FROM post p LEFT JOIN revision r ON r.id = p.revision {NEWEST_RUN}
"""  # noqa: S608
ONE, SEVERAL = f"{POST} WHERE p.id = $1", f"{POST} WHERE p.id = ANY($1::bigint[])"
# A draft's media has not inherited a later state of the workflow yet, whatever we know of its file.
INHERITS = (PublicationStatus.SCHEDULED, PublicationStatus.COMPLETED, PublicationStatus.CANCELED)


async def one(post: int) -> shapes.PostView | None:
    found = await sql.row(ONE, post)
    return _post(found) if found else None


async def many(posts: Sequence[int]) -> list[shapes.PostView]:
    """Several posts in the order of `posts`; one query however many."""
    found = {record["id"]: record for record in await sql.rows(SEVERAL, list(posts))}
    return [_post(found[post]) for post in posts if post in found]


def _post(found: Record) -> shapes.PostView:
    status: Any = found["status"]
    return shapes.PostView(
        id=found["id"], version=found["version"], status=status, editorial_status=found["editorial_status"],
        title=found["title"] or found["plan_title"], keyword=found["keyword"], angle=found["angle"],
        brief=found["brief"], slug=found["slug"] or "", excerpt=found["excerpt"] or "", body=found["body"] or "",
        captions=_json(found["captions"]) or {}, profiles=list(found["profiles"] or ()),
        campaign_id=found["campaign_id"], scheduled_at=None if status == DRAFT else found["due_at"],
        planned_at=found["planned_at"], planned_on=found["planned_on"],
        canceled_at=found["canceled_at"] if status == PublicationStatus.CANCELED else None,
        cancel_requested_at=found["cancel_requested_at"], archived_at=found["archived_at"],
        created_at=found["created_at"], updated_at=found["updated_at"],
        url=f"{settings().origin}/posts/{found['id']}",
        media=[_media(one, status) for one in _json(found["media"]) or ()],
        deliveries=[_delivery(one) for one in _json(found["deliveries"]) or ()],
    )  # fmt: skip


def _media(known: dict[str, Any], status: str) -> shapes.MediaView:
    said = MediaStatus.PROCESSED if status in INHERITS else MediaStatus.PENDING
    if known["status"] == MediaStatus.FAILED:
        said = MediaStatus.FAILED
    url = f"{settings().origin}/media/{known['asset_id']}"
    return shapes.MediaView(said.value, known["asset_id"], url, known["alt"], known["error_message"])


def _delivery(known: dict[str, Any]) -> shapes.DeliveryView:
    kind, message = known.pop("kind"), known.pop("message")
    times: dict[str, Any] = {name: _time(known.pop(name)) for name in ("published_at", "removed_at", "next_attempt_at")}
    error = shapes.Failure(kind, message) if kind else None
    status: Any = public(known["detail"])
    return shapes.DeliveryView(**known, **times, status=status, error=error)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _json(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
