"""One lane of the boundary runs: a database, an oracle, the proxies before them, the gate they share."""

from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg

from app import sql
from app.atomic import atomic
from tests.faults.flows import Job
from tests.faults.gate import Gate
from tests.faults.ground import Ground, ground, tell
from tests.faults.oracle import Oracle
from tests.faults.proxy import Proxy
from tests.faults.wire import HttpWatch, PostgresWatch
from tests.flow import stage
from tests.servers import Place
from tests.writers.endpoint import Endpoint


@dataclass
class Lane:
    """One database, one oracle, the proxies in front of them and the gate all of them share."""

    here: Ground
    oracle: Oracle
    gate: Gate
    database: Proxy
    hurry: bool
    address: str = ""
    shifted: float = 0.0

    async def start(self, kind: str, *, watched: bool) -> Process:
        """A worker or a web process; a watched one reaches PostgreSQL through the gate."""
        through = {"DATABASE_URL": f"postgresql://galley@{self.database.host_port}/galley?sslmode=disable"}
        environment = through if watched else {}
        if kind == "worker":
            return await self.here.worker(**environment)
        process, self.address = await self.here.web(**environment)
        return process

    async def pass_time(self, job: Job, seconds: float) -> None:
        """Let the lease lapse at once, where nobody holds the rows; the claim then counts it as waited."""
        with suppress(asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            async with atomic():
                await sql.run("SET LOCAL lock_timeout = '300ms'")
                await stage.pass_time(job.post, self.oracle, seconds=seconds)
            self.shifted += seconds

    async def clear(self) -> None:
        """Ready for the next case: no row, no item, no effect, no time passed."""
        self.shifted = 0.0
        self.oracle.shelf.items.clear()
        self.oracle.log.rows.clear()
        await self.here.wipe()


@asynccontextmanager
async def lane(place: Place, *, hurry: bool) -> AsyncIterator[Lane]:
    gate, oracle, endpoint = Gate(), Oracle(place.folder.path.parent / "effects.log"), Endpoint()
    await oracle.start()
    await endpoint.start()
    platform = Proxy(("127.0.0.1", oracle.port), lambda: HttpWatch(gate))
    model = Proxy(("127.0.0.1", endpoint.port), lambda: HttpWatch(gate, "ask"))
    database = Proxy(place.folder.run / ".s.PGSQL.5432", lambda: PostgresWatch(gate))
    async with platform, model, database:
        origin = f"http://{platform.host_port}"
        tell(
            PUBLIC_URL=origin, ALLOW_PRIVATE_HOSTS=model.host_port, LLM_API_KEY="k", IMAGE_API_KEY="k",
            LLM_BASE_URL=f"http://{model.host_port}/v1", IMAGE_BASE_URL=f"http://{model.host_port}/v1",
        )  # fmt: skip
        async with ground(place) as here:
            yield Lane(here, oracle, gate, database, hurry)
    await oracle.stop()
    await endpoint.stop()
