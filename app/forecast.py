"""Will it publish? Every future post with its verdict, in a number of queries that does not grow. Read-only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from asyncpg import Record

from app import facts as fact_sheet
from app import seals, sql
from app.forecast_coming import Account, Coming, Verdict
from app.forecast_limits import Misfit, Words, misfits
from app.forecast_reasons import judge
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import PostStatus, listed
from app.seals import Channel

MOST = 100  # posts of one page; the rest is behind its link
PREPARED = (PostStatus.PLANNED, PostStatus.GENERATING, PostStatus.TEXT_READY, *REVIEW, PostStatus.APPROVED)
COMING = (PostStatus.SCHEDULED, *PREPARED)
AT = """CASE WHEN u.id IS NULL THEN coalesce(p.publish_at, p.planned_on::timestamp AT TIME ZONE p.zone)
  ELSE coalesce(u.due_at, u.created_at) END"""
SILENCE = "SELECT extract(epoch FROM now() - max(seen_at))::float FROM beat"
AHEAD = f"""
SELECT * FROM (SELECT p.id, p.title, p.zone, p.planned_time, p.revision, u.seal, s.id AS valid,
  u.id IS NOT NULL AS runs, {AT} AS at,
  ({SILENCE}) AS silence,
  (SELECT json_object_agg(d.channel, json_build_object('refused', d.progress ? 'hand_off_refused',
    'note', coalesce(d.error_note, ''))) FROM delivery d WHERE d.publication = u.id) AS deliveries
FROM post p CROSS JOIN team t LEFT JOIN publication u ON u.post = p.id AND u.status IN ({listed(*OPEN)})
LEFT JOIN seal s ON s.post = p.id AND s.voided_at IS NULL AND s.revision = p.revision
WHERE p.archived_at IS NULL AND (p.status = '{PostStatus.SCHEDULED}'
  OR p.status IN ({listed(*PREPARED)}) AND p.planned_on >= (now() AT TIME ZONE t.zone)::date)) ahead
"""  # noqa: S608
# What comes next is found along two indexes, of drafts by their day and of runs by their time, each no further than a
# page; the third part is a breach (app/self_check.py), which the forecast must not hide.
DAY = "coalesce(p.publish_at, p.planned_on::timestamp AT TIME ZONE p.zone)"
DUE = "coalesce(u.due_at, u.created_at)"
RUNS = f"SELECT 1 FROM publication u WHERE u.post = p.id AND u.status IN ({listed(*OPEN)})"  # noqa: S608
NEXT = f"""
WITH found AS MATERIALIZED (
  (SELECT p.id FROM post p WHERE p.archived_at IS NULL AND p.status IN ({listed(*PREPARED)})
    AND p.planned_on >= (SELECT (now() AT TIME ZONE zone)::date FROM team) AND NOT EXISTS ({RUNS} OFFSET 0)
    AND ({DAY}, p.id) > (coalesce($1::timestamptz, now() - interval '3 days'), $2)
    ORDER BY {DAY}, p.id LIMIT {MOST + 1})
  UNION (SELECT p.id FROM publication u JOIN post p ON p.id = u.post
    WHERE u.status IN ({listed(*OPEN)}) AND p.archived_at IS NULL AND p.status IN ({listed(*COMING)})
    AND ({DUE}, u.post) > (coalesce($1, '-infinity'), $2) ORDER BY {DUE}, u.post LIMIT {MOST + 1})
  UNION SELECT p.id FROM post p
    WHERE p.archived_at IS NULL AND p.status = '{PostStatus.SCHEDULED}' AND NOT EXISTS ({RUNS}))
{AHEAD} WHERE id IN (SELECT id FROM found) AND ($1 IS NULL OR (at, id) > ($1, $2)) ORDER BY at, id LIMIT {MOST + 1}
"""  # noqa: S608
THIS = f"{AHEAD} WHERE id = $1"
THESE = f"{AHEAD} WHERE id = ANY($1::bigint[]) ORDER BY at, id"
CHANNELS = """
SELECT id, name, platform, settings, token_expires_at, paused_at IS NOT NULL AS paused, next_free_at FROM channel
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One future post: when it goes out, to which channels, and the verdict."""

    coming: Coming
    verdict: Verdict
    sorted_at: datetime


@dataclass(frozen=True, slots=True)
class Ahead:
    """A page of the future, the soonest first; `more` says that there is a later one."""

    posts: tuple[Forecast, ...]
    more: bool
    silence: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A channel's row as a forecast needs it. `account`: what it says of every post."""

    channel: Channel
    account: Account
    free_at: datetime
    spacing: timedelta


