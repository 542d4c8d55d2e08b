"""Sends what waits for endpoints: claimed, called, settled. Swept by a loop of its own, so that nothing waits for it.

A claim is a lease on the send and on its endpoint: one call at a time for each endpoint, a few endpoints at once, and
so about in the order of the events; a retry comes after what happened since. A worker that dies between call and
settlement leaves it to the next one, which says the same again under the same webhook-id: at least once, not exactly.

After a restore nothing goes out while sending is frozen for it, and what was put in line before it never does by
itself: the receiver may have heard it, or something else since. A person can have it sent.
"""

import json
from dataclasses import dataclass
from functools import partial
from time import monotonic
from uuid import UUID

from asyncpg import Record

from app import audit, sql
from app.atomic import atomic
from app.database import insist
from app.flow import webhook_calls
from app.flow.notices import NoticeKind
from app.flow.webhook_calls import Message, Target, Tried
from app.lifecycles.machine import WORKER
from app.lifecycles.statuses import DeliveryStatus
from app.secrets import SealBroken, SealedElsewhere

LANES = 4  # endpoints that one worker calls at once
TURN = 4.0  # seconds of one sweep; with the last call it ends before a stopping worker is cut off
LEASE = "interval '60 seconds'"
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds after the first try, the second, …
MOST_TRIES = len(WAITS) + 1
TIRED_SECONDS = 30
KEPT_TRIES = 20
PATIENCE = "interval '5 days'"  # of failures only, then it is paused
# An endpoint that is down rests a tenth of the time it has been, at least a second: others need the lanes.
REST = "least(greatest((now() - coalesce(failing_since, now())) / 10, interval '1 second'), interval '5 minutes')"
PEEK = "SELECT 1 FROM webhook_send WHERE next_at <= now() LIMIT 1"
# Walks the index: with a long queue, a join would read all of it for each message.
OLDEST = """
SELECT s.id FROM webhook_send s WHERE s.endpoint = {endpoint} AND s.next_at <= now()
  AND s.queued_at >= (SELECT coalesce(restored_at, '-infinity') FROM team) ORDER BY s.next_at, s.id LIMIT 1
"""
DATA = f"""
jsonb_build_object('move', e.move, 'from', e.from_status, 'to', e.to_status, 'at', e.at, 'by', e.by_kind,
  'post', (SELECT jsonb_build_object('id', p.id, 'title', p.title, 'status', p.status, 'campaign', p.campaign,
    'remote_url', (SELECT d.remote_url FROM delivery d WHERE d.post = p.id AND d.kind = 'create'
      AND d.status = '{DeliveryStatus.PUBLISHED}' ORDER BY d.id LIMIT 1)) FROM post p WHERE p.id = e.post))
|| CASE e.about WHEN 'delivery' THEN (SELECT jsonb_build_object('delivery', jsonb_build_object('id', d.id,
    'key', d.key, 'status', e.to_status, 'publication', d.publication, 'kind', d.kind, 'channel', d.channel,
    'platform', c.platform, 'remote_id', d.remote_id, 'remote_url', d.remote_url, 'problem', d.error_kind))
    FROM delivery d JOIN channel c ON c.id = d.channel WHERE d.id = e.about_id)
  WHEN 'publication' THEN jsonb_build_object('publication', jsonb_build_object('id', e.about_id, 'status', e.to_status))
  WHEN 'media' THEN (SELECT jsonb_build_object('media', jsonb_build_object('id', m.asset_id, 'status', e.to_status))
    FROM media m WHERE m.id = e.about_id)
  ELSE '{{}}' END
"""  # noqa: S608  (a name of a status)
CLAIM = f"""
WITH free AS (
  SELECT e.id FROM endpoint e WHERE e.removed_at IS NULL AND e.paused_at IS NULL AND e.next_free_at <= now()
    AND NOT EXISTS (SELECT 1 FROM team WHERE frozen_for = 'restore') AND ({OLDEST.format(endpoint="e.id")}) IS NOT NULL
  ORDER BY e.next_free_at, e.id LIMIT 1 FOR NO KEY UPDATE OF e SKIP LOCKED),
due AS (
  SELECT oldest.id, free.id AS endpoint FROM free CROSS JOIN LATERAL (
    {OLDEST.format(endpoint="free.id")} FOR NO KEY UPDATE OF s SKIP LOCKED) oldest),
taken AS (
  UPDATE endpoint SET next_free_at = now() + {LEASE} WHERE id = (SELECT endpoint FROM due)
  RETURNING id, url, secret, rotated_at)
UPDATE webhook_send s SET fence = gen_random_uuid(), next_at = now() + {LEASE}, tries = s.tries + 1,
  data = coalesce(s.data, (SELECT {DATA} FROM event e WHERE e.id = s.event))
FROM due JOIN taken ON taken.id = due.endpoint WHERE s.id = due.id
RETURNING s.id, s.endpoint, s.fence, s.key, s.type, s.tries, s.data, taken.url, taken.secret, taken.rotated_at,
  coalesce((SELECT at FROM event WHERE id = s.event), s.queued_at) AS at
"""  # noqa: S608
# The fence: who was too slow, and was taken for dead, changes nothing.
SETTLE = f"""
UPDATE webhook_send SET fence = NULL, result = $3::text, ended_at = CASE WHEN $3::text IS NOT NULL THEN now() END,
  next_at = CASE WHEN $3::text IS NULL THEN greatest(now() + make_interval(secs => $4 * (0.9 + 0.2 * random())), $5)
    END,
  log = (CASE WHEN jsonb_array_length(log) >= {KEPT_TRIES} THEN log - 0 ELSE log END) || $6::jsonb
WHERE id = $1 AND fence = $2 RETURNING endpoint
"""  # noqa: S608
WELL = "UPDATE endpoint SET next_free_at = now(), delivered_at = now(), failing_since = NULL WHERE id = $1"
ILL = f"""
UPDATE endpoint SET failing_since = coalesce(failing_since, now()),
  next_free_at = greatest(now() + {REST}, now() + make_interval(secs => $2), $3)
WHERE id = $1 RETURNING paused_at IS NULL AND removed_at IS NULL AND failing_since < now() - {PATIENCE} AS hopeless
"""  # noqa: S608
PAUSE = """
UPDATE endpoint SET paused_at = now(), paused_for = $2 WHERE id = $1 AND paused_at IS NULL AND removed_at IS NULL
"""
END_OPEN = """
UPDATE webhook_send SET ended_at = now(), result = $2, next_at = NULL, fence = NULL
WHERE endpoint = $1 AND next_at IS NOT NULL
"""
END_RESTORED = """
UPDATE webhook_send s SET ended_at = now(), result = 'restored', next_at = NULL, fence = NULL
FROM team t WHERE s.next_at IS NOT NULL AND s.queued_at < t.restored_at
"""
# Why an endpoint is paused, in words.
CAUSES = {
    "person": "Nothing is sent until somebody resumes it.",
    "gone": "It answered 410: it wants no more.",
    "failing": "Nothing arrived for five days.",
    "sealed": "SECRET_KEY has changed, so its secret cannot be read. Make a new one, then resume it.",
}
# The notice points at the event that was just written, and so at the endpoint.
TELL_ADMINS = f"""
INSERT INTO notice (person, kind, event, note)
SELECT p.id, '{NoticeKind.WEBHOOK_PAUSED}', (SELECT max(id) FROM event WHERE about = 'endpoint' AND about_id = $1), $2
FROM person p WHERE p.role = 'admin' AND p.disabled_at IS NULL
"""  # noqa: S608
FORGET = "DELETE FROM webhook_send WHERE ended_at < now() - interval '30 days'"


