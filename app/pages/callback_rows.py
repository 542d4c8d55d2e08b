"""The rows of the callbacks page: calls of platforms that were believed, and what they came to. Read-only."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from asyncpg import Record

from app import sql
from app.lifecycles.delivery import DELIVERY
from app.pages.pills import Pill
from app.times import day, local, moment
from app.verifiers import SCHEMES

A_PAGE = 25
# What each filter shows, by its name in the address.
RESULTS = {
    "heard": "b.result = 'heard'",
    "unmatched": "b.delivery IS NULL AND b.said IS NOT NULL AND (b.result IS NULL OR b.result = 'unmatched')",
    "ignored": "b.result = 'ignored'",
    "failed": "b.result IN ('refused', 'failed')",
}
ROWS = f"""
SELECT b.id, b.channel, b.type, b.at, b.received_at, b.body, b.headers, b.said IS NOT NULL AS ours, b.event_id,
  b.scheme, b.result, b.note, b.tries, b.next_at, b.delivery, c.name AS channel_name, d.status, p.id AS post, p.title
FROM callback b JOIN channel c ON c.id = b.channel LEFT JOIN delivery d ON d.id = b.delivery
LEFT JOIN post p ON p.id = d.post
WHERE {{which}}
ORDER BY b.id DESC LIMIT {A_PAGE + 1}
"""  # noqa: S608
PILLS = {
    "heard": ("Applied", "live", "circle-check"),
    "refused": ("Changed nothing", "stopped", "circle-slash"),
    "unmatched": ("No post found", "problem", "octagon-alert"),
    "ignored": ("Passed over", "stopped", "circle-slash"),
    "failed": ("Not applied", "problem", "octagon-alert"),
}
MEANINGS = {
    "unmatched": "For three days no delivery had this key. Apply it again once there is one.",
    "ignored": "It is a kind of message that Galley does not know.",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """The filters of the address; empty ones show everything. `before` is the last row of the page before."""

    channel: int | None = None
    result: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One call. `facts` and `body` are for who wants to know; only what is `ours` can be applied again."""

    id: int
    time: str
    day: str
    iso: str
    type: str
    channel: str
    channel_href: str
    title: str
    href: str
    delivery_href: str
    state: Pill
    facts: tuple[tuple[str, str], ...]
    body: str
    ours: bool


async def rows(sought: Sought, zone: str) -> list[Row]:
    """A page of calls, the newest first, and one more when there are older ones."""
    values: list[int] = []
    which = [RESULTS.get(sought.result, "true")]
    for condition, value in (("b.id < ", sought.before), ("b.channel = ", sought.channel)):
        if value:
            values.append(value)
            which.append(f"{condition}${len(values)}")
    found = await sql.rows(ROWS.format(which=" AND ".join(which)), *values)
    return [_row(record, zone) for record in found]


async def one(callback: int, zone: str) -> Row | None:
    found = await sql.row(ROWS.format(which="b.id = $1"), callback)
    return _row(found, zone) if found else None


async def channels() -> list[tuple[int, str]]:
    """Every channel that called, for the filter; the disconnected ones too."""
    found = await sql.rows(
        "SELECT id, name FROM channel c WHERE EXISTS (SELECT 1 FROM callback WHERE channel = c.id) ORDER BY name, id"
    )
    return [(record["id"], record["name"]) for record in found]


def _row(found: Record, zone: str) -> Row:
    here = local(found["received_at"], zone)
    when = day(here.date(), local(datetime.now(UTC), zone).date())
    return Row(
        id=found["id"],
        time=f"{here:%H:%M}",
        day=when[:1].upper() + when[1:],
        iso=found["received_at"].isoformat(),
        type=found["type"] or "No type",
        channel=found["channel_name"],
        channel_href=f"/channels/{found['channel']}",
        title=found["title"] or "",
        href=f"/posts/{found['post']}" if found["post"] else "",
        delivery_href=f"/deliveries/{found['delivery']}" if found["delivery"] else "",
        state=_state(found, zone),
        facts=_facts(found, zone),
        body=_readable(found["body"]),
        ours=found["ours"],
    )


def _state(found: Record, zone: str) -> Pill:
    if found["result"]:
        return Pill(*PILLS[found["result"]], found["note"] or _meaning(found))
    if not found["tries"]:
        return Pill("Waiting", "ready", "clock", "The worker applies it in a moment.")
    again = moment(found["next_at"], zone, local(datetime.now(UTC), zone).date())
    why = found["note"] or "No delivery has this key yet."
    return Pill("Trying again", "review", "rotate-ccw", f"{why} Looked at again {again}.")


def _meaning(found: Record) -> str:
    if found["result"] == "heard" and found["status"]:
        return f"The delivery is now: {DELIVERY.state(found['status']).label.lower()}."
    return MEANINGS.get(found["result"], "")


def _facts(found: Record, zone: str) -> tuple[tuple[str, str], ...]:
    said = local(found["at"], zone)
    scheme = SCHEMES.get(found["scheme"])
    headers: dict[str, str] = msgspec.json.decode(found["headers"])
    known = (
        ("Said", f"{said.day} {said:%b %Y}, {said:%H:%M:%S}"),
        ("Id", found["event_id"]),
        ("Signed like", scheme.label if scheme else found["scheme"]),
    )
    return known + tuple((name, value) for name, value in headers.items())


def _readable(body: str) -> str:
    """JSON with one thing on a line; anything else as it came."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body
