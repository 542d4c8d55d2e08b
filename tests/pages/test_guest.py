"""The page behind a guest link: exactly what was sealed, one answer, no account; and the page that makes links."""

import re

import httpx
import pytest

from app import sql
from app.content import Text
from app.flow import guests, plan, review
from app.tables import Person, Post
from tests.flow.stage import acting, digest, somebody, status
from tests.makers import make_approval, make_channel, make_person, make_post, make_seal, make_team
from tests.rows import now
from tests.visitors import csrf_in, enter

REVIEW = "generated_pending_review"
MADE = re.compile(r"/approve/([\w-]{43})")


async def in_review(**values: object) -> Post:
    channels = [await make_channel("site", name="Blog"), await make_channel("sandbox", name="Feed")]
    return await make_post(REVIEW, channels=channels, **values)  # type: ignore[arg-type]


async def linked(post: Post, editor: Person) -> str:
    """The path of a new link."""
    return "/approve/" + (await guests.invite(post, 7, by=acting(editor))).rsplit("/", 1)[1]


@pytest.fixture
async def mara(database: object) -> Person:
    await make_team(name="Harbour", zone="Europe/Berlin")
    return await make_person("editor", name="Mara")


async def answer(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    page = await client.get(path)
    return await client.post(path, data={"csrf_token": csrf_in(page), **fields})


async def test_a_guest_reads_exactly_what_was_sealed(client: httpx.AsyncClient, mara: Person) -> None:
    at = now(days=3).replace(hour=10)
    post = await in_review(planned_on=at.date(), planned_time=at.time(), title="Tides & <ebb>")
    page = await client.get(await linked(post, mara))
    assert page.status_code == 200
    for piece in (
        "Mara asks for your approval", "Mara at Harbour", "Tides &amp; &lt;ebb&gt;", "The moon pulls the sea.", "Blog",
        "Feed", "It is planned for", "Due ", "This link works until",
    ):  # fmt: skip
        assert piece in page.text, piece
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "same-origin"
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_looking_decides_nothing(client: httpx.AsyncClient, mara: Person) -> None:
    post = await in_review()
    path = await linked(post, mara)
    for _ in range(3):
        await client.get(path)
        await client.head(path)
    assert (await status(post), await sql.value("SELECT count(*) FROM approval")) == (REVIEW, 0)


async def test_the_answer_is_given_once_and_said_afterwards(client: httpx.AsyncClient, mara: Person) -> None:
    post = await in_review()
    path = await linked(post, mara)
    token = csrf_in(await client.get(path))
    done = await client.post(path, data={"csrf_token": token, "then": "approve", "name": "Pat"})
    assert (done.status_code, done.headers["location"]) == (303, path)
    again = await client.post(path, data={"csrf_token": token, "then": "request", "name": "Pat", "reason": "No."})
    assert again.status_code == 409 and "Pat approved this version." in again.text
    after = await client.get(path)
    assert after.status_code == 200 and "Pat approved this version" in after.text and "<form" not in after.text
    assert await status(post) == "approved"


async def test_without_a_reason_or_a_name_it_is_asked_again_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, mara: Person
) -> None:
    post = await in_review()
    path = await linked(post, mara)
    nameless = await answer(client, path, then="request", name=" ", reason="Say it <shorter>.")
    assert nameless.status_code == 422 and "Say it &lt;shorter&gt;." in nameless.text and "open" in nameless.text
    reasonless = await answer(client, path, then="request", name="Pat", reason=" ")
    assert reasonless.status_code == 422 and "Say what should change." in reasonless.text
    assert 'value="Pat"' in reasonless.text
    assert (await answer(client, path, then="approve", name="")).status_code == 422
    assert await sql.value("SELECT used_at FROM ticket") is None


async def test_a_request_for_changes_becomes_a_comment(client: httpx.AsyncClient, mara: Person) -> None:
    path = await linked(await in_review(), mara)
    assert (await answer(client, path, then="request", name="Pat", reason="Shorter.")).status_code == 303
    assert await sql.value("SELECT guest || ': ' || body FROM comment") == "Pat: Shorter."
    assert "Mara was asked for changes." in (await client.get(path)).text


async def test_after_an_edit_it_says_that_the_version_was_replaced(client: httpx.AsyncClient, mara: Person) -> None:
    post = await in_review()
    path = await linked(post, mara)
    token = csrf_in(await client.get(path))
    await review.save(post, Text("Ebb", "The water goes."), by=acting(mara))
    page = await client.get(path)
    assert page.status_code == 410 and "This version was replaced; ask for a new link." in page.text
    assert "Ebb" not in page.text and "<form" not in page.text
    late = await client.post(path, data={"csrf_token": token, "then": "approve", "name": "Pat"})
    assert late.status_code == 410 and await sql.value("SELECT count(*) FROM approval") == 0


