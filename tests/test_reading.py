"""Reading other machines' answers: Retry-After, JSON, and excerpts that may be stored and shown."""

from datetime import UTC, datetime, timedelta

import pytest

from app.safe_http import Reply, excerpt, json_object, retry_after


def reply(body: bytes = b"", **headers: str) -> Reply:
    return Reply(200, {name.replace("_", "-"): value for name, value in headers.items()}, body, 0.1, "")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), ("0", 0), (" 7 ", 7), ("1.5", 2), ("9" * 5000, 86400), ("86401", 86400),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60), ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 21 Nov 2027 12:00:00 GMT", 86400), ("Sat, 21 Nov 2026 12:01:00 -0000", 60),
        ("", None), ("soon", None), ("-5", None), ("1e999", None), ("nan", None), ("Sat, 99 Nov 2026", None),
        ("Sat, 21 Nov 99999 12:01:00 GMT", None), ("\u0663", None),
    ],
)  # fmt: skip
def test_retry_after_of_every_shape(value: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    wanted = None if seconds is None else now + timedelta(seconds=seconds)
    assert retry_after(reply(retry_after=value), now) == wanted


@pytest.mark.parametrize("body", [b"", b"[1]", b'"x"', b"{", b"\xff\xfe", b"[" * 200_000, b'{"a": ' * 200_000, b"null"])
def test_what_is_no_json_object_is_none(body: bytes) -> None:
    assert json_object(reply(body)) is None


def test_an_excerpt_is_short_masked_and_storable() -> None:
    secret = 'p&ss"w/ord+é'
    body = f'{secret} p&amp;ss&quot;w/ord+é p%26ss%22w%2Ford%2B%C3%A9 p&ss\\"w/ord+\\u00e9 \x00 ' + "x" * 900
    text = excerpt(body.encode(), [secret, "", "abc"])
    assert text.startswith("[hidden] [hidden] [hidden] [hidden] \ufffd ")
    assert len(text) == 500


def test_a_secret_across_the_cut_is_masked_whole() -> None:
    assert "canary" not in excerpt(b"x" * 497 + b"canary-secret", ["canary-secret"])
    assert "c" not in excerpt(b"x" * 497 + b"canary-secret", ["canary-secret"])[:497]
