"""Redis as a doorbell: tells the worker at once what the sweep would find anyway. Losing a ring loses nothing."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis, RedisSettings
from redis.exceptions import RedisError

from app.settings import settings

log = logging.getLogger("galley.doorbell")
PUBLISHING, GENERATION = "galley:publishing", "galley:generation"
QUEUES = {"write": GENERATION, "draw": GENERATION}  # every other job goes to publishing
PATIENCE = 0.5  # seconds a ring may take
LANES = 20  # jobs for accepted posts; a worker runs ten at once
AGAIN = 10.0  # seconds before a sweep rings again for what is still as it was: the ring may be lost
SILENCE = 5.0  # seconds without trying, after Redis did not answer
# What a call on a dead line raises; RuntimeError is what uvloop says of one that closed a moment ago.
DEAD = (RedisError, OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Bell:
    """One ring: a job's name, the row it is about, and the version that makes the ring unique.

    Whoever takes on an accepted post goes on with whatever else was accepted, so that a few jobs in the queue do for
    any number of posts. One that a dying worker took along keeps its lane shut for a while: the sweep rings past it.
    """

    job: str
    row: int
    version: int = 0

    @property
    def id(self) -> str:
        if self.job == "advance" and self.version >= 0:
            return f"{self.job}:lane-{self.row % LANES}"
        return f"{self.job}:{self.row}:{self.version}"


def turn() -> int:
    """A version for what a sweep rings: another every five seconds, since arq refuses for a job's whole
    timeout an id that a killed worker took; below zero, so that no row's version is ever the same."""
    return -int(time.time() // 5)


def dumps(value: dict[str, Any]) -> bytes:
    """Jobs travel as JSON: whoever reaches Redis must not reach our code."""
    return json.dumps(value, default=str).encode()


def loads(data: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(data)
    return loaded


def redis_settings() -> RedisSettings:
    parsed = RedisSettings.from_dsn(settings().redis_url)
    parsed.conn_timeout, parsed.conn_retries = 1, 0
    return parsed


class Lately:
    """What the sweeps of this process rang for a moment ago: a backlog is not rung for again with every sweep."""

    def __init__(self) -> None:
        self._until: dict[Hashable, float] = {}

    def new(self, what: Hashable) -> bool:
        """Whether `what` was not rung for within AGAIN seconds; from here on it was."""
        now = time.monotonic()
        if self._until.get(what, 0.0) > now:
            return False
        if len(self._until) > 10_000:
            self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[what] = now + AGAIN
        return True


class Doorbell:
    """One Redis connection of one event loop, opened on the first ring."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._silent_until = 0.0

    async def ring(self, bells: list[Bell]) -> None:
        """Ring every bell; when Redis is away, say so once and leave the rest to the sweep."""
        if not bells or time.monotonic() < self._silent_until:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                for bell in bells:
                    await self._connection().enqueue_job(
                        bell.job, bell.row, _job_id=bell.id, _queue_name=QUEUES.get(bell.job, PUBLISHING)
                    )
        except DEAD as error:
            self._silent_until = time.monotonic() + SILENCE
            log.warning("The doorbell is out of order (%s); the sweep finds the work.", type(error).__name__)

    async def close(self) -> None:
        if self._redis is not None and self._loop is asyncio.get_running_loop():
            with contextlib.suppress(*DEAD):
                await self._redis.aclose()
        self._redis = None

    def _connection(self) -> ArqRedis:
        loop = asyncio.get_running_loop()
        if self._redis is None or self._loop is not loop:
            self._redis, self._loop = _connect(), loop
        return self._redis


def _connect() -> ArqRedis:
    redis: ArqRedis = ArqRedis.from_url(
        settings().redis_url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry_on_timeout=False
    )
    redis.job_serializer, redis.job_deserializer = dumps, loads
    redis.default_queue_name = PUBLISHING
    redis.expires_extra_ms = 86_400_000
    return redis


doorbell, lately = Doorbell(), Lately()
