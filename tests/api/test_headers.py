"""What stands in the headers of the JSON API: who may ask, how often, what is known already, where a thing lies."""

import httpx
import pytest

from app import sql
from app.settings import settings
from tests.api.programs import Program, connect, wish
from tests.api.test_media import png
from tests.makers import make_team


@pytest.mark.parametrize("form", ["*", "W/{}", '"other", {}', '"other",{} , W/"third"'])
async def test_whoever_has_it_already_is_told_304_in_every_spelling(client: httpx.AsyncClient, form: str) -> None:
    program = await connect(client)
    tag = (await program.get("/lifecycle")).headers["etag"]
    answer = await program.get("/lifecycle", if_none_match=form.format(tag))
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_a_tag_that_only_contains_ours_is_another(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    tag = (await program.get("/lifecycle")).headers["etag"]
    assert (await program.get("/lifecycle", if_none_match=f'"{tag}"')).status_code == 200


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", 'Bearer realm="Galley"'),
        ("Basic Z2FsbGV5", 'Bearer realm="Galley"'),
        ("Bearer gly_abcdefgh_" + "x" * 43, 'Bearer realm="Galley", error="invalid_token"'),
    ],
)
async def test_who_comes_without_a_key_that_works_is_told_what_to_bring(
    client: httpx.AsyncClient, header: str, said: str
) -> None:
    answer = await client.get("/api/posts", headers={"authorization": header} if header else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, said)
    assert "Settings, API keys" in answer.json()["detail"]


async def test_a_key_without_the_scope_is_told_which(client: httpx.AsyncClient) -> None:
    program = await connect(client, ("read",))
    answer = await program.post("/posts", wish(draft=True))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == 'Bearer realm="Galley", error="insufficient_scope", scope="write"'


async def test_who_asks_too_often_reads_the_rate_in_the_same_headers(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await program.get("/profiles")
    await sql.run("UPDATE throttle SET hits = $2 WHERE key = $1", f"key:{program.key}", settings().api_rate)
    full = await program.get("/profiles")
    assert (full.status_code, full.json()["code"]) == (429, "too_many_requests")
    assert (full.headers["ratelimit-limit"], full.headers["ratelimit-remaining"]) == (str(settings().api_rate), "0")
    assert 0 < int(full.headers["retry-after"]) == int(full.headers["ratelimit-reset"]) <= 60


async def _uploaded(program: Program) -> httpx.Response:
    headers = {"authorization": f"Bearer {program.token}"}
    return await program.client.post("/api/media", files={"file": ("x.png", png())}, headers=headers)


async def test_what_was_made_is_found_where_the_answer_says(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    post = await program.post("/posts", wish(draft=True))
    campaign = await program.post("/campaigns", {"campaign": {"title": "Spring"}})
    for made in (post, campaign, await _uploaded(program)):
        assert made.status_code == 201, made.text
        place = made.headers["location"].removeprefix(settings().origin)
        assert (await program.get(place.removeprefix("/api"))).json() == made.json()


@pytest.mark.parametrize("path", ["/api/posts", "/api/profiles", "/api/lifecycle", "/api/publish/health"])
async def test_head_answers_as_get_does(client: httpx.AsyncClient, path: str) -> None:
    program = await connect(client)
    answer = await program.ask("HEAD", path.removeprefix("/api"))
    assert answer.status_code == 200 and answer.headers["etag"]
    assert (await client.head(path)).status_code == 401


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/posts", "GET, HEAD, OPTIONS, POST"), ("/api/posts/1", "GET, HEAD, OPTIONS, PATCH"),
        ("/api/posts/1/publish", "OPTIONS, POST"), ("/api/media", "OPTIONS, POST"),
        ("/api/public/posts", "GET, HEAD, OPTIONS"),
    ],
)  # fmt: skip
async def test_options_names_the_methods_and_asks_for_no_key(
    client: httpx.AsyncClient, path: str, methods: str
) -> None:
    answer = await client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, methods)


async def test_another_method_is_405_and_names_those_there_are(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    answer = await program.ask("DELETE", "/posts/1")
    assert answer.status_code == 405 and answer.json()["code"] == "method_not_allowed"
    assert {"GET", "PATCH"} <= {one.strip() for one in answer.headers["allow"].split(",")}


async def test_a_slash_at_the_end_is_the_same_address(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    assert (await program.get("/profiles/")).status_code == 200
    await make_team()
