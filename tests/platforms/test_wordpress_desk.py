"""The whole desk against a real WordPress: pages, a worker process, its own schedule. Marked `platforms`.

`WP_URL`, `WP_USER` and `WP_APP_PASSWORD` name it (see `wordpress_peer`); run with `-m platforms -s` for the figures.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import content, seals, sql
from app.flow import plan, review
from app.lifecycles.machine import By
from app.platforms import wordpress_wire
from app.safe_http import host_port
from app.settings import settings
from app.tables import Channel, Post
from tests.makers import make_media, make_person, make_picture, make_post
from tests.stories.test_crash import until, worker
from tests.visitors import Visitor, come_back, enter

from .wordpress_peer import Peer, real

pytestmark = pytest.mark.platforms
POSTS, PEOPLE = 20, 4
ON_TIME = 60.0  # seconds after its time


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    there = real()
    monkeypatch.setenv("ALLOW_PRIVATE_HOSTS", host_port(there.url))
    monkeypatch.setattr(wordpress_wire, "ROOTS", {})
    settings.cache_clear()
    yield there
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def desk(peer: Peer, address: str) -> AsyncIterator[str]:
    """The desk at its port, with a worker process beside it."""
    async with worker(ALLOW_PRIVATE_HOSTS=host_port(peer.url), LOG_LEVEL="CRITICAL"):
        yield address


async def connected(peer: Peer, client: httpx.AsyncClient) -> Channel:
    """Through the connect form, as an admin types it."""
    admin = await enter(client, "admin")
    typed = {"name": "Peer", "url": peer.url, "user": peer.user, "password": peer.password}
    more = {"categories": "Gardens", "tags": "roses, Bees & Co", "schedules": "on"}
    answer = await admin.post("/channels/new/wordpress", **typed, **more)
    assert answer.status_code == 303, answer.text
    channel = await Channel.objects().get(Channel.platform == "wordpress")
    assert channel is not None and channel.lane
    return channel


async def drafted(channel: Channel, title: str) -> Post:
    post = await make_post("generated_pending_review", channels=[channel], title=f"{title} {datetime.now():%H%M%S%f}")
    revision = await content.current(post.id)
    held = await plan.load(post.id)
    picture = await make_media(held)
    await make_picture(Row(revision.id), picture)  # type: ignore[arg-type]
    return held


class Row:
    def __init__(self, id: int) -> None:
        self.id = id


async def click(visitor: Visitor, post: Post, name: str, **fields: Any) -> Post:
    """One button, as its form sends it."""
    fresh = await plan.load(post.id)
    digest = (await seals.sealable(post.id)).digest.hex()
    answer = await visitor.post(f"/posts/{post.id}/moves", name=name, version=fresh.version, digest=digest, **fields)
    said = re.findall(r'role="alert"[^>]*>(.{0,400})', answer.text, re.DOTALL)
    assert answer.status_code in (200, 303), (name, answer.status_code, said, fresh.status)
    return await plan.load(post.id)


def wall(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def next_minute(**ahead: float) -> datetime:
    at = datetime.now(UTC) + timedelta(**ahead)
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


async def delivery(post: Post) -> dict[str, Any]:
    found = await sql.row(
        "SELECT * FROM delivery WHERE post = $1 AND kind = 'create' ORDER BY id DESC LIMIT 1", post.id
    )
    assert found is not None
    return dict(found)


async def reached(post: Post, status: str, seconds: float = 30) -> dict[str, Any]:
    """Wait until the newest delivery has the status, and the recall that asked for it is over."""
    query = (
        "SELECT (SELECT status FROM delivery WHERE post = $1 AND kind = 'create' ORDER BY id DESC LIMIT 1) = $2"
        " AND NOT EXISTS (SELECT 1 FROM recall WHERE post = $1 AND ended_at IS NULL)"
    )
    try:
        await until(lambda: sql.value(query, post.id, status), seconds, f"delivery {status}")
    except AssertionError as late:
        raise AssertionError(f"{late}: {await delivery(post)}") from late
    return await delivery(post)


async def test_a_post_takes_every_way_there_and_back(peer: Peer, desk: str, client: httpx.AsyncClient) -> None:
    channel = await connected(peer, client)
    editor = await come_back(client, await make_person("editor"))
    post = await drafted(channel, "Every way")
    first, second = next_minute(minutes=20), next_minute(minutes=40)
    await click(editor, post, "approve_and_schedule", at=wall(first))
    row = await reached(post, "handed_off")
    there = await peer.get(f"/posts/{row['remote_id']}&context=edit")
    assert (there["status"], there["date_gmt"]) == ("future", f"{first:%Y-%m-%dT%H:%M:%S}")
    await click(editor, post, "reschedule", at=wall(second))
    await until(lambda: _date(peer, row["remote_id"], second), 20, "moved there")
    await reached(post, "handed_off")
    await click(editor, post, "unschedule")
    await reached(post, "canceled")
    assert (await peer.get(f"/posts/{row['remote_id']}&context=edit"))["status"] == "draft"
    await click(editor, post, "publish_now")
    live = await reached(post, "published")
    assert live["remote_id"] == row["remote_id"]
    there = await peer.get(f"/posts/{live['remote_id']}&context=edit")
    cover = (await peer.get(f"/media&include={there['featured_media']}"))[0]
    assert (there["status"], cover["alt_text"]) == ("publish", "The sea")
    assert len(there["tags"]) == 2 and there["categories"]
    assert await peer.reader(live["remote_url"]) == (200, live["remote_url"])
    await _edited_by_another(post)
    await click(editor, post, "publish_changes")
    await until(lambda: _says(peer, live["remote_id"], "And the moon."), 20, "changed in place")
    await reached(post, "published")
    await click(editor, post, "unpublish")
    await reached(post, "withdrawn")
    assert (await peer.reader(live["remote_url"]))[0] == 404
    await click(editor, post, "publish_now")
    again = await reached(post, "published")
    assert (again["remote_id"], again["remote_url"]) == (live["remote_id"], live["remote_url"])
    assert await peer.reader(again["remote_url"]) == (200, again["remote_url"])


async def _date(peer: Peer, id: str, at: datetime) -> bool:
    return bool((await peer.get(f"/posts/{id}&context=edit"))["date_gmt"] == f"{at:%Y-%m-%dT%H:%M:%S}")


async def _says(peer: Peer, id: str, words: str) -> bool:
    return words in (await peer.get(f"/posts/{id}&context=edit"))["content"]["raw"]


async def _edited_by_another(post: Post) -> None:
    before = await content.current(post.id)
    body = f"{before.body}\n\nAnd the moon."
    text = content.Text(before.title, body, before.excerpt, before.slug, before.renditions, before.pictures)
    by = By("person", person=(await make_person("editor")).id, role="editor", name="Nina")
    await review.save(await plan.load(post.id), text, by=by)


@pytest.mark.parametrize("others", [0, 4])
async def test_twenty_posts_that_four_people_schedule_at_once_are_all_live_on_time(
    peer: Peer, desk: str, client: httpx.AsyncClient, others: int
) -> None:
    """`others` write to the site past Galley meanwhile, so that it loses schedules whatever Galley does."""
    channel = await connected(peer, client)
    posts = [await drafted(channel, f"At once {number}") for number in range(POSTS)]
    due = next_minute(minutes=2, seconds=30)
    people = [await make_person("editor") for _ in range(PEOPLE)]
    began = datetime.now(UTC)
    beside = [asyncio.create_task(_write_beside(peer, due)) for _ in range(others)]
    await asyncio.gather(*(_schedule(desk, who, posts[at::PEOPLE], due) for at, who in enumerate(people)))
    clicked = datetime.now(UTC)
    await until(lambda: _all(posts, "handed_off"), (due - clicked).total_seconds() - 5, "all handed over")
    handed = datetime.now(UTC)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    await until(lambda: _all(posts, "published"), (due - handed).total_seconds() + ON_TIME, "all live")
    rows = [await delivery(post) for post in posts]
    seen = [await peer.reader(row["remote_url"]) for row in rows]
    assert seen == [(200, row["remote_url"]) for row in rows]
    assert len({row["remote_id"] for row in rows}) == POSTS
    late = await sql.rows("SELECT extract(epoch FROM at - $1)::float AS s FROM event WHERE move = 'confirm'", due)
    calls = Counter(record["intent"] for record in await sql.rows("SELECT intent FROM attempt"))
    overlaps = await sql.value(
        "SELECT count(*) FROM attempt a JOIN attempt b ON b.id > a.id AND b.opened_at < a.ended_at"
        " AND a.opened_at < b.ended_at"
    )
    waits = [record["s"] for record in late]
    print(
        f"\n{POSTS} posts by {PEOPLE} people, {others} others writing: clicked in {_seconds(clicked - began)} s, handed"
        f" over {_seconds(handed - clicked)} s later, confirmed live {min(waits):.1f} to {max(waits):.1f} s after their"
        f" time; calls {dict(calls)}; overlapping calls {overlaps}"
    )
    assert overlaps == 0
    assert max(waits) <= ON_TIME


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.1f}"


async def _write_beside(peer: Peer, due: datetime) -> None:
    """What a person or a plugin of that site does, again and again."""
    while True:
        later = f"{due + timedelta(hours=5):%Y-%m-%dT%H:%M:%S}"
        await peer.post("/posts", title="Beside", content="x", status="future", date_gmt=later)


async def _schedule(desk: str, who: Any, posts: list[Post], due: datetime) -> None:
    async with httpx.AsyncClient(base_url=desk, timeout=30) as client:
        visitor = await come_back(client, who)
        for post in posts:
            await click(visitor, post, "approve_and_schedule", at=wall(due))


async def _all(posts: list[Post], status: str) -> bool:
    ids = [post.id for post in posts]
    count = await sql.value("SELECT count(*) FROM delivery WHERE post = ANY($1) AND status = $2", ids, status)
    return bool(count == len(ids))
