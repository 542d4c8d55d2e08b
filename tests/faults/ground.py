"""Where a fault run happens: servers of its own that may be broken, a team, and the product's real processes."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from app import sql
from app.database import pooled
from app.doorbell import doorbell
from app.lifecycles.machine import By
from app.local import Running, Wanted, servers, supervise
from app.local.folder import Folder, claimed
from app.local.programs import Program, end, spawn
from app.migrate import migrate
from app.settings import settings
from tests.bench.pages import free_port
from tests.makers import make_person, make_team
from tests.servers import EMPTY, Place

quiet = partial(print, file=sys.stderr, flush=True)


@dataclass
class Ground:
    """One run's servers and environment. `folder.path.parent` holds the logs of everything it starts."""

    place: Place
    running: Running
    by: By

    @property
    def folder(self) -> Folder:
        return self.place.folder

    @property
    def logs(self) -> Path:
        return self.folder.path.parent

    async def worker(self, name: str = "worker", **environment: str) -> Process:
        return await self.start(name, ("-m", "app.commands", "worker"), environment)

    async def web(self, name: str = "web", **environment: str) -> tuple[Process, str]:
        """A process that serves, and its address."""
        port = free_port()
        where = {"HOST": "127.0.0.1", "PORT": str(port)}
        process = await self.start(name, ("-m", "app.commands", "web"), environment | where)
        try:
            await answering(f"http://127.0.0.1:{port}")
        except TimeoutError:
            await kill(process)
            raise RuntimeError(f"it does not serve: {(self.logs / f'{name}.log').read_text()[-1500:]}") from None
        return process, f"http://127.0.0.1:{port}"

    async def start(self, name: str, words: tuple[str, ...], environment: Mapping[str, str], **pipes: int) -> Process:
        """A Python process that dies with us; what it says lands in `name`.log, unless a pipe is given."""
        env = os.environ | {"LOG_LEVEL": "WARNING"} | dict(environment)
        log = None if pipes else self.logs / f"{name}.log"
        return await spawn(Program(name, (sys.executable, *words), env=env, log=log), **pipes)

    async def wipe(self) -> None:
        """Every table and queue empty again, and the team back."""
        await sql.run(EMPTY)
        await self._people()

    async def _people(self) -> None:
        await make_team(self_approval="always")
        person = await make_person("editor")
        self.by = By("person", person=person.id, role="editor", name=person.name)


@asynccontextmanager
async def ground(place: Place, *, durable: bool = False, **environment: str) -> AsyncIterator[Ground]:
    """Servers up, database migrated, pool open in this process; `environment` also holds for what is started."""
    supervise.LONGEST_PAUSE = supervise.FIRST_PAUSE  # a run breaks its servers more often than life does
    tell(**{"PUBLICATION_RETRY_DELAY": "2", "DATABASE_POOL": "10"} | environment)
    with claimed(place.folder):
        async with servers(place.folder, Wanted(durable=durable), say=quiet) as running:
            await migrate()
            async with pooled():
                here = Ground(place, running, By("worker"))
                await here._people()
                yield here
                await doorbell.close()


def tell(**environment: str) -> None:
    """Change the environment, for this process too."""
    os.environ.update(environment)
    settings.cache_clear()


async def answering(address: str, patience: float = 20.0) -> None:
    """Wait until a web process serves."""
    async with asyncio.timeout(patience), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{address}/health")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def kill(process: Process) -> None:
    """kill -9, and wait until it is gone."""
    await end(process, signal.SIGKILL, within=5)
