"""Votes: one approval of one exact content, in one person's name. Cast under the post's lock by whoever seals it."""

from app import audit, sql
from app import facts as fact_sheet
from app.lifecycles.machine import By


async def cast(post: int, digest: bytes, needed: int, *, by: By, guest: str = "") -> int:
    """Write the vote down; how many are still missing. Votes for any other content no longer count.

    `guest` is who voted in that person's name; one name counts once, whoever voted in it.
    """
    await sql.run(
        "UPDATE approval SET voided_at = now() WHERE post = $1 AND voided_at IS NULL AND digest <> $2", post, digest
    )
    await sql.run(
        "INSERT INTO approval (post, digest, person, guest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        post, digest, by.person, guest or None,
    )  # fmt: skip
    missing = max(needed - (await fact_sheet.of(post)).votes_with(None), 0)
    if missing:
        told = {"missing": missing, **told_of(guest)}
        await audit.record("post", post, "vote", by=by, post=post, note=note_of(guest), told=told)
    return missing


def told_of(guest: str) -> dict[str, str]:
    """What an event says of a guest, if there was one."""
    return {"guest": guest} if guest else {}


def note_of(guest: str) -> str:
    return f"{guest} approved it by a guest link." if guest else ""
