"""The public blog API: only what is live on this site, as it was sealed, for everybody."""

import httpx

from app import sql
from tests.flow import stage
from tests.makers import make_channel, make_team


async def test_only_what_is_live_is_there_with_its_status(client: httpx.AsyncClient) -> None:
    await make_team()
    site = await make_channel("site")
    live = await stage.live(site)
    await stage.queued(await make_channel("sandbox"))
    answer = await client.get("/api/public/posts")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    page = answer.json()
    slug = await sql.value("SELECT slug FROM revision WHERE post = $1", live.id)
    assert [(post["slug"], post["status"]) for post in page["posts"]] == [(slug, "published")]
    assert (page["total"], page["next"]) == (1, None)
    one = (await client.get(f"/api/public/posts/{slug}")).json()
    assert one["markdown"] and one["html"].startswith("<") and one["url"].endswith(f"/blog/{slug}")
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", site.id)


async def test_what_nobody_published_is_404_and_what_was_taken_down_410(client: httpx.AsyncClient) -> None:
    await make_team()
    site = await make_channel("site")
    live = await stage.live(site)
    slug = await sql.value("SELECT slug FROM revision WHERE post = $1", live.id)
    await sql.run("UPDATE delivery SET status = 'withdrawn', removed_at = now() WHERE post = $1", live.id)
    gone = await client.get(f"/api/public/posts/{slug}")
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    assert (await client.get("/api/public/posts/never-was")).status_code == 404
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", site.id)


async def test_the_etag_answers_304_until_something_changes(client: httpx.AsyncClient) -> None:
    await make_team()
    site = await make_channel("site")
    await stage.live(site)
    tag = (await client.get("/api/public/posts")).headers["etag"]
    assert (await client.get("/api/public/posts", headers={"if-none-match": tag})).status_code == 304
    await stage.live(site)
    assert (await client.get("/api/public/posts", headers={"if-none-match": tag})).status_code == 200
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", site.id)


async def test_pages_follow_each_other(client: httpx.AsyncClient) -> None:
    await make_team()
    site = await make_channel("site")
    for _ in range(3):
        await stage.live(site)
    first = (await client.get("/api/public/posts?limit=2")).json()
    assert len(first["posts"]) == 2 and first["next"].endswith("after=2&limit=2")
    second = (await client.get("/api" + first["next"].partition("/api")[2])).json()
    assert len(second["posts"]) == 1 and second["next"] is None
    await sql.run("UPDATE channel SET disconnected_at = now() WHERE id = $1", site.id)
