"""Links are asked once per version and day, in the worker, and never into a private network."""

from time import monotonic
from typing import Any

import pytest

from app import content, sql
from app.content import Revision
from app.flow import links, presence
from app.safe_http import opened
from app.tables import Post
from tests.makers import make_person, make_post, make_revision

PRIVATE = "http://127.0.0.1:1/"


@pytest.fixture(autouse=True)
def reachable(address: str, receiver: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk itself is a place that outgoing calls reach, as it is outside of tests."""
    monkeypatch.setattr("app.safe_http.client.opened", opened)


async def linking(*urls: str, status: str = "generated_pending_review") -> Post:
    post = await make_post(status)
    html = "".join(f'<p><a href="{url}" rel="nofollow noopener">x</a></p>' for url in urls)
    await make_revision(post, body_html=html, origin="edited")
    return post


async def answers(post: Post) -> dict[str, tuple[bool, str]]:
    found = await sql.value("SELECT found FROM link_check WHERE revision = $1", post.revision)
    return {one.url: (one.ok, one.note) for one in links.msgspec.json.decode(found, type=list[links.Answer])}


async def test_what_answers_works_and_what_does_not_says_why(address: str) -> None:
    post = await linking(f"{address}/robots.txt", f"{address}/nowhere", PRIVATE, "https://no.such.host.invalid/")
    await links.enlist()
    await links.sweep()
    assert await answers(post) == {
        f"{address}/robots.txt": (True, ""),
        f"{address}/nowhere": (False, "answers 404"),
        PRIVATE: (False, links.PRIVATE),
        "https://no.such.host.invalid/": (False, "has no such address"),
    }
    waits = "SELECT next_at IS NULL AND checked_at IS NOT NULL FROM link_check WHERE revision = $1"
    assert await sql.value(waits, post.revision)


async def test_a_redirect_and_a_door_without_head_work(address: str) -> None:
    """`/` leads to the inbox and then to signing in; the page answers in the end."""
    post = await linking(f"{address}/")
    await links.enlist()
    await links.sweep()
    assert await answers(post) == {f"{address}/": (True, "")}


async def test_texts_on_their_way_are_enlisted_once(address: str) -> None:
    review, gone, live = await linking(), await make_post("rejected"), await make_post("published")
    scheduled = await make_post("scheduled")
    for _ in range(2):
        await links.enlist()
    rows = {row["revision"] for row in await sql.rows("SELECT revision FROM link_check")}
    assert rows == {review.revision, scheduled.revision} and gone.revision not in rows and live.revision not in rows


async def test_a_claimed_text_is_left_alone_until_its_lease_is_over() -> None:
    await linking()
    await links.enlist()
    assert await sql.row(links.CLAIM) and await sql.row(links.CLAIM) is None
    await sql.run("UPDATE link_check SET next_at = now() - interval '1 second'")
    assert await sql.row(links.CLAIM)


async def test_what_a_turn_had_no_time_for_is_asked_in_the_next(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await linking(f"{address}/robots.txt", f"{address}/health")
    await links.enlist()
    asked: list[str] = []
    real = links._answer

    async def slow(link: str) -> links.Answer:
        asked.append(link)
        monkeypatch.setattr(links, "monotonic", lambda: 10.0**12)
        return await real(link)

    monkeypatch.setattr(links, "_answer", slow)
    await links.sweep()
    monkeypatch.setattr(links, "_answer", real)
    monkeypatch.setattr(links, "monotonic", monotonic)
    assert asked == [f"{address}/robots.txt"] and len(await answers(post)) == 1
    assert await sql.value("SELECT next_at <= now() AND checked_at IS NULL FROM link_check")
    await links.sweep()
    assert len(await answers(post)) == 2


async def test_opening_a_post_asks_again_at_most_once_a_day(address: str) -> None:
    post, me = await linking(f"{address}/robots.txt"), await make_person()
    await presence.opened(post.id, me.id, post.revision)
    await links.sweep()
    await presence.opened(post.id, me.id, post.revision)
    waiting = "SELECT next_at IS NOT NULL FROM link_check WHERE revision = $1"
    assert not await sql.value(waiting, post.revision)
    await sql.run("UPDATE link_check SET checked_at = now() - interval '25 hours'")
    await presence.opened(post.id, me.id, post.revision)
    assert await sql.value(waiting, post.revision) and await answers(post) == {}


@pytest.mark.parametrize(
    ("html", "captions", "found"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">a</a>', {}, ["https://a.example/?x=1&y=2"]),
        ('<a href="mailto:a@b.example">a</a> https://typed.example', {}, []),
        (
            "",
            {1: {"text": "See https://b.example/c, and (https://d.example)."}},
            ["https://b.example/c", "https://d.example"],
        ),
        ('<a href="https://a.example">a</a><a href="https://a.example">b</a>', {}, ["https://a.example"]),
    ],
)
async def test_links_are_found_where_readers_find_them(html: str, captions: Any, found: list[str]) -> None:
    assert links.found_in(Revision("T", "", renditions=captions, body_html=html)) == found


async def test_a_text_has_at_most_twenty() -> None:
    post = await linking(*(f"https://a.example/{n}" for n in range(50)))
    assert len(links.found_in(await content.current(post.id))) == links.MOST
