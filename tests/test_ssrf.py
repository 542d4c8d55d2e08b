"""Nothing private is reached: by number, by name, by redirect, or by a name that changes its mind."""

import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

import pytest

from app.safe_http import Call, Failure, send
from app.safe_http.addresses import NOT_PUBLIC_4, public
from app.safe_http.call import Broken
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

NOWHERE: frozenset[str] = frozenset()
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1"]


@dataclass
class Sockets:
    """What the audit hook saw. A hook cannot be taken out again, so it looks here whether it is wanted."""

    watching: bool = False
    tried: list[str] = field(default_factory=list)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.watching or event != "socket.connect" or not isinstance(args[1], tuple):
            return
        self.tried.append(f"{args[1][0]}:{args[1][1]}")
        if args[1][0] != "127.0.0.1":
            raise ConnectionRefusedError("tests reach nothing outside")


SOCKETS = Sockets()
sys.addaudithook(SOCKETS)


@pytest.fixture
def tried() -> Iterator[list[str]]:
    SOCKETS.watching, SOCKETS.tried = True, []
    yield SOCKETS.tried
    SOCKETS.watching = False


class Names:
    """The resolver: names from a table, each answer used up in turn; numbers as the system reads them."""

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self.table:
            answers = self.table[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError) as error:
            raise Broken("dns", "no such name") from error
        return [str(info[4][0]) for info in infos]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr("app.safe_http.backend.resolve", names)
    return names


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


def allowed(receiver: Receiver) -> frozenset[str]:
    return frozenset({f"127.0.0.1:{receiver.port}"})


def private_numbers() -> list[IPv4Address]:
    return [net[at] for net in NOT_PUBLIC_4 for at in (0, net.num_addresses // 2, -1)]


def spelled(number: IPv4Address) -> list[str]:
    """One IPv4 address in every spelling that some resolver or network takes for it."""
    a, b, c, d = number.packed
    word, pair = int(number), f"{a:02x}{b:02x}:{c:02x}{d:02x}"
    return [
        str(number), str(word), hex(word), f"0{word:o}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{hex(a)}.{hex(b)}.{hex(c)}.{hex(d)}", f"{a}.{b}.{c * 256 + d}", f"{a}.{b * 65536 + c * 256 + d}",
        f"{a}。{b}。{c}。{d}", f"[::ffff:{number}]", f"[::ffff:{pair}]", f"[::{number}]",
        f"[::ffff:0:{pair}]", f"[64:ff9b::{pair}]", f"[64:ff9b:1::{pair}]", f"[2002:{pair}::1]",
        f"[2001:0:4136:e378:8000:63bf:{255 - a:02x}{255 - b:02x}:{255 - c:02x}{255 - d:02x}]",
    ]  # fmt: skip


NAMED = [f"http://{spelling}/" for number in private_numbers() for spelling in spelled(number)]
SIXES = [
    "::", "::1", "::2", "fe80::1", "fe80::1%25lo", "febf::1", "fc00::1", "fd12:3456:789a::1", "fec0::1", "ff02::1",
    "ff0e::1", "100::1", "2001:db8::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "3fff::1", "5f00::1",
    "64:ff9b:1::1", "4000::1", "8000::1", "e000::1", "2002:7f00:1::", "::ffff:7f00:1", "::ffff:0:7f00:1",
]  # fmt: skip
ODD = [
    "http://localhost/", "http://LOCALHOST./", "http://127.1/", "http://0/", "http://0x7f.1/", "http://017700000001/",
    "http://①②⑦.⓪.⓪.①/", "http://127.0.0.1:80\\@example.com/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1:80#@example.com/", "http://127.0.0.1?@example.com/", "http://[::]/", "http://[::1%25lo]/",
    "http://169.254.169.254/latest/meta-data/", "http://metadata/", "ftp://127.0.0.1/", "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO", "http:///127.0.0.1", "http://", "//127.0.0.1/", "http:127.0.0.1", "",
    "http://127.0.0.1\t/", "http://127.0.0.1%00.example.com/", "http://exa\nmple.com/", "http://[127.0.0.1]/",
    "http://example.com:22/", "http://example.com:6379/", "http://example.com:99999/", "http://example.com:-1/",
    "http://" + "a" * 2050 + ".com/", "http://" + "a" * 70 + ".com/", "javascript:alert(1)", "http://\ud800/",
]  # fmt: skip
VECTORS = NAMED + [f"http://[{six}]/" for six in SIXES] + ODD


def test_there_are_enough_vectors() -> None:
    assert len(set(VECTORS)) >= 500


async def test_no_spelling_of_a_private_address_is_connected_to(names: Names, tried: list[str]) -> None:
    names.table |= {"localhost": [["127.0.0.1"]], "localhost.": [["127.0.0.1"]], "metadata": [["169.254.169.254"]]}
    for url in VECTORS:
        outcome = await send(Call("GET", url), allow=NOWHERE)
        assert isinstance(outcome, Failure), url
        assert not outcome.sent, url
        assert outcome.reason in ("blocked", "invalid", "dns"), (url, outcome)
    assert tried == []


async def test_no_name_of_a_private_address_is_connected_to(names: Names, tried: list[str]) -> None:
    bad = [str(number) for number in private_numbers()] + [six.partition("%")[0] for six in SIXES]
    for address in bad:
        for answered in ([address], [*PUBLIC, address], [address, *PUBLIC]):
            names.table["site.example"] = [answered]
            outcome = await send(Call("POST", "https://site.example/"), allow=NOWHERE)
            assert isinstance(outcome, Failure)
            assert (outcome.sent, outcome.reason) == (False, "blocked"), answered
    assert tried == []


async def test_a_name_that_changes_its_mind_is_looked_up_once(names: Names, tried: list[str]) -> None:
    names.table["rebind.example"] = [[PUBLIC[0]], ["127.0.0.1"]]
    outcome = await send(Call("GET", "http://rebind.example/"), allow=NOWHERE)
    assert names.asked == ["rebind.example"]
    assert tried == [f"{PUBLIC[0]}:80"]
    assert outcome == Failure(False, "refused", "rebind.example did not take the connection on port 80.")


async def test_every_vetted_address_is_tried_before_giving_up(names: Names, tried: list[str]) -> None:
    names.table["site.example"] = [PUBLIC]
    await send(Call("GET", "https://site.example/"), allow=NOWHERE)
    assert tried == [f"{address}:443" for address in PUBLIC]


@pytest.mark.parametrize(
    "address", [*PUBLIC, "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1", "100.128.0.1"]
)
def test_the_public_internet_stays_reachable(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize("address", ["", "example.com", "1.2.3", "0x7f.1", "::g"])
def test_what_is_no_address_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/", "http://localhost:{port}/", "http://[::1]:{port}/", "//169.254.169.254/",
        "http://2130706433/", "file:///etc/passwd", "http://a:b@127.0.0.1:{port}/", "http://[bad/", "gopher://x/",
    ],
)  # fmt: skip
async def test_a_redirect_is_vetted_like_any_address(
    receiver: Receiver, names: Names, tried: list[str], location: str
) -> None:
    names.table["localhost"] = [["127.0.0.1"]]
    to = location.format(port=receiver.port, other=receiver.port + 1)
    receiver.play(Fault("redirect", status=302, headers={"location": to}))
    outcome = await send(Call("GET", receiver.origin), allow=allowed(receiver))
    assert isinstance(outcome, Failure)
    assert outcome.reason in ("blocked", "invalid", "dns")
    assert tried == [f"127.0.0.1:{receiver.port}"]
