"""The JSON door of publishing's health: what waits, what went wrong lately, every channel, the forecast in numbers."""

from collections import Counter

from asyncpg import Record
from litestar import Response, get

from app import channel_health, clocks, forecast, self_check, sql
from app.api import shapes_publishing as shapes
from app.api.answers import Asked, answer
from app.api.health_advice import Known, advice
from app.channel_health import Health
from app.flow import announcing
from app.forecast_reasons import OVERDUE, SILENT
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus, listed

COUNTED = 1000  # nobody needs to know of how many more
LATELY = {"published": ("confirm",), "failed": ("refuse", "deny"), "not_confirmed": ("lose",)}
RUNS = f"""publication u JOIN post p ON p.id = u.post AND p.status = '{PostStatus.SCHEDULED}'
  AND p.archived_at IS NULL WHERE u.status IN ({listed(*OPEN)})"""
DUE = "u.held_for IS NULL AND coalesce(u.due_at, u.created_at) <= now()"


def _counted(rows: str) -> str:
    return f"(SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT {COUNTED}) counted)"  # noqa: S608


def _settled(*moves: str) -> str:
    happened = f"event WHERE about = 'delivery' AND move IN ({listed(*moves)}) AND at > now() - interval '24 hours'"
    return _counted(happened)


STANDING = f"""
SELECT t.zone, t.frozen_at, t.frozen_for, coalesce(t.frozen_note, '') AS frozen_note,
  (SELECT extract(epoch FROM now() - max(seen_at))::float8 FROM beat) AS silence,
  {_counted(f"{RUNS} AND {DUE}")} AS due,
  {_counted(f"{RUNS} AND {DUE} - interval '{OVERDUE.seconds} seconds'")} AS late,
  {_counted(f"{RUNS} AND u.held_for IS NOT NULL")} AS held,
  {_counted(f"delivery WHERE status = '{DeliveryStatus.RETRYING}'")} AS retrying,
  {_counted(f"delivery WHERE status = '{DeliveryStatus.UNCONFIRMED}'")} AS unconfirmed,
  (SELECT min(u.due_at) FROM {RUNS} AND u.held_for IS NULL AND u.due_at > now()) AS next_at,
  {", ".join(f"{_settled(*moves)} AS {name}" for name, moves in LATELY.items())}
FROM team t
"""  # noqa: S608


@get("/api/publish/health", summary="Whether publishing works, and what to do where it does not")
async def publishing_health(request: Asked) -> Response[shapes.PublishingHealth]:
    """For monitors and scripts: `status` is `ok`, `attention` or `trouble`, and `advice` says why and what helps.

    It changes whenever something is sent, so its ETag is of use for a moment only.
    """
    found = await sql.row(STANDING)
    assert found is not None
    return answer(request, await _health(found))


async def _health(found: Record) -> shapes.PublishingHealth:
    channels = [_profile(one) for one in await channel_health.everyone() if one.connected]
    ahead = await forecast.ahead(found["zone"])
    colours = Counter(one.verdict.colour for one in ahead.posts)
    breaches = await self_check.standing()
    known = Known(
        silence=found["silence"], frozen=_freeze(found), queue=_queue(found), lately=_lately(found), profiles=channels,
        red=colours["red"], breaches=len(breaches), skewed=await clocks.warning(),
        refused=_refused(await announcing.latest()),
    )  # fmt: skip
    told = advice(known)
    return shapes.PublishingHealth(
        status="trouble" if any(one.grave for one in told) else "attention" if told else "ok",
        advice=told,
        publisher=_publisher(found["silence"]),
        frozen=known.frozen,
        queue=known.queue,
        last_24_hours=known.lately,
        profiles=channels,
        forecast=shapes.Outlook(colours["green"], colours["amber"], colours["red"], ahead.more),
        breaches=[_breach(one) for one in breaches],
    )


def _publisher(silence: float | None) -> shapes.Publisher:
    return shapes.Publisher(silence is not None and silence <= SILENT, None if silence is None else round(silence))


def _freeze(found: Record) -> shapes.Freeze | None:
    if found["frozen_at"] is None:
        return None
    return shapes.Freeze(found["frozen_at"], found["frozen_for"] or "person", found["frozen_note"])


def _queue(found: Record) -> shapes.Queue:
    return shapes.Queue(*(found[name] for name in shapes.Queue.__struct_fields__))


def _lately(found: Record) -> shapes.Lately:
    return shapes.Lately(*(found[name] for name in shapes.Lately.__struct_fields__))


def _profile(one: Health) -> shapes.ProfileHealth:
    state: shapes.ProfileState = "not_working" if one.broken_kind else "paused" if one.paused_at else "connected"
    return shapes.ProfileHealth(
        id=one.id, name=one.name, provider=one.platform, state=state, problem=one.broken_kind,
        since=one.broken_at or one.paused_at, last_success_at=one.last_success_at,
        waiting=one.next.waiting if one.next else 0, next_post_id=one.next.post if one.next else None,
        next_at=one.next.due_at if one.next else None,
    )  # fmt: skip


def _refused(latest: announcing.Latest | None) -> str:
    return latest.note if latest and latest.refused else ""


def _breach(one: self_check.Breach) -> shapes.BreachView:
    return shapes.BreachView(one.name, one.means, f"{one.about} {one.about_id}", one.note, one.first_seen_at)
