"""Pictures of a draft: your own, or one more drawn. Each makes a new version through the same save as typing."""

from dataclasses import replace

from app import content, sql
from app.atomic import atomic, ring
from app.content import Shown, Text
from app.flow import draw, review
from app.images import Image
from app.lifecycles.machine import By
from app.moves import Refused, begin, lock
from app.tables import Media, Post

NO_TEXT = "Write the text first; a picture belongs to a version."


async def add(post: Post, image: Image, alt: str, *, by: By) -> Post:
    """A picture of one's own, as the re-encode made it."""
    async with atomic():
        media = await _media(post, "uploaded", "", alt, by)
        await draw.store(media, image, by=by)
        return await _attach(post, media, alt, by)


async def have_drawn(post: Post, prompt: str, *, by: By) -> Post:
    """One more picture from the illustrator; approving waits until it is there or given up."""
    async with atomic():
        media = await _media(post, "drawn", prompt, prompt, by)
        fresh = await _attach(post, media, prompt, by)
        ring("draw", post.id, media.id)
    return fresh


async def _media(post: Post, source: str, prompt: str, alt: str, by: By) -> Media:
    await lock(post.id)
    now = await sql.value("SELECT now()")
    values = {"post": post.id, "source": source, "prompt": prompt or None, "alt": alt, "next_at": now}
    return await begin(Media, by=by, values=values)


async def _attach(post: Post, media: Media, alt: str, by: By) -> Post:
    if post.revision is None:
        raise Refused(NO_TEXT)
    before = await content.load(post.revision)
    text = Text(before.title, before.body, before.excerpt, before.slug, before.renditions, before.pictures)
    return await review.save(post, replace(text, pictures=(*before.pictures, Shown(media.id, alt))), by=by)
