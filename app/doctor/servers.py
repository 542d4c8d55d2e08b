"""The doctor's look at the database and the queue behind it: reached, version, migrations, clock, worker."""

import time
from collections.abc import AsyncIterator

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import sql
from app.database import pooled
from app.doctor.finding import Finding, fine, wrong
from app.doctor.store import look_for_lost_store
from app.migrate import OLDEST, WrongDatabase, connect, standing
from app.settings import settings

MOST_SKEW = 30.0  # seconds between our clock and the database's, by which everything is timed
SILENT_AFTER = 60.0  # seconds without a heartbeat
PATIENCE = 3.0


async def look_at_database() -> list[Finding]:
    """Everything about the database, or only why it cannot be reached."""
    try:
        connection = await connect(PATIENCE)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = f"The database at DATABASE_URL cannot be used: {_told(error)}"
        return [wrong(why, "start it, or correct DATABASE_URL (postgresql://user:password@host:5432/name)")]
    version = connection.get_server_version()
    await connection.close()
    async with pooled():
        return [look_at_version(version.major), *[finding async for finding in _look_inside()]]


def look_at_version(major: int) -> Finding:
    said = f"The database is PostgreSQL {major}"
    return fine(said) if major >= OLDEST else wrong(said, f"move it to PostgreSQL {OLDEST} or newer")


async def look_at_queue(url: str) -> Finding:
    """Whether the doorbell answers."""
    try:
        async with Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as redis:
            version = (await redis.info("server"))["redis_version"]
    except (RedisError, OSError, ValueError) as error:
        return wrong(f"The queue at REDIS_URL cannot be used: {_told(error)}", "start it, or correct REDIS_URL")
    return fine(f"The queue answers; it speaks like Redis {version}")


def _told(error: Exception) -> str:
    """Its own words, save for an address that cannot be read: those quote what may be a password."""
    return "it is no address" if isinstance(error, ValueError) else str(error)


async def _look_inside() -> AsyncIterator[Finding]:
    yield await look_at_clock()
    migrations = await look_at_migrations()
    yield migrations
    if migrations.good:
        yield await look_at_worker()
        async for finding in look_for_lost_store(settings()):
            yield finding


async def look_at_clock() -> Finding:
    before = time.time()
    theirs = float(await sql.value("select extract(epoch from clock_timestamp())"))
    skew = theirs - (before + time.time()) / 2
    said = f"Our clock and the database's are {abs(skew):.1f} s apart"
    return fine(said) if abs(skew) <= MOST_SKEW else wrong(said, "let both machines keep time by NTP")


async def look_at_migrations() -> Finding:
    try:
        now = await standing()
    except WrongDatabase as error:
        return wrong(str(error), "restore the folder migrations/ from the release")
    if now.unknown:
        said = f"The database was migrated by a newer Galley ({len(now.unknown)} unknown migrations)"
        return wrong(said, "run that newer version, or restore the backup made before it")
    if now.pending:
        return wrong(f"{len(now.pending)} migrations have not run", "run  galley migrate  (galley up does it itself)")
    return fine("Every migration has run")


async def look_at_worker() -> Finding:
    age = await sql.value("select extract(epoch from now() - max(seen_at)) from beat")
    if age is None:
        return wrong("No worker was ever seen", "start  galley worker  (galley up does it itself)")
    said = f"The worker was seen {age:.0f} s ago"
    return fine(said) if age <= SILENT_AFTER else wrong(said, "start  galley worker , or read its log")
