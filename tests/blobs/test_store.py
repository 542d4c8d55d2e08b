"""Objects in an S3-compatible server: there whole, read back, gone; and every way a store fails has a name."""

import asyncio

import pytest

from app.blobs import store
from app.blobs.store import StoreTrouble
from app.settings import Settings, SettingsError, demand_store, read
from tests.blobs.stores import NO_SUCH_KEY, Bucket, Faulty, elsewhere, error

KEY = "blobs/ab/cdef.png"
FULL = {"S3_BUCKET": "b", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"}


async def trouble(faulty: Faulty, says: bytes | None) -> StoreTrouble:
    faulty.says = says
    with pytest.raises(StoreTrouble) as found:
        await store.get(faulty.store, KEY)
    return found.value


async def test_an_object_is_put_read_back_and_deleted(bucket: Bucket) -> None:
    data = bytes(range(256)) * 40
    await store.put(bucket.store, KEY, data, "image/png")
    seen = await bucket.ask("GET", KEY)
    assert (seen.body, seen.headers["content-type"]) == (data, "image/png")
    assert await store.get(bucket.store, KEY) == data
    await store.delete(bucket.store, KEY)
    assert (await bucket.ask("GET", KEY)).status == NO_SUCH_KEY
    await store.delete(bucket.store, KEY)


@pytest.mark.parametrize("key", ["a b/ü.png", "a+b/%41.png", "~x/(1)'!*.png", "日本/x.png"])
async def test_a_name_with_odd_characters_is_the_same_name_there(bucket: Bucket, key: str) -> None:
    await store.put(bucket.store, key, b"x", "image/png")
    assert await store.get(bucket.store, key) == b"x"
    [listed] = await bucket.keys()
    assert listed.replace("&apos;", "'").replace("&#x27;", "'") == key


async def test_what_was_never_put_is_missing_by_name(bucket: Bucket) -> None:
    with pytest.raises(StoreTrouble) as found:
        await store.get(bucket.store, KEY)
    assert (found.value.code, found.value.status) == ("NoSuchKey", 503)


async def test_a_bucket_that_is_not_there_is_named(bucket: Bucket) -> None:
    other = store.Store(bucket.store.endpoint, "no-such-bucket", bucket.store.keys)
    with pytest.raises(StoreTrouble) as found:
        await store.put(other, KEY, b"x", "image/png")
    assert found.value.code == "NoSuchBucket"


async def test_a_store_where_nobody_listens_does_not_answer(bucket: Bucket) -> None:
    with pytest.raises(StoreTrouble, match="does not answer") as found:
        await store.get(elsewhere(bucket.store), KEY)
    assert (found.value.code, found.value.status) == ("refused", 503)


@pytest.mark.parametrize(
    ("says", "status", "code"),
    [
        (error(403, "AccessDenied"), 503, "AccessDenied"),
        (error(403, "SignatureDoesNotMatch"), 503, "SignatureDoesNotMatch"),
        (error(500, "InternalError"), 503, "InternalError"),
        (error(507, "XMinioStorageFull"), 507, "XMinioStorageFull"),
        (error(409, "QuotaExceeded"), 507, "QuotaExceeded"),
        (b"HTTP/1.1 502 X\r\ncontent-length: 6\r\n\r\n<html>", 503, ""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf", 503, "broken"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", 503, "broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 30000000\r\n\r\n" + b"x" * 20_000_100, 503, "too_large"),
        (b"", 503, "broken"),
        (b"nonsense\r\n\r\n", 503, "broken"),
    ],
)
async def test_every_way_of_failing_has_its_code(faulty: Faulty, says: bytes, status: int, code: str) -> None:
    found = await trouble(faulty, says)
    assert (found.status, found.code) == (status, code)
    assert str(found).endswith(".") and "AKID" not in f"{found}{found.note}"


async def test_a_store_that_hangs_is_given_up_in_time(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SECONDS", 0.3)
    async with asyncio.timeout(5):
        assert (await trouble(faulty, None)).code == "timeout"


def test_no_bucket_means_no_store() -> None:
    assert store.configured(read({})) is None


def test_without_an_endpoint_the_store_is_amazons_of_that_region() -> None:
    found = store.configured(read({**FULL, "S3_REGION": "eu-west-3"}))
    assert found is not None and found.address("k") == "https://s3.eu-west-3.amazonaws.com/b/k"
    assert found.keys.region == "eu-west-3"


def test_an_endpoint_and_its_style_are_taken_as_told() -> None:
    found = store.configured(read({**FULL, "S3_ENDPOINT": "https://minio.example.com/", "S3_PATH_STYLE": "0"}))
    assert found is not None and found.address("k") == "https://b.minio.example.com/k"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"S3_ACCESS_KEY": ""}, "S3_ACCESS_KEY"), ({"S3_SECRET_KEY": ""}, "S3_SECRET_KEY"),
        ({"S3_ENDPOINT": "minio.example.com"}, "S3_ENDPOINT"), ({"S3_ENDPOINT": "ftp://x"}, "S3_ENDPOINT"),
        ({"S3_ENDPOINT": "https://u:p@minio.example.com"}, "S3_ENDPOINT"),
    ],
)  # fmt: skip
def test_a_store_that_is_only_half_named_is_refused(change: dict[str, str], said: str) -> None:
    half: Settings = read({**FULL, **change})
    with pytest.raises(SettingsError, match=said):
        demand_store(half)
    with pytest.raises(SettingsError, match=said):
        store.configured(half)