async def test_a_link_that_does_not_work_says_so_and_nothing_about_the_post(
    client: httpx.AsyncClient, mara: Person
) -> None:
    post = await in_review()
    stopped, old = await linked(post, mara), await linked(post, mara)
    await guests.revoke(post.id, (await guests.links(post.id))[1].id, by=acting(mara))
    await sql.run("UPDATE ticket SET expires_at = now() WHERE revoked_at IS NULL")
    found = [await client.get(path) for path in (stopped, old, "/approve/" + "x" * 43, "/approve/%00")]
    assert {page.status_code for page in found} == {404}
    said = {re.sub(r"/approve/[^\"]*", "", page.text) for page in found}
    assert len(said) == 1 and "Ask whoever sent it for a new one." in said.pop()


async def test_a_foreign_form_and_a_missing_token_decide_nothing(client: httpx.AsyncClient, mara: Person) -> None:
    path = await linked(await in_review(), mara)
    fields = {"then": "approve", "name": "Pat"}
    assert (await client.post(path, data=fields)).status_code == 403
    token = csrf_in(await client.get(path))
    foreign = {"origin": "https://evil.example"}
    assert (await client.post(path, data={"csrf_token": token, **fields}, headers=foreign)).status_code == 403
    assert await sql.value("SELECT count(*) FROM approval") == 0


async def test_too_many_looks_are_answered_in_words(client: httpx.AsyncClient, mara: Person) -> None:
    path = await linked(await in_review(), mara)
    for _ in range(60):
        assert (await client.get(path)).status_code == 200
    page = await client.get(path)
    assert page.status_code == 429 and "Too many tries" in page.text and int(page.headers["retry-after"]) > 0


async def test_whoever_is_signed_in_is_sent_to_the_post(client: httpx.AsyncClient, mara: Person) -> None:
    post = await in_review()
    path = await linked(post, mara)
    visitor = await enter(client)
    page = await visitor.get(path)
    assert f'href="/posts/{post.id}"' in page.text and "You are signed in" in page.text
    assert 'id="approve-form"' not in page.text


async def test_an_editor_makes_a_link_that_is_shown_once_and_stops_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, name="Mara")
    post = await in_review()
    page = await visitor.post(f"/posts/{post.id}/guest", days="3", version=str(post.version))
    assert page.status_code == 200
    path = f"/approve/{MADE.findall(page.text)[0]}"
    listed = (await visitor.get(f"/posts/{post.id}/guest")).text
    assert not MADE.search(listed) and "Made by Mara" in listed and "Works until" in listed
    link = await sql.value("SELECT id FROM ticket")
    stopped = await visitor.post(f"/posts/{post.id}/guest/{link}/revoke")
    assert stopped.headers["location"] == f"/posts/{post.id}/guest"
    assert "Stopped" in (await visitor.get(f"/posts/{post.id}/guest")).text
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("days", ["0", "31", "a week", ""])
async def test_a_link_works_for_one_to_thirty_days(client: httpx.AsyncClient, days: str) -> None:
    visitor = await enter(client)
    post = await in_review()
    page = await visitor.post(f"/posts/{post.id}/guest", days=days, version=str(post.version))
    assert page.status_code == 422 and f'value="{days}"' in page.text
    assert await sql.value("SELECT count(*) FROM ticket") == 0


async def test_a_stale_page_makes_no_link(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await in_review()
    await plan.set_time(post, plan.Planned(now(days=9).date(), None, "UTC", None), by=acting(visitor.person))
    page = await visitor.post(f"/posts/{post.id}/guest", days="7", version=str(post.version))
    assert page.status_code == 409 and "You changed this a moment ago" in page.text


async def test_links_are_for_editors_and_whoever_approved_needs_another(client: httpx.AsyncClient) -> None:
    writer = await enter(client, "writer")
    post = await in_review()
    assert (await writer.get(f"/posts/{post.id}/guest")).status_code == 403
    visitor = await enter(client, name="Mara")
    await make_approval(post, await make_seal(post), visitor.person)
    page = await visitor.get(f"/posts/{post.id}/guest")
    assert "Ask another editor to make the link." in page.text and 'id="guest-form"' not in page.text
    assert (await visitor.get("/posts/999999/guest")).status_code == 404


async def test_the_box_says_who_approved_what_who_is_missing_and_what_no_longer_counts(
    client: httpx.AsyncClient,
) -> None:
    visitor = await enter(client, name="Mara")
    await make_team(approvals_needed=3, self_approval="always")
    at = now(hours=3)
    post = await in_review(planned_on=at.date(), planned_time=at.time())
    jonas, pat = await make_person("editor", name="Jonas"), await make_person("editor", name="Lea")
    await review.approve(post, await digest(post), by=acting(jonas))
    post = await review.save(post, Text("Ebb", "The water goes."), by=await somebody())
    await review.approve(post, await digest(post), by=acting(pat), guest="Pat")
    text = (await visitor.get(f"/posts/{post.id}/guest")).text
    assert "Pat (guest of Lea) approved version 2, just now" in text
    assert "Edited since: Jonas’s approval of version 1 no longer counts." in text
    assert "Needs 2 more approvals from editors." in text and "Was due" in text
