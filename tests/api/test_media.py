"""Pictures over the API: made our own before anything is accepted, and refused with what to do."""

import io

import httpx
import pytest
from PIL import Image

from app import sql
from tests.api.programs import Program, connect, wish
from tests.makers import make_channel


def png(width: int = 40, height: int = 30) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, "PNG")
    return held.getvalue()


async def upload(program: Program, data: bytes, alt: str = "A teal field") -> httpx.Response:
    headers = {"authorization": f"Bearer {program.token}"}
    files = {"file": ("../x.png", data, "image/png")}
    return await program.client.post("/api/media", files=files, data={"alt": alt}, headers=headers)


async def test_an_upload_becomes_an_asset_that_a_post_may_show(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    made = await upload(program, png())
    assert made.status_code == 201, made.text
    asset = made.json()
    assert (asset["status"], asset["width"], asset["height"], asset["alt"]) == ("processed", 40, 30, "A teal field")
    assert (await program.get(f"/media/{asset['asset_id']}")).json() == asset
    assert (await client.get(f"/media/{asset['asset_id']}")).headers["content-type"].startswith("image/")
    post = (
        await program.post("/posts", wish(draft=True, media=[{"asset_id": asset["asset_id"], "alt": "Teal"}]))
    ).json()
    assert [(m["asset_id"], m["alt"], m["status"]) for m in post["media"]] == [(asset["asset_id"], "Teal", "pending")]


async def test_media_inherits_processed_from_the_workflow(client: httpx.AsyncClient) -> None:
    """ "The post reached scheduled, completed, or canceled, so the media is treated as ready." """
    program, _ = await connect(client), await make_channel("sandbox")
    asset = (await upload(program, png())).json()["asset_id"]
    post = (await program.post("/posts", wish(media=[{"asset_id": asset}]))).json()
    assert (post["status"], post["media"][0]["status"]) == ("pending", "pending")
    await sql.run("UPDATE publication SET status = 'scheduled', next_at = NULL WHERE post = $1", post["id"])
    assert (await program.get(f"/posts/{post['id']}")).json()["media"][0]["status"] == "processed"


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a;<script>", b"%PDF-1.4"])
async def test_what_is_no_picture_is_refused(client: httpx.AsyncClient, data: bytes) -> None:
    program = await connect(client)
    answer = await upload(program, data)
    assert answer.status_code in (415, 422) and answer.json()["detail"]
    assert await sql.value("SELECT count(*) FROM event WHERE key = $1 AND about = 'media'", program.key) == 0


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x.png", "http://[::1]/x", "file:///etc/passwd", "http://localhost/x"]
)
async def test_an_address_inside_is_never_asked(client: httpx.AsyncClient, url: str) -> None:
    program = await connect(client)
    answer = await program.post("/media/imports", {"url": url})
    assert answer.status_code == 422, answer.text
    refused = await program.post("/posts", wish(draft=True, media=[{"url": url}]))
    assert refused.status_code == 422 and "post.media.0.url" in refused.json()["fields"]
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0
