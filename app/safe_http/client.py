"""`send`: one guarded HTTP call, returned as a value. The only code that talks to httpx."""

import asyncio
import logging
from dataclasses import replace
from functools import cache
from ssl import SSLContext
from time import perf_counter

import httpcore
import httpx

from app.safe_http import bodies
from app.safe_http.backend import Vetted
from app.safe_http.call import Broken, Call, Failure, Reply
from app.safe_http.targets import opened, target

CONNECT_SECONDS = 3.0
MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
OWN_HEADERS = {"accept": "*/*", "user-agent": "Galley", "accept-encoding": "gzip", "connection": "close"}
KEPT_ACROSS_ORIGINS = {"accept", "user-agent"}

for chatty in ("httpx", "httpcore"):  # both write whole URLs to the log, and some carry tokens
    logging.getLogger(chatty).setLevel(logging.WARNING)


async def send(call: Call, *, allow: frozenset[str] | None = None) -> Reply | Failure:
    """Make the call. `allow`: host:port pairs that may be private; None takes `opened()`.

    Redirects are followed for GET only. Every call has a connection of its own: on a reused one a
    dead peer and a lost answer look the same, and a lost answer must never be repeated blindly.
    """
    course = Course(call.seconds)
    try:
        async with asyncio.timeout(call.seconds):
            return await _follow(call, opened() if allow is None else allow, course)
    except Broken as broken:
        return Failure(course.sent, broken.reason, broken.note, course.status)
    except TimeoutError:
        return Failure(course.sent, "timeout", f"No whole answer in {call.seconds:g} s.", course.status)
    except httpx.HTTPError:
        return course.failure()


class Course:
    """How far a call got: told by httpcore's trace, read when it fails."""

    def __init__(self, seconds: float) -> None:
        self.began, self.seconds = perf_counter(), seconds
        self.securing = self.sent = False
        self.status: int | None = None

    async def watch(self, event: str, info: object) -> None:
        """A process that stood still in between must not send when nobody expects it any more."""
        self.securing = self.securing or event == "connection.start_tls.started"
        if event == "http11.send_request_headers.started":
            if perf_counter() - self.began > self.seconds:
                raise TimeoutError
            self.sent = True

    def failure(self) -> Failure:
        if self.sent:
            return Failure(True, "broken", "The connection broke before a whole answer came.", self.status)
        if self.securing:
            return Failure(False, "tls", "No secure connection could be made; check the certificate.")
        return Failure(False, "refused", "The connection could not be made.")


async def _follow(call: Call, allow: frozenset[str], course: Course) -> Reply:
    for _ in range(MOST_REDIRECTS + 1):
        reply = await _once(call, allow, course)
        if call.method != "GET" or reply.status not in REDIRECTS or "location" not in reply.headers:
            return reply
        call = _redirected(call, reply)
    raise Broken("redirects", f"The address redirected more than {MOST_REDIRECTS} times.")


async def _once(call: Call, allow: frozenset[str], course: Course) -> Reply:
    url = target(call.url, allow)
    request = _request(call, url, course)
    async with Guarded(allow) as wire:
        response = await wire.handle_async_request(request)
        try:
            course.status = response.status_code
            body = await bodies.read(response, call.cap)
        finally:
            await response.aclose()
    seconds = perf_counter() - course.began
    return Reply(response.status_code, dict(response.headers), body, seconds, str(url))


def _request(call: Call, url: httpx.URL, course: Course) -> httpx.Request:
    """For the transport itself: a client's cookies, authorisation and redirects are what we must not have."""
    for name, value in call.headers.items():
        if not f"{name}{value}".isascii() or not f"{name}{value}".isprintable():
            raise Broken("invalid", f"The header {name!r} holds a character that cannot be sent.")
    patience = httpx.Timeout(None, connect=CONNECT_SECONDS).as_dict()
    extensions = {"timeout": patience, "trace": course.watch}
    headers = OWN_HEADERS | {name.lower(): value for name, value in call.headers.items()}
    return httpx.Request(call.method, url, headers=headers, content=call.body or None, extensions=extensions)


class Guarded(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool that connects through `Vetted` and keeps nothing alive."""

    def __init__(self, allow: frozenset[str]) -> None:
        super().__init__(verify=_certificates(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_certificates(), max_keepalive_connections=0, network_backend=Vetted(allow)
        )


@cache
def _certificates() -> SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _redirected(call: Call, reply: Reply) -> Call:
    """The next hop; another origin sees nothing that could be a credential."""
    here = httpx.URL(reply.url)
    try:
        there = here.join(reply.headers["location"])
    except (httpx.InvalidURL, ValueError) as error:
        raise Broken("invalid", "The address redirected to something that is not an address.") from error
    if (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port):
        return replace(call, url=str(there))
    kept = {name: value for name, value in call.headers.items() if name.lower() in KEPT_ACROSS_ORIGINS}
    return replace(call, url=str(there), headers=kept)
