"""The callbacks' door: who is believed, what is refused, and that no forgery is ever our error."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app import channels, sql
from app.signing import new_secret
from tests.hooks.calling import call, events_of, live, make_caller, make_sent, status_of
from tests.makers import make_channel

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


@pytest.mark.parametrize("token", ["", "1-0", "1-" + "0" * 40, "%00", "%ff", "x" * 5000, "../1"])
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