@dataclass(frozen=True, slots=True)
class Claim:
    """One send that is ours for the time of the lease."""

    id: int
    endpoint: int
    fence: UUID
    tries: int
    message: Message


async def sweep() -> None:
    """Send what is due, one after the other, for as long as a turn lasts. The worker runs several of these at once."""
    until = monotonic() + TURN
    while monotonic() < until and await sql.value(PEEK) and (found := await sql.row(CLAIM)):
        claim = _claim(found)
        try:
            target = webhook_calls.target(found["endpoint"], found["url"], found["secret"], found["rotated_at"])
        except (SealedElsewhere, SealBroken):
            await _stop(claim.endpoint, "sealed")
            continue
        await _deliver(claim, target)


async def forget_old() -> None:
    """Drop what ended a month ago; and end what a restore brought back, so that the page says so."""
    await sql.run(END_RESTORED)
    await sql.run(FORGET)


async def pause(endpoint: int, why: str) -> bool:
    """Nothing more goes there, and what waited is kept as not sent; inside the caller's transaction."""
    if not await sql.run(PAUSE, endpoint, why):
        return False
    await sql.run(END_OPEN, endpoint, "paused")
    return True


async def _deliver(claim: Claim, target: Target) -> None:
    tried = await webhook_calls.call(target, claim.message)
    await insist(partial(_settle, claim, tried))


def _claim(found: Record) -> Claim:
    message = webhook_calls.message(found["key"], found["type"], found["at"], found["data"])
    return Claim(found["id"], found["endpoint"], found["fence"], found["tries"], message)


async def _settle(claim: Claim, tried: Tried) -> None:
    result = _result(claim, tried)
    wait = WAITS[min(claim.tries, len(WAITS)) - 1]
    async with atomic():
        endpoint = await sql.value(SETTLE, claim.id, claim.fence, result, wait, tried.again, entry(tried))
        if endpoint is None:
            return
        if tried.heard:
            await sql.run(WELL, endpoint)
            return
        rest = TIRED_SECONDS if tried.tired else 0
        hopeless = await sql.value(ILL, endpoint, rest, tried.again if tried.tired else None)
        if tried.gone or hopeless:
            await _stop(endpoint, "gone" if tried.gone else "failing")


def entry(tried: Tried) -> str:
    """One try as the log keeps it."""
    said = {"at": tried.at, "status": tried.status, "ms": tried.ms, "note": tried.note, "answer": tried.answer}
    return json.dumps([said], default=str)


def _result(claim: Claim, tried: Tried) -> str | None:
    if tried.heard:
        return "delivered"
    return "given_up" if tried.gone or claim.tries >= MOST_TRIES else None


async def _stop(endpoint: int, why: str) -> None:
    """Pause it, and tell those who can mend it: nobody looks at this page while it works."""
    async with atomic():
        if await pause(endpoint, why):
            await audit.record("endpoint", endpoint, "pause", by=WORKER, note=why)
            await sql.run(TELL_ADMINS, endpoint, why)
