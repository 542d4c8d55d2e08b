"""The pictures' door: for whoever has the address, locked so that nothing in it can run."""

import hashlib
from uuid import UUID

import httpx
import pytest

from app import blobs, images, sql
from app.blobs import WIDTHS
from app.flow import imports
from app.lifecycles.machine import WORKER
from app.tables import Media
from tests.blobs.conftest import bucket, moto
from tests.blobs.pictures import noisy, size
from tests.blobs.stores import Bucket, elsewhere, set_store
from tests.makers import make_media

__all__ = ["bucket", "moto"]


async def test_a_finished_picture_is_sent_to_anybody_for_a_year(client: httpx.AsyncClient) -> None:
    media = await make_media()
    answer = await client.get(f"/media/{media.asset_id}")
    assert answer.status_code == 200
    assert answer.content == await sql.value("SELECT bytes FROM blob")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'inline; filename="{media.asset_id}.png"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_who_has_it_already_is_sent_nothing(client: httpx.AsyncClient) -> None:
    path = f"/media/{(await make_media()).asset_id}"
    tag = (await client.get(path)).headers["etag"]
    again = await client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_an_unfinished_picture_is_not_there(client: httpx.AsyncClient, status: str) -> None:
    media = await make_media(status=status)
    assert (await client.get(f"/media/{media.asset_id}")).status_code == 404


async def test_a_file_that_is_no_picture_is_never_sent(client: httpx.AsyncClient) -> None:
    media = await make_media()
    await sql.run("UPDATE blob SET mime = 'text/html'")
    assert (await client.get(f"/media/{media.asset_id}")).status_code == 404


@pytest.mark.parametrize("name", [str(UUID(int=7, version=4)), "1", "{0}", "..%2f..%2fetc", "%00", "x" * 36, "-1"])
async def test_any_other_name_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    await make_media()
    assert (await client.get(f"/media/{name}")).status_code == 404


async def test_head_says_the_same_without_the_bytes(client: httpx.AsyncClient) -> None:
    path = f"/media/{(await make_media()).asset_id}"
    assert (await client.head(path)).headers["etag"] == (await client.get(path)).headers["etag"]


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_copy_of_a_fixed_width_is_sent_to_anybody_for_a_year(client: httpx.AsyncClient, width: int) -> None:
    media = await photograph()
    whole, copy = [await client.get(f"/media/{media.asset_id}{query}") for query in ("", f"?w={width}")]
    assert (copy.status_code, copy.headers["content-type"]) == (200, "image/webp")
    assert len(copy.content) < len(whole.content) and size(copy.content)[0] == width
    assert copy.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert copy.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert copy.headers["content-disposition"] == f'inline; filename="{media.asset_id}.webp"'
    again = await client.get(f"/media/{media.asset_id}?w={width}", headers={"if-none-match": copy.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("width", ["", "0", "1", "321", "0320", "320.0", "-320", "9999999999999999999", "x", "%00"])
async def test_any_other_width_makes_nothing(client: httpx.AsyncClient, width: str) -> None:
    media = await photograph()
    assert (await client.get(f"/media/{media.asset_id}?w={width}")).status_code == 404
    assert await sql.value("SELECT count(*) FROM variant") == 0


async def test_a_copy_that_cannot_be_made_now_is_the_picture_for_a_minute(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = await photograph()

    async def busy(data: bytes, width: int) -> images.Bad:
        return images.TOO_COMPLEX

    monkeypatch.setattr(images, "narrowed", busy)
    answer = await client.get(f"/media/{media.asset_id}?w=320")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=60")
    assert size(answer.content)[0] == 1600


async def test_a_picture_in_the_store_is_sent_through_our_own_door(client: httpx.AsyncClient, bucket: Bucket) -> None:
    media = await photograph()
    answer = await client.get(f"/media/{media.asset_id}")
    assert await sql.value("SELECT bytes IS NULL AND key IS NOT NULL FROM blob")
    assert hashlib.sha256(answer.content).digest() == media.blob
    assert "x-amz-request-id" not in answer.headers and answer.headers["content-type"] == "image/jpeg"


async def test_while_the_store_is_away_its_pictures_are_said_to_be(
    client: httpx.AsyncClient, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    media = await photograph()
    set_store(monkeypatch, elsewhere(bucket.store))
    answer = await client.get(f"/media/{media.asset_id}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The media store does not answer at the moment." in answer.text
    assert "did not take the connection" in caplog.text
    assert "immutable" not in answer.headers.get("cache-control", "")


async def photograph() -> Media:
    image = await blobs.take(noisy())
    assert isinstance(image, images.Image)
    return await imports.keep(image, "The sea", source="uploaded", by=WORKER)
