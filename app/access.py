"""Who may open which door: one table, enforced by one guard before every handler. Doors never check roles."""

import re
from typing import Any, Literal
from urllib.parse import quote

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from app.body import posted
from app.csrf import right
from app.security import exempt, from_elsewhere
from app.sessions import Who

Rule = Literal["anyone", "viewer", "writer", "editor", "admin"]

# The least role each door asks for. A door without a line here is shut, and fails the build.
RULES: dict[str, Rule] = {
    "GET /": "anyone",
    "GET /health": "anyone",
    "GET /ready": "anyone",
    "GET /robots.txt": "anyone",
    "GET /static/{path:path}": "anyone",
    "POST /csp-report": "anyone",
    "GET /setup/{token:str}": "anyone",
    "POST /setup/{token:str}": "anyone",
    "GET /setup": "admin",
    "POST /setup/channel": "admin",
    "GET /setup/mode": "admin",
    "POST /setup/mode": "admin",
    "POST /setup/dismiss": "admin",
    "GET /invite/{token:str}": "anyone",
    "POST /invite/{token:str}": "anyone",
    "GET /sign-in": "anyone",
    "POST /sign-in": "anyone",
    "POST /sign-out": "viewer",
    "POST /theme": "viewer",
    "GET /shortcuts": "viewer",
    "GET /settings": "viewer",
    "GET /settings/me": "viewer",
    "POST /settings/me": "viewer",
    "POST /settings/password": "viewer",
    "GET /settings/keyboard": "viewer",
    "POST /settings/keyboard": "viewer",
    "POST /settings/sessions/{id:int}/end": "viewer",
    "GET /settings/workspace": "admin",
    "POST /settings/workspace": "admin",
    "GET /settings/people": "admin",
    "POST /settings/people": "admin",
    "POST /settings/people/{id:int}/role": "admin",
    "POST /settings/people/{id:int}/link": "admin",
    "POST /settings/people/{id:int}/disable": "admin",
    "POST /settings/people/{id:int}/enable": "admin",
    "GET /settings/freeze": "viewer",
    "POST /settings/freeze": "admin",
    "POST /settings/freeze/lift": "admin",
    "GET /restored": "viewer",
    "POST /restored/check": "editor",
    "POST /restored/deliveries/{id:int}/check": "editor",
    "GET /restored/deliveries/{id:int}/live": "editor",
    "POST /restored/deliveries/{id:int}/live": "editor",
    "GET /inbox": "viewer",
    "GET /review": "viewer",
    "GET /review/{began:int}/posts/{id:int}/moves/{name:str}": "viewer",
    "POST /review/{began:int}/posts/{id:int}/moves": "viewer",
    "GET /channels/{id:int}/requeue": "editor",
    "POST /channels/{id:int}/requeue": "editor",
    "GET /calendar": "viewer",
    "GET /calendar/day/{on:str}": "viewer",
    "GET /posts/{id:int}/time": "writer",
    "POST /posts/{id:int}/time": "writer",
    "GET /posts": "viewer",
    "GET /posts/bulk/{do:str}": "writer",
    "POST /posts/bulk": "writer",
    "GET /posts.csv": "viewer",
    "GET /posts/views": "viewer",
    "POST /posts/views": "viewer",
    "POST /posts/views/{id:int}": "viewer",
    "GET /lifecycle": "viewer",
    "GET /campaigns": "viewer",
    "POST /campaigns": "writer",
    "GET /campaigns/new": "writer",
    "GET /campaigns/{id:int}": "viewer",
    "GET /campaigns/{id:int}/edit": "writer",
    "POST /campaigns/{id:int}/edit": "writer",
    "GET /campaigns/{id:int}/archive": "editor",
    "POST /campaigns/{id:int}/archive": "editor",
    "GET /campaigns/{id:int}/duplicate": "writer",
    "POST /campaigns/{id:int}/duplicate": "writer",
    "GET /campaigns/{id:int}/moves/{name:str}": "writer",
    "POST /campaigns/{id:int}/moves": "writer",
    "GET /campaigns/{id:int}/review": "viewer",
    "POST /campaigns/{id:int}/review": "editor",
    "GET /posts/many": "writer",
    "POST /posts/many": "writer",
    "GET /library": "viewer",
    "GET /posts/new": "writer",
    "POST /posts": "writer",
    "GET /posts/{id:int}": "viewer",
    "GET /posts/{id:int}/card": "viewer",
    "GET /posts/{id:int}/plan": "writer",
    "POST /posts/{id:int}/plan": "writer",
    "GET /posts/{id:int}/edit": "writer",
    "POST /posts/{id:int}/edit": "writer",
    "POST /posts/{id:int}/preview": "writer",
    "POST /posts/{id:int}/autosave": "writer",
    "POST /posts/{id:int}/pictures": "writer",
    "POST /posts/{id:int}/drawing": "writer",
    "GET /posts/{id:int}/changes": "viewer",
    "GET /posts/{id:int}/presence": "viewer",
    "GET /posts/{id:int}/checks": "viewer",
    "POST /posts/{id:int}/checks": "writer",
    "POST /posts/{id:int}/comments": "writer",
    "POST /comments/{id:int}": "writer",
    "GET /posts/{id:int}/guest": "editor",
    "POST /posts/{id:int}/guest": "editor",
    "POST /posts/{id:int}/guest/{link:int}/revoke": "editor",
    "GET /approve/{token:str}": "anyone",
    "POST /approve/{token:str}": "anyone",
    "GET /posts/{id:int}/request": "editor",
    "POST /posts/{id:int}/request": "editor",
    "GET /posts/{id:int}/moves/{name:str}": "viewer",
    "POST /posts/{id:int}/moves": "viewer",
    "GET /deliveries/{id:int}": "viewer",
    "GET /deliveries/{id:int}/moves/{name:str}": "viewer",
    "POST /deliveries/{id:int}/moves": "editor",
    "GET /blog": "anyone",
    "GET /blog/{slug:str}": "anyone",
    "GET /blog/feed.xml": "anyone",
    "GET /blog/feed.json": "anyone",
    "GET /sitemap.xml": "anyone",
    "GET /media/{asset_id:str}": "anyone",
    "GET /channels": "viewer",
    "GET /channels/{id:int}": "viewer",
    "POST /channels/{id:int}/settings": "admin",
    "POST /channels/{id:int}/test": "admin",
    "GET /channels/{id:int}/disconnect": "admin",
    "POST /channels/{id:int}/disconnect": "admin",
    "GET /channels/new/{platform:str}": "admin",
    "POST /channels/new/{platform:str}": "admin",
    "GET /channels/{id:int}/rehearsal": "viewer",
    "POST /channels/{id:int}/rehearsal": "editor",
    "POST /channels/{id:int}/rehearsal/clear": "editor",
    "GET /sandbox/{channel:int}/items": "anyone",
    "POST /sandbox/{channel:int}/items": "anyone",
    "POST /sandbox/{channel:int}/token": "anyone",
    "GET /sandbox/{channel:int}/items/{item:str}": "anyone",
    "PUT /sandbox/{channel:int}/items/{item:str}": "anyone",
    "PATCH /sandbox/{channel:int}/items/{item:str}": "anyone",
    "DELETE /sandbox/{channel:int}/items/{item:str}": "anyone",
    "POST /hooks/{token:str}": "anyone",
    "GET /log": "viewer",
    "GET /forecast": "viewer",
    "GET /forecast.json": "viewer",
}
RANK = {"viewer": 0, "writer": 1, "editor": 2, "admin": 3}
SAFE = {"GET", "HEAD", "OPTIONS"}
BIGGEST_ID = 2**63 - 1


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let the request in, or raise: 403 for a foreign form, 401 signed out, 403 for a role too low, 404."""
    scope = connection.scope
    method = scope["method"]  # type: ignore[typeddict-item]
    if method == "OPTIONS":
        return
    unsafe = method not in SAFE and not exempt(scope["path"])
    if unsafe and from_elsewhere(connection):
        raise PermissionDeniedException("This form came from another site, so nothing was done.")
    rule = rule_of(method, scope["path_template"])
    demand_role(scope.get("user"), rule)
    if unsafe:
        await _demand_token(connection)
    _demand_ids(scope["path_params"])


def rule_of(method: str, template: str) -> Rule | None:
    """The rule of a route as Litestar names it at run time: without the types of its parameters."""
    return _BY_TEMPLATE.get(f"{method} {template}")


def demand_role(who: Who | None, rule: Rule | None) -> None:
    """Refuse whoever may less than `rule` asks; without a rule, refuse everybody."""
    if rule == "anyone":
        return
    if who is None:
        raise NotAuthorizedException("Sign in and come back here; your text is kept on this page.")
    if rule is None:
        raise PermissionDeniedException("Nobody may open this page.")
    if RANK[who.role] < RANK[rule]:
        raise PermissionDeniedException(f"This takes the role {rule}; yours is {who.role}. An admin can change it.")


def allows(who: Who | None, method_and_path: str) -> bool:
    """Whether `who` may use that line of the table; for menus."""
    rule = RULES[method_and_path]
    return rule == "anyone" or (who is not None and RANK[who.role] >= RANK[rule])


def safe_next(wanted: str) -> str:
    """Where to go after signing in: a path of ours, or / for anything that could lead elsewhere."""
    if not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]{0,1999}", wanted):
        return "/"
    return "/" if wanted.startswith(("/sign-in", "/sign-out", "/setup/", "/invite/")) else wanted


def sign_in_address(path: str, query: bytes) -> str:
    """The sign-in page that comes back to `path`."""
    wanted = path + ("?" + query.decode("latin-1") if query else "")
    back = safe_next(wanted)
    return "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='/')}"


async def _demand_token(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    binding = connection.scope["state"].get("binding", "")
    sent = connection.headers.get("x-csrf-token") or await _posted_token(connection)
    if not binding or not right(sent, binding):
        raise PermissionDeniedException("This form is too old or was opened by somebody else. Load the page again.")


async def _posted_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    assert isinstance(connection, Request)
    values = (await posted(connection)).get("csrf_token", [])
    return values[0] if len(values) == 1 and isinstance(values[0], str) else ""


def _demand_ids(parameters: dict[str, Any]) -> None:
    # A number that no row can have must look like any other missing row, not like a database error.
    if any(isinstance(value, int) and not 1 <= value <= BIGGEST_ID for value in parameters.values()):
        raise NotFoundException("There is nothing here.")


_BY_TEMPLATE = {re.sub(r":\w+}", "}", line): rule for line, rule in RULES.items()}
