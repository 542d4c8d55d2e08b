"""Mend a draft whose picture failed: draw it again, put one's own in its place, or go without. One new version each."""

from dataclasses import replace

from app import content, sql
from app.atomic import atomic, ring
from app.content import Revision, Shown, Text
from app.flow import draw, review
from app.images import Image
from app.lifecycles.machine import By
from app.moves import Refused, begin, lock
from app.tables import Media, Post

GONE = "That picture is not part of the text any more."


async def draw_again(post: Post, media: int, *, by: By) -> Post:
    """A new row, since a failed picture stays failed; the illustrator gets the same wish."""
    async with atomic():
        before, failed = await _found(post, media)
        new = await _begin(post, "drawn", failed.prompt, failed.alt, by)
        fresh = await _save(post, before, media, (Shown(new.id, failed.alt),), by)
        ring("draw", post.id, new.id)
    return fresh


async def put_instead(post: Post, media: int, image: Image, alt: str, *, by: By) -> Post:
    """A picture of one's own where the failed one stood."""
    async with atomic():
        before, failed = await _found(post, media)
        new = await _begin(post, "uploaded", "", alt or failed.alt, by)
        await draw.store(new, image, by=by)
        return await _save(post, before, media, (Shown(new.id, alt or failed.alt),), by)


async def go_without(post: Post, media: int, *, by: By) -> Post:
    """The text without that picture."""
    async with atomic():
        before, _ = await _found(post, media)
        return await _save(post, before, media, (), by)


async def _found(post: Post, media: int) -> tuple[Revision, Shown]:
    await lock(post.id)
    before = await content.load(post.revision) if post.revision else None
    failed = next((shown for shown in before.pictures if shown.media == media), None) if before else None
    if before is None or failed is None:
        raise Refused(GONE)
    return before, failed


async def _begin(post: Post, source: str, prompt: str, alt: str, by: By) -> Media:
    now = await sql.value("SELECT now()")
    values = {"post": post.id, "source": source, "prompt": prompt or None, "alt": alt, "next_at": now}
    return await begin(Media, by=by, values=values)


async def _save(post: Post, before: Revision, media: int, instead: tuple[Shown, ...], by: By) -> Post:
    text = Text(before.title, before.body, before.excerpt, before.slug, before.renditions, before.pictures)
    at = next(place for place, shown in enumerate(text.pictures) if shown.media == media)
    pictures = (*text.pictures[:at], *instead, *text.pictures[at + 1 :])
    return await review.save(post, replace(text, pictures=pictures), by=by)
