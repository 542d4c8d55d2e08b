"""Drawing while the media store fails: tried again as its rules say, nothing half stored, the words untouched."""

import pytest

from app import sql
from app.flow import draw
from app.tables import Media
from tests.blobs.conftest import bucket, faulty, moto
from tests.blobs.stores import Bucket, Faulty, error, set_store
from tests.flow.stage import pass_time, status
from tests.flow.test_draw import the_picture, written
from tests.writers.endpoint import Endpoint

__all__ = ["bucket", "faulty", "moto"]
FAULTS = {
    "refuses": error(403, "AccessDenied"), "broken": error(500, "InternalError"), "full": error(507, ""),
    "cut off": b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "gone": b"",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_that_fails_has_the_picture_drawn_again_and_then_gives_up_in_words(
    writer: Endpoint, faulty: Faulty, fault: str
) -> None:
    faulty.says = FAULTS[fault]
    post = await written(writer)
    for left in ("pending", "pending", "failed"):
        await draw.draw(post.id)
        assert (await the_picture(post)).status == left
        await pass_time(post, minutes=1)
    media = await the_picture(post)
    assert media.error_kind == "provider_unavailable" and "media store" in (media.error_message or "")
    assert await status(post) == "generated_pending_review"
    assert await sql.value("SELECT count(*) FROM blob") == 0


async def test_a_store_that_comes_back_in_time_gets_the_picture(
    writer: Endpoint, faulty: Faulty, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_store(monkeypatch, faulty.store)
    post = await written(writer)
    await draw.draw(post.id)
    set_store(monkeypatch, bucket.store)
    await pass_time(post, minutes=1)
    await draw.draw(post.id)
    media: Media = await the_picture(post)
    assert (media.status, await status(post)) == ("processed", "generated_pending_review")
    assert await bucket.keys() == [await sql.value("SELECT key FROM blob WHERE sha256 = $1", media.blob)]
