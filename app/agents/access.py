"""Which desk a tool asks and with whose key: the command's own over standard input, each request's own over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from app import client
from app.client import Declined, Desk, Unreachable

NO_KEY = "Send a key of the desk with every request, as `Authorization: Bearer gly_…`."


@dataclass(frozen=True, slots=True)
class Access:
    """Where the desk answers; `key` is empty when every request brings its own."""

    origin: str
    key: str


Asked = Context[Access, Any]


async def ask(asked: Asked, method: str, path: str, wish: object = None, *, key: str = "") -> dict[str, Any]:
    """What the API answers; what it refuses, or that it is away, becomes the tool's error in its own words."""
    access = asked.request_context.lifespan_context
    token = access.key if asked.headers is None else bearer(asked.headers)
    if not token:
        raise ToolError(NO_KEY)
    try:
        return (await client.ask(Desk(access.origin, token), method, path, wish, key=key)).said
    except Declined as no:
        raise ToolError(f"{no} ({no.code})") from no
    except Unreachable as silence:
        raise ToolError(str(silence)) from silence


def bearer(headers: Mapping[str, str]) -> str:
    """The key of a request, or nothing."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
