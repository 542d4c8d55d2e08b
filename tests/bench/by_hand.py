"""The baseline of delivery: the same transactions and one POST, as somebody would write them by hand for this case.

No lifecycle, no guards, no platform: the statements that must be committed before and after a call, and the call.
Run as `-m tests.bench.by_hand URL`; it takes every delivery that is due and prints how many seconds that took.
"""

import asyncio
import sys
import time
from uuid import uuid4

import asyncpg
import httpx

from app.settings import settings

AT_ONCE = 10  # as many as the worker's own limit
DUE = (
    "SELECT d.id, d.post, d.publication, u.seal, s.content FROM delivery d JOIN publication u ON u.id = d.publication"
    " JOIN seal s ON s.id = u.seal WHERE d.status = 'pending' AND u.status = 'pending' ORDER BY d.id"
)
EVENT = (
    "INSERT INTO event (about, about_id, version, post, move, from_status, to_status, by_kind)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, 'worker')"
)


async def run(url: str) -> None:
    async with (
        asyncpg.create_pool(settings().database_url, min_size=AT_ONCE, max_size=AT_ONCE) as pool,
        httpx.AsyncClient() as client,
    ):
        due = await pool.fetch(DUE)
        waiting = iter(due)
        began = time.perf_counter()
        await asyncio.gather(*(_take(waiting, pool, client, url) for _ in range(AT_ONCE)))
        print(len(due), time.perf_counter() - began)


async def _take(waiting, pool, client, url) -> None:  # type: ignore[no-untyped-def]
    for row in waiting:
        fence = await _before(pool, row)
        answer = await client.post(url, content=row["content"])
        answer.raise_for_status()
        await _after(pool, row, fence, answer.json())


async def _before(pool, row):  # type: ignore[no-untyped-def]
    """T1: the accepted publication goes on its schedule, the post begins, the attempt is written down."""
    fence = uuid4()
    async with pool.acquire() as db, db.transaction():
        post = await db.fetchrow("SELECT version FROM post WHERE id = $1 FOR UPDATE", row["post"])
        delivery = await db.fetchrow("SELECT version FROM delivery WHERE id = $1 AND status = 'pending'", row["id"])
        version = await db.fetchval(
            "UPDATE publication SET status = 'scheduled', version = version + 1, next_at = NULL WHERE id = $1"
            " RETURNING version",
            row["publication"],
        )
        await db.execute(
            EVENT, "publication", row["publication"], version, row["post"], "advance", "pending", "scheduled"
        )
        await db.execute(
            "UPDATE post SET status = 'publishing', version = version + 1, updated_at = now() WHERE id = $1",
            row["post"],
        )
        await db.execute(
            EVENT, "post", row["post"], post["version"] + 1, row["post"], "start_publishing", "scheduled", "publishing"
        )
        await db.execute(
            "INSERT INTO attempt (delivery, number, intent, step, fence, lease_until, request_sha256)"
            " VALUES ($1, 1, 'create', 'call', $2, now() + interval '30 seconds', sha256($3))",
            row["id"], fence, row["content"].encode(),
        )  # fmt: skip
        await db.execute(
            "UPDATE delivery SET status = 'sending', version = version + 1, tries = 1,"
            " next_at = now() + interval '30 seconds' WHERE id = $1",
            row["id"],
        )
        await db.execute(
            EVENT, "delivery", row["id"], delivery["version"] + 1, row["post"], "send", "pending", "sending"
        )
    return fence


async def _after(pool, row, fence, receipt) -> None:  # type: ignore[no-untyped-def]
    """T2: the attempt ends, the delivery is live, publication and post are complete."""
    async with pool.acquire() as db, db.transaction():
        post = await db.fetchval("SELECT version FROM post WHERE id = $1 FOR UPDATE", row["post"])
        await db.execute(
            "UPDATE attempt SET ended_at = now(), outcome = 'published', http_status = 201 WHERE fence = $1", fence
        )
        version = await db.fetchval(
            "UPDATE delivery SET status = 'published', version = version + 1, next_at = NULL, remote_id = $2,"
            " remote_url = $3, published_at = now(), live_seal = $4 WHERE id = $1 RETURNING version",
            row["id"], receipt["id"], receipt["url"], row["seal"],
        )  # fmt: skip
        await db.execute(EVENT, "delivery", row["id"], version, row["post"], "confirm", "sending", "published")
        version = await db.fetchval(
            "UPDATE publication SET status = 'completed', version = version + 1, completed_at = now(), next_at = NULL"
            " WHERE id = $1 RETURNING version",
            row["publication"],
        )
        await db.execute(
            EVENT, "publication", row["publication"], version, row["post"], "complete", "scheduled", "completed"
        )
        await db.execute(
            "UPDATE post SET status = 'published', version = version + 1, updated_at = now() WHERE id = $1", row["post"]
        )
        await db.execute(EVENT, "post", row["post"], post + 1, row["post"], "complete", "publishing", "published")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
