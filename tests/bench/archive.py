"""Years of published posts, stored in bulk: one revision, seal, publication, delivery and attempt each. For benches."""

from app import sql
from app.atomic import atomic

STEPS = (
    """
    INSERT INTO post (id, status, version, title, zone, planned_on, author, revision, updated_at)
    SELECT n, 'published', 5, 'Tide ' || n, 'UTC', current_date - (n % 900)::int, 1, n, now()
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO revision (id, post, number, title, slug, excerpt, body, body_html, body_sha256, origin, person)
    SELECT n, n, 1, 'Tide ' || n, 'tide-' || n, '', 'Twice a day.', '<p>Twice a day.</p>', sha256('x'), 'written', 1
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO seal (id, post, revision, digest, content, by_kind, person)
    SELECT n, n, n, sha256(convert_to('{"post":' || n || '}', 'UTF8')), '{"post":' || n || '}', 'person', 1
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO publication (id, post, number, kind, seal, status, completed_at)
    SELECT n, n, 1, 'create', n, 'completed', now() FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO delivery (id, publication, post, channel, kind, status, key, published_at, live_seal, remote_id,
      remote_url)
    SELECT n, n, n, (SELECT min(id) FROM channel), 'create', 'published', 'archived_' || n, now(), n, n::text,
      'https://sink.example/' || n FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO attempt (delivery, number, intent, step, fence, lease_until, ended_at, outcome)
    SELECT n, 1, 'create', 'call', gen_random_uuid(), now(), now(), 'published'
    FROM generate_series($1::bigint, $2::bigint) n
    """,
)
FIRST = 10_000_000  # far above what the product numbered itself


async def fill(size: int) -> None:
    """Store published posts until there are `size` of them."""
    stored = await sql.value("SELECT count(*) FROM post WHERE id >= $1", FIRST)
    if size <= stored:
        return
    async with atomic():  # posts and revisions point at each other
        await sql.run("SET LOCAL statement_timeout = 0")
        for statement in STEPS:
            await sql.run(statement, FIRST + stored, FIRST + size - 1)
