"""The guard before every JSON door: whose key, which scope, how often, and whether the body reads one way only."""

from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import ClientException, HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler

from app import api_keys, throttles
from app.api.answers import in_headers
from app.api.json_body import demand_strict
from app.lifecycles.machine import By
from app.settings import settings
from app.throttles import Spent, TriedTooOften

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
FILES, A_FILE = {"/api/media"}, "multipart/form-data"  # the doors that take a form, and what it is sent as
SEND_A_FILE = "Send the picture in the field `file` of a form, as multipart/form-data with its boundary."
NO_BODY = "There is no body. Send JSON, as Content-Type: application/json."
PACKED = "Send the body as it is, without a Content-Encoding."
PASSED = {"request", "data"}  # what a door takes that is no parameter of its address
NO_KEY = "Send a key that works as `Authorization: Bearer gly_…`; an admin makes one under Settings, API keys."


async def admit_key(connection: ASGIConnection[Any, Any, Any, Any], door: BaseRouteHandler) -> None:
    """Put who asks (By) into `user`; 401 without a key, 403 without its scope, 429 too often, 400 or 415 unreadable."""
    assert isinstance(connection, Request)
    if connection.method == "OPTIONS":  # says only which methods there are
        return
    token = _bearer(connection.headers.get("authorization", ""))
    by = await api_keys.recognise(token)
    if by is None:
        raise NotAuthorizedException(NO_KEY, headers=_asking(error="invalid_token") if token else _asking())
    connection.scope["state"]["spent"] = await _spent(by)
    wanted = SCOPE_OF.get(f"{connection.scope['method']} {connection.scope['path_template']}")
    if wanted is None or wanted not in by.scopes:
        raise lacking(wanted or "admin")
    connection.scope["user"] = by
    _demand_known(connection, {*door.parsed_fn_signature.parameters} - PASSED)
    await _demand_readable(connection, door)


def lacking(scope: str, more: str = "") -> HTTPException:
    """What a key is told that may not do this."""
    said = f"This needs a key with the scope {scope!r}.{' ' + more if more else ''}"
    headers = _asking(error="insufficient_scope", scope=scope)
    return HTTPException(status_code=403, detail=said, extra={"code": "insufficient_scope"}, headers=headers)


def _asking(**why: str) -> dict[str, str]:
    """What RFC 6750 has us answer to whoever came without the right key."""
    parts = {"realm": "Galley", **why}
    return {"WWW-Authenticate": "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())}


async def _spent(by: By) -> Spent:
    """What is left to this key; 429 with the same headers that every answer has."""
    rate = settings().api_rate
    try:
        return await throttles.spend(f"key:{by.key}", rate, A_MINUTE)
    except TriedTooOften as often:
        headers = {"Retry-After": str(often.wait), **in_headers(Spent(rate, 0, often.wait))}
        raise HTTPException(status_code=429, detail=str(often), headers=headers) from None


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _demand_known(request: Request[Any, Any, Any], names: set[str]) -> None:
    """A filter that is misspelt would be left out, and everything shown."""
    names -= request.path_params.keys()
    if strange := sorted(set(request.query_params) - names):
        there = f"these there are: {', '.join(sorted(names))}" if names else "there are none"
        raise ClientException(f"There is no parameter {strange[0][:40]!r} here; {there}.")


async def _demand_readable(request: Request[Any, Any, Any], door: BaseRouteHandler) -> None:
    kind = request.headers.get("content-type", "")
    if request.scope["path_template"] in FILES:
        if kind.partition(";")[0].strip().lower() != A_FILE or "boundary=" not in kind.lower():
            raise HTTPException(status_code=415, detail=SEND_A_FILE)
    elif request.method in CHANGING and (body := await request.body()):
        _demand_plain(request)
        demand_strict(body, kind)
    elif (wish := door.parsed_fn_signature.parameters.get("data")) and not wish.has_default:
        raise ClientException(NO_BODY)


def _demand_plain(request: Request[Any, Any, Any]) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(status_code=415, detail=PACKED, headers={"Accept-Encoding": "identity"})
