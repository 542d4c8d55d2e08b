"""A believable desk in bulk: posts in every status, three channels, four revisions each. For benches only."""

import json
from typing import Any

from app import seals, sql
from app.atomic import atomic
from app.lifecycles.post import STATUSES, UNWRITTEN

CHANNELS = 3
REVISIONS = 4
PEOPLE = 8
PARAGRAPH = "Tides come twice a day, and the moon pulls the sea along its way around the world we know. "
BODY = "\n\n".join(f"## Part {n}\n\n{PARAGRAPH * 4}" for n in range(1, 7))
HTML = "".join(f"<h2>Part {n}</h2><p>{PARAGRAPH * 4}</p>" for n in range(1, 7))
DATED_ONLY = ("awaiting_user_date",)
LIVE = {"published": "published", "unpublished": "withdrawn", "publish_failed": "failed"}
RUNNING = {"scheduled": "pending", "publishing": "sending"}

TEAM = "INSERT INTO team (id, name, zone, mode, self_approval) VALUES (1, 'Harbour', 'UTC', 'manual', 'always')"
PERSON = (
    "INSERT INTO person (email, name, role) SELECT 'p' || n || '@example.com', 'Person ' || n,"
    " CASE WHEN n = 1 THEN 'admin' ELSE 'editor' END FROM generate_series(1, $1) n"
)
CHANNEL = (
    "INSERT INTO channel (platform, name, settings) SELECT CASE WHEN n = 1 THEN 'site' ELSE 'webhook' END,"
    " 'Channel ' || n, '{\"url\": \"http://127.0.0.1:9/\"}' FROM generate_series(1, $1) n"
)
CAMPAIGN = "INSERT INTO campaign (title) SELECT 'Campaign ' || n FROM generate_series(1, 20) n"
POST = """
INSERT INTO post (id, status, version, title, keyword, zone, planned_on, author, campaign, revision,
  generated_revision, created_at, updated_at)
SELECT n, s.status, 3, 'Post number ' || n || ' about tides', 'tides', 'UTC',
  CASE WHEN s.status = 'awaiting_user_date' THEN NULL ELSE current_date + (n % 90) - 30 END,
  1 + n % $3, 1 + n % 20, CASE WHEN s.status = ANY($2::text[]) THEN NULL ELSE n * 4 END,
  CASE WHEN s.status = ANY($2::text[]) THEN NULL ELSE n * 4 - 3 END, now() - n * interval '1 minute',
  now() - n * interval '1 minute'
FROM generate_series(1, $1) n CROSS JOIN LATERAL (SELECT ($4::text[])[1 + n % 15] AS status) s
"""
REVISION = """
INSERT INTO revision (id, post, number, title, slug, excerpt, body, body_html, body_sha256, origin, person)
SELECT (p.id - 1) * 4 + k, p.id, k, p.title, 'post-' || p.id, 'An excerpt of two sentences. It says little.',
  $1, $2, sha256('x'), CASE WHEN k = 1 THEN 'written' ELSE 'edited' END, p.author
FROM post p CROSS JOIN generate_series(1, 4) k WHERE p.revision IS NOT NULL
"""
TARGET = "INSERT INTO post_channel (post, channel) SELECT p.id, c.id FROM post p CROSS JOIN channel c"
SEAL = """
INSERT INTO seal (post, revision, digest, content, by_kind, person)
SELECT id, revision, sha256(convert_to('{"post":' || id || '}', 'UTF8')), '{"post":' || id || '}', 'person', author
FROM post WHERE status = ANY($1::text[])
"""
PUBLICATION = """
INSERT INTO publication (post, number, kind, seal, status, completed_at)
SELECT p.id, 1, 'create', s.id, CASE WHEN p.status = ANY($1::text[]) THEN 'scheduled' ELSE 'completed' END,
  CASE WHEN p.status = ANY($1::text[]) THEN NULL ELSE now() END
FROM post p JOIN seal s ON s.post = p.id WHERE p.status = ANY($2::text[])
"""
DELIVERY = """
INSERT INTO delivery (publication, post, channel, kind, status, key, next_at, error_kind, error_note, published_at,
  removed_at, live_seal, remote_url)
SELECT u.id, u.post, c.id, 'create', d.status, 'dlv_' || u.post || '_' || c.id,
  CASE WHEN d.status IN ('sending', 'pending') THEN now() + interval '1 day' END,
  CASE WHEN d.status = 'failed' THEN 'platform_unavailable' END, CASE WHEN d.status = 'failed' THEN 'Away.' END,
  CASE WHEN d.status IN ('published', 'withdrawn') THEN now() END, CASE WHEN d.status = 'withdrawn' THEN now() END,
  CASE WHEN d.status IN ('published', 'withdrawn') THEN u.seal END, 'http://localhost/blog/post-' || u.post
FROM publication u JOIN post p ON p.id = u.post CROSS JOIN channel c
CROSS JOIN LATERAL (SELECT ($1::json->>p.status) AS status) d
"""
EVENT = """
INSERT INTO event (at, about, about_id, version, post, move, from_status, to_status, by_kind, person)
SELECT p.updated_at, 'post', p.id, v, p.id, CASE WHEN v = 1 THEN 'create' ELSE 'edit' END, NULL, p.status, 'person',
  p.author FROM post p CROSS JOIN generate_series(1, 3) v
"""
SEQUENCES = ("post", "revision")


async def seed(posts: int) -> None:
    """Fill an empty, migrated database with `posts` posts spread evenly over all statuses."""
    later = [status for status in STATUSES if status not in UNWRITTEN]
    sealed = [*LIVE, *RUNNING, "approved"]
    steps: list[tuple[str, tuple[Any, ...]]] = [
        (TEAM, ()), (PERSON, (PEOPLE,)), (CHANNEL, (CHANNELS,)), (CAMPAIGN, ()),
        (POST, (posts, list(UNWRITTEN), PEOPLE, list(STATUSES))), (REVISION, (BODY, HTML)), (TARGET, ()),
        (SEAL, ([status for status in sealed if status in later],)),
        (PUBLICATION, (list(RUNNING), [*LIVE, *RUNNING])), (DELIVERY, (json.dumps(LIVE | RUNNING),)), (EVENT, ()),
    ]  # fmt: skip
    async with atomic():  # posts and revisions point at each other
        await sql.run("SET LOCAL statement_timeout = 0")
        for statement, values in steps:
            await sql.run(statement, *values)
        for table in SEQUENCES:
            await sql.run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    await sql.run("VACUUM ANALYZE")


async def approvable(limit: int) -> list[tuple[int, int, str]]:
    """Posts an editor can approve now: id, version, and the digest their page would show."""
    found = await sql.rows(
        "SELECT id, version FROM post WHERE status = ANY($1::text[]) ORDER BY id LIMIT $2",
        ["generated_pending_review", "modified_pending_review"], limit,
    )  # fmt: skip
    return [(r["id"], r["version"], (await seals.sealable(r["id"])).digest.hex()) for r in found]
