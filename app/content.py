"""What a post says: immutable revisions with their renditions and pictures. Read and written here only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.lifecycles.machine import By
from app.prose import gaps, markdown, slug


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a revision: its media row, what it says to those who cannot see it, and its state."""

    media: int
    alt: str = ""
    status: str = ""
    asset_id: str = ""
    error: str = ""
    prompt: str = ""
    width: int = 0
    height: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What people type and writers write. `renditions` maps channel id to its edited fields."""

    title: str
    body: str
    excerpt: str = ""
    slug: str = ""
    renditions: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    pictures: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision(Text):
    """A stored text with its number and where it came from."""

    id: int = 0
    number: int = 0
    origin: str = ""
    body_html: str = ""
    person: int | None = None


REVISION = """
SELECT r.id, r.number, r.title, r.slug, r.excerpt, r.body, r.body_html, r.origin, r.person,
  (SELECT json_object_agg(channel, fields) FROM rendition WHERE revision = r.id) AS renditions,
  (SELECT json_agg(json_build_object('media', m.id, 'alt', p.alt, 'status', m.status, 'asset_id', m.asset_id,
     'error', coalesce(m.error_message, ''), 'prompt', coalesce(m.prompt, ''), 'width', coalesce(m.width, 0),
     'height', coalesce(m.height, 0), 'sha256', coalesce(encode(m.blob, 'hex'), '')) ORDER BY p.position)
   FROM picture p JOIN media m ON m.id = p.media WHERE p.revision = r.id) AS pictures
FROM revision r WHERE {which}
"""


async def load(revision: int) -> Revision:
    """A revision with its renditions and pictures; LookupError when there is none."""
    return _revision(await sql.row(REVISION.format(which="r.id = $1"), revision))


async def current(post: int) -> Revision:
    """What the post says now; LookupError when nothing is written yet."""
    return _revision(await sql.row(REVISION.format(which="r.id = (SELECT revision FROM post WHERE id = $1)"), post))


async def many(revisions: Sequence[int]) -> dict[int, Revision]:
    """Several revisions by id; one query however many."""
    found = await sql.rows(REVISION.format(which="r.id = ANY($1::bigint[])"), list(revisions))
    return {record["id"]: _revision(record) for record in found}


def _revision(found: Record | None) -> Revision:
    if found is None:
        raise LookupError("there is no such revision")
    known = dict(found)
    renditions = msgspec.json.decode(known.pop("renditions") or "{}")
    pictures = msgspec.json.decode(known.pop("pictures") or "[]")
    return Revision(
        **known,
        renditions={int(channel): fields for channel, fields in renditions.items()},
        pictures=tuple(Shown(**picture) for picture in pictures),
    )


async def add(
    post: int, text: Text, *, origin: str, by: By, generation: int | None = None, based_on: int | None = None,
    revision: int | None = None,
) -> int:  # fmt: skip
    """Store `text` as the post's next revision and return its id; call it under the post's lock."""
    revision = revision or await reserve()
    await sql.run(
        "INSERT INTO revision (id, post, number, title, slug, excerpt, body, body_html, body_sha256, origin, person,"
        " generation, based_on, gaps) VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM revision"
        " WHERE post = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        revision, post, text.title, await address(post, text), text.excerpt, text.body,
        markdown.render(text.body), sha256(text.body.encode()).digest(), origin, by.person, generation, based_on,
        count_gaps(text),
    )  # fmt: skip
    await _add_renditions(revision, text)
    await _add_pictures(revision, text)
    return revision


async def reserve() -> int:
    """An id for a revision that its post points to before it is stored."""
    number: int = await sql.value("SELECT nextval(pg_get_serial_sequence('revision', 'id'))")
    return number


async def address(post: int, text: Text) -> str:
    """The text's slug, kept for this post for ever; a slug that another post has gets a number."""
    wanted = slug.slugify(text.slug or text.title)
    for attempt in range(1, 1000):
        name = wanted if attempt == 1 else f"{wanted}-{attempt}"
        await sql.run("INSERT INTO address (slug, post) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, post)
        if await sql.value("SELECT post FROM address WHERE slug = $1", name) == post:
            return name
    raise RuntimeError(f"no free address for {wanted!r}")


def count_gaps(text: Text) -> int:
    """How many `[write: …]` are still open in anything that would be sent."""
    renditions = [value for fields in text.renditions.values() for value in fields.values()]
    return sum(len(gaps.find(part)) for part in (text.title, text.excerpt, text.body, *renditions))


def same(one: Text, other: Text) -> bool:
    """Whether both would be sealed alike."""
    return _sealed_parts(one) == _sealed_parts(other)


def _sealed_parts(text: Text) -> tuple[Any, ...]:
    said = {channel: {k: v for k, v in fields.items() if v} for channel, fields in text.renditions.items()}
    renditions = {channel: fields for channel, fields in said.items() if fields}
    pictures = [(picture.media, picture.alt) for picture in text.pictures]
    return text.title, text.body, text.excerpt, text.slug, renditions, pictures


async def _add_renditions(revision: int, text: Text) -> None:
    for channel, fields in text.renditions.items():
        if any(fields.values()):
            await sql.run(
                "INSERT INTO rendition (revision, channel, fields) VALUES ($1, $2, $3)",
                revision, channel, json.dumps(dict(fields)),
            )  # fmt: skip


async def _add_pictures(revision: int, text: Text) -> None:
    for position, picture in enumerate(text.pictures):
        await sql.run(
            "INSERT INTO picture (revision, position, media, alt) VALUES ($1, $2, $3, $4)",
            revision, position, picture.media, picture.alt,
        )  # fmt: skip
