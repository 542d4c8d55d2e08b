"""The product's files, each once under its SHA-256: in PostgreSQL, or in the object store when one is set.

Where a file is new to an object store it goes there first and into its row afterwards, outside any transaction:
no lock waits for another machine, and no row is without its file. Files of before a store was set stay where they
are and are served from there.
"""

import logging
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from asyncpg import Record

from app import images, sql
from app.blobs import held, store
from app.blobs.store import StoreTrouble
from app.images import Bad, Image

log = logging.getLogger("galley.blobs")
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
COLUMNS = "b.sha256, b.mime, b.size, b.bytes, b.key"
BY_ASSET = f"""
SELECT {COLUMNS}, coalesce(m.width, 0) AS width FROM media m JOIN blob b ON b.sha256 = m.blob WHERE m.asset_id = $1
"""  # noqa: S608
BY_DIGEST = f"SELECT {COLUMNS} FROM blob b WHERE b.sha256 = $1"  # noqa: S608
AGAIN = "UPDATE blob SET kept_at = now() WHERE sha256 = $1 RETURNING bytes IS NOT NULL"
ELSEWHERE = "This picture lies in a media store that is not set here. Nothing was lost."
DAMAGED = "This picture is damaged in the media store."


@dataclass(frozen=True, slots=True)
class File:
    """A kept file: its bytes, or the key under which the object store has them. `width` of the asset, if asked."""

    sha256: bytes
    mime: str
    size: int
    bytes: bytes | None
    key: str | None
    width: int = 0

    @property
    def digest(self) -> str:
        return self.sha256.hex()


async def take(data: bytes) -> Image | Bad:
    """A stranger's file as our own picture, or why not; raises StoreTrouble. Never inside a transaction."""
    image = await images.reencode(data)
    return image if isinstance(image, Bad) else await bring(image)


async def bring(image: Image) -> Image:
    """Make sure that `keep` will find the file: nothing to do in PostgreSQL, an upload where a store is set.

    What is there already is written again, which mends it if it was lost. The row is asked first: it waits for a
    sweep that is just forgetting this very file, and from then on no sweep touches it for a day.
    """
    in_database = await sql.value(AGAIN, bytes.fromhex(image.sha256))
    there = store.current()
    if there is None or in_database:
        return image
    kept = replace(image, key=key(image))
    await store.put(there, kept.key, kept.bytes, kept.mime)
    await keep(kept)
    return kept


def key(image: Image) -> str:
    """Named by what it is, so the same file is one object, and an object whose row was lost is found again."""
    return f"blobs/{image.sha256[:2]}/{image.sha256[2:]}.{ENDINGS[image.mime]}"


async def keep(image: Image) -> None:
    """One row a file, whoever else has the same."""
    await sql.run(
        "INSERT INTO blob (sha256, bytes, key, size, mime) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        bytes.fromhex(image.sha256), None if image.key else image.bytes, image.key or None, len(image.bytes),
        image.mime,
    )  # fmt: skip


async def of_asset(asset: UUID) -> File | None:
    return file(await sql.row(BY_ASSET, asset))


async def of_digest(digest: bytes) -> File:
    found = file(await sql.row(BY_DIGEST, digest))
    if found is None:
        raise LookupError(f"there is no file {digest.hex()}")
    return found


def file(found: Record | None) -> File | None:
    return File(**found) if found else None


async def opened(kept: File) -> bytes:
    """The bytes, wherever they lie; StoreTrouble when that cannot be asked, or has something else there."""
    known = kept.bytes if kept.bytes is not None else held.recall(kept.sha256)
    if known is not None:
        return known
    there = store.current()
    if there is None:
        raise StoreTrouble(ELSEWHERE, "S3_BUCKET is not set, but this file lies in a store")
    data = await store.get(there, kept.key or "")
    if sha256(data).digest() != kept.sha256:
        log.error("The object %s is not what was put there.", kept.key)
        raise StoreTrouble(DAMAGED, f"{kept.key} has another SHA-256", code="damaged")
    held.hold(kept.sha256, data)
    return data
