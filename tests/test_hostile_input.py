"""Whatever is sent under whatever name to whatever door: an answer that people understand, never an error of ours."""

from typing import Any

import httpx
import pytest
from litestar.exceptions import LitestarException

from app import sql
from tests import hostile
from tests.makers import make_campaign, make_channel, make_post
from tests.test_security import demand_headers
from tests.visitors import Visitor, enter

STREAMS = {"/events"}
LEAVING = {"/sign-out", "/theme", "/sign-in", "/settings/password"}  # a hash each; tests/pages/test_sign_in.py


@pytest.fixture
async def ids(database: object) -> dict[str, int]:
    """Rows that exist, by the first word of their address."""
    post = await make_post("published", channels=[await make_channel("sandbox"), await make_channel("webhook")])
    draft = await make_post()
    return {
        "posts": draft.id, "review": draft.id, "campaigns": (await make_campaign()).id,
        "channels": (await make_channel("sandbox")).id,
        "deliveries": await sql.value("SELECT min(id) FROM delivery WHERE post = $1", post.id),
    }  # fmt: skip


async def demand_no_error(visitor: Visitor, address: str, found: list[str]) -> None:
    try:
        answer = await visitor.get(address)
    except LitestarException:
        found.append(f"broke off in the middle of its answer: {address[:200]}")
        return
    if answer.status_code >= 500 or "content-security-policy" not in answer.headers:
        found.append(f"{answer.status_code} {address[:200]}")


async def test_no_address_breaks_a_page(
    client: httpx.AsyncClient, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, found = await enter(client, "admin"), list[str]()
    for path in hostile.doors("GET"):
        if path in STREAMS:
            continue
        at = hostile.filled(path, ids)
        with hostile.watching(monkeypatch) as asked:
            await demand_no_error(visitor, at, found)
            for address in hostile.hostile_paths(path, ids):
                await demand_no_error(visitor, address, found)
        for name in sorted(asked):
            for value in hostile.QUERIES:
                await demand_no_error(visitor, f"{at}?{name}={value}", found)
    assert found == [], "\n".join(found)


async def test_no_form_breaks_a_page(
    client: httpx.AsyncClient, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    for path in hostile.doors("POST"):
        if path in LEAVING or path.startswith(("/sandbox", "/hooks", "/csp-report")):
            continue
        visitor = await enter(client, "admin", password_hash="x")
        with hostile.reading(monkeypatch) as forms:
            await posted(visitor, path, ids, {}, found)
        for form in forms[:1]:
            for name, value in hostile.hostile(form):
                version = await sql.value("SELECT version FROM post WHERE id = $1", ids["posts"])
                await posted(visitor, path, ids, hostile.sound(form, version) | {name: value}, found)
    assert found == [], "\n".join(found)


async def posted(visitor: Visitor, path: str, ids: dict[str, int], fields: dict[str, Any], found: list[str]) -> None:
    answer = await visitor.post(hostile.filled(path, ids), **fields)
    if answer.status_code >= 500:
        found.append(f"{answer.status_code} {path} {str(fields)[:300]}")
    demand_headers(answer)


PAGES = ("http://[", "\x00", "http://localhost/posts/7?channel=" + "9" * 4000)


@pytest.mark.parametrize("here", PAGES)
async def test_no_page_that_htmx_claims_to_speak_for_breaks_one(
    client: httpx.AsyncClient, ids: dict[str, int], here: str
) -> None:
    visitor, found = await enter(client, "admin"), list[str]()
    said = {"HX-Request": "true", "HX-Current-URL": here, "Referer": here}
    for path in hostile.doors("GET"):
        if path not in STREAMS:
            answer = await visitor.get(hostile.filled(path, ids), headers=said)
            found += [f"{answer.status_code} {path}"] if answer.status_code >= 500 else []
    for path in ("/theme", "/posts/{id:int}/moves", "/posts/{id:int}/comments", "/deliveries/{id:int}/moves"):
        fields = {"csrf_token": visitor.csrf, "theme": "dark"}
        answer = await visitor.client.post(hostile.filled(path, ids), data=fields, headers=said)
        found += [f"{answer.status_code} {path}"] if answer.status_code >= 500 else []
    assert found == [], "\n".join(found)
