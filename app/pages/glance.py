"""A post at a glance: label, colour, icon and channel tiles from one light query. For the list and the calendar."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import msgspec
from asyncpg import Record

from app import platforms
from app.facts import STANDS
from app.lifecycles import publication
from app.lifecycles.facts import PostFacts, Run, Target
from app.lifecycles.machine import State
from app.lifecycles.post import POST, REVIEW, group, label
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.times import city, day, folded, local

STATES: dict[str, State] = {state.name: state for state in POST.states}
ASKED = {PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED, *REVIEW}  # their label needs more than the status

# The values that every query with these columns begins with, and the columns themselves; the post is `p`.
BEGINNING = (
    PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED, publication.OPEN,
    (DeliveryStatus.PUBLISHED, DeliveryStatus.UNCONFIRMED),
)  # fmt: skip
AT = f"""CASE WHEN p.status = '{PostStatus.PUBLISHED}' THEN coalesce(p.live_at, p.publish_at) ELSE p.publish_at END"""
# Where a post stands in time, with or without an hour. An index has it in these very words (migration 53).
PUBLISHES = f"coalesce({AT}, p.planned_on::timestamp AT TIME ZONE p.zone, 'infinity')"
# Its day in the calendar of a zone may be another than the one it is written down with, by no more than this.
NEAR = f"{PUBLISHES} >= {{first}}::date - 1 AND {PUBLISHES} < {{last}}::date + 2"
COLUMNS = f"""
  p.id, p.status, p.title, p.author, p.planned_on, {AT} AS at, now() AS now,
  (SELECT array_agg(channel ORDER BY channel) FROM post_channel WHERE post = p.id) AS channels,
  CASE WHEN p.status = $1 THEN (SELECT json_build_object('due_at', due_at, 'held_for', held_for)
    FROM publication WHERE post = p.id AND status = ANY($3::text[])) END AS run,
  CASE WHEN p.status = $2 THEN (SELECT json_object_agg(channel, status) FROM (
    SELECT DISTINCT ON (d.channel) d.channel, d.status FROM delivery d LEFT JOIN post_channel w
      ON w.post = d.post AND w.channel = d.channel
    WHERE d.post = p.id AND d.kind = 'create' AND (w.post IS NOT NULL OR d.status = ANY($4::text[]))
    ORDER BY d.channel, {STANDS} DESC, d.id DESC) newest) END AS newest
"""  # noqa: S608
EPOCH, AHEAD = datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(1, UTC)
LATE = "late"  # its label tells by how much
CHANNELS = "SELECT id, name, platform, broken_kind, disconnected_at IS NULL AS connected FROM channel ORDER BY id"


class Channel(msgspec.Struct, frozen=True):
    """A channel as a tile, and whether something is wrong with it."""

    id: int
    name: str
    letter: str
    platform: str
    connected: bool
    broken: str


class Glance(msgspec.Struct, frozen=True):
    """What a row or a calendar card shows of a post. `at`: when it is or was published, in UTC.

    A busy month has thousands in sight, and a frozen dataclass takes nine times as long to make.
    """

    id: int
    title: str
    status: str
    label: str
    group: str
    icon: str
    spins: bool
    channels: tuple[Channel, ...]
    author: int | None
    planned_on: date | None
    at: datetime | None


class _Run(msgspec.Struct, frozen=True):
    due_at: datetime | None
    held_for: str | None


def channel(known: Mapping[str, Any] | Record) -> Channel:
    name, platform, broken = known["name"], known["platform"], known["broken_kind"] or ""
    return Channel(known["id"], name, platforms.letter(platform, name), platform, known["connected"], broken)


def by_id(records: Iterable[Record]) -> dict[int, Channel]:
    return {record["id"]: channel(record) for record in records}


def glance(record: Record, channels: Mapping[int, Channel]) -> Glance:
    """One record of COLUMNS as people see it."""
    status: str = record["status"]
    state = STATES[status]
    own = tuple(map(channels.__getitem__, record["channels"] or ()))
    said, colour = _shown(record, own) if status in ASKED else (state.label, state.group)
    return Glance(
        record["id"], record["title"], status, said, colour, state.icon, state.icon == "loader-circle", own,
        record["author"], record["planned_on"], record["at"],
    )  # fmt: skip


def _shown(record: Record, own: tuple[Channel, ...]) -> tuple[str, str]:
    """Label and colour of a status that the lifecycle names by its facts."""
    run, now = _run(record["run"]), record["now"]
    if run is None or run.held_for != LATE:  # of a time counts only whether it has come, so few such facts differ
        run, now = run and _Run(AHEAD if run.due_at and run.due_at > now else None, run.held_for), EPOCH
    return _named(record["status"], now, record["newest"], own, run)


@lru_cache(1024)
def _named(
    status: str, now: datetime, newest: str | None, own: tuple[Channel, ...], known: _Run | None
) -> tuple[str, str]:
    """The same of thousands of posts in sight, which have few such facts between them."""
    run = Run(0, "create", "", known.due_at, known.held_for) if known else None
    facts = PostFacts(status, 0, now, now.date(), targets=_targets(newest, own), run=run)
    return label(facts, connected=facts.connected), group(facts, connected=facts.connected)


def _targets(newest: str | None, own: tuple[Channel, ...]) -> tuple[Target, ...]:
    settled = msgspec.json.decode(newest or "{}", type=dict[int, str])
    wanted = {channel.id: channel for channel in own}
    return tuple(_target(number, wanted.get(number), settled.get(number)) for number in {**wanted, **settled})


def _target(number: int, wanted: Channel | None, delivery: str | None) -> Target:
    connected = wanted is not None and wanted.connected
    return Target(number, "", "", delivery=delivery, connected=connected, wanted=wanted is not None)


def _run(text: str | None) -> _Run | None:
    return None if text is None else msgspec.json.decode(text, type=_Run)


def when(at: datetime | None, planned_on: date | None, zone: str, today: date) -> str:
    """Day and time without the zone, which stands above the column; a time that comes twice shows its offset."""
    if at is None:
        return day(planned_on, today) if planned_on else ""
    here = local(at, zone)
    offset = f" UTC{here:%z}"[:-2] if folded(at, zone) else ""
    return f"{day(here.date(), today)}, {here:%H:%M}{offset}"


def zone_name(zone: str) -> str:
    """Berlin time; UTC stays UTC."""
    return zone if zone == "UTC" else f"{city(zone)} time"
