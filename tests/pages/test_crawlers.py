"""What search engines look for: the key at its own address, and what admins see of what they were told."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from app import sql
from app.settings import settings
from tests.visitors import enter

KEY = "a1b2c3d4-e5f6"
TOLD = "INSERT INTO announcement (urls, next_at, ended_at, result, note) VALUES ($1, {}, {}, $2, $3)"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A desk with a key for IndexNow."""
    known = replace(settings(), indexnow_key=KEY)
    for place in ("app.pages.crawlers", "app.pages.plain", "app.pages.announced", "app.flow.announcing"):
        monkeypatch.setattr(f"{place}.settings", lambda: known)
    yield KEY


async def test_the_key_stands_at_its_own_address(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get(f"/{key}.txt")
    assert (answer.status_code, answer.text) == (200, key)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Allow: /*.txt$" in (await client.get("/robots.txt")).text


@pytest.mark.parametrize(
    "path", [f"/{KEY}", f"/{KEY}.html", "/other-key-1.txt", "/.txt", f"/blog/{KEY}.txt", "/%ff.txt"]
)
async def test_any_other_name_is_not_found(client: httpx.AsyncClient, key: str, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", [f"/{KEY}.txt", "/.txt", "/nothing", "/wp-login.php"])
async def test_without_a_key_there_is_no_such_address(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404 and "There is nothing here" in answer.text
    assert "txt" not in (await client.get("/robots.txt")).text


async def shown(client: httpx.AsyncClient) -> str:
    return (await (await enter(client, "admin")).get("/settings/workspace")).text


async def told(urls: int, result: str | None, note: str | None = None) -> None:
    times = ("now()", "NULL") if result is None else ("NULL", "now()")
    await sql.run(TOLD.format(*times), [f"https://a.example/{n}" for n in range(urls)], result, note)


async def test_without_a_key_the_settings_do_not_speak_of_it(client: httpx.AsyncClient) -> None:
    assert "earch engines" not in await shown(client)


@pytest.mark.parametrize(
    ("urls", "result", "note", "says"),
    [
        (0, "", "", "There was nothing to tell yet."),
        (1, "heard", None, "They heard of 1 address just now."),
        (1200, "heard", None, "They heard of 1,200 addresses just now."),
        (3, "refused", "It answered 403.", "did not take 3 addresses just now. It answered 403."),
        (2, None, "It answered 503.", "have yet to hear of 2 addresses. It answered 503. They are asked again"),
        (2, None, None, "have yet to hear of 2 addresses."),
        (5, "given_up", None, "They find them in the sitemap."),
    ],
)
async def test_an_admin_sees_what_search_engines_heard_last(
    client: httpx.AsyncClient, key: str, urls: int, result: str | None, note: str | None, says: str
) -> None:
    if urls:
        await told(7, "heard")
        await told(urls, result, note)
    assert says in await shown(client)
