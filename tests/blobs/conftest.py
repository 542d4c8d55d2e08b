"""The S3-compatible server, once for all tests of this folder; its bucket is empty before each."""

from collections.abc import AsyncIterator

import pytest

from tests.blobs import stores
from tests.blobs.stores import Bucket, Faulty, set_store


@pytest.fixture(scope="session")
async def moto() -> AsyncIterator[Bucket]:
    async with stores.moto() as bucket:
        yield bucket


@pytest.fixture
async def bucket(moto: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The product keeps its pictures in this bucket."""
    await moto.empty()
    set_store(monkeypatch, moto.store)
    return moto


@pytest.fixture
async def faulty(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Faulty]:
    """The product keeps its pictures in a store that fails."""
    async with Faulty() as store:
        set_store(monkeypatch, store.store)
        yield store
