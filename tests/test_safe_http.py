"""The one door out tells "not sent" from "unknown", gives credentials to nobody else, and holds to its cap."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from app.safe_http import Call, Failure, Reply, host_port, opened, send
from app.safe_http.call import Broken
from app.settings import Settings
from tests.platforms.faults import Fault, answer
from tests.platforms.receiver import Receiver
from tests.platforms.shelf import Asked


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


def allowed(receiver: Receiver) -> frozenset[str]:
    return frozenset({f"127.0.0.1:{receiver.port}"})


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that knows one name."""

    async def resolve(host: str, port: int) -> list[str]:
        if host != "site.example":
            raise Broken("dns", "no such name")
        return ["127.0.0.1"]

    monkeypatch.setattr("app.safe_http.backend.resolve", resolve)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_is_never_redirected(receiver: Receiver, method: str, status: int) -> None:
    receiver.play(Fault("redirect", status=status, headers={"location": f"{receiver.origin}/hook"}))
    reply = await send(Call(method, receiver.origin, body=b"{}"), allow=allowed(receiver))
    assert isinstance(reply, Reply)
    assert (reply.status, len(receiver.requests())) == (status, 1)


async def test_a_read_follows_three_redirects_and_no_more(receiver: Receiver) -> None:
    hop = Fault("redirect", status=302, headers={"location": "/next"})
    receiver.play(hop, hop, hop, Fault("status", status=200))
    reply = await send(Call("GET", receiver.origin), allow=allowed(receiver))
    assert isinstance(reply, Reply) and reply.ok
    assert reply.url == f"{receiver.origin}/next"
    receiver.play(*[hop] * 9)
    endless = await send(Call("GET", receiver.origin), allow=allowed(receiver))
    assert isinstance(endless, Failure)
    assert (endless.reason, len(receiver.requests())) == ("redirects", 8)


async def test_another_origin_sees_no_credentials(receiver: Receiver) -> None:
    keys = {"authorization": "Bearer canary-1", "x-api-key": "canary-2", "cookie": "canary-3", "accept": "image/png"}
    async with Receiver() as other:
        both = allowed(receiver) | allowed(other)
        receiver.play(Fault("redirect", status=302, headers={"location": f"{other.origin}/there"}))
        other.play(Fault("echo"))
        there = await send(Call("GET", receiver.origin, keys), allow=both)
        receiver.play(Fault("redirect", status=302, headers={"location": "/here"}), Fault("echo"))
        here = await send(Call("GET", receiver.origin, keys), allow=both)
    assert isinstance(there, Reply) and isinstance(here, Reply)
    assert b"canary" not in there.body and b"image/png" in there.body
    assert here.body.count(b"canary") == 3


@pytest.mark.usefixtures("names")
async def test_the_host_header_keeps_the_name(receiver: Receiver) -> None:
    receiver.play(Fault("echo"))
    address = f"site.example:{receiver.port}"
    reply = await send(Call("GET", f"http://{address}/"), allow=frozenset({address}))
    assert isinstance(reply, Reply)
    assert f'"host": "{address}"'.encode() in reply.body


async def test_a_proxy_in_the_environment_is_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    reply = await send(Call("GET", receiver.origin), allow=allowed(receiver))
    assert isinstance(reply, Reply)


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "\x00", "grün", "\ud800"])
async def test_a_header_that_cannot_be_sent_is_not_sent(receiver: Receiver, value: str) -> None:
    outcome = await send(Call("POST", receiver.origin, {"x-name": value}), allow=allowed(receiver))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason) == (False, "invalid")
    assert not receiver.requests()


@pytest.mark.usefixtures("names")
async def test_a_missing_name_and_a_closed_port_are_not_sent(receiver: Receiver) -> None:
    await receiver.stop()
    door = f"site.example:{receiver.port}"
    closed = await send(Call("POST", f"http://{door}/"), allow=frozenset({door}))
    missing = await send(Call("POST", "https://no-such-name.example/"), allow=frozenset())
    assert isinstance(closed, Failure) and isinstance(missing, Failure)
    assert (closed.sent, closed.reason) == (False, "refused")
    assert (missing.sent, missing.reason) == (False, "dns")


async def test_a_door_that_never_opens_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.safe_http.client.CONNECT_SECONDS", 0.2)
    with socket.socket() as full:  # a backlog of one, filled: the kernel drops what comes after
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        where = f"127.0.0.1:{full.getsockname()[1]}"
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        outcome = await send(Call("POST", f"http://{where}/"), allow=frozenset({where}))
        for each in waiting:
            each.close()
    assert isinstance(outcome, Failure)
    assert not outcome.sent
    assert outcome.reason in ("connect_timeout", "refused")


async def test_a_failed_handshake_is_not_sent(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.safe_http.client.CONNECT_SECONDS", 0.2)
    outcome = await send(Call("POST", receiver.origin.replace("http", "https")), allow=allowed(receiver))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason) == (False, "tls")
    assert not receiver.requests()


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [
        ("drop_before", "broken", None), ("drop_after", "broken", None), ("hold_before", "timeout", None),
        ("drip", "timeout", None), ("huge", "too_large", 200), ("bomb", "too_large", 200),
        ("cut", "broken", 200), ("strange_encoding", "undecodable", 200), ("damaged_gzip", "undecodable", 200),
    ],
)  # fmt: skip
async def test_after_the_first_byte_every_failure_is_unknown(
    receiver: Receiver, fault: str, reason: str, status: int | None
) -> None:
    receiver.play(Fault(fault, seconds=0.05))
    answer(Fault("bomb"), Asked("GET", "/", {}, b""), b"")  # compressing the bomb is not what is timed here
    call = Call("POST", f"{receiver.origin}/hook", body=b'{"type": "ping"}', seconds=0.7)
    outcome = await send(call, allow=allowed(receiver))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason, outcome.status) == (True, reason, status)


async def test_a_gzip_bomb_never_unfolds(receiver: Receiver) -> None:
    answer(Fault("bomb"), Asked("GET", "/", {}, b""), b"")
    receiver.play(Fault("bomb", on=("GET",)))
    tracemalloc.start()
    try:
        outcome = await send(Call("GET", f"{receiver.origin}/sandbox/1/items"), allow=allowed(receiver))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, Failure) and outcome.reason == "too_large"
    assert peak < 12_000_000


async def test_a_cancelled_call_stays_cancelled(receiver: Receiver) -> None:
    receiver.play(Fault("hold_before"))
    task = asyncio.create_task(send(Call("POST", receiver.origin), allow=allowed(receiver)))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_cap_counts_what_is_read(receiver: Receiver) -> None:
    body = "x" * 5000
    receiver.play(*[Fault("status", status=200, body=body)] * 2)
    fits = await send(Call("GET", receiver.origin, cap=5000), allow=allowed(receiver))
    over = await send(Call("GET", receiver.origin, cap=4999), allow=allowed(receiver))
    assert isinstance(fits, Reply) and len(fits.body) == 5000
    assert isinstance(over, Failure) and over.reason == "too_large"


def test_what_the_operator_listed_and_our_own_address_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Settings(allow_private_hosts=" Ollama:11434, [::1]:9 ,10.0.0.7:8080", public_url="https://desk.example.com")
    monkeypatch.setattr("app.safe_http.targets.settings", lambda: ours)
    assert opened() == {"ollama:11434", "::1:9", "10.0.0.7:8080", "desk.example.com:443"}
    assert host_port("http://[::1]:9/x") in opened()
    assert host_port("not an address") == ""
