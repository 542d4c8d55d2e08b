"""The public blog API for scripts of other sites, and for addresses that are not Latin."""

from urllib.parse import quote

import httpx
import pytest

from app import sql
from tests.flow import stage
from tests.makers import make_channel, make_team
from tests.pages.test_blog import make_live, make_site, republish

TIDE = "прилив"


@pytest.fixture
async def moved(client: httpx.AsyncClient) -> str:
    """The old address of a live post whose new one is Cyrillic."""
    site = await make_site()
    post = await make_live(site)
    await sql.run("INSERT INTO address (slug, post) VALUES ($2, $1)", post.id, TIDE)
    await republish(post, site, slug=TIDE)
    return f"tides-{post.id}"


@pytest.mark.parametrize("path", ["never-was", "?after=x", "?limit=0"])
async def test_a_refusal_can_be_read_by_other_sites_too(client: httpx.AsyncClient, path: str) -> None:
    await make_team()
    await make_channel("site")
    answer = await client.get(f"/api/public/posts{path if path.startswith('?') else '/' + path}")
    assert answer.status_code in (400, 404) and answer.headers["access-control-allow-origin"] == "*"


async def test_a_script_of_another_site_may_ask_by_its_etag(client: httpx.AsyncClient) -> None:
    await make_team()
    await stage.live(await make_channel("site"))
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET",
             "access-control-request-headers": "if-none-match"}  # fmt: skip
    for path in ("/api/public/posts", "/api/public/posts/anything"):
        before = await client.options(path, headers=asked)
        assert before.status_code == 204 and before.headers["access-control-allow-origin"] == "*"
        assert before.headers["access-control-allow-headers"] == "*"
    answer = await client.get("/api/public/posts")
    assert {"ETag", "Link"} <= {one.strip() for one in answer.headers["access-control-expose-headers"].split(",")}


async def test_leaving_out_none_is_the_first_page(client: httpx.AsyncClient) -> None:
    await make_team()
    await stage.live(await make_channel("site"))
    assert (await client.get("/api/public/posts?after=0")).json()["total"] == 1


@pytest.mark.parametrize("door", ["/blog/", "/api/public/posts/"])
async def test_an_address_in_another_script_is_led_to(client: httpx.AsyncClient, moved: str, door: str) -> None:
    answer = await client.get(door + moved)
    assert answer.status_code == 301 and answer.headers["location"].endswith(door + quote(TIDE))
    assert (await client.get(door + quote(TIDE))).status_code == 200


async def test_addresses_are_told_as_machines_write_them(client: httpx.AsyncClient, moved: str) -> None:
    one = (await client.get(f"/api/public/posts/{quote(TIDE)}")).json()
    assert one["slug"] == TIDE and one["url"].endswith(f"/blog/{quote(TIDE)}")


async def test_the_document_says_what_may_become_of_an_address(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/openapi.json")).json()["paths"]
    one, several = told["/api/public/posts/{slug}"]["get"], told["/api/public/posts"]["get"]
    assert {"301", "404", "410"} <= one["responses"].keys()
    after = next(asked["schema"] for asked in several["parameters"] if asked["name"] == "after")
    assert (after["type"], after["minimum"]) == ("integer", 0)
