"""Loads the facts the guards judge by: one query for one post or for a page of them. Read-only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from asyncpg import Record

from app import platforms, sql
from app.lifecycles.facts import LIVE, STANDING, Approver, PostFacts, Run, Target
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, listed
from app.platforms.contract import Account, Traits
from app.settings import settings

HELD = (DeliveryStatus.PUBLISHED, DeliveryStatus.UNCONFIRMED)  # there, or perhaps there
# A channel is spoken for by what stands there; where nothing does, by its newest delivery.
STANDS = f"(status IN ({listed(*STANDING)}) AND set_aside_at IS NULL)"
LEAD = 4  # hours; where the team did not say otherwise
MAY_APPROVE = "n.role IN ('editor', 'admin') AND n.disabled_at IS NULL"
# Counted once however many posts are asked for: OFFSET keeps PostgreSQL from counting again for each of them.
TEAM = f"""
SELECT x.*, (SELECT count(*) FROM person n WHERE {MAY_APPROVE}) AS approvers,
  CASE WHEN x.monthly_quota IS NOT NULL THEN (SELECT count(*) FROM generation WHERE ended_at IS NULL)
    + (SELECT count(*) FROM charge WHERE month = date_trunc('month', now() AT TIME ZONE x.zone)::date) END AS charged
FROM team x OFFSET 0
"""  # noqa: S608
FACTS = f"""
SELECT p.id, p.status, p.version, now() AS now, (now() AT TIME ZONE t.zone)::date AS today, p.author,
  p.archived_at IS NOT NULL AS archived, p.planned_on, p.publish_at, coalesce(r.body, '') <> '' AS body,
  p.revision IS NOT NULL AND p.generated_revision IS NULL AS typed, coalesce(r.gaps, 0) AS gaps,
  coalesce(c.approvals_needed, t.approvals_needed) AS needed,
  CASE WHEN p.campaign IS NULL OR c.follows_team THEN t.mode ELSE coalesce(c.mode, 'manual') END AS mode,
  t.generation_on AS writing_on, t.frozen_at IS NOT NULL AS frozen, t.self_approval, t.monthly_quota,
  t.charged - (SELECT count(*) FROM generation WHERE ended_at IS NULL AND post = p.id) AS charged, t.approvers,
  EXISTS (SELECT 1 FROM generation WHERE post = p.id AND ended_at IS NULL) AS running,
  EXISTS (SELECT 1 FROM seal WHERE post = p.id AND voided_at IS NULL AND revision = p.revision) AS sealed,
  (SELECT array_agg(DISTINCT person) FROM revision WHERE post = p.id AND person IS NOT NULL) AS makers,
  (SELECT array_agg(person) FROM approval WHERE post = p.id AND voided_at IS NULL) AS voters,
  coalesce((t.settings ->> 'approve_hours')::int, {LEAD}) AS lead,
  (SELECT json_agg(json_build_object('person', n.id, 'name', n.name) ORDER BY lower(n.name), n.id)
   FROM approver a JOIN person n ON n.id = a.person
   WHERE {MAY_APPROVE} AND CASE WHEN EXISTS (SELECT 1 FROM approver WHERE campaign = p.campaign)
     THEN a.campaign = p.campaign ELSE a.campaign IS NULL AND c.approvals_needed IS NULL END) AS named,
  (SELECT json_object_agg(status, n) FROM (SELECT m.status, count(*) AS n FROM picture x
     JOIN media m ON m.id = x.media WHERE x.revision = p.revision GROUP BY m.status) pictures) AS pictures,
  (SELECT move FROM recall WHERE post = p.id AND ended_at IS NULL) AS recall,
  (SELECT json_build_object('id', u.id, 'kind', u.kind, 'status', u.status, 'due_at', u.due_at,
     'held_for', u.held_for,
     'deliveries', (SELECT coalesce(json_agg(status), '[]') FROM delivery WHERE publication = u.id),
     'doubtful', EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND progress ? 'unsure'
       AND status IN ({listed(DeliveryStatus.PENDING)})))
   FROM publication u WHERE u.post = p.id AND u.status IN ({listed(*OPEN)})) AS run,
  (SELECT json_agg(json_build_object('channel', k.id, 'name', k.name, 'platform', k.platform,
     'settings', k.settings::text, 'broken', k.broken_kind, 'connected', k.disconnected_at IS NULL,
     'wanted', w.post IS NOT NULL, 'delivery', d.status, 'delivery_id', d.id, 'error_kind', d.error_kind,
     'live_seal', d.live_seal, 'stale', l.revision IS DISTINCT FROM p.revision,
     'resurfaced', d.resurfaced_at IS NOT NULL, 'also_live', EXISTS (SELECT 1 FROM delivery WHERE post = p.id
       AND channel = k.id AND set_aside_at IS NOT NULL AND status IN ({listed(*LIVE)}))) ORDER BY k.id)
   FROM (SELECT channel FROM post_channel WHERE post = p.id UNION
         SELECT channel FROM delivery WHERE post = p.id AND kind = 'create'
           AND status IN ({listed(*HELD)})) x
   JOIN channel k ON k.id = x.channel
   LEFT JOIN post_channel w ON w.post = p.id AND w.channel = k.id
   LEFT JOIN LATERAL (SELECT * FROM delivery WHERE post = p.id AND channel = k.id AND kind = 'create'
     ORDER BY {STANDS} DESC, id DESC LIMIT 1) d ON true
   LEFT JOIN seal l ON l.id = d.live_seal) AS targets
