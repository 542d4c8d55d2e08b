"""Save the editor's whole form at once: the text, perhaps one more picture, perhaps on to review. All or nothing."""

from app.atomic import atomic
from app.content import Text
from app.flow import pictures, review
from app.images import Image
from app.lifecycles.machine import By
from app.tables import Post


async def compose(
    post: Post, text: Text, *, by: By, image: Image | None = None, alt: str = "", wish: str = "", submits: bool = False
) -> Post:
    """`image` is a picture of one's own, `wish` what the illustrator shall draw; `submits`: then to review."""
    async with atomic():
        if submits and image is None and not wish:
            return await review.submit(post, text, by=by)
        fresh = await review.save(post, text, by=by)
        if image is not None:
            fresh = await pictures.add(fresh, image, alt, by=by)
        if wish:
            fresh = await pictures.have_drawn(fresh, wish, by=by)
        return await review.submit(fresh, None, by=by) if submits else fresh
