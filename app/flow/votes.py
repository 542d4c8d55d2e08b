"""Votes: one person's approval of one exact content. Cast under the post's lock by approving and by sending."""

from app import audit, sql
from app.lifecycles.machine import By


async def cast(post: int, digest: bytes, needed: int, *, by: By) -> int:
    """Write the vote down; how many are still missing. Votes for any other content no longer count."""
    await sql.run(
        "UPDATE approval SET voided_at = now() WHERE post = $1 AND voided_at IS NULL AND digest <> $2", post, digest
    )
    await sql.run(
        "INSERT INTO approval (post, digest, person) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        post, digest, by.person,
    )  # fmt: skip
    given: int = await sql.value("SELECT count(*) FROM approval WHERE post = $1 AND voided_at IS NULL", post)
    missing = max(needed - given, 0)
    if missing:
        await audit.record("post", post, "vote", by=by, post=post, told={"missing": missing})
    return missing
