"""How often something may be tried, counted in PostgreSQL for all processes. Called by accounts and doors."""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import sql

BUCKET = 30
MINUTES_5, DAY = 300, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    key: str
    hits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where one try stands: its bucket, and how many the bucket held with it."""

    window_at: datetime
    hits: int


@dataclass(frozen=True, slots=True)
class Spent:
    """How often something may still be done until its window ends, `reset` seconds from now."""

    limit: int
    left: int
    reset: int


class TriedTooOften(Exception):
    """The wait, in seconds, until the next try counts again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many tries. Try again in {in_words(wait)}.")
        self.wait = wait


def sign_in_limits(account: str, ip: str, *, browser: str = "") -> list[Limit]:
    """What one try at a password costs: by account, by address and in all. A browser that `account` signed in on
    before is counted by itself alone: strangers' guesses, from the same address or all over, keep nobody out there."""
    key = "account:" + hashlib.sha256(f"{account.lower()}{browser}".encode()).hexdigest()[:32]
    limits = [Limit(key, 10, MINUTES_5), Limit(key, 50, DAY)]
    if browser:
        return limits
    return [*limits, Limit(f"ip:{network(ip)}", 10, MINUTES_5), Limit("sign-in", 1000, MINUTES_5)]


def guest_limits(token: str, ip: str) -> list[Limit]:
    """What one look at a guest link, or one answer by it, costs: by link and by address."""
    link = "guest:" + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:32]
    return [Limit(link, 60, MINUTES_5), Limit(f"guest-ip:{network(ip)}", 120, MINUTES_5)]


async def take(limits: Sequence[Limit]) -> list[str]:
    """Count one try against every limit, or raise TriedTooOften; returns what `give_back` takes."""
    # Add, then count: of two tries at once the later commit sees both, so a limit is never passed.
    places = await _add(sorted({limit.key for limit in limits}))
    wait = max([await _wait(limit, places[limit.key]) for limit in limits])
    if wait > 0:
        await give_back(list(places))
        raise TriedTooOften(wait)
    return list(places)


async def spend(key: str, limit: int, seconds: int) -> Spent:
    """Count one call of a program in this window of `seconds`, or raise TriedTooOften: one statement, since every
    call pays it."""
    row = await sql.row(
        "insert into throttle (key, window_at, hits)"
        " values ($1, to_timestamp(floor(extract(epoch from now()) / $2::int) * $2::int), 1)"
        " on conflict (key, window_at) do update set hits = throttle.hits + 1"
        " returning hits, ceil(extract(epoch from window_at - now()))::int + $2::int as reset",
        key, seconds,
    )  # fmt: skip
    assert row is not None
    if row["hits"] > limit:
        raise TriedTooOften(row["reset"])
    return Spent(limit, limit - row["hits"], row["reset"])


async def give_back(keys: Sequence[str]) -> None:
    """Take one try off the newest bucket of each key: a password that was right is not a guess."""
    # Locked in the order of _add, so that no two wait for each other.
    await sql.run(
        "with newest as (select distinct on (key) key, window_at from throttle"
        "  where key = any($1) and hits > 0 order by key, window_at desc),"
        " held as (select t.id from throttle t join newest using (key, window_at) order by t.key for update of t)"
        " update throttle t set hits = hits - 1 from held where t.id = held.id",
        list(keys),
    )


async def forget_old() -> None:
    """Drop the counts that no limit looks at any more; for the daily sweep."""
    await sql.run("delete from throttle where window_at < now() - make_interval(secs => $1)", DAY + BUCKET)


async def _add(keys: Sequence[str]) -> dict[str, Place]:
    # Sorted keys: two tries lock the rows they share in one order.
    rows = await sql.rows(
        "insert into throttle (key, window_at, hits) "
        "select key, to_timestamp(floor(extract(epoch from now()) / $1::int) * $1::int), 1 "
        "from unnest($2::text[]) as key order by key "
        "on conflict (key, window_at) do update set hits = throttle.hits + 1 returning key, window_at, hits",
        BUCKET, list(keys),
    )  # fmt: skip
    return {row["key"]: Place(row["window_at"], row["hits"]) for row in rows}


async def _wait(limit: Limit, place: Place) -> int:
    """Seconds until this limit has room; 0 when the try just added still fits."""
    rows = await sql.rows(
        "select window_at, hits, now() as now from throttle "
        "where key = $1 and window_at > now() - make_interval(secs => $2) order by window_at",
        limit.key, limit.seconds + BUCKET,
    )  # fmt: skip
    # In its own bucket a try counts its place in the queue, not those who came behind it.
    hits = [place.hits if row["window_at"] == place.window_at else row["hits"] for row in rows]
    excess = sum(hits) - limit.hits
    for row, some in zip(rows, hits, strict=True):
        if excess <= 0:
            return 0
        excess -= some
        if excess <= 0:
            return _seconds_until_out(row["window_at"], row["now"], limit)
    return 0


def _seconds_until_out(window_at: datetime, now: datetime, limit: Limit) -> int:
    return max(1, limit.seconds + BUCKET - int((now - window_at).total_seconds()))


def network(ip: str) -> str:
    """Who is counted as one: an IPv4 address, or an IPv6 /64, the smallest block a customer gets."""
    try:
        address = ipaddress.ip_address(_without_port(ip))
    except ValueError:
        return "unknown"
    # A socket for both kinds shows IPv4 addresses inside one single /64: everybody would be one.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _without_port(ip: str) -> str:
    """Some proxies name the port, too: 192.0.2.7:4711 or [2001:db8::7]:4711."""
    if ip.startswith("["):
        return ip[1:].partition("]")[0]
    return ip.partition(":")[0] if ip.count(":") == 1 else ip


def in_words(seconds: int) -> str:
    """A wait as people say it: 40 seconds, 5 minutes, 3 hours."""
    if seconds < 90:
        return f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 90 else f"{-(-minutes // 60)} hours"
