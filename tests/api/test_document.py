"""The OpenAPI document: made from the doors, open to programs without a key, and true about every door."""

from typing import Any

import httpx

from app.api.entry import SCOPE_OF


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
