"""The rehearsal channel for real: our platform code, over real sockets, to the receiver inside the desk."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import channels, platforms, rehearsal_script, rehearsals, safe_http, secrets, sql
from app.flow import publish
from app.lifecycles.machine import By
from app.pages import sandbox
from app.platforms import sandbox_wire
from app.platforms.contract import (
    Absent,
    Account,
    Connected,
    HandedOff,
    Parcel,
    Published,
    Refreshed,
    Refused,
    Removed,
    TryLater,
    Unknown,
)
from app.rehearsal_script import Fault
from app.safe_http import Call, Failure, Reply
from app.tables import Channel, Delivery
from tests.hooks.calling import TOKEN, hear_all, make_caller, make_sent, status_of
from tests.makers import make_channel, make_post, make_team
from tests.platforms.parcels import CONTENT
from tests.visitors import enter

SANDBOX = platforms.platform("sandbox")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real send, giving up after a second and a half."""

    async def send(call: Call, *, allow: frozenset[str] | None = None) -> Reply | Failure:
        return await safe_http.send(replace(call, seconds=1.5), allow=allow)

    monkeypatch.setattr(sandbox_wire, "send", send)


@pytest.fixture
async def account(address: str) -> AsyncIterator[Account]:
    yield await make_account()


async def make_account(plays: str = "keyed", **settings: Any) -> Account:
    channel, _ = await make_caller("sandbox", plays=plays, schedules=True, **settings)
    return await channels.account(channel.id)


async def script(account: Account, *faults: Fault) -> None:
    for fault in faults:
        await rehearsal_script.add(account.channel, fault)


def parcel(to: Account, key: str = "key-1", **changes: Any) -> Parcel:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    return replace(Parcel(key, to, CONTENT, due), **changes)


async def creations(account: Account) -> int:
    return int(
        await sql.value(
            "SELECT count(*) FROM rehearsal WHERE channel = $1 AND effect_number > 0"
            " AND verb IN ('create', 'hand_off')",
            account.channel,
        )
    )


async def test_a_connection_test_finds_the_receiver(account: Account) -> None:
    assert isinstance(await SANDBOX.connect(account), Connected)


async def test_a_wrong_token_is_refused(account: Account) -> None:
    wrong = replace(account, secrets={"token": "another"})
    answer = await SANDBOX.connect(wrong)
    assert isinstance(answer, Refused) and answer.kind == "expired_token"
    published = await SANDBOX.publish(parcel(wrong))
    assert isinstance(published, Refused) and await creations(account) == 0


async def test_what_is_published_is_kept_with_its_content(account: Account) -> None:
    outcome = await SANDBOX.publish(parcel(account))
    assert isinstance(outcome, Published) and outcome.remote_id
    row = await sql.row("SELECT verb, key, live, effect_number, content FROM rehearsal")
    assert row and (row["verb"], row["key"], row["live"], row["effect_number"]) == ("create", "key-1", True, 1)
    assert json.loads(row["content"])["asked"]["title"] == "Grüße aus dem Garten"


@pytest.mark.parametrize(("plays", "effects"), [("keyed", 1), ("lookup", 2), ("blind", 2)])
async def test_only_a_keyed_receiver_recognises_a_repetition(address: str, plays: str, effects: int) -> None:
    account = await make_account(plays)
    first = await SANDBOX.publish(parcel(account))
    second = await SANDBOX.publish(parcel(account))
    assert isinstance(first, Published) and isinstance(second, Published)
    assert await creations(account) == effects
    assert (first.remote_id == second.remote_id) == (effects == 1)


async def test_two_repetitions_at_once_are_one_effect(account: Account) -> None:
    await asyncio.gather(*(SANDBOX.publish(parcel(account)) for _ in range(5)))
    assert await creations(account) == 1


async def test_a_lookup_receiver_finds_our_stamp_and_knows_what_it_lacks(address: str) -> None:
    account = await make_account("lookup")
    assert isinstance(await SANDBOX.look(parcel(account)), Absent)
    made = await SANDBOX.publish(parcel(account))
    seen = await SANDBOX.look(parcel(account))
    assert isinstance(made, Published) and isinstance(seen, Published) and seen.remote_id == made.remote_id


