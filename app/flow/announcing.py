"""Announcing: search engines that share IndexNow hear of what was published, changed or taken down on the blog.

Only the worker calls it, and nothing waits for it. What happened is read from the events afterwards, each once: as soon
as every transaction that had begun by the last look is over (see app/flow/news.py, whose bookmark this is), so that
publishing costs not a statement more. Without INDEXNOW_KEY nothing is asked of the database at all. A desk that is
frozen waits, and what is older than a day, or than a restore, is left to the sitemap: nobody announces old things in
a burst.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from asyncpg import Record

from app import sql
from app.atomic import atomic
from app.flow.news import GLANCE, HOLD, TURN
from app.safe_http import Call, Failure, Reply, excerpt, retry_after, send
from app.settings import settings

log = logging.getLogger("galley.announcing")
READER = "indexnow"
MOST = 10_000  # addresses of one call, says the protocol
SECONDS, CAP = 10.0, 1 << 14
LEASE = "interval '60 seconds'"
NEWS = "interval '1 day'"
WAITS = (60, 300, 1800, 3600)  # seconds after the first try, the second, …
HEARD, TIRED = {200, 202}, 429
MEANS = {
    400: "It could not read what we sent.",
    403: "It did not find the key at {place}; PUBLIC_URL must be the address that strangers reach.",
    422: "It says that these addresses are not of {host}, or that the key does not fit it.",
}
PEEK = """
SELECT b.event, b.event < (SELECT max(id) FROM event) AS news, t.frozen_at IS NOT NULL AS frozen,
  EXISTS (SELECT 1 FROM announcement WHERE next_at <= now()) AS due
FROM team t LEFT JOIN bookmark b ON b.reader = $1
"""
BEGIN = """
INSERT INTO bookmark (reader, event, ahead, horizon)
SELECT $1, at, at, 0 FROM (SELECT coalesce(max(id), 0) AS at FROM event) newest ON CONFLICT DO NOTHING
"""
# Every address the post was ever shown under: an old one redirects, one that was taken down says so.
TOUCHED = f"""
SELECT DISTINCT s.content::jsonb ->> 'slug' AS slug
FROM event e JOIN delivery t ON t.id = e.about_id CROSS JOIN team
JOIN channel c ON c.id = t.channel AND c.platform = 'site' AND c.disconnected_at IS NULL
JOIN delivery d ON d.post = t.post AND d.channel = t.channel AND d.published_at IS NOT NULL
JOIN publication u ON u.id = d.publication JOIN seal s ON s.id = u.seal
WHERE e.id > $1 AND e.id <= $2 AND e.about = 'delivery' AND e.move IN ('confirm', 'withdraw')
  AND e.at > now() - {NEWS} AND e.at > coalesce(team.restored_at, '-infinity') ORDER BY slug
