"""A Redis that does not answer: a port where nobody listens, and one that never says a word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app import doorbell
from app.settings import settings


@contextmanager
def closed_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    yield port


@contextmanager
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def point_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on new connections of the doorbell go there."""
    elsewhere = replace(settings(), redis_url=f"redis://127.0.0.1:{port}")
    monkeypatch.setattr(doorbell, "settings", lambda: elsewhere)
