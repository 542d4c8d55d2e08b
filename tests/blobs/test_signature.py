"""Our signature is the one botocore makes, byte for byte: test servers check no secret, real ones nothing else."""

from datetime import UTC, datetime, timedelta, timezone
from unittest import mock
from urllib.parse import quote

import pytest
from botocore import auth
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from app.blobs.signature import Keys, signed
from app.blobs.store import Store

pytestmark = pytest.mark.pure
AT = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
PATHS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)
HOSTS = st.sampled_from(
    ["s3.eu-central-1.amazonaws.com", "minio.example.com:9000", "127.0.0.1:9000", "store.example:443", "S3.Example.COM"]
)
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2098, 12, 31), timezones=st.just(UTC))
BODIES = st.binary(max_size=400)


def theirs(method: str, url: str, headers: dict[str, str], body: bytes, keys: Keys, at: datetime) -> dict[str, str]:
    """What botocore's S3 signer adds to the same request at the same moment."""
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    # botocore signs https bodies only when asked to; over http, as here, it always does.
    with mock.patch.object(auth, "get_current_datetime", lambda *_, **__: at.replace(tzinfo=None)):
        S3SigV4Auth(Credentials(keys.access, keys.secret), "s3", keys.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def same(method: str, url: str, headers: dict[str, str], body: bytes, keys: Keys, at: datetime) -> None:
    ours = signed(method, url, headers, body, keys=keys, at=at)
    expected = theirs(method, url, headers, body, keys, at)
    assert ours["authorization"] == expected["authorization"]
    assert ours["x-amz-content-sha256"] == expected["x-amz-content-sha256"]
    assert ours["x-amz-date"] == expected["x-amz-date"]


@settings(max_examples=400, deadline=None)
@given(
    method=st.sampled_from(["PUT", "GET", "DELETE", "HEAD"]), host=HOSTS, path=PATHS, body=BODIES, at=TIMES,
    access=TEXT, secret=TEXT, region=st.sampled_from(["us-east-1", "eu-central-1", "auto", "garage", "cn-north-1"]),
)  # fmt: skip
def test_any_key_region_path_and_time_is_signed_as_botocore_does(
    method: str, host: str, path: str, body: bytes, at: datetime, access: str, secret: str, region: str
) -> None:
    url = f"http://{host}/bucket/{quote(path, safe='/-._~')}"
    headers = {"Content-Type": "image/png"} if method == "PUT" else {}
    same(method, url, headers, body, Keys(access, secret, region), at)


@settings(max_examples=200, deadline=None)
@given(values=st.dictionaries(st.sampled_from(["x-amz-acl", "content-type", "x-amz-meta-a", "if-match"]), TEXT))
def test_any_headers_are_signed_as_botocore_does(values: dict[str, str]) -> None:
    same("PUT", "http://minio.example.com:9000/b/k", values, b"x", Keys("id", "secret", "us-east-1"), AT)


@pytest.mark.parametrize("value", ["a  b", " a", "a ", "a   b   c"])
def test_spaces_in_a_header_are_folded_before_they_are_signed(value: str) -> None:
    same("PUT", "http://h/b/k", {"x-amz-meta-a": value}, b"", Keys("id", "secret", "us-east-1"), AT)
    assert signed("PUT", "http://h/b/k", {"X-Amz-Meta-A": value}, b"", keys=Keys("i", "s", "r"), at=AT)[
        "x-amz-meta-a"
    ] == " ".join(value.split())


def test_a_moment_of_any_zone_is_told_in_utc() -> None:
    keys, tokyo = Keys("id", "secret", "us-east-1"), AT.astimezone(timezone(timedelta(hours=9)))
    made = signed("GET", "http://h/b/k", {}, b"", keys=keys, at=tokyo)
    assert made == signed("GET", "http://h/b/k", {}, b"", keys=keys, at=AT)


@pytest.mark.parametrize("change", ["method", "url", "body", "secret", "region", "at"])
def test_whatever_is_changed_changes_the_proof(change: str) -> None:
    known = {"method": "PUT", "url": "http://h/b/k", "body": b"x", "at": AT, "secret": "s", "region": "r"}
    other = {"method": "GET", "url": "http://h/b/l", "body": b"y", "at": AT + timedelta(seconds=1), "secret": "t",
             "region": "q"}  # fmt: skip

    def proof(of: dict[str, object]) -> str:
        keys = Keys("id", str(of["secret"]), str(of["region"]))
        made = signed(str(of["method"]), str(of["url"]), {}, of["body"], keys=keys, at=of["at"])  # type: ignore[arg-type]
        return made["authorization"].rsplit("Signature=")[1]

    assert proof(known) != proof(known | {change: other[change]})


@settings(max_examples=200, deadline=None)
@given(key=PATHS)
def test_an_address_is_encoded_once_whatever_is_in_it(key: str) -> None:
    known = Store("http://h:9000/deep", "bucket", Keys("i", "s", "r"))
    url = known.address(key)
    assert url == f"http://h:9000/deep/bucket/{quote(key, safe='/-._~')}" and url.isascii()


def test_the_bucket_stands_in_the_path_or_in_front_of_the_host() -> None:
    keys = Keys("i", "s", "r")
    assert Store("https://S3.example.com", "b", keys).address("k/l.png") == "https://s3.example.com/b/k/l.png"
    assert Store("https://s3.example.com", "b", keys, False).address("k/l.png") == "https://b.s3.example.com/k/l.png"
