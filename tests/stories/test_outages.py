"""Outages: real web and worker while PostgreSQL and Redis restart, go silent or stay away, or when told to stop."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.local import Running, Wanted, servers
from app.local.folder import SOCKET, Folder, at, claimed
from tests.faults.proxy import Proxy
from tests.local.drill import bare_environment, free_port

pytestmark = pytest.mark.pure  # servers of its own; the suite's are not touched

SERVING = 15.0  # seconds after which the desk has to serve again
STOPPED = 25.0
JSON = {"accept": "application/json"}


@dataclass
class Desk:
    """A web and a worker process, on servers behind proxies."""

    folder: Folder
    running: Running
    postgres: Proxy
    redis: Proxy
    origin: str
    environment: dict[str, str]
    answers: list[httpx.Response] = field(default_factory=list)

    @asynccontextmanager
    async def part(self, name: str) -> AsyncIterator[Process]:
        log = (self.folder.path.parent / f"{name}.log").open("ab")
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.commands", name, env=self.environment, stdout=log, stderr=log
        )
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
            log.close()

    async def get(self, path: str = "/ready", **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(timeout=20) as visitor:
            answer = await visitor.get(self.origin + path, headers=headers)
        self.answers.append(answer)
        return answer

    async def serves(self, path: str = "/sign-in", within: float = SERVING) -> float:
        """Knock until it answers 200 three times in a row; the seconds that took."""
        begun, good = time.monotonic(), 0
        while good < 3:
            assert time.monotonic() - begun < within, f"{path} is still away: {[a.status_code for a in self.answers]}"
            good = good + 1 if (await self.get(path)).status_code == 200 else 0
            await asyncio.sleep(0.1)
        return time.monotonic() - begun

    async def worker_lives(self, within: float = SERVING) -> None:
        """A heartbeat that is younger than this call."""
        connection = await asyncpg.connect(self.folder.database_url)
        try:
            since = await connection.fetchval("SELECT now()")
            await until(lambda: connection.fetchval("SELECT max(seen_at) > $1 FROM beat", since), within)
        finally:
            await connection.close()


async def until(true: Callable[[], Awaitable[object]], within: float) -> None:
    async with asyncio.timeout(within):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    above = Path(tempfile.mkdtemp(prefix="galley-outages-"))
    os.chmod(above, 0o711)
    place = at(above / "data")
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, above, ignore_errors=True)
        stack.enter_context(claimed(place))
        running = await stack.enter_async_context(servers(place, Wanted(durable=False), say=lambda _: None))
        postgres = await stack.enter_async_context(Proxy(place.run / SOCKET))
        redis = await stack.enter_async_context(Proxy(place.redis_socket))
        environment = bare_environment() | {
            "DATABASE_URL": f"postgresql://galley@127.0.0.1:{postgres.port}/galley?sslmode=disable",
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "SECRET_KEY": "x7" * 24, "HOST": "127.0.0.1", "PORT": str(free_port()), "LOG_LEVEL": "INFO",
        }  # fmt: skip
        desk = Desk(place, running, postgres, redis, f"http://127.0.0.1:{environment['PORT']}", environment)
        async with desk.part("migrate") as migration:
            assert await migration.wait() == 0
        yield desk


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[tuple[Process, Process]]:
    desk.postgres.refusing = desk.redis.refusing = False
    async with desk.part("web") as web, desk.part("worker") as worker:
        await until(lambda: _listens(desk), 20)
        await desk.serves(within=20)
        await desk.worker_lives(within=20)
        desk.answers.clear()
        yield web, worker


async def _listens(desk: Desk) -> bool:
    try:
        return (await desk.get("/health")).status_code == 200
    except httpx.TransportError:
        return False


def only_503_meanwhile(desk: Desk) -> None:
    for answer in desk.answers:
        assert answer.status_code in (200, 303, 503), answer.status_code
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0


async def test_postgresql_that_dies_at_once_is_back_in_seconds_with_503_only_meanwhile(desk: Desk) -> None:
    async with working(desk):
        for _ in range(2):
            os.kill(desk.running.postgres.pid, signal.SIGQUIT)  # type: ignore[union-attr, arg-type]
            assert await desk.serves() < SERVING
            await desk.worker_lives()
    only_503_meanwhile(desk)


async def test_lines_to_postgresql_that_die_without_a_sign_are_given_up_in_time(desk: Desk) -> None:
    async with working(desk):
        assert desk.postgres.silence() >= 2
        assert await desk.serves() < SERVING
        await desk.worker_lives()
    only_503_meanwhile(desk)


async def test_while_postgresql_is_away_people_and_machines_are_told_to_come_back(desk: Desk) -> None:
    async with working(desk):
        desk.postgres.refusing = True
        desk.postgres.reset()
        page, fragment = await desk.get("/sign-in"), await desk.get("/sign-in", **{"hx-request": "true"})
        machine, ready = await desk.get("/blog", **JSON), await desk.get("/ready")
        assert {answer.status_code for answer in (page, fragment, machine, ready)} == {503}
        assert all(answer.headers["retry-after"] for answer in (page, fragment, machine, ready))
        assert "Nothing was lost" in page.text and 'id="problem"' in page.text
        assert fragment.headers["hx-retarget"] == "#alert", "the form on the page is not touched"
        assert machine.json()["status"] == 503
        assert (await desk.get("/health")).status_code == 200
        desk.postgres.refusing = False
        assert await desk.serves() < SERVING
        await desk.worker_lives()


async def test_redis_may_go_silent_die_and_stay_away_and_every_page_is_served(desk: Desk) -> None:
    async with working(desk):
        desk.redis.silence()
        await desk.serves()
        desk.redis.refusing = True
        desk.redis.reset()
        await desk.serves()
        await desk.worker_lives()
        os.kill(desk.running.valkey.pid, signal.SIGKILL)  # type: ignore[union-attr, arg-type]
        desk.redis.refusing = False
        await desk.serves()
        await until(lambda: _polled(desk), SERVING)
    assert {answer.status_code for answer in desk.answers} == {200}


async def _polled(desk: Desk) -> bool:
    """Both queues' workers have a living line to Redis again."""
    return len([line for line in desk.redis.lines if line.open.is_set()]) >= 2


