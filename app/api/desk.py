"""The JSON doors of what surrounds posts: profiles, revisions, quota and the lifecycle itself. Read-only."""

from asyncpg import Record
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from app import sql
from app.api import shapes
from app.api.answers import Asked, answer
from app.api.numbers import limit_of, number_of
from app.api.posts import load
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Lifecycle, Move
from app.lifecycles.post import POST
from app.settings import settings

PROFILES = """
SELECT id, name, platform AS provider, disconnected_at IS NULL AS connected,
  disconnected_at IS NULL AND broken_kind IS NULL AND paused_at IS NULL AS healthy, broken_kind AS problem
FROM channel ORDER BY id
"""
REVISIONS = """
SELECT id, number, origin, title, slug, excerpt, body, created_at FROM revision
WHERE post = $1 AND ($2::bigint IS NULL OR number < $2) ORDER BY number DESC LIMIT $3
"""
QUOTA = """
SELECT to_char(now() AT TIME ZONE t.zone, 'YYYY-MM') AS month, t.monthly_quota AS "limit",
  (SELECT count(*) FROM charge WHERE month = date_trunc('month', now() AT TIME ZONE t.zone)::date) AS used
FROM team t
"""


@get("/api/profiles", summary="The connected channels")
async def profiles(request: Asked) -> Response[shapes.Profiles]:
    found = [shapes.Profile(**record) for record in await sql.rows(PROFILES)]
    return answer(request, shapes.Profiles(found))


@get("/api/posts/{id:int}/revisions", summary="The revisions of a post, the newest first")
async def revisions(
    request: Asked, id: FromPath[int], before: FromQuery[str | None] = None, limit: FromQuery[str | None] = None
) -> Response[shapes.RevisionPage]:
    await load(id)
    most = limit_of(limit)
    found = await sql.rows(REVISIONS, id, number_of(before, "before"), most + 1)
    shown = [shapes.Revision(**record) for record in found[:most]]
    return answer(request, shapes.RevisionPage(shown, _next(id, found, most)))


@get("/api/quota", summary="How many drafts were generated this month")
async def quota(request: Asked) -> Response[shapes.Quota]:
    found = await sql.row(QUOTA)
    assert found is not None
    left = None if found["limit"] is None else max(0, found["limit"] - found["used"])
    return answer(request, shapes.Quota(**found, left=left))


@get("/api/lifecycle", summary="The statuses and the strict table of moves")
async def lifecycle(request: Asked) -> Response[shapes.Lifecycle]:
    return answer(request, _drawn(POST))


def _drawn(table: Lifecycle[PostFacts]) -> shapes.Lifecycle:
    states = [shapes.State(s.name, s.label, s.group, s.meaning) for s in table.states]
    return shapes.Lifecycle(states, [_line(move) for move in table.moves])


def _line(move: Move[PostFacts]) -> shapes.Line:
    who = move.by
    itself = [kind for kind in ("worker", "clock", "platform") if getattr(who, kind)]
    return shapes.Line(move.name, list(move.sources), list(move.targets), who.person, who.key, itself, move.meaning)


def _next(post: int, found: list[Record], most: int) -> str | None:
    """The address of the page after this one, when there is one."""
    last = f"before={found[most - 1]['number']}&limit={most}" if len(found) > most else ""
    return f"{settings().origin}/api/posts/{post}/revisions?{last}" if last else None
