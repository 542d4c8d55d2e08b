"""How an address is tried before it is used: answered to who may ask, and nothing of ours is told."""

import base64
import json

import pytest

from app.verifiers import SCHEMES, Reply, reply
from tests.verifiers.signers import mac

pytestmark = pytest.mark.pure

SECRET, TOKEN = "the app's own secret", "7-0123456789abcdef"


def tried(scheme: str, *query: tuple[str, str], secrets: tuple[str, ...] = (SECRET,)) -> Reply | None:
    return reply(SCHEMES[scheme], secrets, query, token=TOKEN)


def hub(token: str = TOKEN, challenge: str = "1158201444", mode: str = "subscribe") -> list[tuple[str, str]]:
    return [("hub.mode", mode), ("hub.challenge", challenge), ("hub.verify_token", token)]


def test_meta_hears_its_challenge_when_it_knows_the_end_of_our_address() -> None:
    assert tried("meta", *hub()) == Reply("1158201444")


@pytest.mark.parametrize(
    "query",
    [
        hub(token="another"), hub(token=""), hub(token=SECRET), hub(mode="unsubscribe"), hub(challenge=""),
        hub(challenge="<script>"), hub(challenge="x" * 201), [*hub(), ("hub.challenge", "2")], [], hub()[:2],
        hub(token="\u00e9\ud800"),
    ],
)  # fmt: skip
def test_meta_hears_nothing_otherwise(query: list[tuple[str, str]]) -> None:
    assert tried("meta", *query) is None


def test_x_hears_its_token_signed() -> None:
    found = tried("x", ("crc_token", "MDk4-abc_1="))
    signed = base64.b64encode(mac(SECRET.encode(), b"MDk4-abc_1=")).decode()
    assert (
        found and found.media == "application/json" and json.loads(found.text) == {"response_token": f"sha256={signed}"}
    )


@pytest.mark.parametrize("token", ["", '{"type": "delivery.published"}', "[1]", "a b", "x" * 201, "\u00e9"])
def test_x_has_nothing_signed_that_could_be_a_call(token: str) -> None:
    assert tried("x", ("crc_token", token)) is None
    assert tried("x", ("crc_token", "abc"), secrets=()) is None


def test_mailchimp_finds_the_address_and_needs_its_secret_when_it_has_one() -> None:
    assert tried("mailchimp", secrets=()) == Reply("")
    assert tried("mailchimp", ("secret", SECRET)) == Reply("")
    assert tried("mailchimp") is None and tried("mailchimp", ("secret", "no")) is None


@pytest.mark.parametrize("scheme", [name for name, one in SCHEMES.items() if not one.asks])
def test_nobody_else_is_answered(scheme: str) -> None:
    assert tried(scheme, *hub(), ("crc_token", "abc"), ("secret", SECRET)) is None
