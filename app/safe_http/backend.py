"""Connecting: look a name up once, refuse it if any address of it is private, connect to a vetted one."""

import asyncio
import socket
from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

import httpcore

from app.safe_http.addresses import public
from app.safe_http.call import Broken
from app.safe_http.targets import HOW_TO_OPEN

MOST_ADDRESSES = 4


class Vetted(httpcore.AsyncNetworkBackend):
    """httpcore's way to sockets. TLS and the Host header keep the name; only the socket gets the number."""

    def __init__(self, allow: frozenset[str]) -> None:
        self._allow = allow
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = timeout or 3.0
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._vet(host, port)
                return Tidy(await self._first_open(addresses, host, port, seconds))
        except TimeoutError as error:
            raise Broken("connect_timeout", f"{host} did not answer the door in {seconds:g} s.") from error

    async def _vet(self, host: str, port: int) -> list[str]:
        addresses = await resolve(host, port)
        if f"{host.lower()}:{port}" not in self._allow and not all(public(a) for a in addresses):
            raise Broken("blocked", f"{host} is not on the public internet. {HOW_TO_OPEN}")
        return addresses[:MOST_ADDRESSES]

    async def _first_open(
        self, addresses: list[str], host: str, port: int, seconds: float
    ) -> httpcore.AsyncNetworkStream:
        for address in addresses:
            try:
                return await self._plain.connect_tcp(address, port, timeout=seconds / len(addresses))
            except (httpcore.ConnectTimeout, httpcore.ConnectError):
                continue
        raise Broken("refused", f"{host} did not take the connection on port {port}.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Tidy(httpcore.AsyncNetworkStream):
    """A stream that is closed when its handshake is cut off by our deadline; httpcore closes it after errors only."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


async def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of `host`, IPv4 first since many networks have no IPv6 route; never empty."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Broken("dns", f"The name {host} was not found.") from error
    ordered = sorted(infos, key=lambda info: info[0] != socket.AF_INET)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in ordered))
    if not addresses:
        raise Broken("dns", f"The name {host} was not found.")
    return addresses
