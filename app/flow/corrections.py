"""What a platform said of a delivery gives way to what it says now; our own answers and people's word do not.

For hearing, under the post's lock. Statuses are not touched here: where it is, since when, and why not.
"""

from datetime import datetime

from app import audit, sql
from app.lifecycles.machine import PLATFORM
from app.lifecycles.statuses import DeliveryStatus
from app.platforms.contract import Published, Refused
from app.tables import Delivery

LIVE = """
UPDATE delivery SET remote_id = $2, remote_url = $3, published_at = $4
WHERE id = $1 AND (remote_id, remote_url, published_at) IS DISTINCT FROM ($2, $3, $4::timestamptz)
"""
CAUSE = """
UPDATE delivery SET error_kind = $2, error_note = $3
WHERE id = $1 AND (error_kind, error_note) IS DISTINCT FROM ($2, $3)
"""
SAID = """
SELECT by_kind = 'platform' OR facts->>'said' = 'platform' FROM event
WHERE about = 'delivery' AND about_id = $1 AND move = $2 ORDER BY id DESC LIMIT 1
"""
BY_PEOPLE = """
SELECT 1 FROM event WHERE about = 'delivery' AND about_id = $1 AND move IN ('withdraw', 'cancel')
  AND by_kind <> 'platform' LIMIT 1
"""


async def live(row: Delivery, told: Published) -> None:
    """It is, or was, live because they said so: then where and since when is theirs to say as well."""
    if not (row.status == DeliveryStatus.PUBLISHED or await removed_there(row)) or not await said(row, "confirm"):
        return
    known = (told.remote_id or row.remote_id, told.url or row.remote_url, told.at)
    if await sql.run(LIVE, row.id, *known) and told.url and told.url != row.remote_url:
        await audit.record("delivery", row.id, "report_live", by=PLATFORM, post=row.post, note=told.url)


async def gone(row: Delivery, since: datetime) -> bool:
    """Whether they removed it already; then it is gone since they say."""
    if not await removed_there(row):
        return False
    await sql.run("UPDATE delivery SET removed_at = $2 WHERE id = $1 AND removed_at <> $2", row.id, since)
    return True


async def cause(row: Delivery, told: Refused) -> bool:
    """Whether they said already that it will not be; then only the reason may be another one."""
    given_up = row.status == DeliveryStatus.FAILED and await said(row, "refuse")
    if not (given_up or (row.status == DeliveryStatus.PENDING and await said(row, "release"))):
        return False
    await sql.run(CAUSE, row.id, told.kind, told.note[:500])
    return True


async def taken_back_by_people(row: Delivery) -> bool:
    """Of what is canceled or withdrawn: whether anybody but the platform had a hand in it."""
    return not await removed_there(row) or bool(await sql.value(BY_PEOPLE, row.id))


async def removed_there(row: Delivery) -> bool:
    return row.status == DeliveryStatus.WITHDRAWN and await said(row, "withdraw")


async def said(row: Delivery, name: str) -> bool:
    """Whether the last move of that name was made on the platform's word."""
    return bool(await sql.value(SAID, row.id, name))
