"""The oracle itself: as a process of its own it survives kill -9 with its log, its keys and its port."""

import asyncio
import json
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from app.platforms import platform
from app.platforms.contract import Published, Unknown

from .effects import Log
from .parcels import account, parcel
from .receiver import Receiver


async def _started(log: Path, port: int, secret: str) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.platforms.receiver", "--log", str(log), "--port", str(port),
        "--secret", secret, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    assert (await child.stdout.readline()).startswith(b"listening http://127.0.0.1")
    return child


def _control(port: int, path: str, **said: object) -> object:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(said).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


async def test_a_killed_receiver_still_knows_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, log, here = _free_port(), tmp_path / "effects.jsonl", Receiver()
    here.origin = f"http://127.0.0.1:{port}"
    monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({f"127.0.0.1:{port}"}))
    sent = parcel(account("webhook", here))
    child = await _started(log, port, here.shelf.secret)
    await asyncio.to_thread(_control, port, "/_play", kind="hold")
    assert isinstance(await platform("webhook").publish(sent), Unknown)
    child.kill()
    await child.wait()
    assert [row["key"] for row in Log(log).effects()] == ["key-1"]
    child = await _started(log, port, here.shelf.secret)
    assert isinstance(await platform("webhook").publish(sent), Published)
    rows = await asyncio.to_thread(_control, port, "/_log")
    child.kill()
    await child.wait()
    assert rows == Log(log).rows
    assert len(Log(log).effects()) == 1
    assert len(Log(log).of("request")) == 2


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
