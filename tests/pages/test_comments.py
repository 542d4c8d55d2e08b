"""The comments box: what it shows, what it keeps of what was typed, and that every control is a plain form."""

import re

import httpx
import pytest

from app import sql
from app.content import Text
from app.flow import comments, plan, review
from app.flow.comments import Remark
from app.tables import Post
from tests.flow.stage import acting, moves_of
from tests.makers import make_channel, make_person, make_post
from tests.pages.counting import statements
from tests.visitors import Visitor, enter

BODY = "One.\n\nTwo *words*.\n\nThree."
SWAP = {"hx-request": "true"}


async def written(**more: object) -> Post:
    post = await make_post(channels=[await make_channel()], **more)  # type: ignore[arg-type]
    by = acting(await make_person("editor"))
    return await review.save(await plan.load(post.id), Text("Tides", BODY), by=by)


async def page_of(visitor: Visitor, post: Post, query: str = "?since=none") -> str:
    answer = await visitor.get(f"/posts/{post.id}{query}")
    assert answer.status_code == 200
    return answer.text


async def swapped(visitor: Visitor, path: str, **fields: str) -> httpx.Response:
    return await visitor.client.post(path, data={"csrf_token": visitor.csrf, **fields}, headers=SWAP)


async def test_an_empty_box_says_how_to_begin(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    page = await page_of(visitor, post)
    assert "No comments. Mention someone with @." in page and 'id="new-comment"' in page


async def test_a_comment_is_a_plain_form_that_leads_back_to_it(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    answer = await visitor.post(f"/posts/{post.id}/comments", body="Twice?\nReally: https://a.example/x.")
    number = await sql.value("SELECT id FROM comment")
    assert answer.status_code == 303 and answer.headers["location"] == f"/posts/{post.id}#comment-{number}"
    page = await page_of(visitor, post)
    assert f'id="comment-{number}"' in page and "Twice?\nReally: <a" in page
    assert 'href="https://a.example/x" rel="nofollow noopener noreferrer">https://a.example/x</a>.' in page
    assert "Commented</strong> by" in page and "1 open" in page


async def test_htmx_gets_the_whole_post_again(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    answer = await swapped(visitor, f"/posts/{post.id}/comments", body="Hm.")
    assert answer.status_code == 200 and answer.text.lstrip().startswith(f'<article id="post-{post.id}"')
    assert "Commented." in answer.headers["hx-trigger"]


@pytest.mark.parametrize("headers", [{}, SWAP], ids=["plain", "htmx"])
@pytest.mark.parametrize("body", ["   ", "x" * 5001], ids=["empty", "long"])
async def test_what_is_refused_is_still_in_the_field(
    client: httpx.AsyncClient, headers: dict[str, str], body: str
) -> None:
    visitor, post = await enter(client, "writer"), await written()
    fields = {"csrf_token": visitor.csrf, "body": body, "paragraph": "2"}
    answer = await client.post(f"/posts/{post.id}/comments", data=fields, headers=headers)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text and "“Two words.”" in answer.text
    assert await sql.value("SELECT count(*) FROM comment") == 0
    assert body.strip() in answer.text


async def test_a_reply_to_a_thread_settled_meanwhile_keeps_its_text(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    thread = await comments.say(post.id, Remark("Hm."), by=acting(visitor.person))
    await comments.resolve(thread, by=acting(visitor.person))
    answer = await visitor.post(f"/posts/{post.id}/comments", body="Too late typed", parent=str(thread))
    assert answer.status_code == 409 and "Too late typed" in answer.text and "Reopen it to reply" in answer.text


async def test_every_paragraph_has_a_way_to_comment_on_it(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    page = await page_of(visitor, post)
    assert len(re.findall(r'id="say-\d"', page)) == 3
    assert f'href="/posts/{post.id}?since=none&amp;comment=2#new-comment"' in page
    chosen = await page_of(visitor, post, "?since=none&comment=2")
    assert 'name="paragraph" value="2"' in chosen and "“Two words.”" in chosen
    assert 'name="paragraph"' not in await page_of(visitor, post, "?comment=99")


async def test_a_paragraph_counts_its_threads_until_it_changes(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    await visitor.post(f"/posts/{post.id}/comments", body="Which?", paragraph="2", revision=str(post.revision))
    page = await page_of(visitor, post)
    assert 'id="said-2"' in page and '<a href="#p-2">“Two words.”</a>' in page
    moved = await review.save(post, Text("Tides", f"Zero.\n\n{BODY}"), by=acting(await make_person("editor")))
    page = await page_of(visitor, moved)
    assert 'id="said-3"' in page and "since changed" not in page
    gone = await review.save(moved, Text("Tides", "One."), by=acting(await make_person("editor")))
    page = await page_of(visitor, gone)
    assert 'id="said-' not in page and "on version 2, since changed" in page


async def test_ones_own_comment_has_its_ways_and_nobody_elses(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    mine = await comments.say(post.id, Remark("Mine."), by=acting(visitor.person))
    other = await comments.say(post.id, Remark("Theirs."), by=acting(await make_person("editor")))
    page = await page_of(visitor, post)
    assert f'id="own-{mine}-save"' in page and f'id="own-{other}"' not in page
    assert (await visitor.post(f"/comments/{mine}", then="save", body="Mine, better.")).status_code == 303
    assert "Mine, better." in await page_of(visitor, post)
    assert (await visitor.post(f"/comments/{other}", then="delete")).status_code == 403
    assert (await visitor.post(f"/comments/{mine}", then="delete")).status_code == 303
    page = await page_of(visitor, post)
    assert f"Deleted by {visitor.person.name}" in page and "Mine, better." not in page


async def test_a_change_that_comes_too_late_keeps_its_text(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    mine = await comments.say(post.id, Remark("Mine."), by=acting(visitor.person))
    empty = await visitor.post(f"/comments/{mine}", then="save", body=" ")
    assert empty.status_code == 422 and "Write something first." in empty.text
    await sql.run("UPDATE comment SET created_at = now() - interval '1 hour'")
    late = await visitor.post(f"/comments/{mine}", then="save", body="Late words")
    assert late.status_code == 409 and "10 minutes" in late.text and "Late words" in late.text


async def test_a_thread_is_resolved_folded_and_reopened(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    thread = await comments.say(post.id, Remark("Hm."), by=acting(visitor.person))
    await visitor.post(f"/comments/{thread}", then="resolve")
    page = await page_of(visitor, post)
    assert "1 resolved" in page and f"Resolved by {visitor.person.name}" in page and "No open comments." in page
    await visitor.post(f"/comments/{thread}", then="reopen")
    assert f'id="resolve-{thread}"' in await page_of(visitor, post)


async def test_a_viewer_reads_and_writes_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "viewer"), await written()
    thread = await comments.say(post.id, Remark("Hm."), by=acting(await make_person("writer")))
    main = (await page_of(visitor, post)).split("<main")[1].split("</main>")[0]
    assert "Hm." in main and "<form" not in main and 'class="say"' not in main
    assert (await visitor.post(f"/posts/{post.id}/comments", body="x")).status_code == 403
    assert (await visitor.post(f"/comments/{thread}", then="resolve")).status_code == 403


async def test_hostile_words_stay_words(client: httpx.AsyncClient) -> None:
    bad = '"><script>alert(1)</script> https://x.example/"onload=alert(1) @<b>Mara</b> javascript:alert(1) {{ 7*7 }}'
    visitor, post = await enter(client, "writer", name="<b>Mara</b>"), await written()
    await comments.say(
        post.id, Remark(bad, revision=post.revision, paragraph=1), by=acting(await make_person("writer"))
    )
    page = await page_of(visitor, post)
    assert "<script>alert" not in page and "{{ 7*7 }}" in page and "<b>Mara</b>" not in page
    assert "@&lt;b&gt;Mara&lt;/b&gt;" in page and 'href="javascript' not in page and '"onload=alert(1)' not in page


async def test_a_request_asks_first_and_then_stands_on_the_card(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "editor"), await written()
    page = await page_of(visitor, post)
    assert f'href="/posts/{post.id}/request' in page
    asks = (await visitor.get(f"/posts/{post.id}/request")).text
    assert "Approvals given so far no longer count." in asks
    empty = await visitor.post(f"/posts/{post.id}/request", body=" ", version=str(post.version))
    assert empty.status_code == 422 and "thing to fix" in empty.text
    done = await visitor.post(f"/posts/{post.id}/request", body="Shorter, please.", version=str(post.version))
    assert done.status_code == 303
    page = await page_of(visitor, post)
    assert f"{visitor.person.name} asked for changes: Shorter, please." in page and "Changes asked for" in page
    await review.save(await plan.load(post.id), Text("Tides", "Short."), by=acting(visitor.person))
    assert "asked for changes: Shorter" not in await page_of(visitor, post)


async def test_a_stale_request_is_refused_and_keeps_its_text(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "editor"), await written()
    answer = await visitor.post(f"/posts/{post.id}/request", body="About the old one", version=str(post.version - 1))
    assert answer.status_code == 409 and "About the old one" in answer.text
    assert "request_changes" not in await moves_of(post)


async def test_only_an_editor_is_offered_to_ask_for_changes_and_only_in_a_review(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await written()
    assert "/request" not in await page_of(visitor, post)
    editor, approved = await enter(client, "editor"), await make_post("approved", channels=[await make_channel()])
    assert "/request" not in await page_of(editor, approved)
    assert (await editor.get(f"/posts/{approved.id}/request")).status_code == 409


async def test_more_comments_cost_no_more_questions(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, post = await enter(client, "writer"), await written()
    by = acting(visitor.person)
    await comments.say(post.id, Remark("Hm."), by=by)
    await page_of(visitor, post)
    few = await statements(monkeypatch, visitor, f"/posts/{post.id}")
    for _ in range(12):
        thread = await comments.say(post.id, Remark("@Nobody, hm."), by=by)
        await comments.say(post.id, Remark("Yes.", parent=thread), by=by)
    assert await statements(monkeypatch, visitor, f"/posts/{post.id}") == few


async def test_a_missing_comment_or_post_is_gone(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    assert (await visitor.post("/comments/999", then="resolve")).status_code == 404
    assert (await visitor.post("/posts/999/comments", body="x")).status_code == 404
