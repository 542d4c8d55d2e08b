"""The channels pages: how every account stands, connecting one for real, testing and disconnecting it."""

import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app import channels, sql
from app.pages import channel_form
from app.platforms import PLATFORMS
from app.signing import new_secret, usable
from app.tables import Channel
from tests.makers import make_channel, make_post, make_team
from tests.pages.counting import statements
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now
from tests.visitors import Visitor, enter


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    """A webhook receiver on a private port that the operator opened."""
    async with Receiver(secret=new_secret()) as receiver:
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{receiver.port}"}))
        yield receiver


async def connect_webhook(visitor: Visitor, receiver: Receiver, **fields: Any) -> httpx.Response:
    given = {
        "name": "Our site",
        "url": f"{receiver.origin}/hook",
        "secret": receiver.shelf.secret,
        "content": "article",
    }
    return await visitor.post("/channels/new/webhook", **given | fields)


async def only_channel() -> Channel:
    channel = await Channel.objects().first()
    assert channel
    return channel


# The list


async def test_without_channels_the_list_says_what_they_are_for(client: httpx.AsyncClient) -> None:
    answer = await (await enter(client)).get("/channels")
    assert answer.status_code == 200
    assert "Connect where you publish" in answer.text
    assert "/channels/new/" not in answer.text, "only admins connect"


