"""The rows of the publishing log: one per domain event, read from events, with their attempts. Read-only; for doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.lifecycles.statuses import PostStatus

A_PAGE = 50
# What each kind of line is called in addresses; each filter names the (about, move) pairs it shows.
OUTCOMES: dict[str, tuple[tuple[str, str], ...]] = {
    "queued": (("publication", "create"),),
    "handed_over": (("delivery", "hand_off"),),
    "published": (("delivery", "confirm"),),
    "failed": (("delivery", "refuse"), ("delivery", "deny")),
    "not_confirmed": (("delivery", "lose"),),
    "taken_down": (("delivery", "withdraw"),),
    "held": (("publication", "hold"),),
    "canceled": (("publication", "cancel"),),
}
RESULTS = {pair: outcome for outcome, pairs in OUTCOMES.items() for pair in pairs}
EVENTS = """
SELECT e.id, e.at, e.about, e.move, e.from_status, e.note, e.by_kind, w.name AS person, p.id AS post, p.title,
  d.id AS delivery, d.remote_url, u.kind, u.due_at, u.created_at, c.id AS channel_id, c.name AS channel, c.platform,
  (SELECT x.from_status FROM event x WHERE x.post = e.post AND x.about = 'post' AND x.at = e.at
     AND x.move IN ('schedule', 'publish_now') LIMIT 1) AS post_was,
  (SELECT coalesce(json_agg(json_build_array(y.id, k.id, k.name, k.platform, y.next_at IS NOT NULL) ORDER BY y.id),
     '[]') FROM delivery y JOIN channel k ON k.id = y.channel
     WHERE e.about = 'publication' AND y.publication = u.id) AS deliveries
FROM event e JOIN post p ON p.id = e.post LEFT JOIN person w ON w.id = e.person
LEFT JOIN delivery d ON e.about = 'delivery' AND d.id = e.about_id LEFT JOIN channel c ON c.id = d.channel
JOIN publication u ON u.id = CASE e.about WHEN 'publication' THEN e.about_id ELSE d.publication END
WHERE e.id IN ({ids}) ORDER BY e.id DESC
"""
# Each kind of line is walked along its own index, no further than a page, and the kinds are merged.
IDS = """
SELECT l.id FROM unnest($1::text[], $2::text[]) kind(about, move) CROSS JOIN LATERAL (
  SELECT e.id FROM event e WHERE e.about = kind.about AND e.move = kind.move
    AND e.about IN ('publication', 'delivery') {narrowed} ORDER BY e.id DESC LIMIT {most}) l
ORDER BY l.id DESC LIMIT {most}
"""
THERE = """AND CASE e.about
  WHEN 'delivery' THEN EXISTS (SELECT 1 FROM delivery WHERE id = e.about_id AND channel = {} OFFSET 0)
  ELSE EXISTS (SELECT 1 FROM delivery WHERE publication = e.about_id AND channel = {} OFFSET 0) END"""
# A transaction lasts no hour: whatever happened an hour apart has its ids in that order, and the walk begins and ends
# there instead of reading years.
SINCE = """AND e.at >= {} AND e.id > coalesce((SELECT x.id FROM event x WHERE x.about = kind.about
  AND x.move = kind.move AND x.about IN ('publication', 'delivery') AND x.at < {} - interval '1 hour'
  ORDER BY x.at DESC LIMIT 1), 0)"""
UNTIL = """AND e.at < {} AND e.id < coalesce((SELECT x.id FROM event x WHERE x.about = kind.about
  AND x.move = kind.move AND x.about IN ('publication', 'delivery') AND x.at >= {} + interval '1 hour'
  ORDER BY x.at LIMIT 1), 9223372036854775807)"""
ATTEMPTS = """
SELECT a.id, a.delivery, a.number, a.intent, a.step, a.outcome, a.http_status, a.answer, a.why, a.next_action,
  a.late_answer, a.opened_at, a.ended_at FROM attempt a WHERE a.delivery = ANY($1) ORDER BY a.delivery, a.number
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """The filters; empty ones show everything. `before` is the last row of the page before, `most` the rows of one."""

    channel: int | None = None
    outcome: str = ""
    on: date | None = None
    before: int | None = None
    post: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    most: int = A_PAGE


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call, as it was written down before and after."""

    delivery: int
    number: int
    intent: str
    step: str
    outcome: str | None
    http_status: int | None
    answer: str | None
    why: str | None
    next_action: str | None
    late_answer: str | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Where:
    """A channel that the event is about."""

    id: int
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One domain event. `post_was`: the post's status before, if it moved; `url` is where its delivery lies."""

    id: int
    at: datetime
    about: str
    move: str
    note: str
    by_kind: str
    person: str
    post: int
    title: str
    delivery: int | None
    kind: str
    due_at: datetime | None
    created_at: datetime
    post_was: str
    url: str
    channels: tuple[Where, ...]
    attempts: tuple[Attempt, ...]

    @property
    def result(self) -> str:
        """The filter that shows it."""
        return RESULTS[self.about, self.move]

    @property
    def waits(self) -> bool:
        """Whether it was lined up for later."""
        return self.due_at is not None and self.due_at > self.created_at

    @property
    def event(self) -> str:
        """What it is called: finer than `result`, coarser than a worker's tries."""
        match self.result:
            case "queued" if self.kind == "update":
                return "changes_queued"
            case "queued" if self.post_was == PostStatus.PUBLISH_FAILED:
                return "retried"
            case "queued":
                return "scheduled" if self.waits else "queued"
            case "published" if self.kind == "update":
                return "changes_published"
            case "failed" if self.move == "deny":
                return "not_there"
        return self.result


