"""The callbacks' door: who is believed, what is refused and what is kept, and that no forgery is ever our error."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import channels, sql
from app.flow import callers
from app.moves import Refused
from app.signing import new_secret
from app.tables import Channel
from app.verifiers import SCHEMES
from tests.browsing import working
from tests.faults import forgeries
from tests.flow.stage import somebody
from tests.hooks.calling import call, events_of, hear_all, live, make_caller, make_sent, status_of
from tests.makers import make_channel
from tests.verifiers.signers import genuine

FORGED = [
    {"webhook_id": ""},
    {"webhook_timestamp": ""},
    {"webhook_signature": ""},
    {"webhook_signature": "v1"},
    {"webhook_signature": "v1,"},
    {"webhook_signature": "v1,***"},
    {"webhook_signature": "v1,\u00e9\u00ff"},
    {"webhook_signature": "v2,AAAA"},
    {"webhook_signature": " ".join(["v1,AAAA"] * 50)},
    {"webhook_signature": "v1,AAAA, v1,BBBB"},
    {"webhook_timestamp": "nan"},
    {"webhook_timestamp": "1e999"},
    {"webhook_timestamp": "1_0"},
    {"webhook_timestamp": "-1"},
    {"webhook_timestamp": "9" * 5000},
    {"webhook_id": "another"},
    {"webhook_id": "x" * 300},
    {"webhook_id": "\u00fc"},
]


@pytest.mark.parametrize("headers", FORGED)
async def test_a_forged_header_is_refused_and_never_an_error(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await call(client, channel, secret, live(delivery), **raw)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert await status_of(delivery) == "sending"


async def test_unsigned_it_is_refused(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller()
    address = f"/hooks/{channels.hook_token(channel.id)}"
    assert (await client.post(address, json={})).status_code == 401
    assert (await client.post(address)).status_code == 401


async def test_another_secret_is_refused(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    assert (await call(client, channel, new_secret(), live(delivery))).status_code == 401


@pytest.mark.parametrize("minutes", [-6, 6, -600])
async def test_an_old_or_future_message_is_refused(client: httpx.AsyncClient, minutes: int) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    answer = await call(client, channel, secret, live(delivery), late=timedelta(minutes=minutes))
    assert answer.status_code == 401


async def test_one_changed_byte_is_refused(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    sent = (await call(client, channel, secret, live(delivery))).request
    altered = sent.content.replace(b"published", b"publishes")
    assert (await client.post(sent.url, content=altered, headers=signature(sent))).status_code == 401


async def test_a_reserialised_body_is_refused(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    sent = (await call(client, channel, secret, live(delivery))).request
    again = json.dumps(json.loads(sent.content), indent=1).encode()
    assert (await client.post(sent.url, content=again, headers=signature(sent))).status_code == 401


def signature(sent: httpx.Request) -> dict[str, str]:
    return {name: value for name, value in sent.headers.items() if name.startswith("webhook-")}


async def test_two_signatures_of_which_one_is_right_are_believed(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    sent = (await call(client, channel, new_secret(), live(delivery))).request
    right = (await call(client, channel, secret, sent.content)).request
    both = signature(right) | {"webhook-signature": " ".join(map(signed, (sent, right)))}
    assert (await client.post(right.url, content=right.content, headers=both)).status_code == 200


def signed(request: httpx.Request) -> str:
    return str(request.headers["webhook-signature"])


@pytest.mark.parametrize("token", ["", "1-0", "1-" + "0" * 40, "%00", "%ff", "x" * 5000, "..%2f1"])
async def test_an_unknown_address_is_not_found(client: httpx.AsyncClient, token: str) -> None:
    await make_caller()
    assert (await client.post(f"/hooks/{token}", content=b"{}")).status_code == 404


async def test_a_disconnected_channel_hears_nothing(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    await sql.run("UPDATE channel SET disconnected_at = now()")
    assert (await call(client, channel, secret, {})).status_code == 404


async def test_a_platform_that_does_not_call_is_never_believed(client: httpx.AsyncClient) -> None:
    channel = await make_channel("site", hook_token_sha256=None)
    await sql.run(
        "UPDATE channel SET hook_token_sha256 = sha256(convert_to($1, 'UTF8'))", channels.hook_token(channel.id)
    )
    assert (await call(client, channel, new_secret(), {})).status_code == 401


async def test_a_secret_sealed_under_another_key_believes_nobody(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    await sql.run("UPDATE channel SET secret = '\\x3030303030303030'::bytea || substr(secret, 9)")
    assert (await call(client, channel, secret, {})).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, gzip.compress(b"{}"), b'{"a": "\\ud800"'],
    ids=["empty", "cut", "not utf-8", "deep", "long number", "gzip", "cut surrogate"],
)
async def test_what_is_signed_but_no_json_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    channel, secret = await make_caller()
    assert (await call(client, channel, secret, body)).status_code == 400


@pytest.mark.parametrize("size", [2**20 + 1, 2 * 2**20])
async def test_a_body_over_one_mebibyte_is_too_large(client: httpx.AsyncClient, size: int) -> None:
    channel, secret = await make_caller()
    assert (await call(client, channel, secret, b" " * size)).status_code == 413


async def test_an_endless_body_is_cut_off(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    answer = await client.post(f"/hooks/{channels.hook_token(channel.id)}", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "said",
    [
        {}, [], None, 7, "text", {"type": "delivery.published"}, {"type": 5, "data": {}},
        {"type": "delivery.published", "data": []},
        {"type": "delivery.published", "data": {}},
        {"type": "delivery.dreamt", "data": {"delivery_id": "x"}},
        {"type": "delivery.published", "data": {"delivery_id": "dlv_of_somebody_else"}},
        {"type": "delivery.published", "data": {"delivery_id": "\x00\ud800"}},
        {"type": "delivery.published", "data": {"delivery_id": {"deep": [1]}}},
        {"type": "delivery.scheduled", "data": {"delivery_id": "x", "at": "soon"}},
        {"type": "item.live", "data": {"key": "x"}},
    ],
)  # fmt: skip
async def test_what_is_genuine_but_none_of_ours_is_accepted_and_left(client: httpx.AsyncClient, said: object) -> None:
    channel, secret = await make_caller()
    assert (await call(client, channel, secret, json.dumps(said).encode())).status_code == 202


async def test_a_key_of_another_channel_is_none_of_its_business(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    other, _ = await make_caller()
    _, delivery = await make_sent(other)
    assert (await call(client, channel, secret, live(delivery))).status_code == 202
    assert await status_of(delivery) == "sending"
    assert await events_of(delivery) == []


@pytest.mark.parametrize(
    "data",
    [
        {"id": "\x00\ud800", "url": "javascript:alert(1)"},
        {"id": 10**400},
        {"id": ["x"], "url": 7},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": "2024-02-30T00:00:00Z"},
    ],
)
async def test_odd_details_of_a_genuine_message_break_nothing(
    client: httpx.AsyncClient, data: dict[str, object]
) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    assert (await call(client, channel, secret, live(delivery, **data))).status_code == 200
    assert await status_of(delivery) == "published"
    found = await sql.row("SELECT remote_id, remote_url FROM delivery WHERE id = $1", delivery.id)
    assert found and found["remote_id"] and found["remote_url"] == ""


# What is kept


async def kept() -> list[Any]:
    return await sql.rows("SELECT * FROM callback ORDER BY id")


async def doubts(channel: Channel) -> int:
    return {id: times for id, _, times in await callers.doubts()}.get(channel.id, 0)


async def test_it_is_stored_before_it_is_answered_and_heard_afterwards(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    answer = await knock(client, forgeries.Door(channel, "standard", secret), live(delivery))
    assert answer.status_code == 200 and await status_of(delivery) == "sending"
    row = (await kept())[0]
    assert (row["delivery"], row["result"], row["type"]) == (delivery.id, None, "delivery.published")
    await hear_all()
    assert await status_of(delivery) == "published"


async def test_the_worker_hears_it_by_itself(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    async with working(), asyncio.timeout(20):
        await knock(client, forgeries.Door(channel, "standard", secret), live(delivery))
        while await status_of(delivery) != "published":  # noqa: ASYNC110  (the worker is another task)
            await asyncio.sleep(0.05)


async def test_a_forgery_leaves_a_count_behind_and_nothing_else(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller()
    for _ in range(3):
        assert (await call(client, channel, new_secret(), {})).status_code == 401
    assert await kept() == [] and await doubts(channel) == 3


async def test_the_same_call_twice_is_known_and_answered_as_well(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    _, delivery = await make_sent(channel)
    answers = [await call(client, channel, secret, live(delivery)) for _ in range(3)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (200, "kept"), (200, "known"), (200, "known"),
    ]  # fmt: skip
    assert len(await kept()) == 1 and await events_of(delivery) == ["confirm"]


async def test_what_could_not_be_read_is_not_kept(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    assert (await call(client, channel, secret, b"{")).status_code == 400
    assert await kept() == [] and await doubts(channel) == 0


async def test_what_people_may_read_of_it_has_no_secret_and_is_cut(client: httpx.AsyncClient) -> None:
    channel, secret = await make_caller()
    said = {"type": "x" * 500, "data": {"note": f"{secret} \x00 " + "y" * 200_000}}
    assert (await call(client, channel, secret, said)).status_code == 202
    row = (await kept())[0]
    assert secret.removeprefix("whsec_") not in row["body"] + row["headers"] and len(row["body"]) == 65_536
    assert row["type"] == "x" * 80 and json.loads(row["headers"])["webhook-id"] == "msg_1"
    assert "webhook-signature" not in row["headers"]


@pytest.mark.parametrize(("off", "counts"), [(-20_000, False), (-400, True), (-3, True), (0.2, False)])
async def test_when_it_happened_is_told_by_the_message_itself(
    client: httpx.AsyncClient, off: float, counts: bool
) -> None:
    channel, secret = await make_caller()
    then = datetime.now(UTC) + timedelta(days=off)
    assert (await call(client, channel, secret, {"timestamp": then.isoformat(), "data": {}})).status_code == 202
    row = (await kept())[0]
    assert (abs(row["at"] - then) < timedelta(seconds=1)) == counts
    assert counts or abs(row["at"] - datetime.now(UTC)) < timedelta(seconds=30)


# Every style


async def knock(client: httpx.AsyncClient, door: forgeries.Door, said: dict[str, Any], id: str = "evt-1") -> Any:
    sent = genuine(door.scheme, door.secret, json.dumps(said).encode(), id=id)
    query = f"?secret={door.secret}" if sent.query else ""
    return await client.post(door.path + query, content=sent.body, headers=sent.headers)


@pytest.mark.parametrize("scheme", [name for name, one in SCHEMES.items() if not one.form])
async def test_every_style_brings_its_delivery_to_an_end(client: httpx.AsyncClient, scheme: str) -> None:
    door = await forgeries.made(scheme)
    _, delivery = await make_sent(door.channel)
    assert (await knock(client, door, live(delivery, id="41"))).status_code == 200
    assert (await knock(client, door, live(delivery, id="41"))).json() == {"status": "known"}
    await hear_all()
    assert await status_of(delivery) == "published" and (await kept())[0]["scheme"] == scheme


@pytest.mark.parametrize("scheme", ["github", "shopify"])
async def test_an_id_that_nobody_signs_makes_no_replay_new(client: httpx.AsyncClient, scheme: str) -> None:
    door = await forgeries.made(scheme)
    _, delivery = await make_sent(door.channel)
    for id in ("evt-1", "evt-2"):
        assert (await knock(client, door, live(delivery), id)).status_code == 200
    assert len(await kept()) == 1


@pytest.mark.parametrize("named", ["data[{}]", "{}"])
async def test_a_form_with_the_same_names_is_understood(client: httpx.AsyncClient, named: str) -> None:
    door = await forgeries.made("mailchimp")
    _, delivery = await make_sent(door.channel)
    data = {"delivery_id": delivery.key, "id": "41", "url": "https://there.example/?a=1&b=2"}
    form = {"type": "delivery.published"} | {named.format(name): value for name, value in data.items()}
    answer = await client.post(f"{door.path}?secret={door.secret}", data=form)
    assert answer.status_code == 200
    await hear_all()
    assert await status_of(delivery) == "published"
    assert await sql.value("SELECT remote_url FROM delivery") == data["url"]
    assert (await client.post(f"{door.path}?secret={door.secret}", content=b"\xff\xfe=1")).status_code == 400


async def test_a_secret_address_alone_is_enough_until_it_has_a_secret(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller("webhook", callbacks="mailchimp")
    path = f"/hooks/{channels.hook_token(channel.id)}"
    assert (await client.post(path, data={"type": "x"})).status_code == 202
    secret = await callers.new_secret(channel.id, by=await somebody("admin"))
    assert (await client.post(path, data={"type": "y"})).status_code == 401
    assert (await client.post(f"{path}?secret={secret}", data={"type": "y"})).status_code == 202


async def test_a_secret_address_whose_secret_is_lost_believes_nobody(client: httpx.AsyncClient) -> None:
    door = await forgeries.made("mailchimp")
    await sql.run("UPDATE channel SET secret = '\\x3030303030303030'::bytea || substr(secret, 9)")
    for query in ("", f"?secret={door.secret}"):
        assert (await client.post(door.path + query, data={"type": "y"})).status_code == 401


# Trials


async def test_meta_and_x_and_mailchimp_try_the_address_first(client: httpx.AsyncClient) -> None:
    meta, x, mailchimp = [await forgeries.made(scheme) for scheme in ("meta", "x", "mailchimp")]
    token = channels.hook_token(meta.channel.id)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    answer = await client.get(meta.path, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    crc = await client.get(x.path, params={"crc_token": "abc"})
    assert crc.status_code == 200 and crc.json()["response_token"].startswith("sha256=")
    assert (await client.get(mailchimp.path, params={"secret": mailchimp.secret})).status_code == 200
    wrong = await client.get(meta.path, params=asked | {"hub.verify_token": "x"})
    assert wrong.status_code == 401 and "1158201444" not in wrong.text and await doubts(meta.channel) == 1
    assert await kept() == []


async def test_who_tries_nothing_is_told_to_post(client: httpx.AsyncClient) -> None:
    channel, _ = await make_caller()
    answer = await client.get(f"/hooks/{channels.hook_token(channel.id)}")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    assert (await client.get("/hooks/1-0")).status_code == 404


# Secrets


async def test_after_a_change_both_secrets_are_believed_for_a_day(client: httpx.AsyncClient) -> None:
    channel, before = await make_caller()
    after = await callers.new_secret(channel.id, by=await somebody("admin"))
    for secret in (before, after):
        assert (await call(client, channel, secret, {})).status_code in (200, 202)
    assert (await channels.account(channel.id)).secrets["secret"] == before, "what we sign is signed as before"
    day = "UPDATE channel SET settings = settings || jsonb_build_object('callback_rotated_at', $1::bigint)"
    await sql.run(day, int((datetime.now(UTC) - timedelta(hours=24, minutes=1)).timestamp()))
    assert (await call(client, channel, before, {})).status_code == 401
    assert (await call(client, channel, after, {})).status_code in (200, 202)
    assert "new_callback_secret" in [row["move"] for row in await sql.rows("SELECT move FROM event")]


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_an_admin_makes_a_new_secret(role: str) -> None:
    channel, _ = await make_caller()
    with pytest.raises(Refused, match="Only an admin"):
        await callers.new_secret(channel.id, by=await somebody(role))


async def test_a_channel_that_signs_with_something_else_has_no_secret_to_change() -> None:
    channel, _ = await make_caller("sandbox")
    with pytest.raises(LookupError):
        await callers.new_secret(channel.id, by=await somebody("admin"))
