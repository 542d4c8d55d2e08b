"""What must hold whatever happened: the oracle's log against the product's rows, and the rows against each other."""

from collections import defaultdict
from typing import Any

from app import sql
from app.self_check_queries import CHECKS

SETTLED = ("published", "withdrawn", "unconfirmed", "failed", "canceled")
MADE = ("publish", "hand_off")
DELIVERIES = """
SELECT d.id, d.post, d.status, d.error_note, d.kind, d.generation, d.remote_url, c.settings->>'plays' AS plays,
  u.due_at > now() AS ahead,
  coalesce(array_agg(encode(a.request_sha256, 'hex')) FILTER (WHERE a.intent IN ('create', 'hand_off')
    AND a.request_sha256 IS NOT NULL), '{}') AS sent
FROM delivery d JOIN channel c ON c.id = d.channel JOIN publication u ON u.id = d.publication
LEFT JOIN attempt a ON a.delivery = d.id GROUP BY d.id, c.id, u.id
"""
BREACHES = {
    "two deliveries stand for one post and channel":
        "SELECT post, channel FROM delivery WHERE kind = 'create' AND set_aside_at IS NULL AND status IN"
        " ('pending','sending','retrying','handed_off','unconfirmed','published') GROUP BY 1, 2 HAVING count(*) > 1",
    "an attempt is open beyond its lease":
        "SELECT delivery FROM attempt WHERE ended_at IS NULL AND lease_until < now() - interval '15 s'",
    "a published post has a channel that is not live":
        "SELECT p.id FROM post p JOIN LATERAL (SELECT DISTINCT ON (channel) status FROM delivery WHERE post = p.id"
        " AND kind = 'create' AND set_aside_at IS NULL ORDER BY channel, id DESC) d ON true"
        " WHERE p.status = 'published' AND d.status NOT IN ('published', 'withdrawn')",
    "an event is missing or doubled":
        "SELECT p.id FROM post p JOIN event e ON e.about = 'post' AND e.about_id = p.id AND e.version IS NOT NULL"
        " GROUP BY p.id HAVING count(*) <> max(e.version) - min(e.version) + 1 OR max(e.version) <> p.version",
    "a delivery's event is missing or doubled":
        "SELECT d.id FROM delivery d WHERE d.version - 1 <> (SELECT count(*) FROM event WHERE about = 'delivery'"
        " AND about_id = d.id AND version IS NOT NULL)",
    "sent before its time":
        "SELECT a.delivery FROM attempt a JOIN delivery d ON d.id = a.delivery JOIN publication u"
        " ON u.id = d.publication WHERE a.intent = 'create' AND a.opened_at < u.due_at",
    "a draft without its charge, or a charge without its draft":
        "SELECT g.id FROM generation g LEFT JOIN charge c ON c.generation = g.id"
        " WHERE g.fence > 0 AND (c.generation IS NOT NULL) <> (coalesce(g.result, '') = 'drafted')",
    "two drafts of one run":
        "SELECT generation FROM revision WHERE origin = 'generated' GROUP BY 1 HAVING count(*) > 1",
    "two publications of one post are open":
        "SELECT post FROM publication WHERE status IN ('pending', 'scheduled') GROUP BY 1 HAVING count(*) > 1",
    "what was sent is not what was sealed":
        "SELECT d.id FROM delivery d JOIN publication u ON u.id = d.publication WHERE d.live_seal <> u.seal",
}  # fmt: skip
NOT_SETTLED = "SELECT count(*) FROM delivery WHERE status <> ALL($1)"


async def breaches() -> list[str]:
    """Sentences for the rows that contradict each other, by our rules and by the product's own self-check."""
    found = []
    for claim, statement in BREACHES.items():
        if rows := await sql.rows(statement):
            found.append(f"{claim}: {[tuple(row) for row in rows[:5]]}")
    for check in CHECKS:
        rows = await sql.rows(check.over())
        found += [f"self-check {check.name}: {row['about']} {row['about_id']} {row['note']}" for row in rows[:5]]
    return found


async def against(effects: list[dict[str, Any]], *, all_settled: bool = True) -> list[str]:
    """Sentences for every delivery that the world contradicts: lost, repeated, or claimed and not there."""
    made: dict[str, list[str]] = defaultdict(list)
    for effect in effects:
        if effect["verb"] in MADE:
            made[effect["sha256"]].append(effect["verb"])
    found, known = [], set()
    for row in await sql.rows(DELIVERIES):
        known |= {*row["sent"]}
        there = [verb for digest in {*row["sent"]} for verb in made[digest]]
        found += [f"delivery {row['id']} ({row['plays'] or 'keyed'}): {why}" for why in _wrong(row, there, all_settled)]
    strange = [digest for digest in made if made[digest] and digest not in known]
    return found + [f"{len(strange)} effects that no attempt was written down for"] * bool(strange)


def _wrong(row: Any, there: list[str], all_settled: bool) -> list[str]:
    found = []
    if len(there) > row["generation"]:
        found.append(f"REPEATED: made {len(there)} times ({there})")
    if row["status"] in ("published", "handed_off") and not there:
        found.append(f"LOST: {row['status']} and nothing is there")
    if row["status"] == "failed" and there and row["generation"] == 1:
        found.append(f"it is there, but failed: {row['error_note']}")
    if row["status"] == "published" and not row["remote_url"] and row["kind"] == "create":
        found.append("published without an address")
    if all_settled and row["status"] not in SETTLED and not (row["status"] == "handed_off" and row["ahead"]):
        found.append(f"LOST: still {row['status']}")
    return found


async def unsettled() -> int:
    """How many deliveries have not come to an end."""
    return int(await sql.value(NOT_SETTLED, list(SETTLED)))


async def waits_for_a_person(post: int) -> bool:
    """Flagged: not confirmed, never to be sent again by itself."""
    return bool(await sql.value("SELECT 1 FROM delivery WHERE post = $1 AND status = 'unconfirmed'", post))


async def told(post: int) -> str:
    """What the product says of a post, for the report of a failure."""
    row = await sql.row(
        "SELECT p.status, (SELECT string_agg(d.status || ' ' || coalesce(d.error_note, ''), '; ') FROM delivery d"
        " WHERE d.post = p.id) AS deliveries, (SELECT string_agg(coalesce(error_note, stage), '; ') FROM generation"
        " WHERE post = p.id) AS runs FROM post p WHERE p.id = $1",
        post,
    )
    return str(dict(row)) if row else "gone"
