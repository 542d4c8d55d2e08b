"""PostgreSQL and Valkey of our own, for `galley up`, tests, bench and fault runs; `servers` is the way in."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.local import postgres, valkey
from app.local.binaries import Postgres, Valkey, find_postgres, find_valkey
from app.local.folder import Folder
from app.local.identity import Identity, choose, hand_over
from app.local.programs import ourselves
from app.local.supervise import Kept, Say
from app.local.trouble import LocalTrouble

__all__ = ["Running", "Wanted", "servers"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which servers to bring, and how: `embedded` passes over PATH, not `durable` is fast and for tests."""

    postgres: bool = True
    valkey: bool = True
    embedded: bool = False
    durable: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """The servers that were brought; reach them by the folder's addresses."""

    postgres: Kept | None
    valkey: Kept | None


EVERYTHING = Wanted()


def say_to_stderr(sentence: str) -> None:
    print(f"galley: {sentence}", file=sys.stderr, flush=True)


@asynccontextmanager
async def servers(folder: Folder, wanted: Wanted = EVERYTHING, say: Say = say_to_stderr) -> AsyncIterator[Running]:
    """The wanted servers, ready, inside a claimed folder; when left, Valkey ends before PostgreSQL."""
    sql = find_postgres(postgres.made_by(folder), embedded=wanted.embedded) if wanted.postgres else None
    bell = find_valkey(embedded=wanted.embedded) if wanted.valkey else None
    files = [*([sql.tool("postgres")] if sql else []), *([bell.server] if bell else [])]
    identity = choose(folder.postgres, [folder.path, folder.run.parent, *files]) if files else ourselves()
    async with AsyncExitStack() as stack:
        database = doorbell = None
        if sql:
            database = await _start_postgres(folder, sql, identity, durable=wanted.durable, say=say, stack=stack)
        if bell:
            doorbell = await _start_valkey(folder, bell, identity, say=say, stack=stack)
        yield Running(database, doorbell)


async def _start_postgres(
    folder: Folder, binaries: Postgres, identity: Identity, *, durable: bool, say: Say, stack: AsyncExitStack
) -> Kept:
    hand_over(folder.run, identity)
    if not folder.postgres.exists():
        await postgres.make(folder, binaries, identity)
    hand_over(folder.postgres, identity)
    kept = Kept(postgres.program(folder, binaries, identity, durable=durable), say)
    stack.push_async_callback(kept.stop)
    await kept.start()
    return kept


async def _start_valkey(
    folder: Folder, binaries: Valkey, identity: Identity, *, say: Say, stack: AsyncExitStack
) -> Kept:
    hand_over(folder.run, identity)
    hand_over(folder.valkey, identity)
    kept = Kept(valkey.program(folder, binaries, identity), say)
    stack.push_async_callback(kept.stop)
    try:
        await kept.start()
    except LocalTrouble as trouble:
        # A torn file, or another version's. It holds nothing the database does not know: start empty.
        say(f"{trouble}\nThe queue is emptied; the next sweep fills it again from the database.")
        valkey.forget(folder)
        await kept.start()
    return kept
