"""Who else has a post open: told on its page and its editor, never to oneself, and over after two minutes."""

import httpx
import pytest

from app import sql
from app.flow import presence
from tests.makers import make_person, make_post
from tests.visitors import enter


async def test_others_are_told_by_what_they_do(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, name="Nina"), await make_post()
    mara, jonas = await make_person(name="Mara Okafor"), await make_person(name="Jonas Beck")
    await presence.stay(post.id, mara.id, editing=True)
    await presence.stay(post.id, jonas.id, editing=False)
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert "Mara Okafor is editing; Jonas Beck has it open now" in page and ">MO<" in page
    line = (await visitor.get(f"/posts/{post.id}/presence")).text
    assert "Mara Okafor is editing" in line and "Nina" not in line and f'id="presence-{post.id}"' in line


async def test_opening_the_page_and_staying_on_it_are_seen_by_the_next(client: httpx.AsyncClient) -> None:
    first, post = await enter(client, name="Nina"), await make_post()
    await first.get(f"/posts/{post.id}")
    second = await enter(client, name="Jonas")
    assert "Nina has it open now" in (await second.get(f"/posts/{post.id}")).text
    await sql.run("UPDATE presence SET seen_at = now() - interval '121 seconds'")
    assert "Nina" not in (await second.get(f"/posts/{post.id}/presence")).text


async def test_the_editor_says_that_somebody_edits(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, name="Nina"), await make_post()
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert f'hx-get="/posts/{post.id}/presence?editing=1" hx-trigger="load, every 45s"' in page
    line = (await visitor.get(f"/posts/{post.id}/presence?editing=1")).text
    assert "?editing=1" in line
    other = await enter(client, name="Jonas")
    assert "Nina is editing" in (await other.get(f"/posts/{post.id}")).text


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Ann", "Bo"], "Ann and Bo have it open now"),
        (["Ann", "Bo", "Cy"], "Ann, Bo and Cy have it open now"),
        (["Ann", "Bo", "Cy", "Di", "Ed"], "Ann, Bo, Cy and 2 more have it open now"),
    ],
)
async def test_several_are_counted(client: httpx.AsyncClient, names: list[str], told: str) -> None:
    visitor, post = await enter(client, name="Me"), await make_post()
    for name in names:
        await presence.stay(post.id, (await make_person(name=name)).id, editing=False)
    assert told in (await visitor.get(f"/posts/{post.id}/presence")).text


async def test_a_missing_post_has_nobody(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert (await visitor.get("/posts/999/presence")).status_code == 404
