"""Letting a failing check pass, by name and for one version of the text; and taking that back."""

import re

from app import audit, sql
from app import facts as fact_sheet
from app.atomic import atomic, whole
from app.lifecycles.machine import By, Grant
from app.moves import MovedMeanwhile, Refused, lock
from app.tables import Post

WAIVABLE = re.compile(r"alt|links|duplicate|weight-\d{1,18}|fits-\d{1,18}")
WRITER = Grant("writer")
NO_NOTE = "Say why it may stay as it is."
LONGEST = 500


@whole
async def waive(post: Post, name: str, note: str, *, by: By) -> None:
    """`post` is the row its reader saw; a waiver belongs to that version of the text."""
    if not WAIVABLE.fullmatch(name):
        raise Refused("This check cannot be waived.")
    if not note.strip() or len(note) > LONGEST:
        raise Refused(NO_NOTE)
    async with atomic():
        await _demand(post, by)
        added = await sql.run(
            "INSERT INTO waiver (revision, name, person, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            post.revision, name, by.person, note.strip(),
        )  # fmt: skip
        if added:
            told = {"check": name, "revision": post.revision}
            await audit.record("post", post.id, "waive", by=by, post=post.id, note=note.strip(), told=told)


@whole
async def unwaive(post: Post, name: str, *, by: By) -> None:
    """The check counts again."""
    async with atomic():
        await _demand(post, by)
        if await sql.run("DELETE FROM waiver WHERE revision = $1 AND name = $2", post.revision, name):
            told = {"check": name, "revision": post.revision}
            await audit.record("post", post.id, "unwaive", by=by, post=post.id, told=told)


async def _demand(post: Post, by: By) -> None:
    await lock(post.id)
    facts = await fact_sheet.of(post.id)
    if refusal := WRITER.refusal(by, own=facts.author is not None and facts.author == by.person):
        raise Refused(refusal, forbidden=True)
    if facts.version != post.version or post.revision is None:
        raise MovedMeanwhile
