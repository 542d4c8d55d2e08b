"""The webhooks pages: adding an endpoint, its secret shown once, its log, and what an admin may do with it."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from app import sql
from app.flow import webhook_sending, webhooks
from app.flow.webhook_types import types
from app.flow.webhooks import Wanted
from app.signing import usable
from tests.flow.listener import Answer, Listener
from tests.flow.stage import somebody
from tests.flow.test_webhooks import approving
from tests.makers import make_campaign, make_team
from tests.pages.counting import statements
from tests.visitors import Visitor, enter

HERE = "/settings/webhooks"


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch, database: object) -> AsyncIterator[Listener]:
    """An endpoint on a private port that the operator opened."""
    async with Listener() as listener:
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{listener.port}"}))
        yield listener


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Visitor:
    return await enter(client, "admin")


async def made(listener: Listener) -> int:
    await make_team()
    number, _ = await webhooks.add(Wanted("Our shop", listener.url), by=await somebody("admin"))
    return number


def form(listener: Listener, **fields: str) -> dict[str, str]:
    return {"name": "Our shop", "url": listener.url, "types": "", "campaign": "", **fields}


def secret_in(page: httpx.Response) -> str:
    found = re.search(r'id="secret-text">(whsec_[^<]+)<', page.text)
    return found[1] if found else ""


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_admins_come_in(client: httpx.AsyncClient, listener: Listener, role: str) -> None:
    number, visitor = await made(listener), await enter(client, role)
    for path in (HERE, f"{HERE}/{number}", f"{HERE}/{number}/remove"):
        assert (await visitor.get(path)).status_code == 403
    for do in ("", "/test", "/secret", "/pause", "/resume", "/missed", "/remove"):
        assert (await visitor.post(f"{HERE}/{number}{do}")).status_code == 403


async def test_without_endpoints_the_page_says_what_they_are_for_and_lists_every_type(admin: Visitor) -> None:
    shown = await admin.get(HERE)
    assert shown.status_code == 200 and "None yet." in shown.text
    assert all(f"<code>{kind.name}</code>" in shown.text for kind in types())


async def test_an_endpoint_is_added_and_its_secret_shown_once(admin: Visitor, listener: Listener) -> None:
    shown = await admin.post(HERE, **form(listener, types="post.*, delivery.published"))
    assert shown.status_code == 200 and usable(secret_in(shown))
    number = await sql.value("SELECT id FROM endpoint")
    assert await sql.value("SELECT types FROM endpoint") == ["post.*", "delivery.published"]
    again = await admin.get(f"{HERE}/{number}")
    assert again.status_code == 200 and "whsec_" not in again.text and "post.*, delivery.published" in again.text
    assert "Our shop" in (await admin.get(HERE)).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write something here."),
        ({"url": "our shop"}, "That is no web address."),
        ({"url": "ftp://a.example/"}, "That is no web address."),
        ({"types": "post.approve post.applaud"}, "No message is called post.applaud."),
    ],
)
async def test_what_cannot_be_is_explained_and_nothing_typed_is_lost(
    admin: Visitor, listener: Listener, wrong: dict[str, str], said: str
) -> None:
    typed = form(listener, name="Kept words") | wrong
    shown = await admin.post(HERE, **typed)
    assert shown.status_code == 422 and said in shown.text and await sql.value("SELECT count(*) FROM endpoint") == 0
    assert all(word in shown.text for word in typed.values())
    number = await made(listener)
    shown = await admin.post(f"{HERE}/{number}", **typed, version="1")
    assert shown.status_code == 422 and said in shown.text and all(word in shown.text for word in typed.values())


async def test_a_campaign_that_is_gone_is_refused_with_a_sentence(admin: Visitor, listener: Listener) -> None:
    shown = await admin.post(HERE, **form(listener, campaign="999"))
    assert shown.status_code == 409 and "There is no such campaign any more." in shown.text
    campaign = await make_campaign()
    shown = await admin.post(HERE, **form(listener, campaign=str(campaign.id)))
    assert shown.status_code == 200 and "of “Spring tides”" in shown.text


async def test_the_same_form_sent_twice_makes_one_and_shows_the_same_secret(admin: Visitor, listener: Listener) -> None:
    page = await admin.get(HERE)
    once = re.search(r'name="form_token" value="([0-9a-f-]{36})"', page.text)
    assert once
    first, second = [await admin.post(HERE, **form(listener, form_token=once[1])) for _ in range(2)]
    assert secret_in(first) == secret_in(second) != "" and await sql.value("SELECT count(*) FROM endpoint") == 1


async def test_settings_are_changed_and_a_stale_version_is_refused(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    answer = await admin.post(f"{HERE}/{number}", **form(listener, name="Renamed", types="post.*"), version="1")
    assert answer.status_code == 303 and await sql.value("SELECT name FROM endpoint") == "Renamed"
    stale = await admin.post(f"{HERE}/{number}", **form(listener, name="My words"), version="1")
    assert stale.status_code == 409 and "Somebody else changed it" in stale.text and "My words" in stale.text
    assert await sql.value("SELECT name FROM endpoint") == "Renamed" and 'name="version" value="2"' in stale.text


async def test_a_test_says_what_was_answered(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    answer = await admin.post(f"{HERE}/{number}/test")
    assert answer.status_code == 303 and "answered 204" in (await admin.get(answer.headers["location"])).text
    listener.answers.append(Answer(500, body=b"<script>alert(1)</script>"))
    shown = await admin.post(f"{HERE}/{number}/test")
    assert shown.status_code == 422 and "The test did not arrive. It answered 500." in shown.text
    assert "&lt;script&gt;alert(1)" in shown.text and "<script>alert(1)" not in shown.text


async def test_a_private_address_is_refused_as_everywhere(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    await sql.run("UPDATE endpoint SET url = 'http://127.0.0.1:1/hook'")
    shown = await admin.post(f"{HERE}/{number}/test")
    assert shown.status_code == 422 and "ALLOW_PRIVATE_HOSTS" in shown.text


async def test_the_log_shows_each_message_its_tries_and_sends_one_again(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    listener.answers.append(Answer(503, body=b"Come back later"))
    post = await approving()
    await webhook_sending.sweep()
    shown = (await admin.get(f"{HERE}/{number}")).text
    assert "post.approve" in shown and "Come back later" in shown and "It answered 503." in shown
    assert "Trying again" in shown and f'href="/posts/{post.id}"' in shown and "Failing" in shown
    await sql.run("UPDATE webhook_send SET next_at = now()")
    await sql.run("UPDATE endpoint SET next_free_at = now()")
    await webhook_sending.sweep()
    shown = (await admin.get(f"{HERE}/{number}")).text
    assert "Delivered" in shown and "2 tries" in shown and "Working" in shown
    send = await sql.value("SELECT id FROM webhook_send")
    again = await admin.post(f"{HERE}/{number}/sends/{send}")
    assert again.status_code == 303
    twice = await admin.post(f"{HERE}/{number}/sends/{send}")
    assert twice.status_code == 409 and "It is on its way already." in twice.text


async def test_pausing_resuming_and_sending_what_was_missed(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    await admin.post(f"{HERE}/{number}/pause")
    await approving()
    shown = (await admin.get(f"{HERE}/{number}")).text
    assert "Paused since" in shown and "Not sent: paused" in shown and "endpoint-resume" in shown
    send = await sql.value("SELECT id FROM webhook_send")
    assert "Resume it first." in (await admin.post(f"{HERE}/{number}/sends/{send}")).text
    await admin.post(f"{HERE}/{number}/resume")
    missed = (await admin.get(f"{HERE}/{number}?only=missed")).text
    assert "Send what was missed" in missed and "post.approve" in missed
    answer = await admin.post(f"{HERE}/{number}/missed")
    assert "1 message goes out again" in (await admin.get(answer.headers["location"])).text
    await webhook_sending.sweep()
    assert listener.types() == ["post.approve"]
    assert "Everything arrived." in (await admin.get(f"{HERE}/{number}?only=missed")).text


@pytest.mark.parametrize("why", ["gone", "failing", "sealed"])
async def test_a_pause_that_nobody_made_says_why(admin: Visitor, listener: Listener, why: str) -> None:
    number = await made(listener)
    await webhook_sending._stop(number, why)
    shown = (await admin.get(f"{HERE}/{number}")).text
    assert {"gone": "410", "failing": "five days", "sealed": "SECRET_KEY"}[why] in shown


async def test_a_new_secret_is_shown_once(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    fresh = secret_in(await admin.post(f"{HERE}/{number}/secret"))
    await admin.post(f"{HERE}/{number}/test")
    assert listener.heard[-1].believed(fresh) and "whsec_" not in (await admin.get(f"{HERE}/{number}")).text


async def test_removing_asks_first(admin: Visitor, listener: Listener) -> None:
    number = await made(listener)
    asked = await admin.get(f"{HERE}/{number}/remove")
    assert "Remove Our shop?" in asked.text
    part = await admin.client.get(f"{HERE}/{number}/remove", headers={"hx-request": "true"})
    assert "<html" not in part.text and "Remove Our shop?" in part.text
    answer = await admin.post(f"{HERE}/{number}/remove", name="remove", version="")
    assert answer.status_code == 303 and "None yet." in (await admin.get(HERE)).text
    for path in ("", "/remove"):
        assert (await admin.get(f"{HERE}/{number}{path}")).status_code == 404
    for do in ("/test", "/secret", "/pause", "/missed"):
        assert (await admin.post(f"{HERE}/{number}{do}")).status_code == 404


async def test_a_long_log_comes_in_pages_and_asks_no_more_than_a_short_one(
    admin: Visitor, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await made(listener)
    await approving()
    few = await statements(monkeypatch, admin, f"{HERE}/{number}")
    for _ in range(30):
        await approving()
    assert await statements(monkeypatch, admin, f"{HERE}/{number}") == few
    first = (await admin.get(f"{HERE}/{number}")).text
    older = re.search(r'href="([^"]+before=\d+)[^"]*"', first)
    assert older and first.count("data-row") == 25
    assert (await admin.get(older[1])).text.count("data-row") == 6
