"""Standard Webhooks, checked against the reference library; no forged shape passes and none raises."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.signing import Forged, Verified, new_secret, signed_headers, usable, verify

SECRET, OLD = new_secret(), new_secret()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BODY = b'{"type": "post.publish"}'
GOOD = signed_headers(SECRET, id="msg_1", at=NOW, body=BODY)
SIGNATURE = GOOD["webhook-signature"]
SHAPES = st.text(max_size=80) | st.sampled_from(
    ["v1,", "v1", ",", "v1,=", "v1,é", "v2," + SIGNATURE[3:], "nan", "1e999", "1_0", "-1", " ", "\x00", "v1,v1,AA"]
)


def test_the_reference_library_takes_our_signature_and_we_take_its() -> None:
    now = datetime.now(UTC)
    headers = signed_headers(SECRET, id="msg_1", at=now, body=BODY)
    assert Webhook(SECRET).verify(BODY, headers) == {"type": "post.publish"}
    theirs = Webhook(SECRET).sign("msg_2", now, BODY.decode())
    headers = {"Webhook-Id": "msg_2", "Webhook-Timestamp": str(int(now.timestamp())), "Webhook-Signature": theirs}
    assert verify([SECRET], headers, BODY, now=now) == Verified("msg_2", int(now.timestamp()))


def test_either_secret_serves_during_rotation() -> None:
    older = signed_headers(OLD, id="msg_1", at=NOW, body=BODY)["webhook-signature"]
    both = GOOD | {"webhook-signature": f"v1a,AAAA {older} {SIGNATURE}"}
    assert isinstance(verify([SECRET], both, BODY, now=NOW), Verified)
    assert isinstance(verify([new_secret(), OLD], both, BODY, now=NOW), Verified)
    assert isinstance(verify([new_secret()], both, BODY, now=NOW), Forged)
    assert isinstance(verify([], both, BODY, now=NOW), Forged)


@pytest.mark.parametrize(("seconds", "genuine"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_message_is_believed_for_five_minutes_either_way(seconds: int, genuine: bool) -> None:
    later = NOW + timedelta(seconds=seconds)
    assert isinstance(verify([SECRET], GOOD, BODY, now=later), Verified) == genuine


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", b'{"type":"post.publish"}', b"\xff"])
def test_other_bytes_are_forged(body: bytes) -> None:
    assert isinstance(verify([SECRET], GOOD, body, now=NOW), Forged)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "x", "\x00", "é", "9" * 400, "nan", "1e999", "1_0", "v1,", "v1,é", "v1"])
def test_a_header_of_another_shape_is_forged(name: str, value: str | None) -> None:
    headers = {key: kept for key, kept in GOOD.items() if key != name}
    if value is not None:
        headers[name] = value
    assert isinstance(verify([SECRET], headers, BODY, now=NOW), Forged)


def test_the_fiftieth_signature_is_not_looked_at() -> None:
    headers = GOOD | {"webhook-signature": " ".join(["v1,AAAA"] * 50 + [SIGNATURE])}
    assert isinstance(verify([SECRET], headers, BODY, now=NOW), Forged)


@given(id=SHAPES, stamp=SHAPES, signature=SHAPES, body=st.binary(max_size=40), secret=SHAPES)
def test_no_shape_of_anything_raises_or_passes(id: str, stamp: str, signature: str, body: bytes, secret: str) -> None:
    headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
    assert isinstance(verify([secret, SECRET], headers, body, now=NOW), Forged)
    mixed = GOOD | {"webhook-signature": signature}
    assert isinstance(verify([secret], mixed, BODY, now=NOW), Forged)


@pytest.mark.parametrize(("size", "fits"), [(23, False), (24, True), (32, True), (64, True), (65, False)])
def test_a_secret_has_24_to_64_bytes(size: int, fits: bool) -> None:
    text = base64.b64encode(b"k" * size).decode()
    assert usable("whsec_" + text) == fits
    assert usable(text.rstrip("=")) == fits


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ümlaut", "whsec_" + "*" * 44])
def test_what_is_no_secret_cannot_sign(secret: str) -> None:
    assert not usable(secret)
    with pytest.raises(ValueError, match="not a webhook secret"):
        signed_headers(secret, id="a", at=NOW, body=b"")


def test_new_secrets_differ_and_are_usable() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(usable(secret) for secret in made)
