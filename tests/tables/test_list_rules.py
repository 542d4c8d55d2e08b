"""A post knows since when it is live: the first of its deliveries that are, whatever becomes of them."""

from datetime import datetime

import asyncpg

# What these triggers do is told below; they refuse nothing.
KEEPERS = {"delivery_begins_live", "delivery_kept_live", "delivery_ends_live"}
LIVE = "select live_at from post where id = -1"
FIRST = "select published_at from delivery where id = -1"
OLDER = """
insert into channel (id, platform, name) values (-9, 'webhook', 'Nine');
insert into delivery (id, publication, post, channel, kind, status, key, live_seal, published_at)
values (-9, -1, -1, -9, 'create', 'published', 'k-nine', -1, now() - interval '9 days')
"""


async def seen(world: asyncpg.Connection) -> tuple[datetime | None, datetime]:
    return await world.fetchval(LIVE), await world.fetchval(FIRST)


async def test_a_post_is_live_since_its_delivery(world: asyncpg.Connection) -> None:
    live, first = await seen(world)
    assert live == first


async def test_the_time_follows_the_delivery(world: asyncpg.Connection) -> None:
    await world.execute("update delivery set published_at = published_at - interval '1 hour' where id = -1")
    live, first = await seen(world)
    assert live == first


async def test_of_several_deliveries_the_first_counts(world: asyncpg.Connection) -> None:
    await world.execute(OLDER)
    live, first = await seen(world)
    assert live is not None and live < first
    await world.execute("delete from delivery where id = -9")
    assert await world.fetchval(LIVE) == first


async def test_what_was_taken_down_is_live_no_more(world: asyncpg.Connection) -> None:
    await world.execute("update delivery set status = 'withdrawn', removed_at = now() where id = -1")
    assert await world.fetchval(LIVE) is None


async def test_a_delivery_that_only_tries_leaves_the_post_alone(world: asyncpg.Connection) -> None:
    before = await world.fetchval("select xmin::text from post where id = -1")
    await world.execute("update delivery set tries = tries + 1 where id = -1")
    assert await world.fetchval("select xmin::text from post where id = -1") == before