FROM post p CROSS JOIN ({TEAM}) t LEFT JOIN campaign c ON c.id = p.campaign
LEFT JOIN revision r ON r.id = p.revision WHERE
"""  # noqa: S608
# One post by plain equality: PostgreSQL then keeps the plan. For an array it plans anew each time, which takes
# three times as long as running the statement.
ONE, SEVERAL = f"{FACTS} p.id = $1", f"{FACTS} p.id = ANY($1::bigint[])"


class _Run(msgspec.Struct):
    id: int
    kind: str
    status: str
    due_at: datetime | None
    held_for: str | None
    deliveries: tuple[str, ...]
    doubtful: bool


async def of(post: int) -> PostFacts:
    """The facts of one post; LookupError when there is no such post."""
    found = await many([post])
    if post not in found:
        raise LookupError(post)
    return found[post]


async def many(posts: Sequence[int]) -> dict[int, PostFacts]:
    """The facts of several posts by id; one query however many."""
    found = await (sql.rows(ONE, posts[0]) if len(posts) == 1 else sql.rows(SEVERAL, list(posts)))
    return {record["id"]: _facts(record) for record in found}


def _facts(record: Record) -> PostFacts:
    pictures = _json(record["pictures"]) or {}
    named = tuple(Approver(**one) for one in _json(record["named"]) or ())
    voters = frozenset(record["voters"] or ())
    return PostFacts(
        status=record["status"], version=record["version"], now=record["now"], today=record["today"],
        author=record["author"], archived=record["archived"], planned_on=record["planned_on"],
        publish_at=record["publish_at"], body=record["body"], typed=record["typed"], gaps=record["gaps"],
        pictures_pending=pictures.get("pending", 0), pictures_failed=pictures.get("failed", 0),
        running=record["running"], voters=voters & {one.person for one in named} if named else voters,
        named=named, needed=len(named) or record["needed"], lead=timedelta(hours=record["lead"]),
        self_approval=_self_approval(record),
        makers=frozenset(record["makers"] or ()) | ({record["author"]} if record["author"] else set()),
        sealed=record["sealed"], targets=tuple(_target(t) for t in _json(record["targets"]) or ()),
        run=_run(record["run"]), recall=record["recall"], mode=record["mode"], writing_on=record["writing_on"],
        writer_invents=bool(settings().llm_base_url), quota_left=_quota(record), frozen=record["frozen"],
    )  # fmt: skip


def _self_approval(record: Record) -> bool:
    """`alone`: on while only one member can approve."""
    rule: str = record["self_approval"]
    return rule == "always" or (rule == "alone" and record["approvers"] <= 1)


def _quota(record: Record) -> int | None:
    return None if record["monthly_quota"] is None else record["monthly_quota"] - record["charged"]


def _run(text: str | None) -> Run | None:
    if text is None:
        return None
    run = msgspec.json.decode(text, type=_Run)
    return Run(run.id, run.kind, run.status, run.due_at, run.held_for, run.deliveries, run.doubtful)


def _target(known: dict[str, Any]) -> Target:
    traits = _traits(known["channel"], known["name"], known["platform"], known.pop("settings"))
    return Target(**known, updates=traits.updates, removes=traits.removes, schedules=traits.schedules)


@lru_cache(1024)
def _traits(channel: int, name: str, platform: str, settings: str) -> Traits:
    return platforms.platform(platform).traits(Account(channel, name, _json(settings)))


def _json(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
