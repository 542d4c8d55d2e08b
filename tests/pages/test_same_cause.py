"""A failed post's page lists the posts that failed for the same reason, and leads to the one fix."""

import re

import httpx

from app import sql
from app.tables import Post
from tests.makers import make_channel, make_post
from tests.rows import now
from tests.visitors import Visitor, enter


async def failed(count: int, kind: str = "expired_token", **values: object) -> list[Post]:
    channel = await make_channel(name="Wire", **values)
    posts = [await make_post("publish_failed", channels=[channel], title=f"Tide {n}") for n in range(count)]
    await sql.run("UPDATE delivery SET error_kind = $2 WHERE post = ANY($1::bigint[])", [p.id for p in posts], kind)
    return posts


async def listed(visitor: Visitor, post: Post) -> list[int]:
    page = (await visitor.get(f"/posts/{post.id}")).text
    return [int(n) for n in re.findall(r'id="alike-(\d+)-open"', page)]


async def test_they_stand_there_this_one_first_and_others_with_another_cause_do_not(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    first, second, third = await failed(3, broken_kind="expired_token", broken_at=now())
    await sql.run("UPDATE delivery SET error_kind = 'invalid_settings' WHERE post = $1", third.id)
    await failed(1)
    assert await listed(visitor, second) == [second.id, first.id]
    assert await listed(visitor, third) == []
    page = (await visitor.get(f"/posts/{second.id}")).text
    assert "Same cause" in page and "2 posts" in page and "One fix for all: reconnect Wire." in page
    assert 'name="post"' not in page, "nothing can be lined up while the channel does not work"


async def test_an_editor_ticks_which_get_new_times_once_the_channel_works(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, second, third = await failed(3)
    page = (await visitor.get(f"/posts/{first.id}")).text
    assert "Wire works again." in page and page.count('name="post"') == 3
    href = re.search(r'<form method="get" action="(/channels/\d+/requeue)">', page)
    assert href
    asked = (await visitor.get(f"{href[1]}?post={first.id}&post={third.id}&post=x")).text
    ticked = re.findall(r'id="requeue-(\d+)" value="[^"]+" checked', asked)
    assert [int(n) for n in ticked] == [first.id, third.id] and f'id="requeue-{second.id}"' in asked


async def test_who_may_not_send_again_ticks_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    first, _ = await failed(2)
    assert len(await listed(visitor, first)) == 2
    assert 'name="post"' not in (await visitor.get(f"/posts/{first.id}")).text


async def test_words_that_were_declined_are_no_common_cause(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, _ = await failed(2, "content_rejected")
    assert await listed(visitor, first) == []
