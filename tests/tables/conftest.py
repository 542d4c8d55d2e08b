"""A small world of rows, one in every table, inside a transaction that is always rolled back."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.piccolo_conf import DB

from .world import EMPTY, WORLD


@pytest.fixture
async def world() -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**DB.config)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(EMPTY)
        await connection.execute(WORLD)
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()
