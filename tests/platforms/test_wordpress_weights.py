"""A picture that is heavier than a WordPress takes: a lighter copy goes out, once, and the article shows it."""

import pytest

from app import blobs, channels, sql
from app.flow import imports, schedule
from app.images import Image
from app.lifecycles.machine import WORKER
from app.platforms.answers import MIB
from app.tables import Revision
from tests.blobs.pictures import noisy
from tests.flow.stage import attempts, somebody, work
from tests.makers import make_channel, make_picture, make_post, make_seal

from .test_wordpress_flow import site
from .wordpress_site import PASSWORD, WordPressSite

__all__ = ["site"]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_heavy_picture_is_uploaded_once_and_light_enough(site: WordPressSite, times: int) -> None:
    site.library.limit = MIB
    settings = {"url": site.origin, "user": "editor", "picture_mb": "1"}
    channel = await make_channel("wordpress", settings=settings)
    await channels._keep_secrets(channel.id, {"password": PASSWORD})
    image = await blobs.take(noisy(2400, 1800))
    assert isinstance(image, Image) and len(image.bytes) > MIB
    media = await imports.keep(image, "The sea", source="uploaded", by=WORKER)
    for _ in range(times):
        post = await make_post("generated_pending_review", channels=[channel])
        revision = await Revision.objects().get(Revision.id == post.revision)
        assert revision is not None
        await make_picture(revision, media)
        await make_seal(post)
        await sql.run("UPDATE post SET status = 'approved' WHERE id = $1", post.id)
        await post.refresh()
        post = await work(await schedule.line_up(post, None, by=await somebody()))
        assert post.status == "published", [dict(row) for row in await attempts(post)]
    assert len(site.log.effects("upload")) == 1
    [held] = site.library.media.values()
    copy = await sql.value(
        "SELECT v.blob FROM variant v JOIN upload u ON u.blob = v.blob WHERE v.source = $1", media.blob
    )
    assert held["slug"] == f"galley-{copy.hex()[:24]}"
    assert {one["featured_media"] for one in site.posts.values()} == set(site.library.media)
