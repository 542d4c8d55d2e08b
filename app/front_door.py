"""Wraps the whole app: host check, who is asking, headers on every answer, HEAD as GET. Assembled by main."""

from collections.abc import Callable
from typing import Any, cast

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.types import ASGIApp, Receive, Scope, Send

from app.cookies import session_name, visit_name
from app.security import host_allowed, with_headers
from app.sessions import recognise

Problem = Callable[[Request[Any, Any, Any], Exception], Response[Any]]
# Nobody is looked up for these: they look the same to everybody, or bring their own proof.
IMPERSONAL = ("/static/", "/health", "/ready", "/robots.txt", "/csp-report", "/hooks/", "/sandbox/", "/api/", "/blog")


class FrontDoor:
    """An ASGI app around an ASGI app; what it refuses is answered by `problem`, like any other error."""

    def __init__(self, app: ASGIApp, problem: Problem) -> None:
        self.app, self.problem = app, problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        scope, send = _as_get(scope), with_headers(send)
        try:
            await self._meet(scope)
        except Exception as error:
            await self._refuse(scope, receive, send, error)
            return
        await self.app(scope, receive, send)

    async def _meet(self, scope: Scope) -> None:
        scope["user"], scope["auth"] = None, None
        if not host_allowed(scope):
            raise ClientException("This is not the address of this desk; PUBLIC_URL says which one is.")
        if not scope["path"].startswith(IMPERSONAL):
            await identify(scope)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        answer = self.problem(request, error).to_asgi_response(app=None, request=request)
        await answer(scope, receive, send)


def _as_get(scope: Scope) -> Scope:
    """HEAD is GET whose body the server leaves out; it looks at its own scope for that, so this is a copy."""
    return cast(Scope, {**scope, "method": "GET", "only_asks": True}) if scope.get("method") == "HEAD" else scope


async def identify(scope: Scope) -> None:
    """Put Who into `user`, Team into state.team, and the cookie that form tokens are bound to into state.binding."""
    cookies = Request[Any, Any, Any](scope).cookies
    token = cookies.get(session_name(), "")
    found = await _known(token, cookies) if token else None
    if found:
        scope["user"], scope["state"]["team"] = found
    scope["state"]["binding"] = token if found else cookies.get(visit_name(), "")


async def _known(token: str, cookies: dict[str, str]) -> tuple[Any, Any] | None:
    return await recognise(token, theme=cookies.get("theme", ""), keys_off=cookies.get("keys", "") == "off")
