"""What tests of the posts list share: reading its page, and posts that only have to be listed."""

import re
from html import unescape

import httpx

from app import sql
from app.tables import Channel, Post
from tests.makers import make_post
from tests.rows import store


def ids(page: httpx.Response) -> list[int]:
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'<tr id="row-(\d+)"', page.text)]


def row(page: httpx.Response, post: Post) -> str:
    found = re.search(rf'<tr id="row-{post.id}".*?</tr>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[0])


async def plain(**values: object) -> Post:
    """A post that only has to be listed."""
    usual = {"status": "awaiting_user_date", "title": "Tides", "zone": "UTC"}
    return await store(Post, values, **usual)  # type: ignore[arg-type]


async def special(posts: list[Post], channels: list[Channel]) -> None:
    """Some more whose label depends on more than the status."""
    posts.append(await make_post("scheduled", channels=channels, planned_on=None))
    posts.append(await make_post("generated_pending_review", channels=[]))
    for _ in range(3):
        posts.append(await make_post("publish_failed", channels=channels))
    posts.append(await make_post("scheduled", channels=channels))
    held, live, lost = posts[-1].id, posts[-2].id, posts[-3].id
    await sql.run("UPDATE publication SET held_for = 'late', held_at = now(), due_at = now() - interval '3 h'"
                  " WHERE post = $1", held)  # fmt: skip
    await sql.run(
        "UPDATE delivery SET status = 'published', error_kind = NULL, error_note = NULL, published_at = now(),"
        " live_seal = (SELECT id FROM seal WHERE post = $1), remote_id = 'x' WHERE post = $1 AND channel = $2",
        live, channels[0].id,
    )  # fmt: skip
    await sql.run("UPDATE delivery SET status = 'unconfirmed', error_kind = 'outcome_unknown' WHERE post = $1", lost)


def link(page: httpx.Response, name: str) -> str:
    found = re.search(rf'id="{name}" href="([^"]+)"', page.text)
    return unescape(found[1]) if found else ""
