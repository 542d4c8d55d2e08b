"""What the webhooks pages show of endpoints and of what was sent to them: queries, and rows in words. Read-only."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Record

from app import sql
from app.flow import webhook_calls
from app.flow.webhook_sending import CAUSES
from app.flow.webhook_types import TEST
from app.pages.pills import Pill
from app.times import ago, day, local, moment

A_PAGE = 25
MOST = 1000
EVERY = f"""
SELECT e.*, c.title AS campaign_title,
  (SELECT count(*) FROM (SELECT 1 FROM webhook_send s WHERE s.endpoint = e.id AND s.next_at IS NOT NULL
    LIMIT {MOST + 1}) waiting) AS waiting,
  (SELECT count(*) FROM (SELECT 1 FROM webhook_send s WHERE s.endpoint = e.id AND s.result <> 'delivered'
    AND s.event IS NOT NULL LIMIT {MOST + 1}) missed) AS missed
FROM endpoint e LEFT JOIN campaign c ON c.id = e.campaign
WHERE e.removed_at IS NULL AND ($1::bigint IS NULL OR e.id = $1) ORDER BY e.id
"""  # noqa: S608
SENDS = f"""
SELECT s.id, s.type, s.queued_at, s.next_at, s.fence IS NOT NULL AND s.next_at > now() AS sending, s.tries, s.log,
  s.result, s.data, s.key, s.event, e.at, p.id AS post, p.title
FROM webhook_send s LEFT JOIN event e ON e.id = s.event LEFT JOIN post p ON p.id = e.post
WHERE s.endpoint = $1 AND ($2::bigint IS NULL OR s.id < $2) {{which}}ORDER BY s.id DESC LIMIT {A_PAGE + 1}
"""  # noqa: S608
CAMPAIGNS = """
SELECT id, title FROM campaign WHERE archived_at IS NULL OR id = $1 ORDER BY id = $1 DESC NULLS LAST, id DESC LIMIT 500
"""
RESULTS = {
    "delivered": ("Delivered", "live", "circle-check"),
    "given_up": ("Given up", "problem", "octagon-alert"),
    "paused": ("Not sent: paused", "stopped", "pause"),
    "restored": ("Not sent: restored", "stopped", "archive-restore"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint. `missed`: what it did not get, as far as that is still known."""

    id: int
    name: str
    url: str
    hears: str
    state: Pill
    paused: bool
    waiting: str
    missed: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One call: when and how long, what was answered."""

    when: str
    note: str
    answer: str


@dataclass(frozen=True, slots=True)
class Send:
    """One message of the log: its webhook-id is `key`, its body `said`. Those that `ended` can be sent again."""

    id: int
    key: str
    type: str
    time: str
    day: str
    iso: str
    title: str
    href: str
    state: Pill
    tries: tuple[Tried, ...]
    said: str
    ended: bool


async def every(zone: str) -> tuple[Row, ...]:
    return tuple(_row(found, zone) for found in await sql.rows(EVERY, None))


async def one(endpoint: int, zone: str) -> Row | None:
    found = await sql.row(EVERY, endpoint)
    return _row(found, zone) if found else None


async def sends(endpoint: int, zone: str, *, before: int | None, missed: bool) -> list[Send]:
    """A page of the log, the newest first, and one more when there are older ones."""
    which = "AND s.result <> 'delivered' " if missed else ""
    return [_send(found, zone) for found in await sql.rows(SENDS.format(which=which), endpoint, before)]


async def campaigns(chosen: int | None) -> tuple[tuple[str, str], ...]:
    """What an endpoint may be narrowed to."""
    found = await sql.rows(CAMPAIGNS, chosen)
    return ("", "All campaigns, and posts without one"), *((str(one["id"]), one["title"]) for one in found)


def _row(found: Record, zone: str) -> Row:
    return Row(
        id=found["id"],
        name=found["name"],
        url=found["url"],
        hears=_hears(found["types"], found["campaign_title"]),
        state=_state(found, zone),
        paused=found["paused_at"] is not None,
        waiting=_many(found["waiting"]),
        missed=_many(found["missed"]),
    )


def _hears(types: list[str], campaign: str | None) -> str:
    what = ", ".join(types[:4]) + (f" and {len(types) - 4} more" if len(types) > 4 else "") if types else "Everything"
    return f"{what}, of “{campaign}”" if campaign else what


def _state(found: Record, zone: str) -> Pill:
    now = datetime.now(UTC)
    today = local(now, zone).date()
    if found["paused_at"]:
        by_hand = found["paused_for"] == "person"
        said = f"Paused since {moment(found['paused_at'], zone, today)}. {CAUSES[found['paused_for']]}"
        return Pill("Paused", "stopped" if by_hand else "problem", "pause" if by_hand else "octagon-alert", said)
    if found["failing_since"]:
        since = f"Nothing has arrived since {moment(found['failing_since'], zone, today)}. It is tried again by itself."
        return Pill("Failing", "problem", "triangle-alert", since)
    if found["delivered_at"]:
        when = ago(found["delivered_at"], now)
        return Pill("Working", "live", "circle-check", f"Last delivered {when}{'' if when == 'just now' else ' ago'}.")
    return Pill("New", "plan", "circle-dashed", "Nothing has been delivered yet.")


def _many(number: int) -> str:
    return "" if not number else f"more than {MOST:,}" if number > MOST else f"{number:,}"


def _send(found: Record, zone: str) -> Send:
    at = found["at"] or found["queued_at"]
    today = local(datetime.now(UTC), zone).date()
    said = webhook_calls.message(found["key"], found["type"], at, found["data"])
    here = local(at, zone)
    when = day(here.date(), today)
    return Send(
        id=found["id"],
        type=found["type"],
        key=said.id,
        time=f"{here:%H:%M}",
        day=when[:1].upper() + when[1:],
        iso=at.isoformat(),
        title=found["title"] or ("Somebody tried it" if found["type"] == TEST else ""),
        href=f"/posts/{found['post']}" if found["post"] else "",
        state=_stands(found, zone),
        tries=tuple(_tried(one, zone) for one in msgspec.json.decode(found["log"])),
        said=json.dumps(said.said, ensure_ascii=False, indent=2) if found["data"] else "",
        ended=found["result"] is not None and found["event"] is not None,
    )


def _stands(found: Record, zone: str) -> Pill:
    if found["result"]:
        return Pill(*RESULTS[found["result"]])
    if found["sending"]:
        return Pill("Sending", "work", "send")
    if not found["tries"]:
        return Pill("Waiting", "ready", "clock")
    again = moment(found["next_at"], zone, local(datetime.now(UTC), zone).date())
    return Pill("Trying again", "review", "rotate-ccw", f"Next try {again}.")


def _tried(said: dict[str, Any], zone: str) -> Tried:
    at = local(datetime.fromisoformat(said["at"]), zone)
    return Tried(f"{at.day} {at:%b}, {at:%H:%M:%S}, {said['ms']:,} ms", said["note"], said["answer"])