async def test_what_is_handed_over_goes_live_by_itself_at_its_time(account: Account) -> None:
    due = datetime.now(UTC) + timedelta(seconds=1)
    held = await SANDBOX.hand_off(parcel(account, due_at=due.replace(microsecond=0) + timedelta(seconds=1)))
    assert isinstance(held, HandedOff)
    sent = parcel(account, remote_id=held.remote_id)
    assert isinstance(await SANDBOX.look(sent), HandedOff)
    await asyncio.sleep(max((held.due_at - datetime.now(UTC)).total_seconds(), 0) + 0.1)
    seen = await SANDBOX.look(sent)
    assert isinstance(seen, Published) and seen.at == held.due_at
    assert isinstance(await SANDBOX.reschedule(sent), Published), "what is live cannot be moved"


async def test_what_is_held_can_be_moved_and_taken_off(account: Account) -> None:
    held = await SANDBOX.hand_off(parcel(account))
    assert isinstance(held, HandedOff)
    later = held.due_at + timedelta(hours=1)
    moved = await SANDBOX.reschedule(parcel(account, remote_id=held.remote_id, due_at=later))
    assert isinstance(moved, HandedOff) and moved.due_at == later
    sent = parcel(account, remote_id=held.remote_id)
    assert isinstance(await SANDBOX.unschedule(sent), Removed)
    assert isinstance(await SANDBOX.look(sent), Removed)


async def test_an_update_and_a_removal_are_effects_of_their_own(account: Account) -> None:
    made = await SANDBOX.publish(parcel(account))
    assert isinstance(made, Published)
    sent = parcel(account, remote_id=made.remote_id)
    assert isinstance(await SANDBOX.update(sent), Published)
    assert isinstance(await SANDBOX.remove(sent), Removed)
    assert isinstance(await SANDBOX.remove(sent), Removed), "gone already is gone"
    assert isinstance(await SANDBOX.update(sent), Refused)
    numbers = [row["effect_number"] for row in await sql.rows("SELECT effect_number FROM rehearsal ORDER BY id")]
    assert numbers == [1, 2, 3, 0, 0]


@pytest.mark.parametrize(
    ("kind", "outcome", "error", "effects"),
    [
        ("too_many", TryLater, "rate_limited", 0),
        ("unauthorised", Refused, "expired_token", 0),
        ("too_large", Refused, "content_rejected", 0),
        ("error_before", Unknown, "", 0),
        ("error_after", Unknown, "", 1),
        ("hold", Unknown, "", 1),
        ("drop_before", Unknown, "", 0),
        ("drop_after", Unknown, "", 1),
        ("call_twice", Published, "", 1),
        ("call_early", Published, "", 1),
    ],
)
async def test_every_scripted_fault_is_what_it_says(
    account: Account, kind: str, outcome: type, error: str, effects: int
) -> None:
    await script(account, Fault(kind, 30))
    answer = await SANDBOX.publish(parcel(account))
    assert isinstance(answer, outcome), answer
    assert getattr(answer, "kind", "") == error
    assert await creations(account) == effects
    assert await sql.value("SELECT content->>'fault' FROM rehearsal ORDER BY id LIMIT 1") == kind
    assert isinstance(await SANDBOX.publish(parcel(account, "key-2")), Published), "a fault is used up"


async def test_retry_after_is_the_scripted_one(account: Account) -> None:
    await script(account, Fault("too_many", 90))
    answer = await SANDBOX.publish(parcel(account))
    assert isinstance(answer, TryLater) and answer.at
    assert 85 <= (answer.at - datetime.now(UTC)).total_seconds() <= 92


async def test_a_slow_answer_is_late_but_good(account: Account) -> None:
    await script(account, Fault("slow", 1))
    began = datetime.now(UTC)
    assert isinstance(await SANDBOX.publish(parcel(account)), Published)
    assert datetime.now(UTC) - began >= timedelta(seconds=1)


