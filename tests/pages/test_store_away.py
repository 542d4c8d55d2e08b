"""Uploading while the media store fails: said in words, with a fitting status, and nothing typed is lost."""

import httpx
import pytest

from app import content, sql
from tests.api.programs import connect, wish
from tests.api.test_media import png, upload
from tests.blobs.conftest import bucket, faulty, moto
from tests.blobs.stores import Bucket, Faulty, error
from tests.makers import make_post
from tests.pages.test_editing import edit, picture
from tests.pages.test_pictures import draft, send
from tests.visitors import enter

__all__ = ["bucket", "faulty", "moto"]
FAULTS = [
    (error(403, "AccessDenied"), 503, "The media store refuses (AccessDenied)."),
    (error(507, "XMinioStorageFull"), 507, "The media store is full."),
    (b"", 503, "The media store does not answer at the moment."),
]


@pytest.mark.parametrize(("says", "status", "sentence"), FAULTS)
async def test_the_editor_keeps_every_word(
    client: httpx.AsyncClient, faulty: Faulty, says: bytes, status: int, sentence: str
) -> None:
    faulty.says = says
    visitor, post = await enter(client), await make_post("generated_pending_review")
    answer = await edit(visitor, post, body="What I wrote.", file=picture(), then="upload", new_alt="My alt")
    assert answer.status_code == status and sentence in answer.text
    assert "What I wrote." in answer.text and "My alt" in answer.text
    assert (await content.current(post.id)).number == 1 and await sql.value("SELECT count(*) FROM blob") == 0


async def test_a_posts_own_page_says_it_too(client: httpx.AsyncClient, faulty: Faulty) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    answer = await send(visitor, post, "pictures", picture("JPEG"), media=str(failed.id))
    assert answer.status_code == 503 and "The media store refuses (InternalError)." in answer.text
    assert await sql.value("SELECT status FROM media WHERE id = $1", failed.id) == "failed"


@pytest.mark.parametrize(("says", "status", "sentence"), FAULTS)
async def test_a_program_is_told_to_come_back(
    client: httpx.AsyncClient, faulty: Faulty, says: bytes, status: int, sentence: str
) -> None:
    faulty.says = says
    program = await connect(client)
    answer = await upload(program, png())
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "5")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"].startswith(sentence)
    assert await sql.value("SELECT count(*) FROM media") == 0


async def test_an_upload_of_a_program_lies_in_the_store(client: httpx.AsyncClient, bucket: Bucket) -> None:
    program = await connect(client)
    asset = (await upload(program, png())).json()
    assert await bucket.keys() == [await sql.value("SELECT key FROM blob")]
    assert (await client.get(f"/media/{asset['asset_id']}")).status_code == 200
    post = await program.post("/posts", wish(draft=True, media=[{"asset_id": asset["asset_id"]}]))
    assert post.status_code == 201


async def test_a_picture_that_cannot_be_kept_makes_no_post_of_a_program(
    client: httpx.AsyncClient, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await connect(client)
    async with Faulty() as far:
        far.says = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(png()), png())
        url = f"{far.store.endpoint}/x.png"
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({url.split("/")[2]}))
        answer = await program.post("/posts", wish(draft=True, media=[{"url": url}]))
    assert answer.status_code == 503 and "media store refuses" in answer.json()["detail"]
    assert await sql.value("SELECT count(*) FROM post") == await sql.value("SELECT count(*) FROM media") == 0
