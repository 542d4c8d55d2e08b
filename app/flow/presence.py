"""Who has a post open: opening it is a look, a sign of life, and sees one's mentions. Written by the post's pages."""

from app import sql

AGAIN = "interval '1 minute'"  # so often at most is a sign of life written
HERE = f"""
INSERT INTO presence (post, person, editing) SELECT id, $2, $3 FROM post WHERE id = $1
ON CONFLICT (post, person) DO UPDATE SET seen_at = now(), editing = $3
WHERE presence.seen_at < now() - {AGAIN} OR presence.editing <> $3
"""  # noqa: S608
OPENED = f"""
WITH here AS ({HERE}), looked AS (
  INSERT INTO look (post, person, revision) SELECT $1, $2, $4 WHERE $4::bigint IS NOT NULL
  ON CONFLICT (post, person) DO UPDATE SET revision = $4, at = now()),
asked AS (INSERT INTO link_check (revision, next_at) SELECT $4, now() WHERE $4::bigint IS NOT NULL
  ON CONFLICT (revision) DO UPDATE SET next_at = now(), found = '[]'
  WHERE link_check.next_at IS NULL AND link_check.checked_at < now() - interval '1 day')
UPDATE mention SET seen_at = now() WHERE person = $2 AND seen_at IS NULL
  AND comment IN (SELECT id FROM comment WHERE post = $1)
"""  # noqa: S608


async def opened(post: int, person: int, revision: int | None) -> None:
    """Somebody reads the page: what they saw, that they are here, their mentions; its links are asked once a day."""
    await sql.run(OPENED, post, person, False, revision)


async def stay(post: int, person: int, *, editing: bool) -> None:
    """The page is still open."""
    await sql.run(HERE, post, person, editing)


async def forget_old() -> None:
    """Who left long ago is nobody."""
    await sql.run("DELETE FROM presence WHERE seen_at < now() - interval '1 day'")