async def test_a_lost_answer_is_found_again_by_the_same_key(account: Account) -> None:
    await script(account, Fault("drop_after"))
    assert isinstance(await SANDBOX.publish(parcel(account)), Unknown)
    assert isinstance(await SANDBOX.publish(parcel(account)), Published)
    assert await creations(account) == 1


async def test_a_connection_broken_on_purpose_is_no_error_in_our_log(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    await script(account, Fault("drop_after"))
    assert isinstance(await SANDBOX.publish(parcel(account)), Unknown)
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    logging.getLogger("uvicorn.error").error(sandbox.CUT_SHORT)
    assert [record.msg for record in caplog.records] == [sandbox.CUT_SHORT], "an answer lost by mistake is told"


async def test_single_answers_come_first_and_always_stays(account: Account) -> None:
    await script(account, Fault("too_large", always=True), Fault("unauthorised"), Fault("error_before", always=True))
    kinds = []
    for number in range(3):
        await SANDBOX.publish(parcel(account, f"key-{number}"))
        kinds.append(await sql.value("SELECT content->>'fault' FROM rehearsal ORDER BY id DESC LIMIT 1"))
    assert kinds == ["unauthorised", "error_before", "error_before"]
    await rehearsal_script.clear(account.channel)
    assert isinstance(await SANDBOX.publish(parcel(account, "key-9")), Published)


async def test_reading_is_never_scripted(account: Account) -> None:
    await script(account, Fault("unauthorised"))
    assert isinstance(await SANDBOX.connect(account), Connected)


@pytest.mark.parametrize("kind", ["call_early", "call_twice"])
async def test_a_callback_reaches_our_own_door_and_settles_once(account: Account, kind: str) -> None:
    channel = await Channel.objects().get(Channel.id == account.channel)
    assert channel
    post, delivery = await make_sent(channel)
    await script(account, Fault(kind))
    assert isinstance(await SANDBOX.publish(parcel(account, delivery.key)), Published)
    async with asyncio.timeout(5):
        while await status_of(delivery) != "published":
            await asyncio.sleep(0.02)
            await hear_all()
    assert await status_of(post) == "published"
    assert await sql.value("SELECT count(*) FROM event WHERE about = 'delivery' AND move = 'confirm'") == 1


@pytest.mark.parametrize("kind", ["", "call_early", "call_twice", "drop_after", "error_before"])
async def test_the_worker_publishes_to_it_once_whatever_it_plays(account: Account, kind: str) -> None:
    channel = await Channel.objects().get(Channel.id == account.channel)
    assert channel
    post = await make_post("scheduled", channels=[channel], planned_on=None)
    delivery = await Delivery.objects().get(Delivery.post == post.id)
    assert delivery
    await sql.run("UPDATE delivery SET next_at = now()")
    if kind:
        await script(account, Fault(kind))
    await publish.send(delivery.id)
    if kind in ("drop_after", "error_before"):
        assert await status_of(delivery) == "retrying"
        await sql.run("UPDATE delivery SET next_at = now()")
        await publish.send(delivery.id)
    assert (await status_of(delivery), await status_of(post)) == ("published", "published")
    assert await creations(account) == 1
    assert await sql.value("SELECT remote_id FROM delivery") == await sql.value(
        "SELECT remote_id FROM rehearsal WHERE effect_number = 1"
    )


async def door(client: httpx.AsyncClient, channel: int, method: str = "GET", path: str = "", **more: Any) -> int:
    headers = {"authorization": f"Bearer {TOKEN}", **more.pop("headers", {})}
    answer = await client.request(method, f"/sandbox/{channel}/items{path}", headers=headers, **more)
    return answer.status_code


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Bearer \u00e9", "Basic eDp5", "bearer rehearsal-token"])
async def test_without_the_token_the_door_is_shut(client: httpx.AsyncClient, token: str) -> None:
    account = await make_account()
    given = {"authorization": token.encode("latin-1")}
    assert await door(client, account.channel, headers=given) == 401  # type: ignore[arg-type]
    assert await sql.value("SELECT count(*) FROM rehearsal") == 0


@pytest.mark.parametrize("other", ["webhook", "site", "disconnected", "nobody"])
async def test_only_connected_rehearsal_channels_have_a_door(client: httpx.AsyncClient, other: str) -> None:
    await make_team()
    if other == "disconnected":
        number = (await make_account()).channel
        await sql.run("UPDATE channel SET disconnected_at = now(), secret = NULL")
    elif other == "nobody":
        number = 999_999
    else:
        number = (await make_channel(other)).id
        sealed, kid = secrets.seal("channel", f"channel:secret:{number}", {"token": TOKEN})
        await sql.run("UPDATE channel SET secret = $1, secret_kid = $2", sealed, kid)
    assert await door(client, number) == 404


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'{"a": 1e999}', b'{"a": ' + b"[" * 5000]
)
async def test_what_is_no_json_object_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    account = await make_account()
    assert await door(client, account.channel, "POST", content=body) == 400


