"""Pictures by their address: fetched once, told apart from what only calls itself a picture, never from inside."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app import sql
from tests.api.programs import Program, connect, wish
from tests.api.test_media import png
from tests.flow.listener import Answer, Listener


@pytest.fixture
async def gallery(monkeypatch: pytest.MonkeyPatch, database: object) -> AsyncIterator[Listener]:
    """Another site on a private port that the operator opened."""
    async with Listener() as listener:
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{listener.port}"}))
        yield listener


def shows(gallery: Listener, body: bytes, status: int = 200, **headers: str) -> None:
    gallery.usual = Answer(status, {"content-type": "image/jpeg", **headers}, body)


async def media_of(program: Program) -> int:
    count: int = await sql.value("SELECT count(*) FROM event WHERE key = $1 AND about = 'media'", program.key)
    return count


async def test_what_only_calls_itself_a_picture_is_422_and_names_the_address(
    client: httpx.AsyncClient, gallery: Listener
) -> None:
    program = await connect(client)
    for body in (b"<html>cat.jpg</html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"\xff\xd8\xff\xe0 cut"):
        shows(gallery, body)
        one = await program.post("/media/imports", {"url": gallery.url})
        assert (one.status_code, list(one.json()["fields"])) == (422, ["url"]), one.text
        several = await program.post("/posts", wish(draft=True, media=[{"url": gallery.url}]))
        assert (several.status_code, list(several.json()["fields"])) == (422, ["post.media.0.url"])
    assert await media_of(program) == 0


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (404, {}, "answers 404"),
        (302, {"location": "http://127.0.0.1:9/inside.png"}, "not open to outgoing calls"),
        (302, {"location": "http://127.0.0.1/inside.png"}, "not on the public internet"),
        (302, {"location": "/round"}, "redirected more than 3 times"),
        (200, {"content-encoding": "br"}, "an encoding nobody asked for"),
    ],
)
async def test_an_address_that_leads_to_none_says_why(
    client: httpx.AsyncClient, gallery: Listener, status: int, headers: dict[str, str], said: str
) -> None:
    program = await connect(client)
    shows(gallery, b"", status, **headers)
    answer = await program.post("/media/imports", {"url": gallery.url})
    assert answer.status_code == 422 and said in answer.json()["fields"]["url"], answer.text


async def test_an_import_asked_for_again_is_answered_again_and_fetched_once(
    client: httpx.AsyncClient, gallery: Listener
) -> None:
    program = await connect(client)
    shows(gallery, png())
    wanted = {"url": gallery.url, "alt": "A teal field"}
    first = await program.post("/media/imports", wanted, idempotency_key="cover")
    shows(gallery, b"gone", 410)
    again = await program.post("/media/imports", wanted, idempotency_key="cover")
    assert (again.status_code, again.json()) == (201, first.json()) and len(gallery.heard) == 1
    other = await program.post("/media/imports", wanted | {"alt": "Blue"}, idempotency_key="cover")
    assert (other.status_code, other.json()["code"]) == (422, "key_used")


async def test_an_upload_asked_for_again_is_answered_again(client: httpx.AsyncClient) -> None:
    """Two equal forms are not two equal bodies: each has a boundary of its own."""
    program = await connect(client)
    headers = {"authorization": f"Bearer {program.token}", "idempotency-key": "cover"}
    sent = [("A teal field", png()), ("A teal field", png()), ("Blue", png()), ("A teal field", png(41))]
    first, again, *others = [
        await client.post("/api/media", files={"file": ("x.png", data)}, data={"alt": alt}, headers=headers)
        for alt, data in sent
    ]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert [other.json()["code"] for other in others] == ["key_used"] * 2
    assert await sql.value("SELECT count(*) FROM media WHERE asset_id::text = $1", first.json()["asset_id"]) == 1


async def test_a_change_asked_for_again_needs_nothing_that_is_gone_since(
    client: httpx.AsyncClient, gallery: Listener
) -> None:
    """What was done is answered, though its picture could not be fetched any more."""
    program = await connect(client)
    shows(gallery, png())
    post = (await program.post("/posts", wish(draft=True))).json()
    change = {"post": {"media": [{"url": gallery.url}], "version": post["version"]}}
    first = await program.patch(f"/posts/{post['id']}", change, idempotency_key="add")
    assert first.status_code == 200, first.text
    shows(gallery, b"gone", 410)
    again = await program.patch(f"/posts/{post['id']}", change, idempotency_key="add")
    assert (again.status_code, again.json()) == (200, first.json())
