"""What one call needs: its platform, and the parcel with the account and what was sealed for its channel."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from app import blobs, channels, platforms, seals, sql
from app.flow import uploads
from app.platforms.contract import Content, Parcel, Picture, Platform, Traits

WRITTEN = "written"
PARCEL = """
SELECT d.key, d.channel, d.remote_id, d.remote_url, d.progress, s.content, coalesce(r.id, 0) AS recall,
  coalesce((r.facts->>'at')::timestamptz, u.due_at) AS due_at, c.id, c.name, c.platform, c.settings, c.secret
FROM delivery d JOIN publication u ON u.id = d.publication JOIN channel c ON c.id = d.channel
JOIN seal s ON s.id = coalesce(d.live_seal, u.seal)
LEFT JOIN recall r ON r.post = d.post AND r.ended_at IS NULL WHERE d.id = $1
"""


async def packed(delivery: int, *, files: bool = True) -> tuple[Platform, Parcel]:
    """What the seal holds for this delivery's channel, with the account to send it as, and its platform.

    `files` off: only to look there. secrets.SealedElsewhere when SECRET_KEY has changed; blobs.StoreTrouble or
    blobs.TooHeavy when a picture cannot be had as the channel takes it.
    """
    found = await sql.row(PARCEL, delivery)
    if found is None:
        raise LookupError(delivery)
    platform, account = platforms.platform(found["platform"]), channels.opened(found)
    content = await seals.unsealed(found["content"], found["channel"])
    if files:
        content = await _carried(content, platform.traits(account))
    return platform, Parcel(
        key=found["key"],
        account=account,
        content=content,
        due_at=found["due_at"],
        remote_id=found["remote_id"] or "",
        remote_url=found["remote_url"] or "",
        progress=progress_of(found["progress"]),
        uploads=await uploads.there(found["channel"], content.pictures),
        recall=found["recall"],
    )


async def _carried(content: Content, takes: Traits) -> Content:
    """With the files themselves where they are sent, each no heavier than the channel takes."""
    if not takes.files:
        return content
    pictures = [await _file(picture, takes.picture_limit) for picture in content.pictures]
    return replace(content, pictures=tuple(pictures))


async def _file(picture: Picture, limit: int | None) -> Picture:
    digest = bytes.fromhex(picture.sha256)
    file = await (blobs.within(digest, limit) if limit else blobs.of_digest(digest))
    return replace(picture, sha256=file.digest, mime=file.mime, bytes=await blobs.opened(file))


def progress_of(stored: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """What is remembered between the calls of one delivery."""
    decoded: dict[str, Any] = msgspec.json.decode(stored) if isinstance(stored, str) else dict(stored or {})
    return decoded


def written(at: datetime | None) -> dict[str, str]:
    """What progress keeps of when the item was last written there, as far as we know of it."""
    return {WRITTEN: at.isoformat()} if at else {}


def dumped(progress: Mapping[str, Any]) -> str:
    return json.dumps(progress, default=str)
