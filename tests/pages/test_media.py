"""The pictures' door: for whoever has the address, locked so that nothing in it can run."""

from uuid import uuid4

import httpx
import pytest

from app import sql
from tests.makers import make_media


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


@pytest.mark.parametrize("name", [str(uuid4()), "1", "{0}", "..%2f..%2fetc", "%00", "x" * 36, "-1"])
async def test_any_other_name_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    await make_media()
    assert (await client.get(f"/media/{name}")).status_code == 404


async def test_head_says_the_same_without_the_bytes(client: httpx.AsyncClient) -> None:
    path = f"/media/{(await make_media()).asset_id}"
    assert (await client.head(path)).headers["etag"] == (await client.get(path)).headers["etag"]
