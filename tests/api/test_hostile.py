"""What a program should not send, and is told in a sentence: never a 500, nothing lost in silence."""

import gzip
import json
from base64 import urlsafe_b64encode

import httpx
import pytest

from app import sql
from tests.api.programs import connect, wish
from tests.makers import make_channel

PAST = {"planned_at": "2020-01-01T00:00:00Z", "planned_on": "2020-01-01"}


def cursor(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        cursor("2026-11-01T00:00:00+00:00", float("inf")),
        cursor("2026-11-01T00:00:00+00:00", 10**30),
        cursor("2026-11-01T00:00:00+00:00", -1),
        cursor("0001-01-01T00:00:00+23:59", 1),
        cursor("9999-12-31T23:59:59-23:59", 1),
        cursor("2026-11-01T00:00:00", 1),
        cursor(1, 1),
        cursor("2026-11-01T00:00:00+00:00"),
        urlsafe_b64encode(b"[" * 9000).decode(),
        "%00", "né", "a" * 5000,
    ],
)  # fmt: skip
async def test_a_cursor_that_is_none_of_ours_is_400(client: httpx.AsyncClient, after: str) -> None:
    program = await connect(client)
    answer = await program.client.get(
        "/api/posts", params={"after": after}, headers={"authorization": f"Bearer {program.token}"}
    )
    assert (answer.status_code, answer.json()["detail"][:7]) == (400, "`after`")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", [b'{"post": {"title": "One", "title": "Two", "draft": true}}', b'{"post": {'])
async def test_json_that_says_it_is_a_form_is_415(client: httpx.AsyncClient, kind: str, body: bytes) -> None:
    program = await connect(client)
    headers = {"authorization": f"Bearer {program.token}", "content-type": kind}
    answer = await client.post("/api/posts", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", program.key) == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"file": "x"}'),
        ("", b""),
        ("image/png", b"\x89PNG"),
        ("text/plain", b"file=x"),
        ("multipart/form-data", b"x"),
    ],
)
async def test_a_picture_that_comes_in_no_form_is_told_how_to(
    client: httpx.AsyncClient, kind: str, body: bytes
) -> None:
    program = await connect(client)
    headers = {"authorization": f"Bearer {program.token}"} | ({"content-type": kind} if kind else {})
    answer = await client.post("/api/media", content=body, headers=headers)
    assert answer.status_code == 415 and "multipart/form-data" in answer.json()["detail"]


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**63])
async def test_a_version_that_no_row_has_is_a_wrong_field_of_a_move(client: httpx.AsyncClient, version: int) -> None:
    program = await connect(client)
    post = (await program.post("/posts", wish(draft=True))).json()
    answer = await program.post(f"/posts/{post['id']}/moves", {"name": "submit", "version": version})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["version"]), answer.text


@pytest.mark.parametrize(
    ("name", "value"), [("excerpt", "In short."), ("slug", "cold-brew"), ("media", [{"asset_id": "0" * 32}])]
)
async def test_what_belongs_to_a_text_is_not_lost_without_one(
    client: httpx.AsyncClient, name: str, value: object
) -> None:
    """It was accepted and forgotten: only a text has an excerpt, an address and pictures."""
    program = await connect(client)
    answer = await program.post("/posts", {"post": {"title": "A plan", "draft": True, name: value}})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [f"post.{name}"]), answer.text
    plan = (await program.post("/posts", {"post": {"title": "A plan", "draft": True}})).json()
    answer = await program.patch(f"/posts/{plan['id']}", {"post": {name: value, "version": plan["version"]}})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [f"post.{name}"]), answer.text


async def test_a_caption_of_a_plan_is_not_lost_either(client: httpx.AsyncClient) -> None:
    program, channel = await connect(client), await make_channel("webhook")
    captions = {str(channel.id): "Brewed cold."}
    answer = await program.post("/posts", {"post": {"title": "A plan", "draft": True, "captions": captions}})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["post.captions"])


