"""Every style of signature believes what its platform signs, to the byte, and nothing else; whatever comes, it says."""

import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as some

from app import signing
from app.signing import Forged, Verified, new_secret
from app.verifiers import SCHEMES, verify
from tests.verifiers.signers import BODILESS, SIGNERS, STAMPED, Sent, forged, genuine, mac

pytestmark = pytest.mark.pure

SECRET = new_secret()
BODY = json.dumps({"type": "delivery.published", "data": {"id": "41", "note": "Ebbe & Flut, \u00fc"}}).encode()


def judged(sent: Sent, *secrets: str, late: timedelta = timedelta()) -> Verified | Forged:
    now = datetime.now(UTC) + late
    return verify(SCHEMES[sent.scheme], secrets or (SECRET,), sent.headers, sent.body, now, query=sent.query)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_the_platform_signs_is_believed(scheme: str) -> None:
    assert SIGNERS.keys() == SCHEMES.keys()
    for body in (BODY, b"", b"\x00\xff", b"x" * 100_000):
        found = judged(genuine(scheme, SECRET, body))
        assert isinstance(found, Verified)
        named = scheme in ("standard", "github", "shopify")
        assert found.id == ("evt-1" if named else sha256(body).hexdigest())
        assert abs(found.at - datetime.now(UTC).timestamp()) < 5


# Published examples, so that our own reading of the documents is not the only one.


def test_githubs_documented_example_is_believed() -> None:
    headers = [("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    found = verify(SCHEMES["github"], ["It's a Secret to Everybody"], headers, b"Hello, World!", datetime.now(UTC))
    assert isinstance(found, Verified)


def test_slacks_documented_example_is_believed() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = [("X-Slack-Signature", signature), ("X-Slack-Request-Timestamp", "1531420618")]
    now = datetime.fromtimestamp(1531420618 + 30, UTC)
    found = verify(SCHEMES["slack"], ["8f742231b10e8888abcd99yyyzzz85a5"], headers, body, now)
    assert isinstance(found, Verified) and found.at == 1531420618


def test_standard_webhooks_is_what_the_published_library_signs_and_what_we_sign_ourselves() -> None:
    now = datetime.now(UTC)
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", now, BODY.decode())
    sent = Sent("standard", [("webhook-id", "msg_1"), ("webhook-timestamp", str(int(now.timestamp()))),
                             ("webhook-signature", signature)], BODY, [])  # fmt: skip
    assert judged(sent) == Verified("msg_1", int(now.timestamp()))
    ours = signing.signed_headers(SECRET, id="msg_1", at=now, body=BODY)
    assert judged(Sent("standard", list(ours.items()), BODY, [])) == judged(sent)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_of_two_secrets_either_vouches_and_none_vouches_for_nothing(scheme: str) -> None:
    other = new_secret()
    assert isinstance(judged(genuine(scheme, SECRET, BODY), other, SECRET), Verified)
    assert isinstance(judged(genuine(scheme, SECRET, BODY), other), Forged)
    nobody = verify(SCHEMES[scheme], [""], genuine(scheme, SECRET, BODY).headers, BODY, datetime.now(UTC))
    assert isinstance(nobody, Verified if scheme == "mailchimp" else Forged)


@pytest.mark.parametrize("scheme", STAMPED)
@pytest.mark.parametrize("seconds", [-304, 304])
def test_outside_five_minutes_either_way_nothing_is_believed(scheme: str, seconds: int) -> None:
    sent = genuine(scheme, SECRET, BODY)
    assert isinstance(judged(sent, late=timedelta(seconds=seconds)), Forged)
    assert isinstance(judged(sent, late=timedelta(seconds=seconds * 0.9)), Verified)


def test_of_several_signatures_one_that_holds_is_enough_where_the_platform_sends_several() -> None:
    stamp = str(int(datetime.now(UTC).timestamp()))
    right = mac(SECRET.encode(), f"{stamp}.".encode() + BODY).hex()
    for header, believed in (
        (f"t={stamp},v1={'0' * 64},v1={right},v0={right}", True),
        (f"t={stamp}," + ",".join(["v1=0"] * 20) + f",v1={right}", False),
        (f"t={stamp},t={stamp},v1={right}", False),
        (f"v1={right}", False),
        (f"t={stamp},v0={right}", False),
    ):
        found = judged(Sent("stripe", [("stripe-signature", header)], BODY, []))
        assert isinstance(found, Verified) == believed, header
    both = f"sha256={'0' * 64},sha256={mac(SECRET.encode(), BODY).hex()}"
    assert isinstance(judged(Sent("github", [("x-hub-signature-256", both)], BODY, [])), Forged)


@pytest.mark.parametrize("id", ["\u00fc", "x" * 256, "a\nb"])
def test_an_id_that_cannot_be_one_is_refused(id: str) -> None:
    assert isinstance(judged(genuine("github", SECRET, BODY, id=id)), Forged)


def test_another_spelling_of_the_right_signature_is_none() -> None:
    right = mac(SECRET.encode(), BODY)
    for text in (
        right.hex().upper(),
        " ".join(right.hex()[n : n + 2] for n in range(0, 64, 2)),
        f"{right.hex()}\u00e9",
    ):
        assert isinstance(judged(Sent("meta", [("x-hub-signature-256", f"sha256={text}")], BODY, [])), Forged)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def digest(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", digest)
    for scheme in SCHEMES:
        sent = genuine(scheme, SECRET, BODY)
        judged(sent, new_secret())
        assert compared and {*compared} == {(32, 32)}, scheme
        compared.clear()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_none_of_a_thousand_forgeries_is_believed(scheme: str) -> None:
    chance, ways = random.Random(7), set()
    for number in range(1000):
        way, sent = forged(chance, SECRET, BODY, scheme)
        ways.add(way)
        assert isinstance(judged(sent), Forged), (number, way, sent)
    assert len(ways) >= (2 if scheme == "mailchimp" else 7 if scheme in BODILESS else 11)


@given(
    scheme=some.sampled_from(sorted(SCHEMES)),
    values=some.lists(some.text(some.characters(max_codepoint=255), max_size=80), min_size=4, max_size=4),
    body=some.binary(max_size=200),
)
def test_whatever_comes_it_never_raises(scheme: str, values: list[str], body: bytes) -> None:
    style = SCHEMES[scheme]
    headers = list(zip(sorted(style.headers), values, strict=False))
    prefixed = [(name, f"{style.part}={value},{style.stamp_part}=1{value}") for name, value in headers]
    for given_headers in (headers, prefixed, headers + headers):
        query = [("secret", values[0])]
        found = verify(style, [SECRET], given_headers, body, datetime.now(UTC), query=query)
        assert isinstance(found, Forged)
