"""What two readers of JSON could understand differently, or what is no JSON at all, is refused before any door."""

import httpx
import pytest

from app import sql
from tests.api.programs import Program, connect

DEEP = b'{"post":' + b"[" * 5000 + b"]" * 5000 + b"}"
BAD = {
    "nothing readable": b"{",
    "not UTF-8": b'{"post": {"title": "\xff"}}',
    "a name twice": b'{"post": {"title": "a", "title": "b", "draft": true}}',
    "NaN": b'{"post": {"title": NaN}}',
    "a number beyond all": b'{"post": {"campaign_id": 1e999}}',
    "five thousand digits": b'{"post": {"campaign_id": ' + b"9" * 5000 + b"}}",
    "depth": DEEP,
    "two documents": b"{} {}",
}


async def send(program: Program, body: bytes, kind: str = "application/json") -> httpx.Response:
    headers = {"authorization": f"Bearer {program.token}"} | ({"content-type": kind} if kind else {})
    return await program.client.post("/api/posts", content=body, headers=headers)


@pytest.mark.parametrize("name", BAD)
async def test_json_that_cannot_be_read_in_one_way_is_400(client: httpx.AsyncClient, name: str) -> None:
    program = await connect(client)
    answer = await send(program, BAD[name])
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["code"] == "unreadable"
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
async def test_json_under_another_name_is_415(client: httpx.AsyncClient, kind: str) -> None:
    answer = await send(await connect(client), b'{"post": {"title": "T", "draft": true}}', kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_more_than_a_mebibyte_is_413(client: httpx.AsyncClient) -> None:
    answer = await send(await connect(client), b'{"post": {"title": "' + b"x" * 2**20 + b'"}}')
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"title": "T", "status": "published", "draft": True}, "status"), ({"title": "", "draft": True}, "post.title"),
        ({"title": "\u200b \u200b", "draft": True}, "post.title"), ({"title": "x" * 301, "draft": True}, "post.title"),
        ({"title": "a\x00b", "draft": True}, "post.title"),
        ({"title": "T", "draft": True, "slug": "s" * 201}, "post.slug"),
        ({"title": "T", "draft": True, "body": "b" * 500_001}, "post.body"), ({"title": "T"}, "post.body"),
        ({"title": "T", "draft": True, "profiles": [10**15]}, "post.profiles"),
        ({"title": "T", "draft": True, "campaign_id": -1}, "post.campaign_id"),
        ({"title": "T", "draft": True, "planned_at": "9999-12-31T23:59:59-12:00"}, "post.planned_at"),
        ({"title": "T", "draft": True, "media": [{}]}, "post.media"),
        ({"title": "T", "draft": True, "media": [{"asset_id": "x"}]}, "post.media"),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_422_and_named(client: httpx.AsyncClient, wish: dict[str, object], field: str) -> None:
    program = await connect(client)
    answer = await program.post("/posts", {"post": wish})
    assert answer.status_code == 422, answer.text
    assert any(field in name or field in text for name, text in answer.json()["fields"].items()), answer.text
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0


@pytest.mark.parametrize("planned", ["2026-11-24 09:00", "2026-11-24T24:00:00Z", "tomorrow", "2026-11-24T09:00:00"])
async def test_a_time_without_an_offset_or_sense_is_422(client: httpx.AsyncClient, planned: str) -> None:
    program = await connect(client)
    answer = await program.post("/posts", {"post": {"title": "T", "draft": True, "planned_at": planned}})
    assert answer.status_code == 422


async def test_half_a_character_is_refused(client: httpx.AsyncClient) -> None:
    answer = await send(await connect(client), b'{"post": {"title": "a\\ud800b", "draft": true}}')
    assert answer.status_code in (400, 422), answer.text


async def test_all_wrong_fields_are_named_at_once(client: httpx.AsyncClient) -> None:
    wrong = {"title": "x" * 301, "excerpt": "e" * 501, "draft": True}
    both = await (await connect(client)).post("/posts", {"post": wrong})
    assert both.json()["fields"].keys() == {"post.title", "post.excerpt"}
