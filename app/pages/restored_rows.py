"""What a restore left to decide, as the page shows it: what came due since the backup, what is unclear. Read-only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import platforms, seals, sql
from app.flow.restored import UNSURE
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus, listed
from app.times import local, moment

SHOWN = 100
CHECKED = """
SELECT note FROM event WHERE post = d.post AND about = 'delivery' AND about_id = d.id AND move = 'check'
ORDER BY id DESC LIMIT 1
"""
HELD = f"""
SELECT p.id AS post, p.title, u.due_at, count(*) OVER () AS in_all,
  (SELECT json_agg(json_build_object('id', d.id, 'version', d.version, 'channel', c.id, 'name', c.name,
     'platform', c.platform, 'remote_id', d.remote_id, 'checked', ({CHECKED})) ORDER BY d.id)
   FROM delivery d JOIN channel c ON c.id = d.channel
   WHERE d.publication = u.id AND d.status = '{DeliveryStatus.PENDING}') AS deliveries
FROM publication u JOIN post p ON p.id = u.post
WHERE u.status IN ({listed(*OPEN)}) AND u.held_for = 'restore' ORDER BY coalesce(u.due_at, u.created_at), u.id LIMIT $1
"""  # noqa: S608
UNCLEAR = f"""
SELECT p.id AS post, p.title, d.id, c.name, c.platform, count(*) OVER () AS in_all
FROM post p JOIN delivery d ON d.post = p.id JOIN channel c ON c.id = d.channel
WHERE p.status IN ('{PostStatus.PUBLISH_FAILED}', '{PostStatus.SCHEDULED}')
  AND d.status = '{DeliveryStatus.UNCONFIRMED}' AND d.error_note = $2 ORDER BY p.id, d.id LIMIT $1
"""  # noqa: S608
COMING = f"""
SELECT p.id AS post, p.title, u.due_at, count(*) OVER () AS in_all FROM publication u JOIN post p ON p.id = u.post
WHERE u.status IN ({listed(*OPEN)}) AND u.held_for IS NULL AND u.due_at > now()
  AND u.created_at < (SELECT restored_at FROM team) ORDER BY u.due_at, u.id LIMIT $1
"""  # noqa: S608
PLACE = f"""
SELECT d.version, p.title, c.name FROM delivery d JOIN publication u ON u.id = d.publication
JOIN post p ON p.id = d.post JOIN channel c ON c.id = d.channel
WHERE d.id = $1 AND u.held_for = 'restore' AND d.status = '{DeliveryStatus.PENDING}'
"""  # noqa: S608
ASKABLE = f"""
SELECT d.id, d.channel, d.remote_id FROM publication u JOIN delivery d ON d.publication = u.id
WHERE u.status = '{PublicationStatus.SCHEDULED}' AND u.held_for = 'restore' AND d.status = '{DeliveryStatus.PENDING}'
ORDER BY coalesce(u.due_at, u.created_at), d.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """One channel of a held post. `asks`: its platform can say whether it has the post; `checked`: what it said."""

    delivery: int
    version: int
    name: str
    letter: str
    asks: bool
    checked: str


@dataclass(frozen=True, slots=True)
class Held:
    post: int
    title: str
    when: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    post: int
    title: str
    delivery: int
    name: str
    letter: str


@dataclass(frozen=True, slots=True)
class Coming:
    post: int
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class Left:
    """Everything the page lists, each with how many there are in all."""

    held: tuple[Held, ...]
    held_in_all: int
    unclear: tuple[Unclear, ...]
    unclear_in_all: int
    coming: tuple[Coming, ...]
    coming_in_all: int
    asks: bool


async def left(zone: str) -> Left:
    held = await sql.rows(HELD, SHOWN)
    unclear = await sql.rows(UNCLEAR, SHOWN, UNSURE)
    coming = await sql.rows(COMING, SHOWN)
    known = [(record, msgspec.json.decode(record["deliveries"] or "[]")) for record in held]
    askable = await _askable({(one["channel"], bool(one["remote_id"])) for _, some in known for one in some})
    rows = tuple(_held(record, some, askable, zone) for record, some in known)
    return Left(
        held=rows, held_in_all=_count(held), unclear=tuple(_unclear(record) for record in unclear),
        unclear_in_all=_count(unclear), coming=tuple(_coming(record, zone) for record in coming),
        coming_in_all=_count(coming), asks=any(place.asks for row in rows for place in row.places),
    )  # fmt: skip


async def place(delivery: int) -> Record | None:
    """Version, title and channel of a delivery that is still held; None when it is decided."""
    return await sql.row(PLACE, delivery)


async def to_ask() -> list[int]:
    """Held deliveries whose platforms can say whether they have them, in the order of the page."""
    found = await sql.rows(ASKABLE)
    askable = await _askable({(record["channel"], bool(record["remote_id"])) for record in found})
    return [record["id"] for record in found if (record["channel"], bool(record["remote_id"])) in askable]


async def _askable(wanted: set[tuple[int, bool]]) -> set[tuple[int, bool]]:
    """Platforms that find our stamp can be asked about anything, others about what has a number there."""
    channels = {channel for channel, _ in wanted}
    takes = {channel: (await seals.traits_of(channel)).delivery for channel in channels}
    return {(channel, numbered) for channel, numbered in wanted if numbered or takes[channel] == "lookup"}


def _count(found: list[Record]) -> int:
    return int(found[0]["in_all"]) if found else 0


def _held(record: Record, deliveries: list[dict[str, Any]], askable: set[tuple[int, bool]], zone: str) -> Held:
    places = tuple(
        Place(
            one["id"], one["version"], one["name"], platforms.letter(one["platform"], one["name"]),
            (one["channel"], bool(one["remote_id"])) in askable, one["checked"] or "",
        )
        for one in deliveries
    )  # fmt: skip
    when = f"was due {_when(record['due_at'], zone)}" if record["due_at"] else "was to go out at once"
    return Held(record["post"], record["title"], when, places)


def _unclear(record: Record) -> Unclear:
    letter = platforms.letter(record["platform"], record["name"])
    return Unclear(record["post"], record["title"], record["id"], record["name"], letter)


def _coming(record: Record, zone: str) -> Coming:
    return Coming(record["post"], record["title"], _when(record["due_at"], zone))


def _when(due_at: datetime, zone: str) -> str:
    return moment(due_at, zone, local(datetime.now(UTC), zone).date())
