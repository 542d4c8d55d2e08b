"""The one door out tells "not sent" from "unknown", gives credentials to nobody else, and holds to its cap."""

import asyncio
import contextlib
import socket
import struct
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.safe_http import Call, Failure, Reply, host_port, masked, opened, send
from app.safe_http.call import Broken
from app.safe_http.client import Course
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


# Every phase of a call, at a raw socket that breaks it there. Until the request begins to leave, nothing was sent.


@asynccontextmanager
async def breaking(how: Callable[[socket.socket], None]) -> AsyncIterator[str]:
    """A port that takes one connection, does `how` to it in a thread of its own, and says where it is."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(1)
        done = asyncio.create_task(asyncio.to_thread(_broken, door, how))
        yield f"127.0.0.1:{door.getsockname()[1]}"
        await done


def _broken(door: socket.socket, how: Callable[[socket.socket], None]) -> None:
    taken, _ = door.accept()
    with taken:
        taken.settimeout(5)
        with contextlib.suppress(OSError):
            how(taken)


def reset(taken: socket.socket) -> None:
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()


def reset_later(taken: socket.socket) -> None:
    """After the asker has read what there was: a reset throws away what waits to be read."""
    time.sleep(0.2)
    reset(taken)


def silent(taken: socket.socket) -> None:
    while taken.recv(4096):
        pass


def asked(taken: socket.socket) -> None:
    taken.recv(65536)


def answered(*parts: bytes, then: Callable[[socket.socket], None] = lambda taken: None) -> Callable[..., None]:
    def how(taken: socket.socket) -> None:
        asked(taken)
        for part in parts:
            taken.sendall(part)
        then(taken)

    return how


def endless(part: bytes) -> Callable[[socket.socket], None]:
    def how(taken: socket.socket) -> None:
        while True:
            taken.sendall(part)

    return how


def dripping(taken: socket.socket) -> None:
    while True:
        taken.sendall(b"X-Slow: 1\r\n")
        time.sleep(0.05)


OK, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (answered(then=reset), "tls"),
        (lambda taken: None, "tls"),
        (silent, "timeout"),
        (answered(b"HTTP/1.1 400 Bad\r\n\r\n"), "tls"),
        (answered(b"\x15\x03\x01\x00\x02\x02\x28"), "tls"),
    ],
    ids=["reset", "closed", "silent", "no TLS at all", "alert"],
)
async def test_whatever_breaks_the_handshake_nothing_was_sent(
    how: Callable[[socket.socket], None], reason: str
) -> None:
    async with breaking(how) as where:
        outcome = await send(Call("POST", f"https://{where}/", body=b"{}", seconds=0.6), allow=frozenset({where}))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason, outcome.status) == (False, reason, None)


@pytest.mark.parametrize(
    ("how", "reason", "status"),
    [
        (answered(then=reset), "broken", None),
        (answered(), "broken", None),
        (answered(OK, then=reset), "broken", None),
        (answered(SIZED, b"half", then=reset_later), "broken", 200),
        (answered(SIZED, b"half"), "broken", 200),
        (answered(b"no HTTP here\r\n\r\n"), "broken", None),
        (answered(OK, then=dripping), "timeout", None),
        (answered(OK, then=endless(b"x-more: " + b"y" * 1000 + b"\r\n")), "broken", None),
        (answered(CHUNKED, then=endless(CHUNK)), "too_large", 200),
        (answered(CHUNKED, b"zz\r\n"), "broken", 200),
        (answered(SIZED, then=silent), "timeout", 200),
        (silent, "timeout", None),
    ],
    ids=[
        "reset before the answer", "closed before the answer", "reset in the headers",
        "reset in the body", "closed in the body", "no HTTP", "slow headers", "endless headers", "endless body",
        "broken chunks", "silent body", "silent",
    ],
)  # fmt: skip
async def test_whatever_breaks_after_the_request_began_to_leave_is_unknown(
    how: Callable[[socket.socket], None], reason: str, status: int | None
) -> None:
    async with breaking(how) as where:
        outcome = await send(Call("POST", f"http://{where}/", body=b"{}", seconds=0.8), allow=frozenset({where}))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason, outcome.status) == (True, reason, status)


async def test_a_request_cut_off_while_it_leaves_is_unknown() -> None:
    """Ten megabytes that nobody reads: part of them left."""
    async with breaking(lambda taken: (time.sleep(0.2), reset(taken))[1]) as where:
        call = Call("POST", f"http://{where}/", body=b"x" * 10_000_000, seconds=2)
        outcome = await send(call, allow=frozenset({where}))
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason) == (True, "broken")


async def test_a_name_server_that_says_there_is_no_such_name_proves_that_nothing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver's own answers: no such name, none for now, none at all."""
    for number in (socket.EAI_NONAME, socket.EAI_AGAIN, None):

        async def getaddrinfo(*asked: object, number: int | None = number, **more: object) -> list[object]:
            if number is not None:
                raise socket.gaierror(number, "from the resolver")
            return []

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        outcome = await send(Call("POST", "https://site.example/"), allow=frozenset())
        assert isinstance(outcome, Failure)
        assert (outcome.sent, outcome.reason) == (False, "dns")


async def test_a_name_server_that_never_answers_is_given_up_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*asked: object, **more: object) -> list[object]:
        await asyncio.sleep(60)
        return []

    monkeypatch.setattr("app.safe_http.client.CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    outcome = await send(Call("POST", "https://site.example/"), allow=frozenset())
    assert isinstance(outcome, Failure)
    assert (outcome.sent, outcome.reason) == (False, "connect_timeout")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer abc.def-ghi_123", "Authorization: Bearer [hidden]"),
        ("basic YW5uYTpwYXNz==, then more", "basic [hidden], then more"),
        ("The bearer of news", "The bearer of news"),
        ("your key is hunter22", "your key is [hidden]"),
        ("Basic plan", "Basic plan"),
    ],
)
def test_what_calls_itself_a_credential_is_masked(text: str, kept: str) -> None:
    assert masked(text, ["hunter22"]) == kept


async def test_a_process_that_stood_still_sends_nothing_once_its_time_is_over() -> None:
    course = Course(0.05)
    await course.watch("connection.connect_tcp.started", {})
    await asyncio.sleep(0.06)
    with pytest.raises(TimeoutError):
        await course.watch("http11.send_request_headers.started", {})
    assert not course.sent
