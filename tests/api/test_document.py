"""The OpenAPI document: made from the doors, open to programs without a key, and true about every door."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from app.api import entry
from app.api.entry import SCOPE_OF
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.pages import errors


async def test_the_document_names_every_door_of_the_api(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.1")
    told = {f"{method.upper()} {path}" for path, ways in answer.json()["paths"].items() for method in ways}
    assert told == {*SCOPE_OF, "GET /api/public/posts", "GET /api/public/posts/{slug}"}


async def test_every_door_tells_its_problems_and_which_key_it_wants(client: httpx.AsyncClient) -> None:
    document: dict[str, Any] = (await client.get("/api/openapi.json")).json()
    assert document["security"] == [{"key": []}]
    for ways in document["paths"].values():
        for method, operation in ways.items():
            assert {"400", "404", "503"} <= operation["responses"].keys()
            assert ("401" in operation["responses"]) == ("security" not in operation)
            assert ("422" in operation["responses"]) == (method != "get")
            assert operation["summary"]


async def test_an_unknown_address_of_the_api_is_a_problem_in_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["code"] == "not_found"


async def test_it_names_every_code_of_a_problem_and_no_other(client: httpx.AsyncClient) -> None:
    document: dict[str, Any] = (await client.get("/api/openapi.json")).json()
    told = document["components"]["schemas"]["Problem"]["properties"]["code"]["description"]
    doors = " ".join(path.read_text() for path in Path(entry.__file__).parent.glob("*.py"))
    known = {*re.findall(r'"code": "(\w+)"', doors), *errors.CODES.values()}
    known |= {
        errors._code(one) for one in (MovedMeanwhile(), IllegalMove(""), Refused(""), Refused("", forbidden=True))
    }
    assert set(told.rstrip(".").partition(": ")[2].split(", ")) == known


async def test_the_page_to_read_shows_how_to_begin(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api")).text
    sent = re.search(r"-d &#39;(.*?)&#39;</pre>|-d '(.*?)'</pre>", page, re.DOTALL)
    assert sent and json.loads(unescape(sent[1] or sent[2]))["post"]["draft"] is True
    for said in ("/api/posts/7/publish", "Idempotency-Key", "asset_id", "version_conflict", "RateLimit-Remaining"):
        assert said in page
