"""PostgreSQL's own clock, moved while the server runs: by libfaketime, or by a now() of ours before its own."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from app import sql
from app.piccolo_conf import DB

LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
SHADOW = """
CREATE SCHEMA clock;
CREATE TABLE clock.shift (by interval NOT NULL);
INSERT INTO clock.shift VALUES ('0');
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
  AS 'SELECT pg_catalog.now() + (SELECT by FROM clock.shift)';
CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS 'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM clock.shift)';
ALTER DATABASE galley SET search_path = clock, pg_catalog, public;
"""


class Clock(Protocol):
    """PostgreSQL's clock, `by` so much away from ours."""

    def preloaded(self) -> AbstractContextManager[None]: ...
    async def begin(self) -> None: ...
    async def move(self, by: timedelta) -> None: ...


class Faketime:
    """libfaketime reads the offset anew at every look at the clock, so that a running server's now() jumps."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._write(timedelta())

    @contextmanager
    def preloaded(self) -> Iterator[None]:
        told = {
            "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        os.environ.update(told)
        yield
        for name in told:
            os.environ.pop(name, None)

    async def begin(self) -> None:
        await self.move(timedelta(days=1))
        ahead = await sql.value("SELECT extract(epoch FROM now())::float8") - time.time()
        assert 86_000 < ahead < 87_000, "libfaketime does not move this server's clock"
        await self.move(timedelta())

    async def move(self, by: timedelta) -> None:
        self._write(by)

    def _write(self, by: timedelta) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{by.total_seconds():+.3f}")
        fresh.chmod(0o644)
        fresh.replace(self.file)


class Shadowed:
    """Another now() before PostgreSQL's own in the search path."""

    @contextmanager
    def preloaded(self) -> Iterator[None]:
        yield

    async def begin(self) -> None:
        async with sql.connection() as connection:
            await connection.execute(SHADOW)
        await DB.pool.expire_connections()  # type: ignore[union-attr]

    async def move(self, by: timedelta) -> None:
        await sql.run("UPDATE clock.shift SET by = $1", by)
