"""The JSON doors, all behind one guard that asks for a key. Assembled here, hung in by app/doors.py."""

from typing import Any

from litestar import Request, Response, Router, route
from litestar.handlers import BaseRouteHandler

from app.api import campaigns, desk, health, logs, media, moves, posts, publishing
from app.api.entry import SCOPE_OF, admit_key

DOORS: list[BaseRouteHandler] = [
    posts.create,
    posts.list_posts,
    posts.read,
    posts.change,
    publishing.publish,
    publishing.cancel,
    moves.list_moves,
    moves.make_move,
    media.upload,
    media.import_one,
    media.asset,
    desk.revisions,
    desk.profiles,
    campaigns.list_campaigns,
    campaigns.create,
    campaigns.read,
    campaigns.change,
    campaigns.archive,
    campaigns.unarchive,
    logs.publishing_log,
    health.publishing_health,
    desk.quota,
    desk.lifecycle,
]


@route(sorted({path for door in DOORS for path in door.paths}), http_method=["OPTIONS"], include_in_schema=False)
async def methods(request: Request[Any, Any, Any]) -> Response[None]:
    """Which methods an address has; it needs no key."""
    lines = (line.partition(" ") for line in SCOPE_OF)
    here = {method for method, _, path in lines if path == request.scope["path_template"]}
    more = {"HEAD", "OPTIONS"} if "GET" in here else {"OPTIONS"}
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(here | more))})


# First: a route that is made without it answers OPTIONS by itself, and knows only the methods it was made with.
ROUTER = Router("/", guards=[admit_key], route_handlers=[methods, *DOORS])
