"""Years of a team's work, stored in bulk: every second post is in the archive, the others are in all 15 statuses.

A day holds as many posts whatever the size, so that a larger desk reaches further back and further ahead. For benches.
"""

import json

from app import sql
from app.atomic import atomic
from app.lifecycles.post import STATUSES, UNWRITTEN
from tests.bench.seeds import BODY, HTML, PEOPLE, PERSON, TEAM
from tests.bench.seeds import CHANNEL as CHANNELS
from tests.bench.seeds import CHANNELS as THREE

A_DAY = 30  # posts: ten people, three each
GONE = ("published", "unpublished", "publish_failed", "generation_failed", "missed", "publishing")
WORKING = ("generating", "text_ready_images_pending", "publishing")  # a hundred of each, however many years
TIMED = ("published", "unpublished", "publish_failed", "missed", "publishing", "approved", "scheduled")
SENT = {"published": "published", "unpublished": "withdrawn", "publish_failed": "published", "publishing": "sending",
        "scheduled": "pending"}  # fmt: skip
OPEN = ("scheduled", "publishing")

CAMPAIGNS = """
INSERT INTO campaign (id, title, archived_at)
SELECT n, 'Campaign ' || n, CASE WHEN n > 30 THEN now() END FROM generate_series($1::int / 200 + 1, $2::int / 200 + 1) n
ON CONFLICT DO NOTHING
"""
# The nearest first: the larger n, the further from today.
POSTS = """
WITH evenly AS (SELECT n, CASE WHEN n % 2 = 1 THEN 'published' ELSE ($3::text[])[1 + n / 2 % 15] END AS status
  FROM generate_series(1, $2::int) n),
all_of AS (SELECT n, CASE WHEN n > 3000 AND status = ANY($9::text[]) THEN 'published' ELSE status END AS status
  FROM evenly),
ranked AS (SELECT n, status, status = ANY($4::text[]) AS gone,
  row_number() OVER (PARTITION BY status = ANY($4::text[]) ORDER BY n) AS k FROM all_of),
placed AS (SELECT *, CASE WHEN status = 'awaiting_user_date' THEN NULL WHEN gone THEN current_date - 1 - (k / $5)::int
    ELSE current_date + 1 + (k / $5)::int END AS on_day,
  CASE WHEN status = ANY($6::text[]) THEN time '06:00' + k % 48 * 15 * interval '1 minute' END AS wall FROM ranked)
INSERT INTO post (id, status, version, title, keyword, zone, planned_on, planned_time, publish_at, live_at, author,
  campaign, revision, generated_revision, archived_at, created_at, updated_at)
SELECT n, status, 3,
  'Post number ' || n || ' about ' || CASE WHEN n % 200 = 0 AND n <= 10000 THEN 'eels' ELSE 'tides' END, 'tides', 'UTC',
  on_day, wall, (on_day + wall) AT TIME ZONE 'UTC', CASE WHEN status IN ('published', 'publish_failed')
  THEN (on_day + wall) AT TIME ZONE 'UTC' + interval '3 seconds' END, 1 + n % $7, n / 200 + 1,
  CASE WHEN status <> ALL($8::text[]) THEN n * 4 END, CASE WHEN status <> ALL($8::text[]) THEN n * 4 - 3 END,
  CASE WHEN status = 'rejected' AND n % 5 = 0 THEN now() END,
  CASE WHEN gone THEN on_day - 7 ELSE now() - (k / $5 + 1) * interval '1 day' END,
  CASE WHEN gone THEN on_day + coalesce(wall, '12:00') ELSE now() - (k / $5) * interval '1 day' - k * interval '1 s' END
FROM placed WHERE n >= $1
"""
REVISIONS = """
INSERT INTO revision (id, post, number, title, slug, excerpt, body, body_html, body_sha256, origin, person, created_at)
SELECT (p.id - 1) * 4 + k, p.id, k, p.title, 'post-' || p.id, 'An excerpt of two sentences. It says little.',
  left($3, 50 + 600 * k) || ' Number ' || p.id, left($4, 50 + 700 * k), sha256('x'),
  CASE WHEN k = 1 THEN 'generated' ELSE 'edited' END, CASE WHEN k > 1 THEN p.author END, p.created_at
FROM post p CROSS JOIN generate_series(1, 4) k WHERE p.revision IS NOT NULL AND p.id BETWEEN $1 AND $2
"""
WORDS = """
INSERT INTO search_entry SELECT p.id, search_words(p.title, p.keyword, r.body) FROM post p
LEFT JOIN revision r ON r.id = p.revision WHERE p.id BETWEEN $1 AND $2
"""
TARGETS = """
INSERT INTO post_channel (post, channel) SELECT p.id, c.id FROM post p CROSS JOIN channel c WHERE p.id BETWEEN $1 AND $2
"""
CHARGES = """
WITH runs AS (INSERT INTO generation (post, number, stage, started_at, ended_at, next_at, result, writer)
  SELECT id, 1, 'saved', created_at, created_at, NULL, 'drafted', 'rules' FROM post
  WHERE revision IS NOT NULL AND id BETWEEN $1 AND $2 RETURNING id, started_at)
INSERT INTO charge (generation, month, units) SELECT id, date_trunc('month', started_at)::date, 1 FROM runs
"""
SEALS = """
INSERT INTO seal (id, post, revision, digest, content, by_kind, person)
SELECT p.id, p.id, p.revision, sha256(convert_to(c.content, 'UTF8')), c.content, 'person', p.author
FROM post p JOIN revision r ON r.id = p.revision CROSS JOIN LATERAL (SELECT json_build_object('post', p.id,
  'title', r.title, 'slug', r.slug, 'excerpt', r.excerpt, 'body', r.body, 'body_html', r.body_html,
  'pictures', '[]'::json)::text AS content) c
WHERE p.status = ANY($3::text[]) AND p.id BETWEEN $1 AND $2
"""
PUBLICATIONS = """
INSERT INTO publication (id, post, number, kind, seal, status, due_at, held_for, held_at, created_at, completed_at)
SELECT id, id, 1, 'create', id, CASE WHEN status = ANY($4::text[]) THEN 'scheduled' ELSE 'completed' END, publish_at,
  CASE WHEN status = 'scheduled' AND id % 100 = 0 THEN 'late' END,
  CASE WHEN status = 'scheduled' AND id % 100 = 0 THEN now() END, publish_at - interval '3 days',
  CASE WHEN status = ANY($4::text[]) THEN NULL ELSE publish_at + interval '9 seconds' END
FROM post WHERE status = ANY($3::text[]) AND id BETWEEN $1 AND $2
"""
# The third channel is the one that fails.
DELIVERIES = """
INSERT INTO delivery (id, publication, post, channel, kind, status, key, next_at, error_kind, error_note, published_at,
  removed_at, live_seal, remote_id, remote_url)
SELECT p.id * 3 + c.id, p.id, p.id, c.id, 'create', d.status, 'dlv_' || p.id || '_' || c.id,
  CASE WHEN d.status = 'sending' THEN now() + interval '1 day' END,
  CASE WHEN d.status = 'failed' THEN ('{expired_token,platform_unavailable}'::text[])[1 + p.id / 2 % 2] END,
  CASE WHEN d.status = 'failed' THEN 'Away.' END,
  CASE WHEN d.status IN ('published', 'withdrawn') THEN p.publish_at + c.id * interval '3 seconds' END,
  CASE WHEN d.status = 'withdrawn' THEN p.publish_at + interval '1 day' END,
  CASE WHEN d.status IN ('published', 'withdrawn') THEN p.id END, p.id::text, 'http://localhost/blog/post-' || p.id
FROM post p CROSS JOIN channel c CROSS JOIN LATERAL (
  SELECT CASE WHEN p.status = 'publish_failed' AND c.id = 3 THEN 'failed' ELSE $4::json ->> p.status END AS status) d
WHERE p.status = ANY($3::text[]) AND p.id BETWEEN $1 AND $2
"""
ATTEMPTS = """
INSERT INTO attempt (delivery, number, intent, step, fence, opened_at, lease_until, ended_at, outcome)
SELECT d.id, 1, 'create', 'call', gen_random_uuid(), p.publish_at, p.publish_at, p.publish_at,
  CASE WHEN d.status = 'failed' THEN 'refused' ELSE 'published' END
FROM delivery d JOIN post p ON p.id = d.post WHERE d.status IN ('published', 'failed', 'withdrawn')
  AND p.id BETWEEN $1 AND $2
"""
# Written down in the order they happened.
EVENTS = """
INSERT INTO event (at, about, about_id, version, post, move, from_status, to_status, by_kind, person)
SELECT * FROM (
  SELECT p.created_at + v * interval '1 hour' AS at, 'post', p.id, v, p.id, CASE v WHEN 1 THEN 'create' ELSE 'edit' END,
    NULL, CASE v WHEN 3 THEN p.status END, 'person', p.author FROM post p CROSS JOIN generate_series(1, 3) v
  WHERE p.id BETWEEN $1 AND $2
  UNION ALL SELECT u.created_at, 'publication', u.id, 1, u.post, 'create', NULL, 'scheduled', 'person', 1
  FROM publication u WHERE u.post BETWEEN $1 AND $2
  UNION ALL SELECT coalesce(d.published_at, u.due_at), 'delivery', d.id, 3, d.post,
    CASE d.status WHEN 'failed' THEN 'refuse' ELSE 'confirm' END, 'sending', d.status, 'worker', NULL
  FROM delivery d JOIN publication u ON u.id = d.publication
  WHERE d.status IN ('published', 'failed', 'withdrawn') AND d.post BETWEEN $1 AND $2) happened ORDER BY at
"""
COMMENTS = """
WITH said AS (INSERT INTO comment (post, person, body, created_at) SELECT id, 1, 'Is that so?', updated_at FROM post
  WHERE id % 10 = 0 AND id BETWEEN $1 AND $2 RETURNING id, post)
INSERT INTO mention (comment, person) SELECT id, 2 FROM said WHERE post % 1000 = 0
"""
SEQUENCES = ("post", "revision", "seal", "publication", "delivery", "campaign")


