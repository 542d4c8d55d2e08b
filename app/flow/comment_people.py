"""Whom a comment names and who takes part in its thread: they are told. For comments.py, in its transaction."""

from collections.abc import Collection

from app import sql
from app.flow import notices
from app.flow.notices import NoticeKind
from app.prose import mentions

ACTIVE = "SELECT id, name FROM person WHERE disabled_at IS NULL"
NAME = "INSERT INTO mention (comment, person) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING RETURNING person"
UNNAME = "DELETE FROM mention WHERE comment = $1 AND person <> ALL($2::bigint[])"
THREAD = """
SELECT DISTINCT person FROM comment WHERE (id = $1 OR parent = $1) AND deleted_at IS NULL
  AND person <> ALL($2::bigint[])
"""


async def name(post: int, comment: int, body: str, *, speaker: int | None) -> list[int]:
    """Everybody active whom the words name, except who wrote them; only who was not named before is told. Those."""
    people = {row["name"]: row["id"] for row in await sql.rows(ACTIVE)}
    found = [who for who in mentions.named(body, mentions.callable_by(people)) if who != speaker]
    await sql.run(UNNAME, comment, found)
    new = [row["person"] for row in await sql.rows(NAME, comment, found)]
    await notices.tell(new, NoticeKind.MENTION, post=post, comment=comment)
    return new


async def reply(post: int, comment: int, parent: int, *, besides: Collection[int | None]) -> None:
    """Tell whoever takes part in the thread, besides who wrote it and who is told already."""
    found = await sql.rows(THREAD, parent, [person for person in besides if person])
    await notices.tell([row["person"] for row in found], NoticeKind.REPLY, post=post, comment=comment)
