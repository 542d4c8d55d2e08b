"""The answers given under Idempotency-Keys: one row in the transaction of what it answers. Used by the JSON doors."""

from asyncpg import Record

from app import sql

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 4242))"
KNOWN = "SELECT request_sha256, status, answer FROM idempotency WHERE owner = $1 AND key = $2"
KEEP = "INSERT INTO idempotency (owner, key, request_sha256, status, answer) VALUES ($1, $2, $3, $4, $5)"


async def claim(owner: int, key: str) -> bool:
    """Whether nobody else works under this key at the moment; held until the transaction ends."""
    return bool(await sql.value(LOCK, f"{owner}:{key}"))


async def find(owner: int, key: str) -> Record | None:
    """What was answered: request_sha256, status, answer."""
    return await sql.row(KNOWN, owner, key)


async def keep(owner: int, key: str, *, request_sha256: bytes, status: int, answer: bytes) -> None:
    await sql.run(KEEP, owner, key, request_sha256, status, answer)


async def forget_old() -> None:
    """For the daily sweep: nobody asks again after a week."""
    await sql.run("DELETE FROM idempotency WHERE created_at < now() - interval '7 days'")
