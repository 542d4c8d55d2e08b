"""Forget files that nothing names: what was brought for a write that was refused. The worker calls it every hour."""

from app import sql
from app.atomic import atomic
from app.blobs import store
from app.blobs.store import Store

A_SWEEP = 100
# A picture's row never goes, and a seal names pictures: what was sealed, shown or drawn is always named by one.
# A copy lives as long as its source, and what a channel holds is remembered.
NAMED = " AND ".join(
    f"NOT EXISTS (SELECT FROM {table} WHERE {column} = b.sha256)"
    for table, column in (("media", "blob"), ("variant", "source"), ("variant", "blob"), ("upload", "blob"))
)
UNUSED = f"b.kept_at < now() - interval '1 day' AND {NAMED}"
LEFT = f"""
SELECT b.sha256 FROM blob b WHERE {UNUSED} AND (b.key IS NULL OR $1) ORDER BY b.kept_at LIMIT {A_SWEEP}
"""  # noqa: S608
GONE = f"DELETE FROM blob b WHERE b.sha256 = $1 AND {UNUSED} RETURNING b.key"  # noqa: S608
ORPHANED = """
DELETE FROM variant v WHERE v.made_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM media WHERE blob = v.source)
"""


async def forget_unused() -> int:
    """How many were forgotten. A store that does not answer, or is set no more, keeps its object, and we its row."""
    there = store.current()
    await sql.run(ORPHANED)
    left = await sql.rows(LEFT, there is not None)
    return sum([await _forget(found["sha256"], there) for found in left])


async def _forget(digest: bytes, there: Store | None) -> bool:
    """The object goes while the row is locked: who brings the same file meanwhile waits, and then writes it anew."""
    async with atomic():
        gone = await sql.row(GONE, digest)
        if gone and gone["key"] and there:
            await store.delete(there, gone["key"])
    return gone is not None
