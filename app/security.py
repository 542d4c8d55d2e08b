"""The first and last thing every request meets: host check, who is asking, headers on every answer. Pure ASGI."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.types import Message, Scope, Send

from app.settings import settings

# The only unsafe doors without a form token: machines knock there, and each has its own proof or takes nothing.
EXEMPT = ("/api/", "/hooks/", "/sandbox/", "/csp-report")
# Answered whatever the Host header says: a platform's health check knows only our inner address.
ANY_HOST = ("/health", "/ready")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "report-uri /csp-report"
)
HEADERS = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"cache-control": b"no-store",
}
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def with_headers(send: Send) -> Send:
    """A `send` that adds the headers an answer does not bring itself: media and blog bring their own."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message["headers"])
            brought = {name.lower() for name, _ in own}
            own.extend((name, value) for name, value in HEADERS.items() if name not in brought)
            if settings().secure:
                own.append(HSTS)
            message["headers"] = own
        await send(message)

    return sender


def exempt(path: str) -> bool:
    """Whether a POST to `path` needs no form token."""
    return path.startswith(EXEMPT)


def host_allowed(scope: Scope) -> bool:
    """Whether the Host header names us: PUBLIC_URL's host, or this machine while PUBLIC_URL is empty."""
    if scope["path"].startswith(ANY_HOST):
        return True
    named = [value for name, value in scope["headers"] if name == b"host"]
    host = _hostname(named[0].decode("latin-1")) if len(named) == 1 else ""
    public = settings().public_url
    return host != "" and (host == _hostname(urlsplit(public).netloc) if public else _is_loopback(host))


def from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the browser says that another site's page made this request."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = connection.headers.get("origin")
    return origin is not None and origin.lower() not in _own_origins(connection.scope)


def client_ip(scope: Scope) -> str:
    """The asking address, read from X-Forwarded-For only as far as PROXY_HOPS proxies are trusted."""
    hops = settings().proxy_hops
    forwarded = [part.strip() for part in _header(scope, b"x-forwarded-for").split(",") if part.strip()]
    if hops > 0 and forwarded:
        return forwarded[-hops] if hops <= len(forwarded) else forwarded[0]
    client = scope.get("client")
    return client[0] if client else "unknown"


def _own_origins(scope: Scope) -> set[str]:
    public = settings().public_url
    if public:
        parts = urlsplit(public)
        return {f"{parts.scheme}://{parts.netloc}".lower()}
    host = _header(scope, b"host").lower()
    return {f"http://{host}", f"https://{host}"}


def _header(scope: Scope, wanted: bytes) -> str:
    values = [value for name, value in scope["headers"] if name == wanted]
    return b",".join(values).decode("latin-1")


def _hostname(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
