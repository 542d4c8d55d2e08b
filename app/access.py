"""Who may open which door: app/rules.py says it, one guard before every handler enforces it. Doors check no roles."""

import re
import string
from typing import Any
from urllib.parse import quote

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from app.body import posted
from app.cookies import visit_name
from app.csrf import right
from app.rules import RULES, Rule
from app.security import exempt, from_elsewhere
from app.sessions import Who

RANK = {"viewer": 0, "writer": 1, "editor": 2, "admin": 3}
SAFE = {"GET", "HEAD", "OPTIONS"}
BIGGEST_ID = 2**63 - 1
ASCII = string.punctuation


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
        await _demand_token(connection, _bindings(connection, rule))
    _demand_ids(scope["path_params"])


def rule_of(method: str, template: str) -> Rule | None:
    """The rule of a route as Litestar names it at run time: without the types of its parameters."""
    return _BY_TEMPLATE.get(f"{method} {template}")


def demand_role(who: Who | None, rule: Rule | None) -> None:
    """Refuse whoever may less than `rule` asks; without a rule, refuse everybody."""
    if rule in ("anyone", "key"):  # a key is asked for by the guard of the JSON doors themselves
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
    doorstep = wanted.startswith(("/sign-in", "/sign-out", "/setup/", "/invite/"))
    return "/" if doorstep else quote(wanted, safe=ASCII, errors="replace")  # a header takes no other letters


def sign_in_address(path: str, query: bytes) -> str:
    """The sign-in page that comes back to `path`."""
    wanted = path + ("?" + query.decode("latin-1") if query else "")
    back = safe_next(wanted)
    return "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='/')}"


def _bindings(connection: ASGIConnection[Any, Any, Any, Any], rule: Rule | None) -> list[str]:
    """What the form may be tied to: the session; on doorsteps also the visit, since people who are signed in open
    invitations and links to a new password, too."""
    bindings = [connection.scope["state"].get("binding", "")]
    if rule == "anyone":
        bindings.append(connection.cookies.get(visit_name(), ""))
    return [binding for binding in bindings if binding]


async def _demand_token(connection: ASGIConnection[Any, Any, Any, Any], bindings: list[str]) -> None:
    sent = connection.headers.get("x-csrf-token") or await _posted_token(connection)
    if not any(right(sent, binding) for binding in bindings):
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