"""  # noqa: S608
QUEUE = "INSERT INTO announcement (urls, next_at) VALUES ($1, now())"
FRESH = f"made_at > now() - {NEWS} AND made_at > coalesce((SELECT restored_at FROM team), '-infinity')"  # noqa: S608
CLAIM = f"""
UPDATE announcement SET next_at = now() + {LEASE}, tries = tries + 1 WHERE id = (
  SELECT id FROM announcement WHERE next_at <= now() AND {FRESH} ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, urls, tries
"""  # noqa: S608
SETTLE = """
UPDATE announcement SET result = $3::text, ended_at = CASE WHEN $3::text IS NOT NULL THEN now() END,
  next_at = CASE WHEN $3::text IS NULL THEN greatest(now() + make_interval(secs => $4), $5) END,
  http_status = $6, note = $7
WHERE id = $1 AND tries = $2 AND next_at IS NOT NULL
"""
GIVE_UP = f"""
UPDATE announcement SET result = 'given_up', ended_at = now(), next_at = NULL
WHERE next_at IS NOT NULL AND NOT ({FRESH})
"""  # noqa: S608
FORGET = "DELETE FROM announcement WHERE ended_at < now() - interval '30 days'"
LATEST = """
SELECT cardinality(urls) AS urls, coalesce(result, '') AS result, coalesce(note, '') AS note, tries, made_at, ended_at
FROM announcement ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to; without a `result` it is made again."""

    result: str | None
    status: int | None
    note: str
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest announcement, for pages and the doctor."""

    urls: int
    result: str
    note: str
    tries: int
    made_at: datetime
    ended_at: datetime | None

    @property
    def refused(self) -> bool:
        return self.result == "refused"


async def sweep() -> None:
    """Put in line what happened since the last time, then make one call that is due."""
    if not settings().indexnow_key:
        return
    peek = await sql.row(PEEK, READER)
    if peek is None or peek["frozen"]:
        return
    if peek["event"] is None:
        await sql.run(BEGIN, READER)
        return
    if peek["news"]:
        await _collect()
    if (peek["news"] or peek["due"]) and (claimed := await sql.row(CLAIM)):
        await _announce(claimed)


async def forget_old() -> None:
    """End what is no news any more, and drop what ended a month ago."""
    if settings().indexnow_key:
        await sql.run(GIVE_UP)
        await sql.run(FORGET)


async def latest() -> Latest | None:
    """The newest announcement, or None while there is none or nobody wants any."""
    found = await sql.row(LATEST) if settings().indexnow_key else None
    return Latest(**found) if found else None


def place() -> str:
    """Where search engines look whether the key is ours."""
    return f"{settings().origin}/{settings().indexnow_key}.txt"


async def _collect() -> None:
    async with atomic():
        held = await sql.row(HOLD, READER)
        if held is None:
            return
        glance = await sql.row(GLANCE, held["ahead"])
        assert glance is not None
        # A horizon beyond what this database has come to is that of another one, from a backup.
        if glance["oldest"] >= held["horizon"] or held["horizon"] > glance["next"]:
            await _queue([found["slug"] for found in await sql.rows(TOUCHED, held["event"], held["ahead"])])
            await sql.run(TURN, READER, glance["newest"] or held["ahead"], glance["next"])


async def _queue(slugs: Iterable[str]) -> None:
    urls = [f"{settings().origin}/blog/{quote(slug, safe='')}" for slug in slugs]
    for at in range(0, len(urls), MOST):
        await sql.run(QUEUE, urls[at : at + MOST])


async def _announce(claimed: Record) -> None:
    outcome = await _called(claimed["urls"])
    wait = WAITS[min(claimed["tries"], len(WAITS)) - 1]
    told = (outcome.result, wait, outcome.again, outcome.status, outcome.note[:500])
    await sql.run(SETTLE, claimed["id"], claimed["tries"], *told)
    if outcome.result == "refused":
        log.warning("IndexNow refused %s addresses: %s", len(claimed["urls"]), outcome.note)


async def _called(urls: list[str]) -> Outcome:
    known = settings()
    said = {"host": urlsplit(known.origin).netloc, "key": known.indexnow_key, "keyLocation": place(), "urlList": urls}
    headers = {"content-type": "application/json; charset=utf-8"}
    body = json.dumps(said).encode()
    return _read(await send(Call("POST", known.indexnow_url, headers, body, seconds=SECONDS, cap=CAP)))


def _read(reply: Reply | Failure) -> Outcome:
    """The protocol's answers; whatever may pass by itself is tried again."""
    if isinstance(reply, Failure):
        hopeless = reply.reason in ("invalid", "blocked")
        return Outcome("refused" if hopeless else None, reply.status, reply.note)
    if reply.status in HEARD:
        return Outcome("heard", reply.status, "")
    if reply.status == TIRED or reply.status >= 500:
        again = retry_after(reply, datetime.now(UTC))
        return Outcome(None, reply.status, f"It answered {reply.status}.", again)
    means = MEANS.get(reply.status, "").format(place=place(), host=urlsplit(settings().origin).netloc)
    said = excerpt(reply.body)
    return Outcome("refused", reply.status, f"It answered {reply.status}. {means or said}".strip())
