"""Smaller copies of a picture: in a few widths for pages, light enough for a channel. Made once, kept, found again.

A copy follows from its source and its purpose alone. What a channel was sent is therefore proved by three rows that
never change: the seal names the source, `variant` leads from it to the copy, and the attempt's digest holds the
copy's own SHA-256. A newer encoder makes no other copy of what has one.
"""

import asyncio
from typing import Literal
from uuid import UUID
from weakref import WeakValueDictionary

from app import images, sql
from app.atomic import atomic
from app.blobs import files
from app.blobs.files import COLUMNS, File
from app.blobs.store import StoreTrouble
from app.images import Bad, Image

WIDTHS = (320, 640, 1280)
FOUND = f"""
SELECT {COLUMNS} FROM variant v JOIN blob b ON b.sha256 = v.blob WHERE v.source = $1 AND v.purpose = $2
"""  # noqa: S608
OF_ASSET = f"""
SELECT {COLUMNS} FROM media m JOIN variant v ON v.source = m.blob AND v.purpose = $2
JOIN blob b ON b.sha256 = v.blob WHERE m.asset_id = $1
"""  # noqa: S608
KEPT = """
INSERT INTO variant (source, purpose, blob, width, height) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, purpose) DO NOTHING
"""
Purpose = Literal["width", "weight"]
MAKING: WeakValueDictionary[tuple[bytes, str], asyncio.Lock] = WeakValueDictionary()


class TooHeavy(Exception):
    """No copy light enough could be made; the message says of what."""


async def at_width(asset: UUID, width: int) -> File | None:
    """The asset at most `width` pixels wide (one of WIDTHS); a picture that is no wider is itself.

    One that cannot be copied just now is itself too, with its own `width`: a heavy picture is better than none.
    """
    made = files.file(await sql.row(OF_ASSET, asset, f"width {width}"))
    source = made or await files.of_asset(asset)
    if source is None or source.width <= width:
        return source
    return await _copy(source, "width", width) or source


async def within(digest: bytes, limit: int) -> File:
    """The file itself if it has at most `limit` bytes, else a copy that has; raises TooHeavy or StoreTrouble."""
    source = await files.of_digest(digest)
    if source.size <= limit:
        return source
    copy = await _copy(source, "weight", limit)
    if copy is None:
        raise TooHeavy(f"The picture {source.digest[:12]} could not be made smaller than {limit:,} bytes.")
    return copy


async def _copy(source: File, purpose: Purpose, most: int) -> File | None:
    """Found, or made by the first who asks while the others wait; None when it cannot be made just now."""
    found = await _found(source, purpose, most)
    if found is not None:
        return found
    async with MAKING.setdefault((source.sha256, f"{purpose} {most}"), asyncio.Lock()):
        return await _found(source, purpose, most) or await _made(source, purpose, most)


async def _found(source: File, purpose: Purpose, most: int) -> File | None:
    return files.file(await sql.row(FOUND, source.sha256, f"{purpose} {most}"))


async def _made(source: File, purpose: Purpose, most: int) -> File | None:
    data = await files.opened(source)
    copy = await (images.narrowed(data, most) if purpose == "width" else images.lightened(data, most))
    if isinstance(copy, Bad):
        return None
    if len(copy.bytes) >= source.size:  # a flat drawing may weigh less than its smaller copy
        return await _settled(source, purpose, most, None)
    try:
        return await _settled(source, purpose, most, await files.bring(copy))
    except StoreTrouble:
        return None


async def _settled(source: File, purpose: Purpose, most: int, copy: Image | None) -> File | None:
    """Whoever was first is right; both made the same."""
    async with atomic():
        if copy is not None:
            await files.keep(copy)
        digest = bytes.fromhex(copy.sha256) if copy else source.sha256
        size = (copy.width, copy.height) if copy else (None, None)
        await sql.run(KEPT, source.sha256, f"{purpose} {most}", digest, *size)
        return await _found(source, purpose, most)
