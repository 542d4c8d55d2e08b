"""One channel's delivery: what was tried, and the three things only a person can say of it."""

import json
import re
from typing import Any

import httpx
import pytest

from app import sql
from app.lifecycles.delivery import DELIVERY
from app.tables import Delivery, Post
from tests.makers import make_attempt, make_channel, make_delivery, make_post, make_publication
from tests.visitors import Visitor, enter

HTMX = {"HX-Request": "true"}
PEOPLES = {("unconfirmed", "confirm"), ("unconfirmed", "deny"), ("retrying", "refuse")}


async def failed(status: str = "unconfirmed") -> tuple[Post, Delivery]:
    channel = await make_channel(name="Partner")
    post = await make_post("publishing" if status == "retrying" else "publish_failed", channels=[channel])
    if status == "retrying":
        sent = await Delivery.objects().get(Delivery.post == post.id)
        assert sent is not None
        await sql.run("UPDATE attempt SET ended_at = now(), outcome = 'try_later'")
        await sql.run("UPDATE delivery SET status = 'retrying', error_kind = 'rate_limited', error_note = 'Wait.'")
        await sent.refresh()
        return post, sent
    await Delivery.delete().where(Delivery.post == post.id)
    return post, await make_delivery(await make_publication(post, "completed"), channel, status)


async def send(visitor: Visitor, sent: Delivery, *, htmx: bool = False, **fields: Any) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": sent.version, **fields}
    return await visitor.client.post(f"/deliveries/{sent.id}/moves", data=data, headers=HTMX if htmx else {})


async def status(table: str, id: int) -> str:
    return str(await sql.value(f"SELECT status FROM {table} WHERE id = $1", id))


async def test_its_attempts_are_told_in_order_and_stay_text(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    _, sent = await failed()
    await make_attempt(sent, "unknown", http_status=502, answer="<script>x</script>", why="The answer never came.")
    page = (await visitor.get(f"/deliveries/{sent.id}")).text
    assert "Attempt 1: create" in page and "502" in page and "The answer never came." in page
    assert "<script>x" not in page and sent.key in page and "Not confirmed" in page


@pytest.mark.parametrize(
    ("state", "names"), [("unconfirmed", ["confirm", "deny"]), ("retrying", ["refuse"]), ("failed", [])]
)
async def test_its_page_offers_what_an_editor_may_say_of_it_and_a_viewer_reads_only(
    client: httpx.AsyncClient, state: str, names: list[str]
) -> None:
    visitor = await enter(client)
    _, sent = await failed(state)
    page = (await visitor.get(f"/deliveries/{sent.id}")).text
    assert re.findall(rf'href="/deliveries/{sent.id}/moves/(\w+)"', page) == names
    assert "/moves/" not in (await (await enter(client, "viewer")).get(f"/deliveries/{sent.id}")).text


async def test_a_delivery_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert (await visitor.get("/deliveries/4711")).status_code == 404
    assert (await visitor.get("/deliveries/4711/moves/confirm")).status_code == 404
    assert (await visitor.post("/deliveries/4711/moves", name="confirm", version=1)).status_code == 404


@pytest.mark.parametrize("name", ["confirm", "deny", "refuse"])
@pytest.mark.parametrize("state", [state for state in DELIVERY.statuses if state not in ("sending", "canceled")])
async def test_a_question_is_asked_exactly_where_a_person_may_answer(
    client: httpx.AsyncClient, state: str, name: str
) -> None:
    visitor = await enter(client)
    post, sent = await failed(state)
    answer = await visitor.get(f"/deliveries/{sent.id}/moves/{name}")
    assert answer.status_code == (200 if (state, name) in PEOPLES else 409)
    before = await status("delivery", sent.id)
    if (state, name) not in PEOPLES:
        assert f'id="post-{post.id}"' in answer.text
        assert (await send(visitor, sent, name=name)).status_code in (403, 409)
        assert await status("delivery", sent.id) == before


async def test_saying_that_it_is_live_settles_the_post(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await failed()
    answer = await send(visitor, sent, name="confirm", url="https://example.com/live")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert (await status("delivery", sent.id), await status("post", post.id)) == ("published", "published")
    assert 'href="https://example.com/live"' in (await visitor.get(f"/posts/{post.id}")).text


async def test_saying_that_it_is_not_there_sends_it_once_more(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await failed()
    answer = await send(visitor, sent, name="deny", htmx=True)
    assert answer.status_code == 200 and json.loads(answer.headers["hx-trigger"]) == {"toast": {"text": "Settled."}}
    assert answer.text.lstrip().startswith(f'<article id="post-{post.id}"')
    assert (await status("delivery", sent.id), await status("post", post.id)) == ("failed", "scheduled")
    assert await sql.value("SELECT count(*) FROM delivery WHERE post = $1", post.id) == 2


async def test_stopping_to_try_settles_it_as_failed(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await failed("retrying")
    assert (await send(visitor, sent, name="refuse")).status_code == 303
    assert (await status("delivery", sent.id), await status("post", post.id)) == ("failed", "publish_failed")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "example.com", "https://", "x y"])
async def test_an_address_that_is_none_is_asked_again_with_the_typing_kept(client: httpx.AsyncClient, url: str) -> None:
    visitor = await enter(client)
    _, sent = await failed()
    for htmx in (False, True):
        answer = await send(visitor, sent, name="confirm", url=url, htmx=htmx)
        assert answer.status_code == 422 and f'value="{url}"' in answer.text
        assert "beginning with https://" in answer.text
    assert await status("delivery", sent.id) == "unconfirmed"


async def test_a_stale_or_missing_version_changes_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await failed()
    missing = await send(visitor, sent, name="confirm", version="")
    stale = await send(visitor, sent, name="confirm", version=sent.version + 7)
    assert (missing.status_code, stale.status_code) == (428, 409)
    assert all(f'id="post-{post.id}"' in answer.text for answer in (missing, stale))
    assert await status("delivery", sent.id) == "unconfirmed"


async def test_an_unknown_move_of_a_delivery_is_409_and_an_unknown_field_422(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    _, sent = await failed()
    assert (await send(visitor, sent, name="send")).status_code == 409
    assert (await send(visitor, sent, name="confirm", status="published")).status_code == 422
    assert (await visitor.get(f"/deliveries/{sent.id}/moves/send")).status_code == 404
    assert await status("delivery", sent.id) == "unconfirmed"


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_only_an_editor_says_what_is_live(client: httpx.AsyncClient, role: str) -> None:
    visitor = await enter(client, role)
    _, sent = await failed()
    assert (await visitor.get(f"/deliveries/{sent.id}/moves/confirm")).status_code == 403
    assert (await send(visitor, sent, name="confirm")).status_code == 403
    assert await status("delivery", sent.id) == "unconfirmed"


async def test_a_settled_row_of_the_inbox_comes_back_as_its_row(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await failed()
    question = await visitor.get(f"/deliveries/{sent.id}/moves/confirm?place=inbox", headers=HTMX)
    assert f'hx-target="#row-{post.id}"' in question.text
    answer = await send(visitor, sent, name="confirm", place="inbox", htmx=True)
    assert f'id="row-{post.id}"' in answer.text and "<article" not in answer.text
