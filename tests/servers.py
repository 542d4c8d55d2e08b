"""What tests run against: a private PostgreSQL and Valkey, known at once and started when needed; the desk itself."""

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app.local import Running, Wanted, servers
from app.local.folder import Folder, at, claimed

EMPTY = """
do $$ declare name text; begin
  set local lock_timeout = '5s';
  set local session_replication_role = replica;
  for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration' loop
    execute format('delete from %I', name);
  end loop;
end $$
"""


@dataclass(frozen=True)
class Place:
    """This run's data folder, and the socket on which the desk is served to browsers."""

    folder: Folder
    door: socket.socket

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.door.getsockname()[1]}"


def announce() -> Place:
    """Put the addresses of this run into the environment, before anything reads settings."""
    temporary = Path(tempfile.mkdtemp(prefix="galley-tests-"))
    temporary.chmod(0o711)  # Root's servers run as another user, who must pass.
    door = socket.create_server(("127.0.0.1", 0))
    place = Place(at(temporary / "data"), door)
    os.environ.update(
        DATABASE_URL=place.folder.database_url,
        REDIS_URL=place.folder.redis_url,
        SECRET_KEY=secrets.token_urlsafe(48),
        PUBLIC_URL=place.origin,
    )
    return place


@asynccontextmanager
async def running(folder: Folder) -> AsyncIterator[Running]:
    with claimed(folder):
        async with servers(folder, Wanted(durable=False)) as brought:
            yield brought


def forget(place: Place) -> None:
    place.door.close()
    shutil.rmtree(place.folder.path.parent, ignore_errors=True)
    shutil.rmtree(place.folder.run, ignore_errors=True)


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """The app's lifespan, in a task of its own: its cancel scopes must end in the task that began them."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            begun.set()
            await over.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if begun.is_set():
            yield
    finally:
        over.set()
        await task


@asynccontextmanager
async def served(app: Any, door: socket.socket) -> AsyncIterator[None]:
    """`app` behind a real uvicorn in this loop."""
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(config)
    # A copy: uvicorn closes what it was given, and the next session of the same run wants the port again.
    task = asyncio.create_task(server.serve(sockets=[door.dup()]))
    while not server.started and not task.done():  # noqa: ASYNC110  (uvicorn offers no event)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
