"""The exact text that will be sent, and its digest: derived once when sealed, read when sent, never again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from asyncpg import Record

from app import content, platforms, sql
from app.content import Revision
from app.lifecycles.machine import By
from app.platforms.contract import Account, Content, Picture, Traits
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Channel:
    """A target as sealing sees it."""

    id: int
    name: str
    platform: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sealable:
    """What would be sealed now: canonical text and SHA-256, for the form the reviewer submits."""

    revision: int
    text: str

    @property
    def digest(self) -> bytes:
        return sha256(self.text.encode()).digest()


async def sealable(post: int) -> Sealable:
    """The canonical text of the post's current revision for every target channel."""
    return canonical(post, await content.current(post), await channels(post))


def canonical(post: int, revision: Revision, targets: Sequence[Channel]) -> Sealable:
    """Sorted, compact JSON: the same content gives the same bytes on every machine and every day."""
    address = link(revision, targets)
    sealed = {
        "post": post,
        "revision": revision.number,
        "title": revision.title,
        "slug": revision.slug,
        "excerpt": revision.excerpt,
        "body": revision.body,
        "body_html": revision.body_html,
        "link": address,
        "pictures": [
            {"asset": p.asset_id, "media": p.media, "alt": p.alt, "sha256": p.sha256} for p in revision.pictures
        ],
        "channels": [
            {"channel": c.id, "platform": c.platform, "fields": derive(revision, c, address)} for c in targets
        ],
    }
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Sealable(revision.id, text)


def derive(revision: Revision, channel: Channel, link: str) -> dict[str, str]:
    """A channel's own text: what people edited, else title, excerpt and link cut to what the channel takes."""
    takes = traits(channel)
    edited = {key: value for key, value in revision.renditions.get(channel.id, {}).items() if value}
    if not takes.caption or "text" in edited:
        return edited
    return {**edited, "text": caption(revision.excerpt or revision.title, link, takes.caption_limit)}


def traits(channel: Channel) -> Traits:
    """What the channel's platform can do with this account."""
    return platforms.platform(channel.platform).traits(Account(channel.id, channel.name, channel.settings))


def caption(words: str, link: str, limit: int | None) -> str:
    """Words and link within `limit` characters; the words give way, the link stays whole."""
    tail = f"\n\n{link}" if link else ""
    room = None if limit is None else max(limit - len(tail), 0)
    if room is not None and len(words) > room:
        words = words[: room - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…" if room else ""
    return (words + tail).strip()


async def channels(post: int) -> list[Channel]:
    """The post's target channels in a fixed order."""
    found = await sql.rows(
        "SELECT c.id, c.name, c.platform, c.settings FROM post_channel x JOIN channel c ON c.id = x.channel"
        " WHERE x.post = $1 ORDER BY c.id",
        post,
    )
    return [_channel(record) for record in found]


async def traits_of(channel: int) -> Traits:
    found = await sql.row("SELECT id, name, platform, settings FROM channel WHERE id = $1", channel)
    if found is None:
        raise LookupError(channel)
    return traits(_channel(found))


def _channel(record: Record) -> Channel:
    return Channel(record["id"], record["name"], record["platform"], msgspec.json.decode(record["settings"]))


async def seal(post: int, what: Sealable, *, by: By) -> int:
    """Store the seal, void the one before, and return its id; call it under the post's lock."""
    await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1 AND voided_at IS NULL", post)
    kind = by.kind if by.kind in ("person", "key") else "autopilot"
    number: int = await sql.value(
        "INSERT INTO seal (post, revision, digest, content, by_kind, person, key)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        post, what.revision, what.digest, what.text, kind,
        by.person if kind == "person" else None, by.key if kind == "key" else None,
    )  # fmt: skip
    return number


async def void(post: int) -> None:
    """Approvals and seal no longer speak for what the post says; call it under the post's lock."""
    await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1 AND voided_at IS NULL", post)
    await sql.run("UPDATE approval SET voided_at = now() WHERE post = $1 AND voided_at IS NULL", post)


async def valid(post: int) -> int | None:
    """The id of the seal that speaks for the post's current revision, or None."""
    found: int | None = await sql.value(
        "SELECT s.id FROM seal s JOIN post p ON p.id = s.post AND p.revision = s.revision"
        " WHERE s.post = $1 AND s.voided_at IS NULL",
        post,
    )
    return found


async def unsealed(text: str, channel: int) -> Content:
    """What a seal's canonical text holds for one channel; of its pictures everything but the bytes."""
    sealed = msgspec.json.decode(text)
    fields: dict[str, str] = next((c["fields"] for c in sealed["channels"] if c["channel"] == channel), {})
    pictures = tuple([await _picture(picture) for picture in sealed["pictures"]])
    return Content(
        sealed["title"], sealed["slug"], sealed["excerpt"], sealed["body"], sealed["body_html"], fields,
        pictures, sealed["link"],
    )  # fmt: skip


async def _picture(sealed: Mapping[str, Any]) -> Picture:
    found = await sql.row(
        "SELECT b.sha256, b.mime FROM media m JOIN blob b ON b.sha256 = m.blob WHERE m.id = $1", sealed["media"]
    )
    if found is None:
        raise LookupError(f"the picture {sealed['asset']} of a seal has no file")
    url = f"{settings().origin}/media/{sealed['asset']}"
    return Picture(found["sha256"].hex(), found["mime"], sealed["alt"], url)


def link(revision: Revision, targets: Sequence[Channel]) -> str:
    """The post's address on our own site, when it goes there."""
    if not any(channel.platform == "site" for channel in targets):
        return ""
    return f"{settings().origin}/blog/{revision.slug}"
