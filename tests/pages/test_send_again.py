"""The question "Send it again?": asked where a taken-down post stayed live, answered by a tick."""

import re

import httpx

from app import sql
from app.tables import Post
from tests.flow.stage import of
from tests.makers import make_channel, make_post
from tests.visitors import Visitor, enter


async def taken_down() -> tuple[Post, int]:
    """Unpublished with one channel still live, which lets nothing be taken down."""
    goes = await make_channel("sandbox", name="Blog")
    stays = await make_channel("sandbox", name="Wall", settings={"removes": False})
    post = await make_post("unpublished", channels=[goes, stays])
    await sql.run(
        "UPDATE delivery SET status = 'published', removed_at = NULL WHERE post = $1 AND channel = $2",
        post.id, stays.id,
    )  # fmt: skip
    return post, stays.id


async def ask(visitor: Visitor, post: Post, name: str) -> str:
    answer = await visitor.get(f"/posts/{post.id}/moves/{name}")
    assert answer.status_code == 200
    return answer.text


async def test_the_question_names_only_the_channel_that_stayed_live(client: httpx.AsyncClient) -> None:
    visitor, (post, stays) = await enter(client), await taken_down()
    for name in ("publish_now", "schedule"):
        page = await ask(visitor, post, name)
        assert "Send it again?" in page
        assert re.findall(r'name="again"[^>]*value="(\d+)"', page) == [str(stays)]
        assert "Already live and not sent again" not in page


async def test_a_post_that_is_live_nowhere_is_not_asked(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("unpublished")
    assert 'name="again"' not in await ask(visitor, post, "publish_now")


async def test_the_tick_lines_up_a_second_copy(client: httpx.AsyncClient) -> None:
    visitor, (post, stays) = await enter(client), await taken_down()
    sent = {"name": "publish_now", "version": str(post.version), "again": str(stays)}
    answer = await visitor.post(f"/posts/{post.id}/moves", **sent)
    assert answer.status_code == 303
    copies = [d for d in await of(post) if d.channel == stays]
    assert [d.set_aside_at is not None for d in copies] == [True, False]
    assert "Wall, earlier copy" in (await visitor.get(f"/posts/{post.id}")).text


async def test_without_a_tick_there_is_no_second_copy(client: httpx.AsyncClient) -> None:
    visitor, (post, stays) = await enter(client), await taken_down()
    await visitor.post(f"/posts/{post.id}/moves", name="publish_now", version=str(post.version))
    assert len([d for d in await of(post) if d.channel == stays]) == 1


async def test_what_was_ticked_is_there_again_when_the_time_was_wrong(client: httpx.AsyncClient) -> None:
    visitor, (post, stays) = await enter(client), await taken_down()
    sent = {"name": "schedule", "version": str(post.version), "again": str(stays), "at": "2020-01-01T09:00"}
    answer = await visitor.post(f"/posts/{post.id}/moves", **sent)
    assert answer.status_code == 422
    assert re.search(rf'name="again"[^>]*value="{stays}" checked', answer.text)
