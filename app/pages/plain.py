"""Doors without people: health, readiness, robots, the browsers' CSP reports, and the way home."""

import logging
import time
from typing import Any

import asyncpg
from litestar import MediaType, Request, Response, get, post

from app import sql
from app.migrate import standing
from app.pages.render import Page, see_other
from app.settings import settings

LOG = logging.getLogger("galley.csp")
REPORT_BYTES, REPORTS_A_MINUTE = 16_384, 20
BEATS = """
select kind, extract(epoch from now() - max(seen_at))::int as age from beat group by kind order by kind
"""


@get("/")
async def home() -> Page:
    return see_other("/inbox")


@get("/health")
async def health() -> dict[str, str]:
    """The process answers; nothing else is looked at."""
    return {"status": "ok"}


@get("/ready")
async def ready() -> Response[dict[str, Any]]:
    """Whether requests can be served, and how long ago each worker was seen (that alone makes nothing unready)."""
    try:
        pending = (await standing()).pending
        workers = {row["kind"]: row["age"] for row in await sql.rows(BEATS)} if not pending else {}
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Response({"status": "down", "database": False}, status_code=503)
    body = {
        "status": "down" if pending else "ok",
        "database": True,
        "migrations_pending": len(pending),
        "workers_seen_seconds_ago": workers,
    }
    return Response(body, status_code=503 if pending else 200)


@get("/robots.txt", media_type=MediaType.TEXT)
async def robots() -> str:
    """Only the blog is for strangers."""
    allowed = "".join(f"Allow: {path}\n" for path in ("/blog", "/media/", "/static/", "/sitemap.xml"))
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
