"""The guard before every JSON door: whose key, which scope, how often, and whether the body reads one way only."""

from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler

from app import api_keys, throttles
from app.api.json_body import demand_strict
from app.settings import settings

# The scope each door asks of a key. A door without a line here is shut, and fails the build.
SCOPE_OF: dict[str, str] = {
    "GET /api/posts": "read",
    "POST /api/posts": "write",
    "GET /api/posts/{id}": "read",
    "PATCH /api/posts/{id}": "write",
    "POST /api/posts/{id}/publish": "publish",
    "POST /api/posts/{id}/cancel": "publish",
    "GET /api/posts/{id}/moves": "read",
    "POST /api/posts/{id}/moves": "write",
    "GET /api/posts/{id}/revisions": "read",
    "POST /api/media": "write",
    "POST /api/media/imports": "write",
    "GET /api/media/{asset_id}": "read",
    "GET /api/profiles": "read",
    "GET /api/campaigns": "read",
    "POST /api/campaigns": "write",
    "GET /api/campaigns/{id}": "read",
    "PATCH /api/campaigns/{id}": "write",
    "POST /api/campaigns/{id}/archive": "publish",
    "POST /api/campaigns/{id}/unarchive": "publish",
    "GET /api/publish/logs": "read",
    "GET /api/publish/health": "read",
    "GET /api/lifecycle": "read",
    "GET /api/quota": "read",
}
A_MINUTE = 60
CHANGING = {"POST", "PATCH", "PUT", "DELETE"}
FILES = "multipart/form-data"
NO_KEY = "Send a key that works as `Authorization: Bearer gly_…`; an admin makes one under Settings, API keys."


async def admit_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Put who asks (By) into `user`; 401 without a key, 403 without its scope, 429 too often, 400 or 415 unreadable."""
    assert isinstance(connection, Request)
    by = await api_keys.recognise(_bearer(connection.headers.get("authorization", "")))
    if by is None:
        raise NotAuthorizedException(NO_KEY, headers={"WWW-Authenticate": 'Bearer realm="Galley"'})
    connection.scope["state"]["spent"] = await throttles.spend(f"key:{by.key}", settings().api_rate, A_MINUTE)
    wanted = SCOPE_OF.get(f"{connection.scope['method']} {connection.scope['path_template']}")
    if wanted is None or wanted not in by.scopes:
        raise lacking(wanted or "admin")
    connection.scope["user"] = by
    await _demand_readable(connection)


def lacking(scope: str, more: str = "") -> HTTPException:
    """What a key is told that may not do this."""
    said = f"This needs a key with the scope {scope!r}.{' ' + more if more else ''}"
    return HTTPException(status_code=403, detail=said, extra={"code": "insufficient_scope"})


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _demand_readable(request: Request[Any, Any, Any]) -> None:
    kind = request.headers.get("content-type", "")
    if request.method in CHANGING and not kind.startswith(FILES) and (body := await request.body()):
        demand_strict(body, kind)
