"""kill -9 of the worker while somebody else holds its request: resumed within 45 s, and one effect counted there."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import from_url

from app import seals, sql
from app.channels import Typed, connect
from app.flow import generate, plan, review, schedule
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.local import Running
from app.platforms import platform
from app.platforms.contract import Connected
from app.settings import settings
from app.tables import Channel, Post
from app.times import planned
from tests.makers import make_person, make_post, make_team
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.writers.endpoint import Endpoint

BRIEF = "Paper bags replaced plastic a year ago. Bags rose from 2 to 6 cents. Nine of ten came back."
RESUMED = 45.0  # seconds after the kill


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What this test opens to private hosts is closed again after it."""
    monkeypatch.setenv("ALLOW_PRIVATE_HOSTS", "")
    yield
    monkeypatch.undo()
    settings.cache_clear()


@asynccontextmanager
async def worker(**environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`galley worker` as a process of its own, on this test's database and queue."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.commands", "worker", env=os.environ | {"LOG_LEVEL": "WARNING"} | environment
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()


async def until(true: Callable[[], Awaitable[Any]] | Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until `true()` holds; how long that took. Fails, saying `what`, after `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        answer = true()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


async def status(post: Post) -> str:
    value: str = await sql.value("SELECT status FROM post WHERE id = $1", post.id)
    return value


async def test_a_killed_worker_is_resumed_in_time_and_nothing_happens_twice() -> None:
    await make_team()
    person = await make_person(role="editor")
    by = By("person", person=person.id, role="editor", name="Nina")
    endpoint = Endpoint(chat=["hold", "ok"])
    await endpoint.start()
    try:
        async with Receiver() as receiver:
            written = await _begin_writing(by)
            sent = await _line_up(receiver, by)
            receiver.play(Fault("hold"))
            where = {
                "LLM_BASE_URL": endpoint.url, "LLM_API_KEY": "k",
                "ALLOW_PRIVATE_HOSTS": f"127.0.0.1:{receiver.port},127.0.0.1:{endpoint.port}",
            }  # fmt: skip
            async with worker(**where) as first:
                await until(lambda: endpoint.held and _held(receiver), 20, "both hold a request")
                first.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            async with worker(**where):
                await until(lambda: _settled(written, sent), RESUMED, "both resumed")
            assert time.monotonic() - killed <= RESUMED
            await _nothing_twice(written, sent, receiver)
    finally:
        await endpoint.stop()


async def test_a_flushed_and_killed_queue_between_approval_and_due_time_loses_nothing(database: Running) -> None:
    assert database.valkey is not None and database.valkey.pid is not None
    await make_team()
    person = await make_person(role="editor")
    by = By("person", person=person.id, role="editor", name="Nina")
    async with Receiver() as receiver:
        due = datetime.now(UTC) + timedelta(seconds=8)
        post = await _line_up(receiver, by, at=due)
        async with worker(ALLOW_PRIVATE_HOSTS=f"127.0.0.1:{receiver.port}"):
            await until(lambda: _advanced(post), 5, "the publication was advanced")
            async with from_url(os.environ["REDIS_URL"]) as redis:
                await redis.flushall()
            os.kill(database.valkey.pid, signal.SIGKILL)  # its supervisor starts it again
            await until(lambda: _live(post), 20, "published")
        at = await sql.value("SELECT min(opened_at) FROM attempt")
        assert due <= at <= due + timedelta(seconds=8)
        assert len(receiver.log.effects()) == 1


def _held(receiver: Receiver) -> list[dict[str, Any]]:
    return [request for request in receiver.requests() if request["fault"] == "hold"]


async def _begin_writing(by: By) -> Post:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    post = await plan.create(Plan("Paper bags", planned(day, None, "UTC"), brief=BRIEF), by=by)
    return await generate.start(post, by=by)


async def _line_up(receiver: Receiver, by: By, at: datetime | None = None) -> Post:
    os.environ["ALLOW_PRIVATE_HOSTS"] = f"127.0.0.1:{receiver.port}"
    number, answer = await _connected(receiver, by)
    assert isinstance(answer, Connected), answer
    channel = await Channel.objects().get(Channel.id == number)
    assert channel is not None
    post = await make_post("generated_pending_review", channels=[channel])
    what = await seals.sealable(post.id)
    approved = (await review.approve(post, what.digest, by=by)).post
    return await schedule.line_up(approved, at, by=by)


async def _connected(receiver: Receiver, by: By) -> tuple[int, Any]:
    settings.cache_clear()
    typed = Typed("Hook", {"url": f"{receiver.origin}/hook"}, {"secret": receiver.shelf.secret})
    return await connect(platform("webhook"), typed, by=by)


async def _settled(written: Post, sent: Post) -> bool:
    return await status(sent) == "published" and await status(written) not in ("generating", "to_be_generated")


async def _advanced(post: Post) -> bool:
    return bool(await sql.value("SELECT 1 FROM publication WHERE post = $1 AND status = 'scheduled'", post.id))


async def _live(post: Post) -> bool:
    return await status(post) == "published"


async def _nothing_twice(written: Post, sent: Post, receiver: Receiver) -> None:
    assert len(receiver.log.effects()) == 1, receiver.log.effects()
    keys = {request["key"] for request in receiver.requests() if request["key"].startswith("dlv_")}
    assert len(keys) == 1, "the request was repeated under the same key"
    assert await sql.value("SELECT count(*) FROM revision WHERE post = $1", written.id) == 1
    assert await sql.value("SELECT count(*) FROM charge") == 1