@pytest.mark.parametrize("trouble", ["none", "silence", "away"])
async def test_told_to_stop_both_end_well_and_in_time_whatever_is_broken(desk: Desk, trouble: str) -> None:
    async with working(desk) as parts:
        if trouble == "silence":
            desk.postgres.silence()
            desk.redis.silence()
        if trouble == "away":
            for proxy in (desk.postgres, desk.redis):
                proxy.refusing = True
                proxy.reset()
        await asyncio.sleep(0.5)
        for part in parts:
            part.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED):
            assert [await part.wait() for part in parts] == [0, 0]


OPEN = """
INSERT INTO team (name, zone) VALUES ('Team', 'UTC') ON CONFLICT DO NOTHING;
WITH reader AS (INSERT INTO person (email, name, role) VALUES ('open@example.com', 'Reader', 'viewer') RETURNING id)
INSERT INTO session (token_sha256, person, expires_at)
SELECT sha256('an open page'), id, now() + interval '1 day' FROM reader
"""


async def test_told_to_stop_it_does_not_wait_for_the_streams_of_open_pages(desk: Desk) -> None:
    async with working(desk) as (web, _):
        connection = await asyncpg.connect(desk.folder.database_url)
        await connection.execute(OPEN)
        await connection.close()
        async with (
            httpx.AsyncClient(cookies={"session": "an open page"}, timeout=30) as visitor,
            visitor.stream("GET", f"{desk.origin}/events") as stream,
        ):
            told = stream.aiter_text()
            assert "retry" in await anext(told)
            web.send_signal(signal.SIGTERM)
            async with asyncio.timeout(3):
                assert await web.wait() == 0