async def happened(sought: Sought, zone: str) -> list[Happened]:
    """A page of the log, and one row more when there are older ones; two queries however long it is."""
    pairs = OUTCOMES.get(sought.outcome) or tuple(RESULTS)
    values: list[Any] = [[about for about, _ in pairs], [move for _, move in pairs]]
    ids = IDS.format(narrowed=_narrowed(sought, zone, values), most=sought.most + 1)
    found = await sql.rows(EVENTS.format(ids=ids), *values)
    tried = await _attempts([id for record in found for id in _deliveries(record)])
    return [_happened(record, tried) for record in found]


def _narrowed(sought: Sought, zone: str, values: list[Any]) -> str:
    """The conditions of the filters that are set; their values join the others."""
    wanted: tuple[tuple[str, Any, str], ...] = (
        ("AND e.id < {}", sought.before, "bigint"), ("AND e.post = {}", sought.post, "bigint"),
        (THERE, sought.channel, "bigint"), (SINCE, sought.since, "timestamptz"), (UNTIL, sought.until, "timestamptz"),
    )  # fmt: skip
    found = []
    for condition, value, kind in wanted:
        if value is not None:
            number = f"{_number(value, values)}::{kind}"
            found.append(condition.format(*[number] * condition.count("{}")))
    if sought.on:
        day, here = f"{_number(sought.on, values)}::date", _number(zone, values)
        found.append(f"AND e.at >= {day}::timestamp AT TIME ZONE {here}")
        found.append(f"AND e.at < ({day} + 1)::timestamp AT TIME ZONE {here}")
    return " ".join(found)


def _number(value: Any, values: list[Any]) -> str:
    values.append(value)
    return f"${len(values)}"


async def publisher_age() -> float | None:
    """Seconds since a worker was last seen; None when none ever was."""
    age: float | None = await sql.value("SELECT extract(epoch FROM now() - max(seen_at))::float8 FROM beat")
    return age


async def channels() -> list[tuple[int, str]]:
    """Every channel for the filter, the disconnected ones too."""
    return [(record["id"], record["name"]) for record in await sql.rows("SELECT id, name FROM channel ORDER BY name")]


async def _attempts(deliveries: Sequence[int]) -> list[Attempt]:
    found = await sql.rows(ATTEMPTS, list(deliveries)) if deliveries else []
    return [Attempt(**{name: value for name, value in record.items() if name != "id"}) for record in found]


def _happened(found: Record, tried: Sequence[Attempt]) -> Happened:
    """A delivery's row carries what had been tried by then; a publication's what its open deliveries tried so far."""
    mine = set(_deliveries(found))
    whole = found["about"] == "publication"
    own = ("id", "at", "about", "move", "by_kind", "post", "title", "delivery", "kind", "due_at", "created_at")
    return Happened(
        **{name: found[name] for name in own},
        note=found["note"] or "",
        person=found["person"] or "",
        post_was=found["post_was"] or "",
        url=found["remote_url"] or "",
        channels=_channels(found),
        attempts=tuple(one for one in tried if one.delivery in mine and (whole or one.opened_at <= found["at"])),
    )


def _deliveries(found: Record) -> list[int]:
    if found["about"] == "publication":
        return [number for number, _, _, _, unsettled in _targets(found) if unsettled]
    return [found["delivery"]]


def _channels(found: Record) -> tuple[Where, ...]:
    if found["about"] == "publication":
        return tuple(Where(id, name, platform) for _, id, name, platform, _ in _targets(found))
    return (Where(found["channel_id"], found["channel"], found["platform"]),)


def _targets(found: Record) -> list[Any]:
    targets: list[Any] = msgspec.json.decode(found["deliveries"])
    return targets
