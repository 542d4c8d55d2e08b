"""A Redis that does not answer: nobody listens, it never says a word, or it hangs up at once."""

import socket
import struct
import threading
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


@contextmanager
def torn_port() -> Iterator[int]:
    """Every line is accepted and reset at once."""

    def hang_up(listening: socket.socket) -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=hang_up, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def point_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on new connections of the doorbell go there."""
    elsewhere = replace(settings(), redis_url=f"redis://127.0.0.1:{port}")
    monkeypatch.setattr(doorbell, "settings", lambda: elsewhere)
