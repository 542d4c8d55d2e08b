"""Clock steps: a clock that was ahead and is put back leaves claims that would end far too late. For the worker."""

from datetime import timedelta

from app import seals, sql
from app.flow.outcomes import LONGEST_WAIT
from app.leases import LEASE
from app.lifecycles.statuses import DeliveryStatus

# Claims are always made for less than this; one that ends later was made by a clock that was ahead.
LONGEST = timedelta(minutes=2)
CLAIMS = """
WITH claims AS (UPDATE attempt SET lease_until = now() + $2::interval
  WHERE ended_at IS NULL AND lease_until > now() + $1::interval RETURNING delivery)
UPDATE delivery SET next_at = now() + $2::interval
WHERE id IN (SELECT delivery FROM claims) AND status = $3
"""
QUEUED = """
UPDATE delivery d SET next_at = now() FROM publication u
WHERE u.id = d.publication AND d.progress ? 'queued' AND d.status IN ($2, $3) AND d.next_at > now() + $1::interval
  AND coalesce(u.due_at <= now(), true)
"""
ASKED = """
SELECT 1 FROM delivery d JOIN attempt a ON a.delivery = d.id
WHERE d.channel = $1 AND d.next_at IS NOT NULL AND a.outcome = 'try_later'
  AND a.ended_at BETWEEN now() - $2::interval AND now() LIMIT 1
"""


async def mend() -> int:
    """Bring back what a clock put back has stranded: turns of channels, claims, places in a queue. How many were."""
    claims = await sql.run(CLAIMS, LONGEST, LEASE, DeliveryStatus.SENDING)
    turns = await _turns()
    return claims + turns + await sql.run(QUEUED, LONGEST, DeliveryStatus.PENDING, DeliveryStatus.RETRYING)


async def _turns() -> int:
    """Channels whose next turn lies further ahead than they keep their posts apart, or than their platform asked."""
    mended = 0
    for found in await sql.rows("SELECT id, next_free_at - now() AS ahead FROM channel WHERE next_free_at > now()"):
        usual = found["ahead"] <= (await seals.traits_of(found["id"])).spacing + timedelta(seconds=1)
        if not usual and not await sql.value(ASKED, found["id"], LONGEST_WAIT):
            mended += await sql.run("UPDATE channel SET next_free_at = now() WHERE id = $1", found["id"])
    return mended
