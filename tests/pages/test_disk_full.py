"""A full disk while somebody works: 507 in words, no row without its file, and the same form works once there is room.

PostgreSQL's own error for it, and the kernel's where uploads are put aside: /dev/full has no room for a single byte.
"""

import gc
import tempfile
from collections.abc import Iterator
from io import FileIO

import httpx
import pytest

from app import content, sql
from app.tables import Post
from tests.api.programs import connect
from tests.api.test_media import png
from tests.api.test_media import upload as upload_by_key
from tests.flow.test_disk_full import full
from tests.makers import make_post
from tests.pages.test_editing import edit, picture
from tests.visitors import Visitor, enter

SAID = "The server&#39;s disk is full. Nothing was saved; what you typed is still there."
HEAVY = 2**21  # more than an upload may have in memory
TABLES = ("blob", "media", "revision", "picture")


@pytest.fixture
def without_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with FileIO("/dev/full", "r+") as full_disk:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: full_disk)
        yield
        gc.collect()  # what the framework could not put aside it leaves open


async def written(client: httpx.AsyncClient) -> tuple[Visitor, Post]:
    return await enter(client), await make_post("generated_pending_review")


async def demand_unchanged(post: Post) -> None:
    assert (await content.current(post.id)).number == 1
    assert await sql.value("SELECT (SELECT count(*) FROM media) + (SELECT count(*) FROM blob)") == 0


@pytest.mark.parametrize("table", TABLES)
async def test_a_database_without_room_keeps_neither_half(client: httpx.AsyncClient, table: str) -> None:
    visitor, post = await written(client)
    wanted = {"body": "What I wrote.", "then": "upload", "new_alt": "My alt"}
    async with full(f"INSERT ON {table}"):
        answer = await edit(visitor, post, file=picture(), **wanted)
    assert answer.status_code == 507 and SAID in answer.text
    assert "disk_full" not in answer.text and "No space left" not in answer.text
    if table == "blob":
        await demand_unchanged(post)
    assert (await content.current(post.id)).number == 1
    assert (await edit(visitor, post, file=picture(), **wanted)).status_code in (200, 303)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("without_room")
async def test_an_upload_that_cannot_be_put_aside_is_507(client: httpx.AsyncClient) -> None:
    visitor, post = await written(client)
    answer = await edit(visitor, post, body="What I wrote.", file=bytes(HEAVY), then="upload")
    assert answer.status_code == 507 and SAID in answer.text
    await demand_unchanged(post)


async def test_a_program_is_told_too(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    async with full("INSERT ON blob"):
        answer = await upload_by_key(program, png())
    assert (answer.status_code, answer.json()["code"]) == (507, "full")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await sql.value("SELECT count(*) FROM media") == 0
