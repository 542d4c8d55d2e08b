"""A receiver per test, its port opened to outgoing calls, and deadlines short enough to wait for."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app import safe_http
from app.platforms import sandbox_wire, webhook
from app.safe_http import Call, Failure, Reply

from .receiver import Receiver

DEADLINE = 0.8


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{receiver.port}"}))
        yield receiver


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real send, called with a deadline of less than a second."""

    async def send(call: Call, *, allow: frozenset[str] | None = None) -> Reply | Failure:
        return await safe_http.send(replace(call, seconds=DEADLINE), allow=allow)

    monkeypatch.setattr(webhook, "send", send)
    monkeypatch.setattr(sandbox_wire, "send", send)
