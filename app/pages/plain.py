"""Doors without people: health, readiness, robots, the browsers' CSP reports, and the way home."""

import asyncio
import logging
import time
from typing import Any

import asyncpg
from litestar import MediaType, Request, Response, get, post

from app import self_check, sql
from app.migrate import standing
from app.pages.render import Page, see_other
from app.settings import settings

LOG = logging.getLogger("galley.csp")
REPORT_BYTES, REPORTS_A_MINUTE = 16_384, 20
READY_SECONDS, BACK_IN_SECONDS = 5.0, 5
BEATS = """
select kind, extract(epoch from now() - max(seen_at))::int as age from beat group by kind order by kind
"""
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@get("/")
async def home() -> Page:
    return see_other("/inbox")


@get("/health")
async def health() -> dict[str, str]:
    """The process answers; nothing else is looked at."""
    return {"status": "ok"}


@get("/ready")
async def ready() -> Response[dict[str, Any]]:
    """Whether requests can be served: the database answers and has this version's schema.

    Workers that are not seen and breaches of our own rules are told here and make nothing unready: taking the desk
    away would hide the very pages that say so, and a sweep makes up for a worker that comes back. Migrations that
    only a newer version knows are told too; they add before they take away, so that both versions can serve.
    """
    try:
        body = await asyncio.wait_for(_standing(), READY_SECONDS)
    except AWAY:
        body = {"status": "down", "why": "database", "database": False}
    if body["status"] == "ok":
        return Response(body)
    return Response(body, status_code=503, headers={"Retry-After": str(BACK_IN_SECONDS)})


async def _standing() -> dict[str, Any]:
    found = await standing()
    body: dict[str, Any] = {"status": "ok", "database": True, "migrations_pending": len(found.pending)}
    if found.pending:
        return body | {"status": "down", "why": "migrations"}
    workers = {row["kind"]: row["age"] for row in await sql.rows(BEATS)}
    return body | {
        "migrations_unknown": len(found.unknown),
        "workers_seen_seconds_ago": workers,
        "breaches": await self_check.count(),
    }


@get("/robots.txt", media_type=MediaType.TEXT)
async def robots() -> str:
    """Only the blog is for strangers, and the key for search engines."""
    key = ("/*.txt$",) if settings().indexnow_key else ()
    allowed = "".join(f"Allow: {path}\n" for path in ("/blog", "/media/", "/static/", "/sitemap.xml", *key))
    return f"User-agent: *\n{allowed}Disallow: /\nSitemap: {settings().origin}/sitemap.xml\n"


@post("/csp-report", status_code=204, request_max_body_size=REPORT_BYTES)
async def csp_report(request: Request[Any, Any, Any]) -> None:
    """Count a browser's report, and log it unless there are too many."""
    body = await request.body()
    if Reports.counted():
        LOG.warning("CSP report: %s", body[:2000].decode("utf-8", "replace").encode("unicode_escape").decode())


class Reports:
    """How many reports this process got, in all and in the current minute."""

    total = 0
    _minute, _in_minute = 0, 0

    @classmethod
    def counted(cls) -> bool:
        """Add one; False once this minute's share of the log is used up."""
        minute = int(time.monotonic() // 60)
        cls._in_minute = cls._in_minute + 1 if minute == cls._minute else 1
        cls._minute, cls.total = minute, cls.total + 1
        return cls._in_minute <= REPORTS_A_MINUTE