@pytest.mark.parametrize(
    "at", ["2031-03-27T10:30:00.123456789Z", "2031-03-27T10:30:00+05:45", "2031-03-27t10:30:00z", "2031-03-27 10:30Z"]
)
async def test_a_time_in_any_spelling_of_the_standard_is_taken_or_refused(client: httpx.AsyncClient, at: str) -> None:
    program = await connect(client)
    answer = await program.post("/posts", wish(draft=True, planned_at=at))
    assert answer.status_code in (201, 422), answer.text


@pytest.mark.parametrize(
    "at", ["2030-12-31T23:59:60Z", "9999-12-31T23:59:59Z", "2031-03-27T24:00:00Z", "2031-02-30T00:00:00Z"]
)
async def test_a_time_that_no_calendar_has_is_422_and_named(client: httpx.AsyncClient, at: str) -> None:
    program = await connect(client)
    for field, rest in (("planned_at", {"draft": True}), ("scheduled_at", {})):
        answer = await program.post("/posts", wish(**{field: at}, **rest))
        assert answer.status_code == 422 and field in " ".join(answer.json()["fields"]), answer.text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/posts?stauts=draft", "'stauts' here; these there are: after, campaign_id, editorial_status"),
        ("/posts?sort=title", "'sort'"),
        ("/publish/logs?page=2", "'page'"),
        ("/profiles?limit=1", "there are none"),
        ("/posts/1?id=2", "'id'"),
    ],
)
async def test_a_misspelt_filter_is_400_and_does_not_show_everything(
    client: httpx.AsyncClient, path: str, said: str
) -> None:
    program = await connect(client)
    answer = await program.get(path)
    assert answer.status_code == 400 and said in answer.json()["detail"], answer.text


async def test_a_packed_body_is_415_and_says_so(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    headers = {"authorization": f"Bearer {program.token}", "content-type": "application/json"}
    packed = gzip.compress(json.dumps(wish(draft=True)).encode())
    answer = await client.post("/api/posts", content=packed, headers=headers | {"content-encoding": "gzip"})
    assert answer.status_code == 415 and "without a Content-Encoding" in answer.json()["detail"]
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/publish", None), ("POST", "/cancel", None),
    ("PATCH", "", {"post": {"scheduled_at": "2031-01-01T00:00:00Z", "version": 1}}),
])  # fmt: skip
async def test_a_closed_command_says_what_is_open_instead(
    client: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    plan = (await program.post("/posts", {"post": {"title": "A plan", "draft": True}})).json()
    answer = await program.ask(method, f"/posts/{plan['id']}{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move"), answer.text
    assert "set_date" in answer.json()["allowed"]


async def test_a_key_that_may_not_is_403_there_too(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client, ("read", "write", "publish")), await make_channel("sandbox")
    draft = (await program.post("/posts", wish(draft=True))).json()
    answer = await program.post(f"/posts/{draft['id']}/publish")
    assert answer.status_code == 403, answer.text


async def test_a_command_without_its_body_is_told_to_send_one(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    for method, path in (("POST", "/posts"), ("PATCH", "/posts/1"), ("POST", "/posts/1/moves"), ("POST", "/campaigns")):
        answer = await program.ask(method, path)
        assert answer.status_code == 400 and answer.json()["detail"].startswith("There is no body."), answer.text


@pytest.mark.parametrize("field", ["planned_at", "planned_on"])
async def test_a_day_that_has_passed_is_a_wrong_field(client: httpx.AsyncClient, field: str) -> None:
    program = await connect(client)
    past, ahead = {field: PAST[field]}, {"planned_on": "2031-01-01"}
    answer = await program.post("/posts", {"post": {"title": "A plan", "draft": True, **past}})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [f"post.{field}"]), answer.text
    plan = (await program.post("/posts", {"post": {"title": "A plan", "draft": True, **ahead}})).json()
    answer = await program.patch(f"/posts/{plan['id']}", {"post": {"version": plan["version"], **past}})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [f"post.{field}"]), answer.text
