"""A claim that says when somebody else must look again, renewed while the work goes on."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app import sql

log = logging.getLogger("galley.leases")
LEASE = timedelta(seconds=30)
RENEWAL = 10.0  # seconds


@asynccontextmanager
async def kept(table: str, row: int, fence: int) -> AsyncIterator[None]:
    """Hold the claim on a row of `table` (generation, media): its next_at moves on until the block ends."""
    keeper = asyncio.create_task(_renew(table, row, fence))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _renew(table: str, row: int, fence: int) -> None:
    while True:
        await asyncio.sleep(RENEWAL)
        try:
            await sql.run(
                f"UPDATE {table} SET next_at = now() + $3::interval"  # noqa: S608
                " WHERE id = $1 AND fence = $2 AND next_at IS NOT NULL",
                row, fence, LEASE,
            )  # fmt: skip
        except Exception as error:  # a database that is away for a moment must not end the work
            log.warning("The lease on %s %s was not renewed (%s).", table, row, type(error).__name__)