class _Delivery(msgspec.Struct):
    refused: bool
    note: str


async def ahead(zone: str, after: tuple[datetime, int] | None = None) -> Ahead:
    """The next MOST future posts, those after the one at `after`; times are told in `zone`."""
    found = await sql.rows(NEXT, *(after or (None, 0)))
    posts = await _judged(found[:MOST], zone)
    silence = found[0]["silence"] if found else await sql.value(SILENCE)
    return Ahead(tuple(posts), len(found) > MOST, silence)


async def of_one(post: int, facts: PostFacts, zone: str) -> Verdict | None:
    """The verdict on a post whose facts are known already, or None when it is not to come; at most three queries."""
    if facts.archived or facts.status not in COMING:
        return None
    found = await _judged(await sql.rows(THIS, post), zone, {post: facts})
    return found[0].verdict if found else None


async def of(posts: Sequence[int], zone: str) -> dict[int, Verdict]:
    """The verdicts on those of `posts` that are still to come, for the marks on their cards.

    Of the others that may go out before them nothing is asked: only the forecast's own page knows of spacing.
    """
    found = await sql.rows(THESE, list(posts)) if posts else []
    return {one.coming.post: one.verdict for one in await _judged(found, zone)}


async def _judged(found: Sequence[Record], zone: str, facts: Mapping[int, PostFacts] | None = None) -> list[Forecast]:
    if not found:
        return []
    facts = facts or await fact_sheet.many([record["id"] for record in found])
    lines = {record["id"]: _line(record) for record in await sql.rows(CHANNELS)}
    known = [record for record in found if record["id"] in facts]
    wrong = await misfits([_words(record, facts[record["id"]], lines) for record in known])
    comings = [_coming(record, facts[record["id"]], lines, wrong.get(record["id"], ())) for record in known]
    spaced = queued(comings, {id: line.free_at for id, line in lines.items()}, {i: x.spacing for i, x in lines.items()})
    return [Forecast(c, judge(c, zone), record["at"]) for record, c in zip(known, spaced, strict=True)]


def queued(
    posts: Sequence[Coming], free_at: Mapping[int, datetime], spacing: Mapping[int, timedelta]
) -> Iterator[Coming]:
    """The posts in their order, each told when its channels' spacing lets it out after those that go before it.

    Only what is lined up has a turn; a draft may never go, and keeps nobody waiting.
    """
    free = dict(free_at)
    for post in posts:
        at = max(post.at or post.facts.now, post.facts.now)
        turns = {target.channel: max(free[target.channel], at) for target in post.going if post.facts.run}
        free |= {channel: turn + spacing[channel] for channel, turn in turns.items()}
        told = {id: replace(post.accounts[id], free_at=turn) for id, turn in turns.items() if turn > at}
        yield replace(post, accounts={**post.accounts, **told}) if told else post


def _line(record: Record) -> Line:
    settings = msgspec.json.decode(record["settings"])
    channel = Channel(record["id"], record["name"], record["platform"], settings)
    takes = seals.traits(channel)
    expires_at = None if takes.refreshes else record["token_expires_at"]  # renewed without a person
    return Line(channel, Account(record["paused"], expires_at), record["next_free_at"], takes.spacing)


def _words(record: Record, facts: PostFacts, lines: Mapping[int, Line]) -> Words:
    wanted = tuple(lines[target.channel].channel for target in facts.wanted)
    return Words(record["id"], record["valid"], record["revision"], wanted)


def _coming(record: Record, facts: PostFacts, lines: Mapping[int, Line], wrong: tuple[Misfit, ...]) -> Coming:
    run = facts.run
    sent = msgspec.json.decode(record["deliveries"] or "{}", type=dict[int, _Delivery])
    return Coming(
        post=record["id"],
        title=record["title"],
        zone=record["zone"],
        at=(run.due_at or facts.now) if run else facts.publish_at,
        planned_time=record["planned_time"],
        facts=facts,
        accounts={t.channel: _account(lines[t.channel], sent.get(t.channel)) for t in facts.targets},
        misfits=wrong,
        seal_holds=not record["runs"] or record["seal"] == record["valid"],
        silence=record["silence"],
    )


def _account(line: Line, sent: _Delivery | None) -> Account:
    if sent is None or not (sent.refused or sent.note):
        return line.account
    return replace(line.account, refused_hand_off=sent.refused, note=sent.note)
