"""A failed picture on the post's own page: drawn again, replaced or left out, each a new version at its place."""

from typing import Any

import httpx
import pytest

from app import content, sql
from app.flow import draw
from app.tables import Media, Post
from tests.makers import make_media, make_picture, make_post, make_revision
from tests.pages.test_editing import HOSTILE_FILES, picture
from tests.visitors import Visitor, enter


async def draft(status: str = "generated_pending_review") -> tuple[Post, Media]:
    """A draft with a good picture, a failed one and another good one."""
    post = await make_post(status)
    revision = await make_revision(post, origin="edited")
    failed = await make_media(post, "failed")
    for position, media in enumerate((await make_media(post), failed, await make_media(post))):
        await make_picture(revision, media, position)
    return post, failed


async def send(visitor: Visitor, post: Post, door: str, file: bytes | None = None, **fields: Any) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": str(post.version), **fields}
    files = {"file": ("../x\x00.png", file)} if file is not None else None
    return await visitor.client.post(f"/posts/{post.id}/{door}", data=data, files=files)


async def pictures(post: Post) -> list[tuple[str, str]]:
    return [(shown.status, shown.alt) for shown in (await content.current(post.id)).pictures]


async def test_drawing_again_is_a_new_row_with_the_same_wish_at_the_same_place(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    answer = await send(visitor, post, "drawing", media=str(failed.id))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert [status for status, _ in await pictures(post)] == ["processed", "pending", "processed"]
    assert await sql.value("SELECT status FROM media WHERE id = $1", failed.id) == "failed"
    await draw.draw(post.id)
    assert [status for status, _ in await pictures(post)] == ["processed", "processed", "processed"]
    new = (await content.current(post.id)).pictures[1]
    assert (new.prompt, new.alt) == ("The sea", "The sea") and new.media != failed.id


async def test_ones_own_picture_stands_where_the_failed_one_stood(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    answer = await send(visitor, post, "pictures", picture("JPEG"), media=str(failed.id), alt="A field")
    assert answer.status_code == 303
    assert await pictures(post) == [("processed", "The sea"), ("processed", "A field"), ("processed", "The sea")]
    shown = (await content.current(post.id)).pictures[1]
    served = await visitor.get(f"/media/{shown.asset_id}")
    assert served.status_code == 200 and served.content != picture("JPEG")


async def test_going_without_leaves_the_others(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    assert (await send(visitor, post, "pictures", media=str(failed.id), then="drop")).status_code == 303
    assert await pictures(post) == [("processed", "The sea")] * 2
    assert await sql.value("SELECT status FROM post WHERE id = $1", post.id) == "modified_pending_review"


async def test_a_mended_draft_can_be_approved(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    assert (
        "1 picture failed: draw again, upload your own or go without." in (await visitor.get(f"/posts/{post.id}")).text
    )
    await send(visitor, post, "pictures", media=str(failed.id), then="drop")
    assert 'name="name" value="approve"' in (await visitor.get(f"/posts/{post.id}")).text


@pytest.mark.parametrize("name", HOSTILE_FILES)
async def test_a_hostile_file_is_refused_on_the_posts_page(client: httpx.AsyncClient, name: str) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    file, _ = HOSTILE_FILES[name]
    answer = await send(visitor, post, "pictures", file, media=str(failed.id))
    assert answer.status_code in (413, 415, 422)
    assert "Nothing was changed." in answer.text and f'id="post-{post.id}"' in answer.text
    assert [status for status, _ in await pictures(post)] == ["processed", "failed", "processed"]


async def test_an_empty_file_says_what_to_do(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    answer = await send(visitor, post, "pictures", b"", media=str(failed.id))
    assert answer.status_code == 422 and "Choose a file first." in answer.text


@pytest.mark.parametrize("door", ["pictures", "drawing"])
async def test_a_stale_page_mends_nothing(client: httpx.AsyncClient, door: str) -> None:
    visitor = await enter(client)
    post, failed = await draft()
    await send(visitor, post, "pictures", media=str(failed.id), then="drop")
    before = await sql.value("SELECT count(*) FROM media")
    answer = await send(visitor, post, door, picture() if door == "pictures" else None, media=str(failed.id))
    assert answer.status_code == 409
    assert await sql.value("SELECT count(*) FROM media") == before


async def test_a_picture_of_another_post_is_not_mended(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _ = await draft()
    _, other = await draft()
    answer = await send(visitor, post, "drawing", media=str(other.id))
    assert answer.status_code == 409 and "not part of the text any more" in answer.text


async def test_a_writer_mends_only_their_own(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    post, failed = await draft()
    assert (await send(visitor, post, "drawing", media=str(failed.id))).status_code == 403
    assert [status for status, _ in await pictures(post)] == ["processed", "failed", "processed"]


async def test_a_picture_can_be_added_and_wished_for(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    assert (await send(visitor, post, "pictures", picture(), alt="One")).status_code == 303
    await post.refresh()
    assert (await send(visitor, post, "drawing", prompt="A lighthouse")).status_code == 303
    assert [status for status, _ in await pictures(post)] == ["processed", "pending"]
    await post.refresh()
    assert (await send(visitor, post, "drawing")).status_code == 422


async def test_a_picture_needs_a_text_first(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    answer = await send(visitor, post, "pictures", picture())
    assert answer.status_code == 409 and "Write the text first" in answer.text
    assert await sql.value("SELECT count(*) FROM media") == 0