async def test_text_that_the_database_cannot_hold_is_kept_without_it(client: httpx.AsyncClient) -> None:
    account = await make_account("lookup")
    body = {"title": "a\x00b\ud800", "stamp": "k\x00", "pictures": [{"\x00": "\x00"}], "scheduled_at": "\x00"}
    assert await door(client, account.channel, "POST", content=json.dumps(body).encode()) == 201
    visitor = await enter(client)
    assert (await visitor.get(f"/channels/{account.channel}/rehearsal")).status_code == 200


@pytest.mark.parametrize("path", ["/none", "/%00", "/item-0", "/..%2f", "/%ff"])
async def test_an_unknown_item_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    account = await make_account()
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert await door(client, account.channel, method, path) == 404


async def test_an_item_of_another_channel_is_not_found(client: httpx.AsyncClient) -> None:
    one, other = await make_account(), await make_account()
    said = await rehearsals.act(one, rehearsals.Asked("POST", key="k"))
    assert await door(client, one.channel, path=f"/{said.body['id']}") == 200
    assert await door(client, other.channel, path=f"/{said.body['id']}") == 404


# The page


async def test_the_page_shows_what_was_received_and_what_is_live(client: httpx.AsyncClient) -> None:
    account = await make_account()
    body = {"title": "Low <tide>", "body_markdown": "# Words", "pictures": [{"url": "https://evil.example/x.png"}]}
    said = await rehearsals.act(account, rehearsals.Asked("POST", key="k", body=body))
    await rehearsals.act(account, rehearsals.Asked("POST", key="k", body=body))
    shown = (await (await enter(client, "viewer")).get(f"/channels/{account.channel}/rehearsal")).text
    assert "Low &lt;tide&gt;" in shown and "# Words" in shown and "evil.example" not in shown
    assert "1 effect" in shown and "Effect 1" in shown and "No effect" in shown
    assert f'id="{said.body["id"]}"' in shown and f"{said.body['id']}: Live." in shown
    assert said.body["url"].endswith(f"/channels/{account.channel}/rehearsal#{said.body['id']}")
    assert 'id="script-form"' not in shown, "a viewer only reads"


async def test_an_editor_scripts_the_next_answer_and_clears_it(client: httpx.AsyncClient) -> None:
    account = await make_account()
    visitor = await enter(client, "editor")
    page = f"/channels/{account.channel}/rehearsal"
    assert (await visitor.post(page, answer="too_many", when="next", seconds="7")).status_code == 303
    assert (await visitor.post(page, answer="hold", when="always")).status_code == 303
    kept = rehearsal_script.script((await channels.account(account.channel)).settings)
    assert kept == (Fault("too_many", 7), Fault("hold", 0, True))
    assert "Always: does it and never answers" in (await visitor.get(page)).text
    assert (await visitor.post(f"{page}/clear")).status_code == 303
    assert rehearsal_script.script((await channels.account(account.channel)).settings) == ()


async def test_an_unknown_answer_is_refused(client: httpx.AsyncClient) -> None:
    account = await make_account()
    visitor = await enter(client, "editor")
    answer = await visitor.post(f"/channels/{account.channel}/rehearsal", answer="explode", when="next")
    assert answer.status_code == 422 and "Choose one of the options." in answer.text


