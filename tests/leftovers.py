"""What a transaction leaves: rows that were kept, or not, and nothing else. For the tests of atomic()."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.piccolo_conf import DB
from app.tables import Campaign
from tests.onlooker import free, left_open, onlooker, size


async def write(title: str) -> None:
    await Campaign(title=title).save()


async def kept(title: str) -> bool:
    return bool(await Campaign.exists().where(Campaign.title == title))


async def kept_by_another_task(title: str) -> bool:
    """Asked in a fresh task: nothing of the test's own context can answer."""
    return await asyncio.create_task(kept(title))


@asynccontextmanager
async def none_expected() -> AsyncIterator[None]:
    """Afterwards no context is set, no transaction is open, and every connection is free."""
    yield
    async with onlooker() as seen:
        assert await left_open(seen) == 0
    assert DB.current_transaction.get() is None
    assert free() == size()