async def test_an_admin_is_offered_every_platform_and_the_blog_once(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    shown = (await visitor.get("/channels")).text
    assert all(f'href="/channels/new/{name}"' in shown for name in PLATFORMS)
    await make_channel("site")
    assert 'href="/channels/new/site"' not in (await visitor.get("/channels")).text


async def test_a_broken_channel_says_since_when_and_why(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    await make_channel(name="Our site", broken_kind="expired_token", broken_at=now(days=-3))
    shown = (await (await enter(client)).get("/channels")).text
    assert re.search(r"Not working since \w{3} \d+ \w{3}, \d\d:\d\d \(Berlin\): the sign-in has expired\.", shown)


@pytest.mark.parametrize("kind", ["platform_unavailable", "invalid_settings", "permission_revoked", "some_new_kind"])
async def test_every_kind_of_trouble_has_a_sentence(client: httpx.AsyncClient, kind: str) -> None:
    await make_channel(broken_kind=kind, broken_at=now(hours=-1))
    shown = (await (await enter(client)).get("/channels")).text
    assert "Not working since" in shown and kind not in shown


async def test_a_row_says_last_success_and_the_next_post_that_needs_it(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Our site", last_success_at=now(hours=-2))
    first = await make_post("scheduled", channels=[channel], title="Ebb", planned_on=now(days=2).date())
    await make_post("scheduled", channels=[channel], title="Flood", planned_on=now(days=3).date())
    shown = " ".join((await (await enter(client)).get("/channels")).text.split())
    assert "Last sent 2 h ago." in shown
    assert f'Next: <a class="lnk" href="/posts/{first.id}">Ebb</a>' in shown and "and 1 more post" in shown


async def test_disconnected_channels_stand_apart(client: httpx.AsyncClient) -> None:
    await make_channel(name="Former site", disconnected_at=now(days=-1))
    shown = (await (await enter(client)).get("/channels")).text
    assert shown.index('id="former"') < shown.index("Former site")
    assert "Disconnected yesterday" in shown


async def test_a_platform_that_this_version_does_not_know_breaks_nothing(client: httpx.AsyncClient) -> None:
    channel = await make_channel("mastodon")
    visitor = await enter(client, "admin")
    assert (await visitor.get("/channels")).status_code == 200
    assert (await visitor.get(f"/channels/{channel.id}")).status_code == 200
    assert (await visitor.post(f"/channels/{channel.id}/test")).status_code == 404


async def test_the_list_costs_the_same_however_long_it_is(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    costs = []
    for amount in (1, 6):
        for _ in range(amount):
            await make_post("scheduled", channels=[await make_channel()])
        costs.append(await statements(monkeypatch, visitor, "/channels"))
    assert costs[0] == costs[1] > 0


# Connecting


@pytest.mark.parametrize("name", PLATFORMS)
async def test_the_form_has_a_field_for_every_setting(client: httpx.AsyncClient, name: str) -> None:
    answer = await (await enter(client, "admin")).get(f"/channels/new/{name}")
    assert answer.status_code == 200
    for setting in PLATFORMS[name].settings:
        assert f'name="{setting.name}"' in answer.text and html.escape(setting.label) in answer.text


async def test_an_unknown_platform_has_no_form(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    assert (await visitor.get("/channels/new/nothing")).status_code == 404
    assert (await visitor.post("/channels/new/nothing", name="x")).status_code == 404


async def test_a_webhook_is_connected_by_a_signed_ping(client: httpx.AsyncClient, receiver: Receiver) -> None:
    visitor = await enter(client, "admin")
    answer = await connect_webhook(visitor, receiver)
    channel = await only_channel()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/channels/{channel.id}")
    account = await channels.account(channel.id)
    assert account.secrets == {"secret": receiver.shelf.secret}
    known = {"url": f"{receiver.origin}/hook", "content": "article", "spacing": "0", "callbacks": "standard"}
    assert account.settings == known
    event = await sql.row("SELECT * FROM event WHERE about = 'channel'")
    assert event and (event["move"], event["person"]) == ("connect", visitor.person.id)


async def test_what_does_not_answer_well_is_not_connected_and_typed_words_stay(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.play(Fault("status", status=403))
    answer = await connect_webhook(await enter(client, "admin"), receiver, content="text")
    assert answer.status_code == 422
    assert "does not allow this to us" in answer.text
    assert 'value="Our site"' in answer.text and f'value="{receiver.origin}/hook"' in answer.text
    assert re.search(r'value="text" checked', answer.text)
    assert receiver.shelf.secret not in answer.text
    assert await sql.value("SELECT count(*) FROM channel") == 0


async def test_a_secret_left_empty_is_made_and_shown_until_the_other_side_has_it(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    visitor = await enter(client, "admin")
    refused = await connect_webhook(visitor, receiver, secret="")
    found = re.search(r'id="made-secret">([^<]+)<', refused.text)
    assert refused.status_code == 422 and found
    made = html.unescape(found[1])
    assert usable(made)
    assert html.escape(made) in refused.text.split('id="connect-form"')[1], "the form keeps it for the next try"
    receiver.shelf.secret = made
    assert (await connect_webhook(visitor, receiver, secret=made)).status_code == 303
    channel = await only_channel()
    assert made not in (await visitor.get(f"/channels/{channel.id}")).text


async def test_a_made_secret_that_nobody_checks_is_shown_once(
    client: httpx.AsyncClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(channel_form.MADE, "webhook", ("secret", lambda: receiver.shelf.secret, True))
    answer = await connect_webhook(await enter(client, "admin"), receiver, secret="")
    assert answer.status_code == 200 and "shown only now" in answer.text
    assert html.escape(receiver.shelf.secret) in answer.text


async def test_a_rehearsal_is_connected_with_a_token_that_nobody_sees(client: httpx.AsyncClient, address: str) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.post("/channels/new/sandbox", name="Rehearsal", plays="blind", updates="on")
    assert answer.status_code == 303, answer.text
    account = await channels.account((await only_channel()).id)
    assert account.settings == {
        "plays": "blind", "schedules": False, "updates": True, "removes": False, "caption": False,
        "expires": False, "spacing": "0",
    }  # fmt: skip
    shown = await visitor.get(answer.headers["location"])
    assert account.secrets["token"] and account.secrets["token"] not in shown.text
    assert (await visitor.post(f"/channels/{account.channel}/test")).status_code == 303


async def test_the_blog_is_switched_on_once(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    for _ in range(2):
        assert (await visitor.post("/channels/new/site", name="Blog")).status_code == 303
    assert await sql.value("SELECT count(*) FROM channel WHERE platform = 'site'") == 1
    assert (await client.get("/blog")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "ftp://x.example"}, "beginning with https://"),
        ({"url": "nonsense"}, "beginning with https://"),
        ({"url": ""}, "Write something here."),
        ({"name": ""}, "Write something here."),
        ({"content": "video"}, "Choose one of the options."),
        ({"secret": "whsec_short"}, "24 to 64 bytes"),
        ({"script": "[]"}, "The form has no such field."),
    ],
)
async def test_a_wrong_field_says_why_before_anybody_is_called(
    client: httpx.AsyncClient, receiver: Receiver, fields: dict[str, str], said: str
) -> None:
    answer = await connect_webhook(await enter(client, "admin"), receiver, **fields)
    assert answer.status_code == 422 and said in answer.text
    assert "whsec_short" not in answer.text and receiver.shelf.secret not in answer.text
    assert receiver.requests() == []


async def test_a_private_address_is_refused_unless_the_operator_opened_it(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    answer = await connect_webhook(await enter(client, "admin"), receiver, url="http://127.0.0.1:9/hook")
    assert answer.status_code == 422 and "ALLOW_PRIVATE_HOSTS" in answer.text


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_admins_change_channels(client: httpx.AsyncClient, role: str) -> None:
    channel = await make_channel()
    visitor = await enter(client, role)
    for path in ("/channels/new/site", f"/channels/{channel.id}/test", f"/channels/{channel.id}/disconnect"):
        assert (await visitor.post(path, name="x")).status_code == 403
    shown = (await visitor.get(f"/channels/{channel.id}")).text
    assert "channel-test" not in shown and 'id="channel-form"' not in shown and "/hooks/" not in shown


# One channel


async def test_the_page_of_a_channel_shows_settings_and_callback_address(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    visitor = await enter(client, "admin")
    await connect_webhook(visitor, receiver)
    channel = await only_channel()
    shown = (await visitor.get(f"/channels/{channel.id}")).text
    assert f"/hooks/{channels.hook_token(channel.id)}" in shown
    assert f'value="{receiver.origin}/hook"' in shown and receiver.shelf.secret not in shown


async def test_a_test_that_fails_marks_the_channel_and_one_that_works_heals_it(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    visitor = await enter(client, "admin")
    await connect_webhook(visitor, receiver)
    channel = await only_channel()
    receiver.play(Fault("status", status=401))
    answer = await visitor.post(f"/channels/{channel.id}/test")
    assert answer.status_code == 422 and "no longer accepts our credentials" in answer.text
    assert "Not working" in (await visitor.get(f"/channels/{channel.id}")).text
    assert (await visitor.post(f"/channels/{channel.id}/test")).status_code == 303
    assert "Not working" not in (await visitor.get(f"/channels/{channel.id}")).text


async def test_changed_settings_are_tested_first_and_an_empty_secret_keeps_the_old_one(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    visitor = await enter(client, "admin")
    await connect_webhook(visitor, receiver)
    channel = await only_channel()
    fields = {"name": "Renamed", "url": f"{receiver.origin}/hook", "secret": "", "content": "text"}
    receiver.play(Fault("status", status=403))
    refused = await visitor.post(f"/channels/{channel.id}/settings", **fields)
    assert refused.status_code == 422 and 'value="Renamed"' in refused.text
    assert (await channels.account(channel.id)).name == "Our site"
    assert (await visitor.post(f"/channels/{channel.id}/settings", **fields)).status_code == 303
    account = await channels.account(channel.id)
    assert (account.name, account.settings["content"]) == ("Renamed", "text")
    assert account.secrets == {"secret": receiver.shelf.secret}


async def test_a_rehearsals_script_survives_a_change_of_settings(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    channel = await make_channel("sandbox", settings=json.dumps({"plays": "keyed", "script": [{"kind": "hold"}]}))
    shown = await visitor.get(f"/channels/{channel.id}")
    assert "/rehearsal" in shown.text and "script" not in shown.text.split('id="channel-form"')[1].split("</form>")[0]


async def test_a_switch_that_was_never_stored_stands_as_the_platform_means_it(client: httpx.AsyncClient) -> None:
    channel = await make_channel("sandbox")
    shown = (await (await enter(client, "admin")).get(f"/channels/{channel.id}")).text
    assert re.search(r'name="updates" value="on" checked', shown)
    assert not re.search(r'name="schedules" value="on" checked', shown)


async def test_disconnecting_asks_first_and_says_what_waits(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    channel = await make_channel(name="Our site")
    await make_post("scheduled", channels=[channel], title="Ebb")
    path = f"/channels/{channel.id}/disconnect"
    whole, inside = await visitor.get(path), await visitor.get(path, headers={"HX-Request": "true"})
    assert "<html" in whole.text and "<html" not in inside.text
    for shown in (whole.text, inside.text):
        assert "Disconnect Our site?" in shown and "“Ebb” waits for it" in shown
    assert await sql.value("SELECT disconnected_at FROM channel") is None


async def test_a_disconnected_channel_forgets_its_secret_and_takes_no_orders(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    visitor = await enter(client, "admin")
    await connect_webhook(visitor, receiver)
    channel = await only_channel()
    assert (await visitor.post(f"/channels/{channel.id}/disconnect")).status_code == 303
    assert await sql.value("SELECT secret FROM channel") is None
    for verb in ("test", "disconnect", "settings"):
        assert (await visitor.post(f"/channels/{channel.id}/{verb}", name="x")).status_code == 404
    shown = await visitor.get(f"/channels/{channel.id}")
    assert shown.status_code == 200 and 'id="channel-form"' not in shown.text


async def test_a_lost_secret_key_is_explained(client: httpx.AsyncClient, receiver: Receiver) -> None:
    visitor = await enter(client, "admin")
    await connect_webhook(visitor, receiver)
    channel = await only_channel()
    await sql.run("UPDATE channel SET secret = '\\x3030303030303030'::bytea || substr(secret, 9)")
    answer = await visitor.post(f"/channels/{channel.id}/test")
    assert answer.status_code == 422 and "SECRET_KEY" in answer.text
