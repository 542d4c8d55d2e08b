"""Object stores for tests: moto's S3 in a process of its own, and a socket that answers as badly as it is told."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

import pytest

from app.blobs import held
from app.blobs.signature import Keys, signed
from app.blobs.store import Store
from app.safe_http import Call, Reply, send
from app.settings import ROOT, Settings, read

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1")
BUCKET = "galley-media"
NO_SUCH_KEY = 404


class Bucket:
    """A bucket of the S3-compatible server, looked at from outside the product."""

    def __init__(self, port: int) -> None:
        self.store = Store(f"http://127.0.0.1:{port}", BUCKET, KEYS)

    async def ask(self, method: str, key: str = "", body: bytes = b"") -> Reply:
        url = self.store.address(key) if key else f"{self.store.endpoint}/{BUCKET}"
        headers = signed(method, url, {}, body, keys=KEYS, at=datetime.now(UTC))
        reply = await send(Call(method, url, headers, body), allow=frozenset({url.split("/")[2]}))
        assert isinstance(reply, Reply), reply
        return reply

    async def keys(self) -> list[str]:
        listed = (await self.ask("GET")).body.decode()
        return [part.split("</Key>")[0] for part in listed.split("<Key>")[1:]]

    async def empty(self) -> None:
        for key in await self.keys():
            await self.ask("DELETE", key)


@asynccontextmanager
async def moto() -> AsyncIterator[Bucket]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.blobs.moto_server", cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        async with asyncio.timeout(60):
            bucket = Bucket(int(await child.stdout.readline()))
        assert (await bucket.ask("PUT", body=LOCATION)).ok
        yield bucket
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


LOCATION = (
    b'<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
)


def error(status: int, code: str) -> bytes:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No.</Message></Error>'.encode()
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


class Faulty:
    """A store on a real socket whose every answer is `says`; None holds the line for ever, b"" drops it."""

    def __init__(self) -> None:
        self.says: bytes | None = error(500, "InternalError")
        self.heard: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.store = Store(f"http://127.0.0.1:{port}", BUCKET, KEYS)
        self._over = asyncio.Event()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._over.set()
        self._server.close()
        await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heard.append(head.split("\r\n")[0])
            length = next((line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line), "0")
            await reader.readexactly(int(length))
            if self.says is None:
                await self._over.wait()
            writer.write(self.says or b"")
            await writer.drain()
        writer.close()


def set_store(monkeypatch: pytest.MonkeyPatch, store: Store | None, **more: str) -> Settings:
    """The product's settings name this store, or none; nothing read before is remembered."""
    named = {} if store is None else {
        "S3_BUCKET": store.bucket, "S3_ENDPOINT": store.endpoint, "S3_REGION": store.keys.region,
        "S3_ACCESS_KEY": store.keys.access, "S3_SECRET_KEY": store.keys.secret,
        "S3_PATH_STYLE": str(int(store.path_style)),
    }  # fmt: skip
    known = read({**os.environ, **named, **more})
    monkeypatch.setattr("app.blobs.store.settings", lambda: known)
    held.forget()
    return known


def elsewhere(store: Store) -> Store:
    """The same store where nobody listens."""
    return replace(store, endpoint="http://127.0.0.1:1")
