"""The callbacks page: what platforms told us and what became of it; one applied again; a channel's new secret."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app import channels, sql
from app.flow import callbacks, callers
from app.platforms.contract import Published
from app.signing import usable
from app.tables import Channel, Delivery
from app.verifiers import BEFORE, CALLBACK
from tests.flow.test_callbacks import arrived
from tests.hooks.calling import hear_all, make_caller, make_sent, status_of
from tests.pages.counting import statements
from tests.visitors import Visitor, enter

HERE = "/settings/callbacks"


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Visitor:
    return await enter(client, "admin")


async def told(channel: Channel, id: str = "evt-1", **more: Any) -> int:
    """A call that was kept, and heard when it could be."""
    await callbacks.keep(arrived(channel, id, **more))
    await hear_all()
    return int(await sql.value("SELECT id FROM callback WHERE event_id = $1", id))


async def heard(channel: Channel, id: str = "evt-1") -> tuple[int, Delivery]:
    _, delivery = await make_sent(channel)
    return await told(channel, id, keys=(delivery.key,)), delivery


def shown_rows(page: httpx.Response) -> list[int]:
    return [int(found) for found in re.findall(r'<li id="callback-(\d+)"', page.text)]


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_admins_come_in(client: httpx.AsyncClient, role: str) -> None:
    channel, _ = await make_caller()
    number, visitor = await told(channel), await enter(client, role)
    assert (await visitor.get(HERE)).status_code == 403
    assert (await visitor.post(f"{HERE}/{number}/again")).status_code == 403
    assert (await visitor.get(f"/channels/{channel.id}/callback-secret")).status_code == 403
    assert (await visitor.post(f"/channels/{channel.id}/callback-secret")).status_code == 403


async def test_without_calls_it_says_where_they_would_come_from(admin: Visitor) -> None:
    shown = await admin.get(HERE)
    assert "No platform has called back yet." in shown.text and 'href="/channels"' in shown.text
    assert "callbacks-filter" not in shown.text


async def test_a_call_shows_its_channel_its_post_and_what_it_came_to(admin: Visitor) -> None:
    channel, _ = await make_caller()
    number, delivery = await heard(channel)
    shown = (await admin.get(HERE)).text
    assert channel.name in shown and "delivery.published" in shown and "Applied" in shown
    assert "The delivery is now: published." in shown
    assert f'href="/posts/{delivery.post}"' in shown and f'href="/deliveries/{delivery.id}"' in shown
    assert "evt-1" in shown and "Standard Webhooks" in shown and f"callback-{number}-again" in shown


async def test_each_result_has_its_words(admin: Visitor) -> None:
    channel, _ = await make_caller()
    await told(channel, "waits", keys=("nobodys",))
    await callbacks.keep(arrived(channel, "fresh", keys=("nobodys",)))
    for id, result, note in (
        ("lost", "unmatched", None), ("odd", "ignored", None), ("no", "refused", "The table is closed."),
        ("broke", "failed", callbacks.BROKE),
    ):  # fmt: skip
        await callbacks.keep(arrived(channel, id))
        await sql.run(callbacks.SETTLE.replace("id = $1", "event_id = $1"), id, result, note)
    shown = (await admin.get(HERE)).text
    for words in (
        "Trying again", "No delivery has this key yet.", "The worker applies it in a moment.", "No post found",
        "Passed over", "The table is closed.", "Applying it broke off",
    ):  # fmt: skip
        assert words in shown, words


async def test_filters_and_pages_show_each_call_once(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = await make_caller()
    other, _ = await make_caller()
    numbers = [
        await told(one if n % 2 else other, f"evt-{n}", told=None if n < 4 else Published("", "")) for n in range(60)
    ]
    found, path = [], HERE
    while path:
        page = await admin.get(path)
        found += shown_rows(page)
        after = re.search(r'id="page-next" href="([^"]+)"', page.text)
        path = after[1].replace("&amp;", "&") if after else ""
    assert found == numbers[::-1]
    assert len(shown_rows(await admin.get(f"{HERE}?result=ignored"))) == 4
    assert len(shown_rows(await admin.get(f"{HERE}?result=ignored&channel={one.id}"))) == 2
    assert len(shown_rows(await admin.get(f"{HERE}?result=unmatched"))) == 25
    assert "Nothing matches these filters." in (await admin.get(f"{HERE}?result=heard")).text
    assert len(shown_rows(await admin.get(f"{HERE}?result=sillyness&channel=x&before=9e9"))) == 25
    many = await statements(monkeypatch, admin, HERE)
    await sql.run("DELETE FROM callback WHERE id > $1", numbers[2])
    assert many <= await statements(monkeypatch, admin, HERE) + 1


async def test_what_was_said_is_shown_as_text(admin: Visitor) -> None:
    channel, _ = await make_caller()
    script = "<script>alert({})</script>"
    call = replace(arrived(channel), type=script.format(1), body=json.dumps({"a": script.format(2)}))
    await callbacks.keep(call)
    shown = (await admin.get(HERE)).text
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown and "&lt;script&gt;alert(2)" in shown


async def test_applied_again_it_says_what_came_of_it_and_changes_nothing(admin: Visitor) -> None:
    channel, _ = await make_caller()
    number, delivery = await heard(channel)
    answer = await admin.post(f"{HERE}/{number}/again")
    assert answer.status_code == 303 and answer.headers["location"] == f"{HERE}#callback-{number}"
    assert "Applied. It was known, or came too late to matter." in (await admin.get(HERE)).text
    assert await sql.value("SELECT count(*) FROM event WHERE move = 'confirm'") == 1
    assert await status_of(delivery) == "published"


async def test_what_cannot_be_applied_is_refused_with_a_sentence(admin: Visitor) -> None:
    channel, _ = await make_caller()
    number = await told(channel, told=None)
    assert f"callback-{number}-again" not in (await admin.get(HERE)).text
    answer = await admin.post(f"{HERE}/{number}/again")
    assert answer.status_code == 409 and "does not know this kind of message" in answer.text
    assert (await admin.post(f"{HERE}/{number + 1}/again")).status_code == 404


async def test_calls_that_were_not_believed_are_counted_by_channel(admin: Visitor) -> None:
    channel, _ = await make_caller()
    quiet, _ = await make_caller()
    for _ in range(3):
        await callers.doubted(channel.id)
    shown = (await admin.get(HERE)).text
    assert "3 calls were not believed today." in shown and f"doubt-{quiet.id}" not in shown
    await sql.run("UPDATE throttle SET window_at = window_at - interval '1 day'")
    assert "not believed" not in (await admin.get(HERE)).text


# The channel's own page


async def test_a_channel_says_where_and_how_it_may_call(admin: Visitor) -> None:
    channel, _ = await make_caller("webhook", callbacks="ghost")
    shown = (await admin.get(f"/channels/{channel.id}")).text
    assert channels.hook_token(channel.id) in shown and "Signed like Ghost." in shown
    assert f'href="{HERE}?channel={channel.id}"' in shown and "channel-callback-secret" in shown
    assert '<option value="ghost" selected>' in shown
    meta, _ = await make_caller("webhook", callbacks="meta")
    assert "its verify token is the last part of the address" in (await admin.get(f"/channels/{meta.id}")).text
    sandbox, _ = await make_caller("sandbox")
    assert "channel-callback-secret" not in (await admin.get(f"/channels/{sandbox.id}")).text


async def test_a_new_secret_is_asked_for_made_and_shown_once(admin: Visitor) -> None:
    channel, before = await make_caller()
    path = f"/channels/{channel.id}/callback-secret"
    asked = await admin.get(path)
    assert "believed for 24 hours more" in asked.text and "<html" in asked.text
    assert "<html" not in (await admin.get(path, headers={"hx-request": "true"})).text
    made = await admin.post(path, version="", name="callback-secret")
    secret = re.search(r'id="made-secret">(whsec_[^<]+)<', made.text)
    assert made.status_code == 200 and secret and usable(secret[1])
    kept = (await channels.account(channel.id)).secrets
    assert (kept["secret"], kept[CALLBACK], kept[BEFORE]) == (before, secret[1], before)
    assert secret[1] not in (await admin.get(f"/channels/{channel.id}")).text


async def test_a_secret_address_is_shown_whole(admin: Visitor) -> None:
    channel, _ = await make_caller("webhook", callbacks="mailchimp")
    shown = (await admin.get(f"/channels/{channel.id}")).text
    assert "Not signed: the address is the secret." in shown
    made = await admin.post(f"/channels/{channel.id}/callback-secret", version="", name="callback-secret")
    address = re.search(r'id="made-address">([^<]+)<', made.text)
    assert address and channels.hook_token(channel.id) in address[1]
    answer = await admin.client.post(address[1], data={"type": "x"})
    assert answer.status_code == 202


async def test_other_channels_have_no_such_secret(admin: Visitor) -> None:
    channel, _ = await make_caller("sandbox")
    path = f"/channels/{channel.id}/callback-secret"
    assert (await admin.get(path)).status_code == 404 and (await admin.post(path)).status_code == 404


@pytest.mark.parametrize(
    ("scheme", "secret", "said"),
    [
        ("standard", "a secret of ours, no whsec", "whsec_ and 24 to 64 bytes"),
        ("ghost", "too short, so", "at least 16"),
    ],
)
async def test_a_secret_that_does_not_fit_is_explained(admin: Visitor, scheme: str, secret: str, said: str) -> None:
    channel, _ = await make_caller("webhook", url="https://there.example/hook")
    fields = {"name": "Shop", "url": "https://there.example/hook", "callbacks": scheme, CALLBACK: secret}
    answer = await admin.post(f"/channels/{channel.id}/settings", **fields)
    assert answer.status_code == 422 and said in answer.text and secret not in answer.text
    assert f'<option value="{scheme}" selected>' in answer.text
