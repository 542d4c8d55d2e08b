"""The one stream of live updates: names of what changed and nothing else. For pages that show something unfinished."""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotAuthorizedException
from litestar.response import Stream

from app.live import Crowded, live
from app.sessions import Who

STREAM = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LATER = {"Retry-After": "30"}


def signed_out(request: Request[Any, Any, Any], error: NotAuthorizedException) -> Response[str]:
    """Whoever listens reads no sign-in page."""
    return _plain("Sign in first.", 401)


@get("/events", exception_handlers={NotAuthorizedException: signed_out})
async def events(request: Request[Who, Any, Any]) -> Response[Any]:
    if request.scope.get("only_asks"):
        return Response(None, media_type=STREAM, headers=HEADERS)
    try:
        reader = live.join(request.user.id, request.user.session_id)
    except Crowded as crowded:
        return _plain(f"{crowded} This one asks by itself.", 429 if crowded.own else 503, LATER)
    return Stream(live.stream(reader), media_type=STREAM, headers=HEADERS)


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response[str]:
    return Response(text, media_type=MediaType.TEXT, status_code=status, headers=headers or {})
