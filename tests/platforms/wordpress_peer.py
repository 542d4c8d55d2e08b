"""One WordPress for the same tests twice: the one on our own socket, and a real one named by the environment.

`WP_URL`, `WP_USER` (an Editor) and `WP_APP_PASSWORD` name the real one; tests marked `platforms` use it.
"""

import asyncio
import base64
import hashlib
import io
import json
import os
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from app.platforms import platform, wordpress_wire
from app.platforms.contract import Account, Content, Outcome, Parcel, Picture, WentOn
from app.safe_http import host_port

from .wordpress_site import PASSWORD, WordPressSite

ORIGIN = "https://desk.example.com"
MOST_STEPS = 12


@dataclass(frozen=True)
class Peer:
    """Where it is and who we are there; `get` asks it directly, past Galley's own code."""

    url: str
    user: str = "editor"
    password: str = PASSWORD

    def account(self, **settings: Any) -> Account:
        secrets = {"password": settings.pop("password", self.password)}
        known = {"url": self.url, "user": self.user, "categories": "Gardens", "tags": "roses, Bees & Co", **settings}
        return Account(7, "Peer", known, secrets, ORIGIN)

    async def get(self, path: str) -> Any:
        return json.loads((await self.ask(f"{self.url}/?rest_route=/wp/v2{path}"))[1])

    async def post(self, path: str, **said: Any) -> Any:
        return json.loads((await self.ask(f"{self.url}/wp-json/wp/v2{path}", json.dumps(said).encode()))[1])

    async def delete(self, path: str) -> Any:
        return json.loads((await self.ask(f"{self.url}/wp-json/wp/v2{path}", method="DELETE"))[1])

    async def ask(self, url: str, body: bytes | None = None, method: str = "") -> tuple[int, bytes, str]:
        """Status, body and final address of one request as the Editor."""
        signed = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"authorization": signed, "content-type": "application/json"}
        request = urllib.request.Request(url, body, headers, method=method or None)
        return await asyncio.to_thread(_opened, request)

    async def reader(self, url: str) -> tuple[int, str]:
        """What a reader meets at an address: status, and where it ended."""
        status, _, final = await asyncio.to_thread(_opened, urllib.request.Request(url))
        return status, final


@asynccontextmanager
async def ours(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    """Our own WordPress, its port opened to outgoing calls, met for the first time."""
    async with WordPressSite() as site:
        for module in ("app.safe_http.client", "app.platforms.wordpress_wire"):
            monkeypatch.setattr(f"{module}.opened", lambda: frozenset({host_port(site.origin)}))
        monkeypatch.setattr(wordpress_wire, "ROOTS", {})
        yield site


def real() -> Peer:
    names = ("WP_URL", "WP_USER", "WP_APP_PASSWORD")
    url, user, password = (os.environ.get(name, "") for name in names)
    if not (url and user and password):
        pytest.skip(f"a real WordPress is named by {', '.join(names)}")
    return Peer(url.rstrip("/"), user, password)


def picture(alt: str, *, colour: tuple[int, int, int] | None = None) -> Picture:
    """A real PNG, a new one each time."""
    held = io.BytesIO()
    Image.new("RGB", (60, 40), colour or tuple(os.urandom(3))).save(held, "PNG")
    sha = hashlib.sha256(held.getvalue()).hexdigest()
    return Picture(sha, "image/png", alt, f"{ORIGIN}/media/{uuid4()}", held.getvalue())


def article(*pictures: Picture, **changes: Any) -> Content:
    """An article with a cover, and every further picture in its text."""
    shown = "".join(f'<p><img src="{p.url.removeprefix(ORIGIN)}" alt="{p.alt}"></p>' for p in pictures[1:])
    html = f"<h2>Garten</h2><p>Über Rosen &amp; Bienen.</p>{shown}<p>Ende.</p>"
    known = Content(
        "Grüße aus dem Garten", f"garten-{uuid4().hex[:10]}", "A short one.", "# Garten", html, {}, pictures
    )
    return replace(known, **changes)


def parcel(account: Account, content: Content | None = None, **changes: Any) -> Parcel:
    return replace(Parcel(uuid4().hex, account, content or article()), **changes)


def later(**delta: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**(delta or {"hours": 2}))


async def through(verb: str, sent: Parcel) -> tuple[Outcome, list[str]]:
    """The verb called again and again, as the flow does, until it is done; and the steps it took."""
    steps: list[str] = []
    while len(steps) < MOST_STEPS:
        outcome: Outcome = await getattr(platform("wordpress"), verb)(sent)
        if not isinstance(outcome, WentOn):
            return outcome, steps
        steps.append(outcome.step)
        progress = {**sent.progress, **outcome.known, "step": outcome.step}
        sent = replace(sent, progress=progress, uploads={**sent.uploads, **outcome.uploads})
    raise AssertionError(f"{verb} goes on and on: {steps}")


def _opened(request: urllib.request.Request) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(request, timeout=20) as answered:
            return answered.status, answered.read(), answered.url
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.url or ""