async def test_other_channels_have_no_rehearsal(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel()
    assert (await visitor.get(f"/channels/{channel.id}/rehearsal")).status_code == 404


async def test_a_long_rehearsal_has_pages(client: httpx.AsyncClient) -> None:
    account = await make_account()
    for number in range(27):
        await rehearsals.act(account, rehearsals.Asked("POST", key=f"k{number}", body={"title": f"Tide {number}."}))
    visitor = await enter(client)
    first = (await visitor.get(f"/channels/{account.channel}/rehearsal")).text
    assert "Tide 26." in first and "Tide 1." not in first and 'rel="next"' in first
    oldest = await sql.value("SELECT id FROM rehearsal ORDER BY id OFFSET 2 LIMIT 1")
    second = (await visitor.get(f"/channels/{account.channel}/rehearsal?before={oldest}")).text
    assert "Tide 1." in second and "Tide 2." not in second


async def outlived(account: Account) -> Account:
    """The same channel with a token that ran out a minute ago."""
    nonce = f"{'x' * 32}.{int(datetime.now(UTC).timestamp()) - 60}"
    await channels._keep_secrets(account.channel, {"token": f"{nonce}.{rehearsals._mark(nonce)}"})
    return await channels.account(account.channel)


async def test_a_token_that_ran_out_is_refused_until_it_is_renewed(address: str) -> None:
    account = await outlived(await make_account(expires=True))
    refused = await SANDBOX.publish(parcel(account))
    assert isinstance(refused, Refused) and refused.kind == "expired_token"
    renewed = await SANDBOX.refresh(account)
    assert isinstance(renewed, Refreshed) and renewed.expires_at is not None
    await channels._keep_secrets(account.channel, renewed.secrets)
    assert isinstance(await SANDBOX.publish(parcel(await channels.account(account.channel))), Published)
    verbs = [r["verb"] for r in await sql.rows("SELECT verb FROM rehearsal ORDER BY id")]
    assert verbs == ["renew", "create"]


async def test_a_token_runs_out_only_where_that_is_rehearsed(address: str) -> None:
    account = await outlived(await make_account())
    assert isinstance(await SANDBOX.publish(parcel(account)), Published)


async def test_a_connected_channel_knows_when_its_token_runs_out(address: str) -> None:
    typed = channels.Typed("Rehearsal", {"plays": "keyed", "expires": True}, {"token": rehearsals.new_token()})
    number, answer = await channels.connect(SANDBOX, typed, by=By("person", name="Ada"))
    assert isinstance(answer, Connected)
    left = await sql.value("SELECT token_expires_at - now() FROM channel WHERE id = $1", number)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    tested = await SANDBOX.connect(await channels.account(number))
    assert isinstance(tested, Connected) and tested.expires_at == answer.expires_at


async def test_a_worker_renews_it_here_as_it_would_elsewhere(address: str) -> None:
    account = await outlived(await make_account(expires=True))
    await sql.run("UPDATE channel SET next_at = now() WHERE id = $1", account.channel)
    await channels.renew(account.channel)
    now = await channels.account(account.channel)
    assert now.secrets != account.secrets and not rehearsals.has_run_out(now)
    assert await sql.value("SELECT broken_kind FROM channel WHERE id = $1", account.channel) is None


async def test_credentials_that_are_refused_are_refused_a_new_token_too(address: str) -> None:
    account = await make_account(expires=True)
    await script(account, Fault("unauthorised", always=True))
    renewed = await SANDBOX.refresh(account)
    assert isinstance(renewed, Refused) and renewed.kind == "expired_token"


async def test_a_renewal_needs_the_channels_own_token(address: str) -> None:
    account = await make_account(expires=True)
    strange = replace(account, secrets={"token": rehearsals.new_token()})
    assert isinstance(await SANDBOX.refresh(strange), Refused)
    nowhere = await SANDBOX.refresh(replace(account, channel=404))
    assert isinstance(nowhere, Refused) and nowhere.kind == "invalid_settings"
    assert not await sql.value("SELECT count(*) FROM rehearsal")


async def test_tokens_of_earlier_versions_never_run_out() -> None:
    earlier = f"nonce.{rehearsals._mark('nonce')}"
    assert rehearsals.is_ours(earlier) and rehearsals.expires_at(earlier) is None