async def fill(size: int) -> None:
    """Store more posts until there are `size`; an empty desk gets its team and channels first."""
    first = 1 + await sql.value("SELECT coalesce(max(id), 0) FROM post")
    sent, unwritten = list(SENT), list(UNWRITTEN)
    placing = (list(STATUSES), list(GONE), A_DAY, list(TIMED), PEOPLE, unwritten, list(WORKING))
    sealed = [*SENT, "approved"]
    async with atomic():
        await sql.run("SET LOCAL statement_timeout = 0")
        await sql.run("SET LOCAL session_replication_role = replica")  # what is stored here is known to fit together
        if first == 1:
            for statement, values in ((TEAM, ()), (PERSON, (PEOPLE,)), (CHANNELS, (THREE,))):
                await sql.run(statement, *values)
        for statement, values in (
            (CAMPAIGNS, ()), (POSTS, placing), (REVISIONS, (BODY, HTML)), (WORDS, ()), (TARGETS, ()), (CHARGES, ()),
            (SEALS, (sealed,)), (PUBLICATIONS, (sent, list(OPEN))), (DELIVERIES, (sent, json.dumps(SENT))),
            (ATTEMPTS, ()), (EVENTS, ()), (COMMENTS, ()),
        ):  # fmt: skip
            await sql.run(statement, first, size, *values)
        for table in SEQUENCES:
            await sql.run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    await unhurried("VACUUM ANALYZE")
    await unhurried("CHECKPOINT")  # else its writing goes on while pages are measured


async def unhurried(statement: str) -> None:
    """Run what cannot run in a transaction, however long it takes."""
    async with sql.connection() as here:
        await here.execute("SET statement_timeout = 0")
        try:
            await here.execute(statement, timeout=3600)
        finally:
            await here.execute("RESET statement_timeout")
